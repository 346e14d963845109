import Forensics
import Persistence
import TestSupport
import Testing

@Suite struct KeyComparerTests {
  private struct Found: Equatable {
    var key: ByteString
    var database: UInt64
    var offsets: [UInt64]
    var count: UInt64
  }

  private func hash(_ key: String, _ database: UInt64) -> UInt64 {
    let bytes = Array(key.utf8)
    return KeyHash.hash(bytes.raw, database: database)
  }

  private func confirm(_ entries: [KeyEntry], _ reader: some KeyReader) throws -> [Found] {
    var found: [Found] = []
    var ledger = KeyLedger()
    try ledger.add(entries)
    try KeyComparer.confirm(ledger.repeatedHashes(limit: .max), reader) { key in
      found.append(
        Found(
          key: key.key, database: key.database, offsets: [key.first, key.second, key.last],
          count: key.count))
    }
    return found.sorted { $0.offsets[1] < $1.offsets[1] }
  }

  /// Strings of a file, one behind the other: the same key written in four ways, and others.
  private static let strings = [
    "03 31 30 30", "C0 64", "C1 64 00", "40 03 31 30 30", "01 61", "01 61", "03 31 30 31",
    "C3 0A 28 02 61 62 61 E0 1A 01 01 61 62", "28 6162×20",
  ].map { hex($0) }
  private static let keys = [
    "100", "100", "100", "100", "a", "a", "101", String(repeating: "ab", count: 20),
    String(repeating: "ab", count: 20),
  ]

  private func entries(_ offsets: [UInt64]) -> [KeyEntry] {
    zip(Self.keys, offsets).map { KeyEntry(hash: hash($0, 5), offset: $1) }
  }

  private static let expected: [Found] = {
    var offsets: [UInt64] = []
    var at: UInt64 = 0
    for string in strings {
      offsets.append(at)
      at += UInt64(string.count)
    }
    return [
      Found(
        key: "100", database: 5, offsets: [offsets[0], offsets[1], offsets[3]], count: 4),
      Found(key: "a", database: 5, offsets: [offsets[4], offsets[5], offsets[5]], count: 2),
      Found(
        key: ByteString(keys[7]), database: 5, offsets: [offsets[7], offsets[8], offsets[8]],
        count: 2),
    ]
  }()

  @Test func fromTheInput() throws {
    var offsets: [UInt64] = []
    var bytes: [UInt8] = []
    for string in Self.strings {
      offsets.append(UInt64(bytes.count))
      bytes += string
    }
    #expect(try confirm(entries(offsets), MemorySource(bytes)) == Self.expected)
  }

  /// A pipe cannot be read again: its keys are kept, and told by their offsets in the pipe.
  @Test(arguments: [1, 2, 100])
  func fromASpool(batches: Int) throws {
    let spool = try KeySpool()
    var all: [KeyEntry] = []
    var at: UInt64 = 0
    var report = BatchReport()
    for (index, (string, key)) in zip(Self.strings, Self.keys).enumerated() {
      report.keyEntries.append(KeyEntry(hash: hash(key, 5), offset: at))
      report.keyStarts.append(report.keyBytes.count)
      report.keyBytes += string
      at += UInt64(string.count)
      if index % batches == 0 || index == Self.strings.count - 1 {
        all += try spool.add(report)
        report = BatchReport()
      }
    }
    try spool.flush()
    #expect(try confirm(all, spool) == Self.expected)
  }

  /// Different keys under one hash are told apart.
  @Test func equalHashesOfDifferentKeys() throws {
    let bytes = hex("01 61 01 62 01 61 01 62 01 63")
    let entries = [0, 2, 4, 6, 8].map { KeyEntry(hash: 42, offset: $0) }
    let found = try confirm(entries, MemorySource(bytes))
    #expect(found.map(\.key) == ["a", "b"])
    #expect(found.map(\.count) == [2, 2])
    #expect(found.map(\.offsets) == [[0, 4, 4], [2, 6, 6]])
  }

  /// Keys longer than what is read at first, and one that is no longer whole.
  @Test func longKeysAndChangedFiles() throws {
    var random = SeededRandom(seed: 9)
    let long = random.bytes(100_000)
    let string = Encode.string(long)
    let bytes = string + string + [0x05, 0x61]
    let hash = KeyHash.hash(long.raw, database: 0)
    let offsets = [0, string.count, 2 * string.count, 10 * string.count]
    let found = try confirm(
      offsets.map { KeyEntry(hash: hash, offset: UInt64($0)) }, MemorySource(bytes))
    #expect(found.map(\.count) == [2])
    #expect(found.first?.key.bytes == long)
  }
}
