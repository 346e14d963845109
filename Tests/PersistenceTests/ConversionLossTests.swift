import Persistence
import TestSupport
import Testing

@Suite struct ConversionLossTests {
  private func losses(_ entry: RDBEntry, _ target: String) throws -> [String] {
    let target = try #require(RDBTarget(named: target))
    return target.losses(of: entry).map { ($0.isWhole ? "key: " : "") + $0.description }
  }

  private func losses(
    _ value: RDBValue, _ target: String, expiresAt: Int64? = nil
  ) throws -> [String] {
    try losses(RDBEntry(key: "k", value: value, expiresAt: expiresAt), target)
  }

  private static let module = RDBValue.module(
    RDBModuleValue(name: "hellotype", version: 0, operands: [], raw: ByteString([0])))

  /// A type is refused by the last release without it, and taken by the first with it.
  @Test(arguments: [
    (RDBValue.stream(RDBStream()), "redis-4.0", "redis-5.0", "a stream does not exist there"),
    (module, "redis-3.2", "redis-4.0", "a module does not exist there"),
  ]) func types(_ value: RDBValue, before: String, from: String, text: String) throws {
    #expect(try losses(value, before) == ["key: \(text)"])
    #expect(try losses(value, from).isEmpty)
    let target = try #require(RDBTarget(named: before))
    let entries = [
      RDBEntry(key: "a", value: value), RDBEntry(key: "b", value: .string("1"), database: 2),
    ]
    let file = Written.file(entries, for: target)
    #expect(file.losses.count == 1)
    #expect(try Written.entries(file.bytes).map(\.key) == ["b"])
    #expect(target.dumpPayload(of: value) == nil)
  }

  @Test(arguments: [
    RDBValue.list([]), .set([]), .hash([]), .sortedSet([]),
  ]) func emptyCollections(_ value: RDBValue) throws {
    #expect(try losses(value, "redis-8.4") == ["key: a collection without an element cannot exist"])
    #expect(try losses(value, "redis-2.4") == ["key: a collection without an element cannot exist"])
  }

  @Test func valuesThatNoServerLoads() throws {
    let nan = RDBValue.sortedSet([RDBScoredMember(member: "a", score: .nan)])
    #expect(
      try losses(nan, "redis-7.0")
        == ["key: a score is not a number (NaN), which no server loads"])
    let nameless = RDBValue.module(
      RDBModuleValue(name: "hello", version: 0, operands: [], raw: ByteString([0])))
    #expect(
      try losses(nameless, "redis-7.0")
        == ["key: no ID stands for the name and version of the module"])
  }

  @Test func expiry() throws {
    let value = RDBValue.string("v")
    #expect(try losses(value, "redis-2.4", expiresAt: 2_000_000_000_000).isEmpty)
    #expect(try losses(value, "redis-2.6", expiresAt: 2_000_000_000_001).isEmpty)
    #expect(
      try losses(value, "redis-2.4", expiresAt: 2_000_000_000_001)
        == ["the expiry is written as the next whole second"])
    #expect(try losses(value, "redis-2.4", expiresAt: 2_147_483_647_000).isEmpty)
    #expect(
      try losses(value, "redis-2.4", expiresAt: 2_147_483_647_001)
        == ["the expiry is out of range, so that the key will not expire"])
    let target = try #require(RDBTarget(named: "redis-2.4"))
    func written(_ expiry: Int64) throws -> Int64? {
      let file = Written.file([RDBEntry(key: "k", value: value, expiresAt: expiry)], for: target)
      return try #require(try Written.entries(file.bytes).first).expiresAt
    }
    #expect(try written(2_000_000_000_001) == 2_000_000_001_000)
    #expect(try written(1) == 1000)
    #expect(try written(-1) == 0)
    #expect(try written(.max) == nil)
    #expect(try written(.min) == nil)
  }

  @Test func evictionData() throws {
    let idle = RDBEntry(key: "k", value: .string("v"), idle: 5)
    let frequency = RDBEntry(key: "k", value: .string("v"), frequency: 5)
    #expect(try losses(idle, "redis-4.0") == ["the idle time is left out"])
    #expect(try losses(frequency, "redis-4.0") == ["the access frequency is left out"])
    #expect(try losses(idle, "redis-5.0").isEmpty)
    #expect(try losses(frequency, "valkey-9.0").isEmpty)
  }

  @Test func fieldLifetimes() throws {
    func hash(_ expiries: UInt64?...) -> RDBValue {
      .hash(
        expiries.enumerated().map {
          RDBField(name: ByteString("f\($0.offset)"), value: "v", expiresAt: $0.element)
        })
    }
    let two = hash(nil, 4_102_444_800_000, 4_102_444_800_001)
    #expect(try losses(two, "redis-7.2") == ["2 fields lose their lifetimes and will not expire"])
    #expect(try losses(two, "valkey-8.1") == ["2 fields lose their lifetimes and will not expire"])
    #expect(try losses(two, "redis-7.4").isEmpty)
    #expect(try losses(two, "valkey-9.0").isEmpty)
    #expect(try losses(hash(nil), "redis-2.4").isEmpty)
    // 0 stands for "never" in Redis; 48 bits are the most it takes.
    #expect(try losses(hash(0), "redis-7.4") == ["1 field loses its lifetime and will not expire"])
    #expect(try losses(hash(0), "valkey-9.0").isEmpty)
    #expect(try losses(hash(1 << 48 - 1), "redis-7.4").isEmpty)
    #expect(
      try losses(hash(1 << 48), "redis-7.4") == ["1 field loses its lifetime and will not expire"])
    for target in RDBTarget.all {
      let read = try Written.entries(
        Written.file([RDBEntry(key: "h", value: two)], for: target).bytes)
      guard case .hash(let fields) = try #require(read.first).value else {
        Issue.record("no hash")
        continue
      }
      let isHeld = ["redis-7.4", "redis-8.0", "redis-8.2", "redis-8.4", "valkey-9.0", "valkey-9.1"]
        .contains(target.name)
      #expect(fields.map(\.value) == ["v", "v", "v"])
      #expect(fields.count { $0.expiresAt != nil } == (isHeld ? 2 : 0), "\(target)")
    }
  }

  @Test func streams() throws {
    var stream = RDBStream([RDBStream.Entry(id: StreamID(1, 1), fields: [("a", "b")])])
    #expect(try losses(.stream(stream), "redis-5.0").isEmpty)
    stream.groups = [
      RDBStream.Group(name: "g", lastID: StreamID(1, 1), entriesRead: 1),
      RDBStream.Group(name: "h", lastID: .zero, entriesRead: 0),
    ]
    #expect(try losses(.stream(stream), "redis-6.2").isEmpty)
    stream.groups[1].entriesRead = nil
    #expect(
      try losses(.stream(stream), "redis-6.2")
        == ["the number of entries read by the group h is left out"])
    stream.entriesAdded = 2
    #expect(
      try losses(.stream(stream), "redis-6.2").first
        == "first ID, highest deleted ID and entries added are left out")
    #expect(try losses(.stream(stream), "redis-7.0").isEmpty)
    stream.groups[0].consumers = [RDBStream.Consumer(name: "c", seenAt: 9, activeAt: 8)]
    #expect(
      try losses(.stream(stream), "redis-7.0")
        == ["when consumer c of the group g was active is left out"])
    #expect(try losses(.stream(stream), "redis-7.2").isEmpty)
    #expect(try losses(.stream(stream), "valkey-9.0").isEmpty)
  }

  @Test func whatStandsBesideTheKeys() throws {
    let id = try #require(ModuleID(name: "hellotype", version: 0))
    for target in RDBTarget.all {
      var bytes: [UInt8] = []
      var writer = RDBWriter(target) { (piece: RawSpan) in
        unsafe piece.withUnsafeBytes { unsafe bytes += $0 }
      }
      let aux = writer.append(aux: "name", "value")
      let module = writer.append(moduleAux: id, when: 1, operands: ByteString([0]))
      let function = writer.append(function: "#!lua name=l\n")
      writer.finish()
      let version = target.version
      #expect(aux.map(\.what) == (version < 7 ? [.aux("name")] : []))
      #expect(module.map(\.what) == (version < 9 ? [.moduleAux] : []))
      #expect(function.map(\.what) == (version < 10 ? [.function] : []))
      #expect((aux + module + function).allSatisfy { $0.isWhole })
      let end = target.version >= 5 ? 9 : 1
      let held = (version < 7 ? 0 : 12) + (version < 9 ? 0 : 13) + (version < 10 ? 0 : 15)
      #expect(bytes.count == 9 + held + end)
    }
  }
}
