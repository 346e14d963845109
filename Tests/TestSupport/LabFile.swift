import Forensics
import Foundation
package import Persistence

/// A key of a file: the number of its database, and its name.
package struct LabKey: Hashable, Sendable, CustomStringConvertible {
  package var database: UInt64
  package var name: ByteString

  package init(database: UInt64, name: ByteString) {
    self.database = database
    self.name = name
  }

  package var description: String { "\(database):\(name)" }
}

/// What a key holds, its place in a file and its encoding aside.
package struct LabValue: Sendable, Equatable {
  package var type: ValueType
  package var expiresAt: Int64?
  package var value: RDBValue

  package init(_ entry: RDBEntry) {
    type = entry.type
    expiresAt = entry.expiresAt
    value = entry.value
  }

  /// Scores that are no number are equal to one another here.
  package static func == (a: LabValue, b: LabValue) -> Bool {
    guard a.type == b.type, a.expiresAt == b.expiresAt else { return false }
    guard case .sortedSet(let one) = a.value, case .sortedSet(let other) = b.value else {
      return a.value == b.value
    }
    return one.count == other.count
      && zip(one, other).allSatisfy {
        $0.member == $1.member && $0.score.bitPattern == $1.score.bitPattern
      }
  }
}

/// A sound file that is to be damaged: what it holds, and where.
package struct LabFile: Sendable {
  /// A record between the header and the end of the file.
  package struct Record: Sendable {
    /// Its bytes, attributes included.
    package var range: Range<Int>
    /// The key, of a record that holds one.
    package var key: LabKey?
    /// Numbers that say how much follows: the length of the key, and the length of the value or the
    /// count of its elements.
    package var lengths: [Range<Int>] = []
    /// The last of them, where it is that of a string without compression that ends the record.
    package var lastLength: Range<Int>?
    /// Compressed bytes of the key and of the beginning of the value.
    package var compressed: [Range<Int>] = []
    /// The record that names the database, unless that is 0, which a file begins with.
    package var selection: Range<Int>?
  }

  package var description: String
  package var bytes: [UInt8]
  package var records: [Record]
  package var truth: [LabKey: LabValue]
  /// Whether the file ends in a checksum that is compared.
  package var isChecked: Bool

  /// The keys and records of a sound file.
  package init(_ name: String, _ bytes: [UInt8]) throws {
    description = name
    self.bytes = bytes
    truth = try Self.keys(in: bytes)
    records = try Self.records(in: bytes)
    isChecked =
      try RDBHeader.read(bytes.raw).hasChecksum && bytes.suffix(8).contains { $0 != 0 }
  }

  /// The same file as a server with `rdbchecksum no` writes it.
  package func withoutChecksum() -> LabFile {
    guard isChecked else { return self }
    var copy = self
    copy.bytes.replaceSubrange((bytes.count - 8)..., with: [UInt8](repeating: 0, count: 8))
    copy.isChecked = false
    return copy
  }

  /// What a file holds. Throws `RDBReadError`; of a key that comes twice, the last value counts.
  package static func keys(in bytes: [UInt8]) throws -> [LabKey: LabValue] {
    let folder = try TemporaryFolder()
    var reader = try RDBReader(path: try folder.write("lab.rdb", bytes).path)
    var keys: [LabKey: LabValue] = [:]
    while let entry = try reader.next() {
      keys[LabKey(database: entry.database, name: entry.key)] = LabValue(entry)
    }
    return keys
  }

  /// The sound files of `fixtures/` with at least 20 keys.
  package static func fixtures() throws -> [LabFile] { try loaded.get() }

  private static let loaded = Result { try load() }

  private static func load() throws -> [LabFile] {
    let folder = Fixtures.folder.appendingPathComponent("rdb")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let urls =
      names.filter { $0.hasSuffix(".rdb") }.map { folder.appendingPathComponent($0) }
      + [Fixtures.folder.appendingPathComponent("bookshop.rdb")]
    return try urls.compactMap { url in
      let bytes = Array(try Data(contentsOf: url))
      guard bytes.count > 1000, CheckProperties.verdict(bytes).outcome == .sound else { return nil }
      let file = try LabFile(url.deletingPathExtension().lastPathComponent, bytes)
      return file.truth.count >= 20 ? file : nil
    }
  }
}

extension LabFile: DamageTarget {
  package static var kinds: [DamageKind] { DamageKind.ofRDB }
  package var lengths: [Range<Int>] { records.flatMap(\.lengths) }
  package var lengthsAreText: Bool { false }
  package var compressed: [Range<Int>] { records.flatMap(\.compressed) }
  package var starts: [Int] { records.map(\.range.lowerBound) }

  package func swallowingLength(_ random: inout SeededRandom) -> Damage.Edit? {
    let index = Int.random(in: 0...(records.count - 1), using: &random)
    let last = index + Int.random(in: 1...20, using: &random)
    guard let field = records[index].lastLength, last < records.count,
      records[(index + 1)...last].contains(where: { $0.key != nil })
    else { return nil }
    let length = records[last].range.upperBound - field.upperBound
    switch field.count {
    case 1 where length < 64: return .init(field, [UInt8(length)])
    case 2 where length < 16384:
      return .init(field, [0x40 | UInt8(length >> 8), UInt8(length & 0xFF)])
    case 5: return .init(field, [0x80] + RDBBuilder.bigEndian(UInt64(length), 4))
    default: return nil
    }
  }
}

// The walk over the records.
extension LabFile {
  private static func records(in bytes: [UInt8]) throws -> [Record] {
    let file = bytes.raw
    let dialect = try RDBHeader.read(file)
    var parser = RecordParser(file, dialect, inputEnd: UInt64(bytes.count))
    parser.cursor.offset = RDBDialect.headerLength
    var database: UInt64 = 0
    var selection: Range<Int>?
    var records: [Record] = []
    while true {
      let head = try parser.next()
      if head.kind == .eof { return records }
      if head.kind == .key { try parser.skipValue(of: head) }
      let range = head.start..<parser.cursor.offset
      var record = Record(range: range)
      if head.kind == .selectDB {
        database = head.numbers.0
        selection = database == 0 ? nil : range
      }
      if head.kind == .key {
        var strings = StringDecoder()
        record.key = LabKey(
          database: database, name: try strings.copy(head.name, in: file))
        record.selection = selection
        try record.addFields(of: head, in: file)
      }
      records.append(record)
    }
  }
}

extension LabFile.Record {
  /// Where the fields of a key are whose damage is special.
  fileprivate mutating func addFields(of head: RecordHead, in file: RawSpan) throws {
    var cursor = ByteCursor(file, at: head.nameOffset)
    try addString(&cursor)
    cursor.offset = head.valueOffset
    // Hashes whose fields expire begin with a time.
    if head.layout == .hashMetadata || head.layout == .hashListpackEx { cursor.offset += 8 }
    switch head.layout.shape {
    case .string: try addString(&cursor)
    case .elements:
      let start = cursor.offset
      _ = try cursor.readLength()
      lengths.append(start..<cursor.offset)
      if head.layout == .listQuicklist2 { _ = try cursor.readLength() }
      if head.layout == .listQuicklist || head.layout == .listQuicklist2 {
        let before = lengths
        try addString(&cursor)
        lengths = before
      }
    case .operands, .endless: break
    }
  }

  private mutating func addString(_ cursor: inout ByteCursor) throws {
    let start = cursor.offset
    var head = cursor
    let form = try head.readStringHead()
    let string = try cursor.readString()
    switch form.form {
    case .integer: break
    case .lzf:
      lengths.append((start + 1)..<string.offset)
      compressed.append(string.offset..<(string.offset + string.count))
    case .raw:
      lengths.append(start..<string.offset)
      if cursor.offset == range.upperBound { lastLength = start..<string.offset }
    }
  }
}
