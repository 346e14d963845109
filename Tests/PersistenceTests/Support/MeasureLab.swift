import Persistence
import TestSupport

/// Measures values, with allocations that tell from which part they come: nothing of any real server.
enum MeasureLab {
  /// What each kind of element takes, by its bytes.
  static func member(_ length: UInt64) -> UInt64 { 3 * length + 1 }
  static func scored(_ length: UInt64) -> UInt64 { 5 * length + 2 }
  static func field(_ length: UInt64) -> UInt64 { 7 * length + 3 }
  static func value(_ length: UInt64) -> UInt64 { 11 * length + 4 }
  static func expiring(_ length: UInt64) -> UInt64 { 13 * length + 5 }
  static func element(_ length: UInt64) -> UInt64 { 17 * length + 6 }
  static func blob(_ length: UInt64) -> UInt64 { (length + 63) / 64 * 64 }
  static func treeNode(_ length: UInt64) -> UInt64 { (length + 7) / 8 * 8 + 1 }

  static func sizes(_ form: CompactForm = .listpack, depth: Int = 0) -> ElementAllocations {
    var sizes = ElementAllocations(
      compactForm: form, member: AllocationTable(member), scored: AllocationTable(scored),
      field: AllocationTable(field), value: AllocationTable(value),
      expiringField: AllocationTable(expiring), element: AllocationTable(element),
      blob: AllocationTable(blob), treeNode: AllocationTable(treeNode))
    sizes.compressDepth = depth
    return sizes
  }

  /// Measures a value of a type of version 12.
  static func measure(
    _ type: UInt8, _ value: [UInt8], _ sizes: ElementAllocations = MeasureLab.sizes()
  ) throws -> ValueMeasure {
    let dialect = try RDBHeader.read(Array("REDIS0012".utf8).raw)
    guard case .layout(let layout, _) = dialect.meaning(ofType: type) else {
      throw FormatError(.badType, at: 0, "no layout")
    }
    var measurer = ValueMeasurer(sizes)
    var cursor = ByteCursor(value.raw)
    let measure = try measurer.measure(layout, &cursor)
    guard cursor.isAtEnd else { throw FormatError(.trailingBytes, at: cursor.offset, "left over") }
    return measure
  }

  /// All keys of a file, with their names and what was wrong. Records above `largeRecord` bytes are measured
  /// section by section.
  static func keys(
    _ bytes: [UInt8], _ sizes: ElementAllocations = MeasureLab.sizes(),
    selection: KeySelection = KeySelection(), leastHashed: UInt64? = nil, largeRecord: Int? = nil
  ) throws -> (keys: [(key: MeasuredKey, name: ByteString)], problems: [RecordProblem]) {
    let scanner = try RecordScanner(
      MemorySource(bytes), inputSize: { UInt64(bytes.count) }, content: MemoryAccess(bytes),
      batchSize: 4096, largeRecord: largeRecord ?? RecordScanner.largeRecord)
    var measurer = BatchMeasurer(
      sizes, selection: selection, leastHashed: leastHashed, recycle: scanner.recycler())
    var keys: [(MeasuredKey, ByteString)] = []
    var problems: [RecordProblem] = []
    while let item = try scanner.next() {
      problems += measurer.measure(item) { keys.append(($0, ByteString($1))) }.problems
    }
    return (keys, problems)
  }

  // MARK: Reference

  /// The text of an entry.
  static func text(_ entry: CompactEntry) -> [UInt8] {
    switch entry {
    case .integer(let value): Array(String(value).utf8)
    case .text(let text): text
    }
  }

  static func length(_ entry: CompactEntry) -> UInt64 { UInt64(text(entry).count) }

  /// Text that reads as an integer is one.
  static func canonical(_ entry: CompactEntry) -> CompactEntry {
    let text = String(decoding: text(entry), as: UTF8.self)
    guard let value = Int64(text), String(value) == text else { return entry }
    return .integer(value)
  }

  /// Bytes of entries in a blob, without what frames them.
  static func compact(_ entries: [CompactEntry], _ form: CompactForm) -> UInt64 {
    switch form {
    case .listpack: UInt64(Encode.listpack(entries.map(canonical)).count - 7)
    case .ziplist: UInt64(Encode.ziplist(entries.map { ziplistData(canonical($0)) }).count - 11)
    }
  }

  /// An entry as ziplist.c writes it, without the size of the one before.
  static func ziplistData(_ entry: CompactEntry) -> [UInt8] {
    switch entry {
    case .integer(let value):
      let bits = UInt64(bitPattern: value)
      switch value {
      case 0...12: return [0xF1 + UInt8(value)]
      case -128...127: return [0xFE] + Encode.littleEndian(bits, 1)
      case -32_768...32_767: return [0xC0] + Encode.littleEndian(bits, 2)
      case -8_388_608...8_388_607: return [0xF0] + Encode.littleEndian(bits, 3)
      case -2_147_483_648...2_147_483_647: return [0xD0] + Encode.littleEndian(bits, 4)
      default: return [0xE0] + Encode.littleEndian(bits, 8)
      }
    case .text(let text):
      if text.count < 64 { return [UInt8(text.count)] + text }
      if text.count < 16_384 {
        return [0x40 | UInt8(text.count >> 8), UInt8(text.count & 0xFF)] + text
      }
      return [0x80] + Encode.bigEndian(UInt64(text.count), 4) + text
    }
  }

  /// Bytes of a text as a dynamic string, by the table of sds.h: header and terminator. An empty one has the
  /// second header.
  static func dynamic(_ length: UInt64) -> UInt64 {
    let headers: [(limit: UInt64, size: UInt64)] = [
      (1 << 5, 1), (1 << 8, 3), (1 << 16, 5), (1 << 32, 9),
    ]
    let header = length == 0 ? 3 : headers.first { length < $0.limit }?.size ?? 17
    return length + header + 1
  }

  /// Texts and integers of all widths, none of them twice.
  static func entries(_ count: Int, _ random: inout SeededRandom) -> [CompactEntry] {
    var entries: [CompactEntry] = []
    var seen: Set<[UInt8]> = []
    while entries.count < count {
      let entry: CompactEntry =
        switch random.next() % 4 {
        case 0: .integer(Int64(bitPattern: random.next()) >> Int64(random.next() % 64))
        case 1: .text(Array("text \(random.next())".utf8.prefix(Int(5 + random.next() % 9))))
        case 2: .text(random.bytes(Int(random.next() % 300)))
        default: .text(Array(String(Int32(truncatingIfNeeded: random.next())).utf8))
        }
      if seen.insert(text(entry)).inserted { entries.append(canonical(entry)) }
    }
    return entries
  }
}
