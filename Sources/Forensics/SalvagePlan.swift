internal import Persistence

/// What the output of a salvage consists of: stretches of the input, in its order, and what stands in
/// place of some of their bytes.
struct SalvagePlan {
  /// Something that is written in place of bytes of the input: of whole records, or of none.
  struct Patch {
    var range: Range<UInt64>
    var content: Content
  }

  enum Content {
    /// SELECTDB that a gap has taken, with what the database has.
    case select(database: UInt64, keys: UInt64, expires: UInt64)
    /// What a database has, in place of what it had.
    case resize(keys: UInt64, expires: UInt64)
    /// A key of which a part of the value is left.
    case entry(RDBEntry)
  }

  var dialect: RDBDialect
  /// Whole records, without the header, the EOF opcode and the checksum.
  private(set) var kept: [Range<UInt64>] = []
  /// Inside stretches that are kept, in their order.
  var patches: [Patch] = []
  /// Whether the file ends in a checksum of zero, which says that there is none.
  var hasNoChecksum = false

  init(_ dialect: RDBDialect) { self.dialect = dialect }

  mutating func keep(_ range: Range<UInt64>) {
    if !range.isEmpty { kept.append(range) }
  }

  /// The stretch that a place is in; nil for a place in a gap.
  func stretch(at offset: UInt64) -> Range<UInt64>? {
    let index = firstStretch(endingBehind: offset)
    return index < kept.endIndex && kept[index].lowerBound <= offset ? kept[index] : nil
  }

  /// What is kept of a range.
  func stretches(in range: Range<UInt64>) -> some Sequence<Range<UInt64>> {
    kept[firstStretch(endingBehind: range.lowerBound)...].lazy
      .prefix { $0.lowerBound < range.upperBound }
      .map { $0.clamped(to: range) }
  }

  /// The index of the first stretch that ends behind a place. Stretches ascend and do not overlap.
  private func firstStretch(endingBehind offset: UInt64) -> Int {
    kept.partitioningIndex { $0.upperBound > offset }
  }

  /// Takes ranges, which do not overlap, out of the stretches that are kept.
  mutating func drop(_ ranges: [Range<UInt64>]) {
    guard !ranges.isEmpty else { return }
    let ranges = ranges.sorted { $0.lowerBound < $1.lowerBound }
    var left: [Range<UInt64>] = []
    var next = 0
    for stretch in kept {
      var start = stretch.lowerBound
      while next < ranges.count, ranges[next].upperBound <= start { next += 1 }
      var index = next
      while index < ranges.count, ranges[index].lowerBound < stretch.upperBound {
        if start < ranges[index].lowerBound { left.append(start..<ranges[index].lowerBound) }
        start = max(start, ranges[index].upperBound)
        index += 1
      }
      if start < stretch.upperBound { left.append(start..<stretch.upperBound) }
    }
    kept = left
    patches.removeAll { patch in ranges.contains { $0.overlaps(patch.range) } }
  }

  /// Bytes read at once.
  private static let pieceSize = 1 << 20

  /// Writes the file: header, records, EOF opcode, checksum.
  func write(
    from content: any RandomAccess, _ put: @escaping (RawSpan) throws(SalvageError) -> Void
  ) throws(SalvageError) {
    guard let target = RDBTarget(magic: dialect.magic, version: dialect.version) else {
      preconditionFailure("what is read can be written")
    }
    var writer = RDBWriter(target, to: put)
    writer.hasChecksum = !hasNoChecksum
    var at: UInt64 = 0
    for patch in patches.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      try copy(at..<max(at, patch.range.lowerBound), of: content, to: &writer)
      switch patch.content {
      case .select(let database, let keys, let expires):
        try writer.append(selecting: database)
        try writer.resize(keys: keys, expires: expires)
      case .resize(let keys, let expires): try writer.resize(keys: keys, expires: expires)
      case .entry(let entry): try writer.append(inPlace: entry)
      }
      at = max(at, patch.range.upperBound)
    }
    try copy(at..<UInt64.max, of: content, to: &writer)
    try writer.finish()
  }

  /// Copies what is kept of a range.
  private func copy(
    _ range: Range<UInt64>, of content: any RandomAccess,
    to writer: inout RDBWriter<SalvageError>
  ) throws(SalvageError) {
    for stretch in stretches(in: range) {
      try Self.copy(stretch, of: content, to: &writer)
    }
  }

  private static func copy(
    _ range: Range<UInt64>, of content: any RandomAccess,
    to writer: inout RDBWriter<SalvageError>
  ) throws(SalvageError) {
    var at = range.lowerBound
    while at < range.upperBound {
      let count = Int(min(UInt64(pieceSize), range.upperBound - at))
      let piece: [UInt8]
      do throws(SourceError) {
        piece = try content.bytes(at: at, count: count)
      } catch {
        throw .source(error)
      }
      guard piece.count == count else {
        throw .source(.changedWhileRead(at: at + UInt64(piece.count)))
      }
      try writer.append(records: unsafe piece.span.bytes)
      at += UInt64(count)
    }
  }
}

/// Why a salvage came to no end.
enum SalvageError: Error, Sendable {
  case source(SourceError)
  case output(OutputError)
}
