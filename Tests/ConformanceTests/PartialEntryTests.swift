import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// What is left of the collections of real files, when they are damaged by chance.
@Suite struct PartialEntryTests {
  /// A damage of a value.
  struct Damage {
    enum Kind: CaseIterable { case byte, zeros, cut }

    var kind: Kind
    /// Offset in the record.
    var offset: Int
    var record: [UInt8]

    init(_ record: [UInt8], value: Range<Int>, _ random: inout SeededRandom) {
      kind = Kind.allCases[Int(random.next() % 3)]
      offset = value.lowerBound + Int(random.next() % UInt64(value.count))
      self.record = record
      switch kind {
      case .byte:
        self.record[offset] ^= UInt8(truncatingIfNeeded: 1 + random.next() % 255)
      case .zeros:
        for at in offset..<min(offset + 16, value.upperBound) { self.record[at] = 0 }
      case .cut: self.record.removeSubrange(offset...)
      }
    }

    /// Elements that may read as something else. Each has two bytes or more; a byte that is a length can
    /// make one of two.
    var mostAltered: Int {
      switch kind {
      case .byte: 2
      case .zeros: 9
      case .cut: 0
      }
    }
  }

  /// A collection of a file.
  private struct Collection {
    var record: [UInt8]
    var layout: ValueLayout
    /// Offset of the value in the record.
    var valueOffset: Int
    var value: RDBValue

    var valueRange: Range<Int> { valueOffset..<record.count }
  }

  /// The collections of a file: each as it stands there, or as the encoder writes it without LZF.
  private static func collections(
    of file: SoundFile, asWritten: Bool
  ) throws -> (RDBDialect, [Collection]) {
    let bytes = try file.bytes()
    let dialect = try RDBHeader.read(bytes.raw)
    let target = try #require(RDBTarget(magic: dialect.magic, version: dialect.version))
    var parser = RecordParser(bytes.raw, dialect, inputEnd: UInt64(bytes.count))
    parser.cursor.offset = RDBDialect.headerLength
    var decoder = ValueDecoder()
    var collections: [Collection] = []
    while true {
      let head = try parser.next()
      if head.kind == .eof { return (dialect, collections) }
      guard head.kind == .key else { continue }
      try parser.skipValue(of: head)
      let end = parser.cursor.offset
      let type = head.layout.type
      guard type != .string, type != .module, end - head.start < 20_000 else { continue }
      var cursor = ByteCursor(bytes.raw, at: head.valueOffset)
      let value = try decoder.decode(head.layout, &cursor)
      if asWritten {
        collections.append(
          Collection(
            record: Array(bytes[head.start..<end]), layout: head.layout,
            valueOffset: head.valueOffset - head.start, value: value))
      } else {
        collections.append(try encoded(value, target, dialect))
      }
    }
  }

  private static func encoded(
    _ value: RDBValue, _ target: RDBTarget, _ dialect: RDBDialect
  ) throws -> Collection {
    var encoder = RDBEncoder(target: target)
    encoder.compresses = false
    encoder.append(RDBEntry(key: "key", value: value))
    let record = ByteString(encoder.buffer.bytes).bytes
    var parser = RecordParser(record.raw, dialect, inputEnd: UInt64(record.count))
    let head = try parser.next()
    return Collection(
      record: record, layout: head.layout, valueOffset: head.valueOffset, value: value)
  }

  private static func left(_ record: [UInt8], _ dialect: RDBDialect) -> PartialEntry? {
    PartialEntry.read(record.raw, dialect, database: 0)
  }

  /// Elements of `part` that `whole` does not have; of a list, not in that order.
  private static func strangers(_ part: RDBValue, _ whole: RDBValue) -> Int {
    switch (part, whole) {
    case (.list(let part), .list(let whole)):
      return part.difference(from: whole).insertions.count
    case (.set(let part), .set(let whole)): return Set(part).subtracting(whole).count
    case (.hash(let part), .hash(let whole)):
      let byName = Dictionary(uniqueKeysWithValues: whole.map { ($0.name, $0) })
      return part.count { byName[$0.name] != $0 }
    case (.sortedSet(let part), .sortedSet(let whole)):
      let byName = Dictionary(uniqueKeysWithValues: whole.map { ($0.member, $0) })
      return part.count { byName[$0.member] != $0 }
    case (.stream(let part), .stream(let whole)):
      let byID = Dictionary(uniqueKeysWithValues: whole.entries.map { ($0.id, $0) })
      return part.entries.count { byID[$0.id] != $0 }
    default: return .max
    }
  }

  private static func count(_ value: RDBValue) -> Int {
    switch value {
    case .list(let elements), .set(let elements): elements.count
    case .hash(let fields): fields.count
    case .sortedSet(let members): members.count
    case .stream(let stream): stream.entries.count
    case .string, .module: 0
    }
  }

  /// Holds what a writer hands over.
  private final class Output {
    var bytes: [UInt8] = []
    func append(_ piece: RawSpan) { bytes += ByteString(piece).bytes }
  }

  /// A file of these values, each under a key of its own that does not expire.
  private static func write(_ entries: [RDBEntry], _ target: RDBTarget) -> [UInt8] {
    let output = Output()
    var writer = RDBWriter(target, to: output.append)
    for (index, entry) in entries.enumerated() {
      var value = entry.value
      if case .hash(let fields) = value {
        // Servers drop fields whose time has come.
        value = .hash(fields.map { RDBField(name: $0.name, value: $0.value, expiresAt: later($0)) })
      }
      let losses = writer.append(RDBEntry(key: ByteString("key:\(index)"), value: value))
      let isLeftOut = losses.contains { $0.isWhole }
      #expect(!isLeftOut, "\(losses)")
    }
    writer.finish()
    return output.bytes
  }

  private static func later(_ field: RDBField) -> UInt64? {
    field.expiresAt.map { max($0, 4_000_000_000_000) }
  }

  /// Whatever was hit: what is left is sound, and no more than there was.
  @Test(arguments: SoundFile.all) func whatIsLeftIsSound(_ file: SoundFile) throws {
    var random = SeededRandom(seed: 1711)
    let (dialect, collections) = try Self.collections(of: file, asWritten: true)
    let target = try #require(RDBTarget(magic: dialect.magic, version: dialect.version))
    var entries: [RDBEntry] = []
    for collection in collections {
      let damage = Damage(collection.record, value: collection.valueRange, &random)
      guard let left = Self.left(damage.record, dialect) else { continue }
      #expect(Int(left.elements) == Self.count(left.entry.value))
      #expect(left.elements > 0)
      if let claimed = left.claimed { #expect(claimed >= left.elements) }
      entries.append(left.entry)
    }
    let verdict = CheckProperties.verdict(Self.write(entries, target))
    let findings = verdict.findings.findings.map(CheckProperties.describe)
    #expect(findings == [])
    #expect(verdict.keys == UInt64(entries.count))
  }

  /// Of values without LZF, what is left is a part of what was there, but for the elements that were hit.
  @Test(arguments: SoundFile.all) func whatIsLeftWasThere(_ file: SoundFile) throws {
    var random = SeededRandom(seed: 1712)
    let (dialect, collections) = try Self.collections(of: file, asWritten: false)
    for collection in collections {
      let (whole, layout) = (collection.value, collection.layout)
      let count = Self.count(whole)
      guard let sound = Self.left(collection.record, dialect) else {
        #expect(count == 0)
        continue
      }
      #expect(Self.strangers(sound.entry.value, whole) == 0)
      #expect(Int(sound.elements) == count)
      // A zipmap of 254 pairs or more does not say how many they are.
      #expect(sound.claimed == sound.elements || (layout == .hashZipmap && count >= 254))
      for _ in 0..<4 {
        let damage = Damage(collection.record, value: collection.valueRange, &random)
        let left = Self.left(damage.record, dialect)
        let kept = left.map { Int($0.elements) } ?? 0
        let strangers = left.map { Self.strangers($0.entry.value, whole) } ?? 0
        let place = "\(damage.kind) at \(damage.offset - collection.valueOffset) of a \(layout)"
        #expect(strangers <= Self.bound(damage, layout), "\(place)")
        if layout != .hashZipmap { #expect(kept <= count, "\(place)") }
        // Behind the head of the string, one byte costs two elements at most.
        if damage.kind == .byte, Self.listpacks.contains(layout),
          damage.offset - collection.valueOffset >= 5
        {
          #expect(kept >= count - 2, "\(place)")
        }
      }
    }
  }

  /// Elements that may be others than were there.
  private static func bound(_ damage: Damage, _ layout: ValueLayout) -> Int {
    switch layout {
    // Nothing in a zipmap shows that a length is wrong, and the entries of a stream's node share its key
    // and the names of their fields.
    case .hashZipmap, .stream, .stream2, .stream3: .max
    // In a table, a wrong length shows when the framing breaks.
    case .list, .set, .hash, .zset, .zset2, .hashMetadata, .valkeyHash2: damage.mostAltered + 2
    default: damage.mostAltered
    }
  }

  private static let listpacks: [ValueLayout] = [.setListpack, .hashListpack, .zsetListpack]

  /// What is left of the collections of all files is loaded by a server, key for key.
  @Test(arguments: Oracle.allCases) func serversLoadIt(_ oracle: Oracle) throws {
    let target = try #require(
      RDBTarget(
        named: [.redis7: "redis-7.0", .redis62: "redis-6.2", .valkey9: "valkey-9.0"][oracle] ?? ""))
    var random = SeededRandom(seed: 1713)
    var entries: [RDBEntry] = []
    var types = Set<ValueType>()
    for file in SoundFile.all {
      let (dialect, collections) = try Self.collections(of: file, asWritten: true)
      for collection in collections {
        let damage = Damage(collection.record, value: collection.valueRange, &random)
        guard let left = Self.left(damage.record, dialect) else { continue }
        entries.append(left.entry)
        types.insert(left.entry.type)
      }
    }
    #expect(entries.count > 2000)
    #expect(types.count == 5)
    let file = Self.write(entries, target)
    let server = try OracleServer(oracle) {
      try Data(file).write(to: $0.appendingPathComponent("dump.rdb"))
    }
    #expect(try server.command("DBSIZE") == .integer(Int64(entries.count)))
  }
}
