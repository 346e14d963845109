internal import Persistence

/// What can be wrong with records that look sound.
extension SalvagePlanner {
  /// Bytes of a block of a disk that comes back as zeros.
  private static let blockSize: UInt64 = 512
  /// Zero blocks that are told apart.
  private static let blockLimit = 10_000

  /// Whether the file is known to be damaged, or not known not to be.
  private var isDoubtful: Bool {
    !report.gaps.isEmpty || found.collector.verdict.findings.errors > 0
  }

  mutating func finish() throws(SourceError) {
    found.finish()
    try dropDuplicates()
    if isDoubtful {
      try doubtZeroBlocks()
    }
    try announceCounts()
    report.gaps.sort { $0.from < $1.from }
    report.bytesKept = plan.kept.reduce(0) { $0 + UInt64($1.count) }
    report.keysRecovered = found.collector.verdict.keys
  }

  /// A server stops loading at the second record of a key: the first one is kept.
  private mutating func dropDuplicates() throws(SourceError) {
    for duplicate in try found.duplicates() {
      // The first of them may be in a gap.
      let places = ([duplicate.first] + duplicate.others).filter { place in
        plan.kept.contains { $0.contains(place) }
      }
      for place in places.dropFirst() {
        guard let record = try locate(place) else { continue }
        plan.drop(record.range)
        try withdraw(record.range, database: record.database)
        addGap(record.range, .duplicateKey)
        found.add(
          Finding(
            .error, .duplicateKey, at: place, record: record.range.lowerBound,
            database: record.database, key: record.key,
            "the key stands in the database before, at byte \(places[0]); this one is left out"))
      }
    }
  }

  private func locate(_ offset: UInt64) throws(SourceError) -> LocatedRecord? {
    guard let milestone = found.milestone(before: offset),
      let stretch = plan.kept.first(where: { $0.contains(offset) })
    else { return nil }
    return try RecordLocator.record(
      at: offset, in: content, milestone.offset..<stretch.upperBound, dialect,
      database: milestone.database)
  }

  /// A value that is all zeros over a whole block of the file may be what was stored, or what is left
  /// when the block was lost.
  private mutating func doubtZeroBlocks() throws(SourceError) {
    var blocks = ZeroBlocks(content, size: size, blockSize: Self.blockSize)
    var left = Self.blockLimit
    var known: Range<UInt64>?
    while left > 0, let block = try blocks.next() {
      if let known, known.upperBound >= block.upperBound { continue }
      left -= 1
      for stretch in plan.kept where stretch.overlaps(block) {
        var at = max(stretch.lowerBound, block.lowerBound)
        while at < min(stretch.upperBound, block.upperBound), let record = try locate(at) {
          suspect(record, "a block of zeros, from byte \(block.lowerBound) on, lies in it")
          known = record.range
          at = record.range.upperBound
        }
      }
    }
  }

  /// Lets RESIZEDB announce what the output holds, and takes from it how much is lost.
  private mutating func announceCounts() throws(SourceError) {
    var lost: UInt64 = 0
    var isStated = true
    for section in found.collector.sections ?? [] {
      guard let announced = section.announced else {
        if section.keys > 0 { isStated = false }
        continue
      }
      if announced.keys > section.keys { lost += announced.keys - section.keys }
      guard announced.keys != section.keys || announced.expires != section.expires else { continue }
      guard let record = try locate(announced.offset) else { continue }
      plan.patches.append(
        SalvagePlan.Patch(
          range: record.range,
          bytes: RDBOpcodes.resizeDB(keys: section.keys, expires: section.expires)))
    }
    let known = UInt64(report.lostKeys.count) + report.omittedKeys
    report.keysLost = max(lost, known)
    report.lossIsStated = isStated && lost >= known
  }
}

/// The blocks of a file that are all zero.
private struct ZeroBlocks {
  private static let pieceSize = 1 << 20

  private let content: any RandomAccess
  private let size: UInt64
  private let blockSize: Int
  private var piece: [UInt8] = []
  private var start: UInt64 = 0
  private var at = 0

  init(_ content: any RandomAccess, size: UInt64, blockSize: UInt64) {
    self.content = content
    self.size = size
    self.blockSize = Int(blockSize)
  }

  mutating func next() throws(SourceError) -> Range<UInt64>? {
    while true {
      while at + blockSize <= piece.count {
        defer { at += blockSize }
        if isZero(at) {
          let offset = start + UInt64(at)
          return offset..<(offset + UInt64(blockSize))
        }
      }
      start += UInt64(piece.count)
      guard start < size else { return nil }
      piece = try content.bytes(at: start, count: Int(min(UInt64(Self.pieceSize), size - start)))
      at = 0
      guard !piece.isEmpty else { return nil }
    }
  }

  private func isZero(_ offset: Int) -> Bool {
    let bytes = unsafe piece.span.bytes
    for place in stride(from: offset, to: offset + blockSize, by: 8)
    where bytes.littleEndian(at: place, as: UInt64.self) != 0 { return false }
    return true
  }
}
