import Persistence
import TestSupport
import Testing

@Suite struct RDBWriterTests {
  struct Form: CustomTestStringConvertible {
    var dump: KnownDump
    /// The release whose form the payload has.
    var target: String
    var testDescription: String { "\(dump) of \(target)" }
  }

  /// What real servers wrote into `DUMP`, or took by `RESTORE`. Not among them is what a value cannot
  /// tell: nodes that are plain below their limit, deleted entries, free bytes, forms that outlived their
  /// reason, and those of release candidates.
  static let forms: [Form] = KnownDump.all.compactMap { dump in
    switch dump.name {
    case "list with a plain node", "stream with a deleted entry", "stream with a group", "zipmap",
      "hash with lifetimes of a release candidate", "hash with lifetimes",
      "listpack with lifetimes of a release candidate", "hash with lifetimes in a listpack",
      "skiplist":
      nil
    case "plain list", "scores as text": Form(dump: dump, target: "redis-2.2")
    case "list in a ziplist": Form(dump: dump, target: "redis-2.6")
    case "set in a listpack": Form(dump: dump, target: "redis-7.4")
    default: Form(dump: dump, target: dump.version == 9 ? "redis-6.2" : "redis-7.0")
    }
  }

  @Test func mostDumpsAreAmongThem() { #expect(Self.forms.count == KnownDump.all.count - 9) }

  @Test(arguments: forms) func writesTheServersBytes(_ form: Form) throws {
    let target = try #require(RDBTarget(named: form.target))
    let (value, type) = try Written.value(ofDump: form.dump.payload)
    let compresses = !["every listpack form", "hash table", "quicklist of ziplists"].contains(
      form.dump.name)
    let payload = try #require(target.dumpPayload(of: value, compresses: compresses)).bytes
    #expect(payload[0] == type)
    #expect(payload.dropLast(10) == form.dump.payload.dropLast(10))
    if target.version == form.dump.version { #expect(payload == form.dump.payload) }
  }

  /// The smallest lifetime in front is a hint that the server had not kept up to date; ours is right.
  @Test func listpackWithLifetimes() throws {
    let dump = try #require(
      KnownDump.all.first { $0.name == "hash with lifetimes in a listpack" })
    let target = try #require(RDBTarget(named: "redis-7.4"))
    let value = try Written.value(ofDump: dump.payload).value
    let payload = try #require(target.dumpPayload(of: value)).bytes
    #expect(payload[0] == 0x19)
    #expect(payload[1..<9] == hex("00 D8 C3 2C BB 03 00 00")[...])
    #expect(payload[9...].dropLast(10) == dump.payload[9...].dropLast(10))
  }

  /// The same values in a table: a field is too long for the listpack.
  @Test func tableWithLifetimes() throws {
    let target = try #require(RDBTarget(named: "redis-8.4"))
    let long = ByteString([UInt8](repeating: 120, count: 65))
    let value = RDBValue.hash([
      RDBField(name: "f1", value: long),
      RDBField(name: "f3", value: "v3", expiresAt: 4_102_444_800_500),
      RDBField(name: "f2", value: "v2", expiresAt: 4_102_444_800_000),
    ])
    let payload = try #require(target.dumpPayload(of: value, compresses: false)).bytes
    // As in the answer of a server of October 2024, but for the long value.
    let expected =
      hex("18 00 D8 C3 2C BB 03 00 00 03 00 02 66 31 40 41") + long.bytes
      + hex("41 F5 02 66 33 02 76 33 01 02 66 32 02 76 32 0C 00")
    #expect(payload.dropLast(8) == expected[...])
  }

  /// Whole files of real servers, put together from their parts.
  @Test func functionFile() throws {
    var bytes: [UInt8] = []
    var writer = RDBWriter(try #require(RDBTarget(named: "redis-7.0"))) { (piece: RawSpan) in
      unsafe piece.withUnsafeBytes { unsafe bytes += $0 }
    }
    let aux: [(ByteString, ByteString)] = [
      ("redis-ver", "7.0.15"), ("redis-bits", "64"), ("ctime", "1795335760"),
      ("used-mem", "1433352"), ("aof-base", "0"),
    ]
    var losses: [ConversionLoss] = []
    for (name, value) in aux { losses += writer.append(aux: name, value) }
    losses += writer.append(
      function: "#!lua name=l\nredis.register_function(\"f\",function() return 1 end)")
    writer.select(database: 3)
    writer.resize(keys: 2, expires: 1)
    losses += writer.append(RDBEntry(key: "k2", value: .string("10"), database: 3))
    losses += writer.append(
      RDBEntry(key: "k", value: .string("v"), database: 3, expiresAt: 4_102_444_800_000))
    #expect(writer.count == 173)
    writer.finish()
    #expect(losses.isEmpty)
    #expect(bytes == KnownFile.function)
  }

  @Test func version3File() throws {
    let target = try #require(RDBTarget(magic: .redis, version: 3))
    #expect(target.version == 3)
    let (bytes, losses) = Written.file(try Written.entries(KnownFile.version3), for: target)
    #expect(losses.isEmpty)
    // Seconds are what an older server wrote; one of this version writes milliseconds.
    let expected = hex("52 45 44 49 53 30 30 30 33 FE 00 FC 00 00 00 00 00 00 00 00 00 01 6B 01 76")
    #expect(bytes.count == KnownFile.version3.count + 4)
    #expect(bytes.prefix(12) == expected.prefix(12))
    #expect(bytes.suffix(16) == KnownFile.version3.suffix(16))
    #expect(try Written.entries(bytes).map(\.expiresAt) == [2_000_000_000_000, 2_000_000_000_123])
  }

  @Test func moduleFile() throws {
    var bytes: [UInt8] = []
    var writer = RDBWriter(try #require(RDBTarget(named: "redis-6.0"))) { (piece: RawSpan) in
      unsafe piece.withUnsafeBytes { unsafe bytes += $0 }
    }
    var losses = writer.append(aux: "redis-ver", "6.0.0")
    let id = try #require(ModuleID(name: "hellotype", version: 0))
    losses += writer.append(moduleAux: id, when: 2, operands: ByteString(hex("05 01 78 00")))
    for entry in try Written.entries(KnownFile.module) { losses += writer.append(entry) }
    writer.finish()
    #expect(losses.isEmpty)
    #expect(bytes == KnownFile.module)
  }

  @Test func valkeyFile() throws {
    var bytes: [UInt8] = []
    var writer = RDBWriter(try #require(RDBTarget(named: "valkey-9.0"))) { (piece: RawSpan) in
      unsafe piece.withUnsafeBytes { unsafe bytes += $0 }
    }
    writer.select(database: 0)
    writer.resize(keys: 1, expires: 0)
    for entry in try Written.entries(KnownFile.valkey) { #expect(writer.append(entry).isEmpty) }
    writer.finish()
    #expect(bytes == KnownFile.valkey)
  }

  /// Smallest files: magic, EOF, checksum (FORMATS A.16).
  @Test(arguments: [
    ("redis-2.4", ""), ("redis-2.6", "DC B3 43 F0 5A DC F2 56"),
    ("redis-3.2", "B5 6C FE 83 A7 43 1B DF"), ("redis-4.0", "F3 73 C7 CF 06 90 44 FD"),
    ("redis-5.0", "9A AC 7A BC FB 0F AD 74"), ("redis-7.0", "A9 FD 37 FE 89 A7 7E EB"),
    ("valkey-8.1", "C0 22 8A 8D 74 38 97 62"), ("redis-8.2", "10 D0 DB 41 20 BE F4 D3"),
    ("valkey-9.1", "43 9D A4 8F C1 80 6C 23"),
  ]) func emptyFile(_ name: String, checksum: String) throws {
    let target = try #require(RDBTarget(named: name))
    let bytes = Written.file([], for: target).bytes
    #expect(bytes.dropFirst(9) == (hex("FF") + hex(checksum))[...])
  }

  @Test func withoutChecksum() throws {
    var bytes: [UInt8] = []
    var writer = RDBWriter(RDBTarget.newestRedis) { (piece: RawSpan) in
      unsafe piece.withUnsafeBytes { unsafe bytes += $0 }
    }
    writer.hasChecksum = false
    writer.finish()
    #expect(bytes == Array("REDIS0012".utf8) + hex("FF 00×8"))
  }

  /// Records of another file, small and large ones, between keys of our own.
  @Test func copiesRecords() throws {
    let copied = Array(KnownFile.function[148..<173])
    let large =
      hex("00 02 6C 31 81") + Encode.bigEndian(70_000, 8)
      + [UInt8](
        repeating: 7, count: 70_000)
    var pieces: [[UInt8]] = []
    var writer = RDBWriter(try #require(RDBTarget(named: "redis-7.0"))) { (piece: RawSpan) in
      pieces.append(ByteString(piece).bytes)
    }
    let own = RDBEntry(key: "own", value: .string("1"))
    #expect(writer.append(own).isEmpty)
    writer.append(records: copied.raw, databaseAfter: 3)
    #expect(writer.append(RDBEntry(key: "other", value: .string("2"), database: 3)).isEmpty)
    writer.append(records: large.raw)
    #expect(writer.append(own).isEmpty)
    writer.finish()
    #expect(pieces.dropLast().allSatisfy { !$0.isEmpty })
    #expect(pieces.contains(large))
    let bytes = pieces.flatMap { $0 }
    let read = try Written.entries(bytes)
    #expect(read.map(\.key) == ["own", "k2", "k", "other", "l1", "own"])
    #expect(read.map(\.database) == [0, 3, 3, 3, 3, 0])
    var whole = Array(bytes.dropLast(8))
    whole.appendCRC64()
    #expect(bytes == whole)
  }

  struct Full: Error {}

  /// What the receiver throws comes back, and pieces are not small.
  @Test func handsOverLargePieces() throws {
    var sizes: [Int] = []
    var writer = RDBWriter<Full>(RDBTarget.newestRedis) { (piece: RawSpan) throws(Full) in
      sizes.append(piece.byteCount)
      if sizes.count == 3 { throw Full() }
    }
    var random = SeededRandom(seed: 5)
    var written = 0
    #expect(throws: Full.self) {
      while true {
        _ = try writer.append(RDBEntry(key: "k", value: .string(ByteString(random.bytes(900)))))
        written += 1
      }
    }
    #expect(sizes.count == 3)
    #expect(sizes.allSatisfy { (64 << 10)..<(66 << 10) ~= $0 })
    // The key that filled the third piece is in it, too.
    #expect(written + 1 == sizes.reduce(0, +) / 905)
  }

  @Test func everyNameIsATargetsOwn() {
    #expect(Set(RDBTarget.all.map(\.name)).count == RDBTarget.all.count)
    for target in RDBTarget.all {
      #expect(RDBTarget(named: target.name) == target)
      #expect(RDBTarget(magic: target.magic, version: target.version)?.version == target.version)
    }
    #expect(RDBTarget(named: "redis-9.9") == nil)
    #expect(RDBTarget.newestRedis.name == "redis-8.4")
  }

  /// Each version that can be read can be written, also where no release of it is in the table.
  @Test func everyVersionHasATarget() {
    for version in 1...15 {
      #expect(RDBTarget(magic: .redis, version: version)?.version == version)
    }
    #expect(RDBTarget(magic: .redis, version: 11)?.name == "redis-7.2")
    #expect(RDBTarget(magic: .redis, version: 14)?.name == "redis-7.4")
    #expect(RDBTarget(magic: .redis, version: 16) == nil)
    #expect(RDBTarget(magic: .valkey, version: 81)?.version == 81)
    #expect(RDBTarget(magic: .valkey, version: 12) == nil)
  }
}
