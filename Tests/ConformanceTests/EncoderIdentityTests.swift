import Foundation
import Persistence
import TestSupport
import Testing

/// What the encoder writes for a release is what that release wrote, byte for byte.
///
/// A value does not tell everything about a record, so that there are exceptions; each is told by the
/// record of the file alone, without a look at what the encoder writes.
@Suite struct EncoderIdentityTests {
  /// Why a record need not be what a server would write that is given its value.
  enum Reason: String, CaseIterable {
    /// The set once had a member that needed more bytes than those that it has now.
    case wideIntset
    /// Deleted entries of a stream are still there, marked as such.
    case tombstones
    /// Some nodes of a list are plain because of `DEBUG QUICKLIST-PACKED-THRESHOLD`.
    case debuggedList
    /// The fields of a hash once had lifetimes, and its form is still the one for them.
    case persistedFields
    /// A layout that only release candidates wrote.
    case releaseCandidate
    /// A value of a zipmap shrank in its place.
    case freeBytes
  }

  /// Files of servers with default limits. The others have lists, hashes and sets in forms that a
  /// default server does not choose.
  static let files = SoundFile.all.filter {
    !["big", "bigraw", "tiny", "depth", "hfesmall"].contains($0.shape)
  }

  /// The exceptions that there are, by file.
  static let exceptions: [String: [Reason: Int]] = [
    "2.4.18-census": [.wideIntset: 1, .freeBytes: 1],
    "2.6.17-census": [.wideIntset: 1],
    "2.8.24-census": [.wideIntset: 1],
    "3.2.13-census": [.wideIntset: 1],
    "4.0.14-census": [.wideIntset: 1],
    "5.0.14-census": [.wideIntset: 1, .tombstones: 5],
    "6.2.16-census": [.wideIntset: 1, .tombstones: 5],
    "7.0.15-census": [.wideIntset: 1, .tombstones: 6, .debuggedList: 3],
    "7.2.6-census": [.wideIntset: 1, .tombstones: 6, .debuggedList: 1],
    "7.4-rc1-hfe": [.releaseCandidate: 10],
    "7.4.1-census": [.wideIntset: 1, .tombstones: 6, .debuggedList: 1, .persistedFields: 1],
    "7.4.1-hfe": [.persistedFields: 1],
    "8.0-m01-census": [.wideIntset: 1, .tombstones: 6, .debuggedList: 1, .persistedFields: 1],
    "valkey-8.0.1-census": [.wideIntset: 1, .tombstones: 6, .debuggedList: 1],
    "valkey-9.1.2-census": [.wideIntset: 1, .tombstones: 6, .debuggedList: 1, .persistedFields: 1],
  ]

  @Test func thereAreFilesOfEveryReleaseAmongThem() {
    #expect(Self.files.count == 68)
    #expect(Set(Self.files.compactMap { $0.target?.name }).count == 13)
    #expect(Set(Self.exceptions.keys).isSubset(of: Self.files.map(\.name)))
  }

  @Test(arguments: files) func everyRecordIsTheServers(_ file: SoundFile) throws {
    let target = try #require(file.target)
    let bytes = try file.bytes()
    let dialect = try RDBHeader.read(bytes.raw)
    #expect(dialect.magic == target.magic)
    #expect(dialect.version == target.version)
    var parser = RecordParser(bytes.raw, dialect, inputEnd: UInt64(bytes.count))
    parser.cursor.offset = RDBDialect.headerLength
    var reader = try RDBReader(path: file.url.path)
    var encoder = RDBEncoder(target: target)
    encoder.compresses = file.shape != "nocompress"
    var found: [Reason: Int] = [:]
    while true {
      let head = try parser.next()
      if head.kind == .eof { break }
      guard head.kind == .key else { continue }
      try parser.skipValue(of: head)
      let entry = try #require(try reader.next())
      encoder.buffer.removeAll()
      encoder.append(entry)
      let record = bytes.raw.extracting(head.start..<parser.cursor.offset)
      if record.compare(to: encoder.buffer.bytes) == 0 { continue }
      let value = bytes.raw.extracting(head.valueOffset..<parser.cursor.offset)
      guard let reason = try Self.reason(head.layout, value, entry) else {
        Issue.record("\(entry.key) (\(head.layout)) differs")
        continue
      }
      found[reason, default: 0] += 1
    }
    #expect(found == Self.exceptions[file.name] ?? [:])
  }

  static func reason(
    _ layout: ValueLayout, _ value: RawSpan, _ entry: RDBEntry
  ) throws -> Reason? {
    var cursor = ByteCursor(value)
    var decoder = StringDecoder()
    switch layout {
    case .hashMetadataPreGA, .hashListpackExPreGA: return .releaseCandidate
    case .listQuicklist2:
      return entry.key.description.hasPrefix("list:plain") ? .debuggedList : nil
    case .hash, .hashListpackEx:
      return entry.key == "hash:ttl:persisted" ? .persistedFields : nil
    case .setIntset:
      let blob = try decoder.decode(cursor.readString(), in: value)
      guard case .set(let members) = entry.value else { return nil }
      let isWide = members.allSatisfy { Int32($0.description) != nil }
      return isWide && blob.byte(at: 0) == 8 ? .wideIntset : nil
    case .hashZipmap:
      let blob = try decoder.decode(cursor.readString(), in: value)
      guard case .hash(let fields) = entry.value else { return nil }
      let size = fields.reduce(2) { $0 + $1.name.count + $1.value.count + 3 }
      return blob.byteCount > size ? .freeBytes : nil
    case .stream, .stream2, .stream3:
      for _ in 0..<(try cursor.readLength()) {
        let key = StreamID(try decoder.decode(cursor.readString(), in: value), at: 0)
        let node = try decoder.decode(cursor.readString(), in: value)
        var entries = try StreamNodeReader(node, key: key)
        while let entry = try entries.next() {
          if entry.isDeleted { return .tombstones }
          try entries.skipFields(of: entry)
        }
      }
      return nil
    default: return nil
    }
  }
}

extension SoundFile {
  /// The release that wrote the file; the next one for a release candidate.
  var target: RDBTarget? {
    let parts = name.split { $0 == "." || $0 == "-" }
    let release =
      parts[0] == "valkey"
      ? "valkey-\(parts[1]).\(parts[2])" : "redis-\(parts[0]).\(parts[1])"
    return RDBTarget(named: release)
  }
}
