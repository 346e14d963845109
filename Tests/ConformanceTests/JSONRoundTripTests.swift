import Foundation
import Persistence
import TestSupport
import Testing

/// What is read back from the JSON of every real file is what the file says, entry for entry.
@Suite struct JSONRoundTripTests {
  /// What two entries differ in, but for where they stand.
  static func differences(_ a: RDBEntry, _ b: RDBEntry) -> [String] {
    var names: [String] = []
    if a.database != b.database { names.append("db") }
    if a.key != b.key { names.append("key") }
    if a.type != b.type { names.append("type") }
    if a.encoding != b.encoding { names.append("encoding") }
    if a.expiresAt != b.expiresAt { names.append("expires_at") }
    if a.idle != b.idle { names.append("idle") }
    if a.frequency != b.frequency { names.append("freq") }
    if !isSame(a.value, b.value) { names.append("value") }
    return names
  }

  /// Doubles are compared by their bits, but any NaN is any other.
  private static func isSame(_ a: RDBValue, _ b: RDBValue) -> Bool {
    switch (a, b) {
    case (.sortedSet(let a), .sortedSet(let b)):
      a.elementsEqual(b) {
        $0.member == $1.member
          && ($0.score.bitPattern == $1.score.bitPattern || $0.score.isNaN && $1.score.isNaN)
      }
    case (.module(let a), .module(let b)):
      a.name == b.name && a.version == b.version && a.raw == b.raw
        && a.operands.map { "\($0)" } == b.operands.map { "\($0)" }
    default: a == b
    }
  }

  static func convert(_ dump: URL, _ options: [String], in folder: TemporaryFolder) throws -> URL {
    let json = folder.file("records.json")
    let run = try Run.built(
      "rdb-dump-to-json", ["--meta"] + options + ["-o", json.path, dump.path])
    #expect(run.exitCode == 0)
    return json
  }

  @Test(
    arguments: TypedValuesTests.files,
    [
      ["--layout", "records"], ["--layout", "lines"],
      ["--layout", "records", "--bytes", "base64"], ["--layout", "lines", "--bytes", "base64"],
    ])
  func everyEntryComesBack(_ file: TypedValuesTests.File, options: [String]) throws {
    let folder = try TemporaryFolder()
    let json = try Self.convert(file.dump, options, in: folder)
    var dump = try RDBReader(path: file.dump.path)
    var records = try JSONRecordReader(path: json.path)
    var aux: [[ByteString]] = []
    var functions: [ByteString] = []
    var metas = 0
    var lastOffset: UInt64?
    while let record = try records.next() {
      switch record {
      case .key(let entry):
        let original = try #require(try dump.next())
        let differences = Self.differences(original, entry)
        #expect(differences.isEmpty, "\(original.key): \(differences)")
        if let lastOffset { #expect(entry.offset > lastOffset) }
        lastOffset = entry.offset
      case .meta(let meta):
        metas += 1
        aux += meta.aux.map { [$0.name, $0.value] }
        functions += meta.functions
        #expect(meta.magic == dump.magic)
        #expect(meta.version == dump.version)
      }
    }
    let more = try dump.next()
    #expect(more == nil)
    #expect(metas > 0)
    #expect(aux == dump.aux.map { [$0.name, $0.value] })
    #expect(functions == dump.functions)
  }

  /// All three styles of bytes are among them, and every type.
  @Test func everyStyleAndTypeIsThere() throws {
    let folder = try TemporaryFolder()
    var types = Set<ValueType>()
    var latin1 = 0
    for file in TypedValuesTests.files where !file.testDescription.contains("big") {
      let json = try Self.convert(file.dump, ["--layout", "lines"], in: folder)
      latin1 +=
        try String(contentsOf: json, encoding: .utf8)
        .components(separatedBy: "\"bytes\":\"latin1\"").count - 1
      var records = try JSONRecordReader(path: json.path)
      while let record = try records.next() {
        if case .key(let entry) = record { types.insert(entry.type) }
      }
    }
    #expect(types == Set(ValueType.allCases))
    #expect(latin1 > 100)
  }

  /// The comparison notices.
  @Test func theComparisonNotices() throws {
    let dump = Fixtures.folder.appendingPathComponent("rdb/7.2.6-census.rdb")
    var a = try RDBReader(path: dump.path)
    var types = Set<ValueType>()
    while let entry = try a.next() {
      #expect(Self.differences(entry, entry).isEmpty)
      guard types.insert(entry.type).inserted else { continue }
      var other = entry
      other.value = .list([])
      #expect(Self.differences(entry, other) == ["value"])
      other = entry
      other.database += 1
      other.key = ByteString(entry.key.bytes + [0])
      other.expiresAt = 5
      other.idle = 5
      other.frequency = 5
      #expect(Self.differences(entry, other) == ["db", "key", "expires_at", "idle", "freq"])
    }
    #expect(types.count >= 6)
  }
}
