internal import Persistence

/// Tells the version of a file whose header is lost.
enum LostHeader {
  /// Bytes that are looked at.
  private static let sample: UInt64 = 1 << 20

  /// The header with which the checksum of a file is right, as a repair; nil when none is.
  static func repair(
    _ content: any RandomAccess, size: UInt64
  ) throws(SourceError) -> ChecksumRepair? {
    let length = UInt64(RDBDialect.headerLength)
    guard size > length + 9 else { return nil }
    let was = try content.bytes(at: 0, count: Int(length))
    guard let checksum = try content.storedChecksum(at: size - 8), checksum != 0 else { return nil }
    var rest: UInt64 = 0
    try ChecksumSearch.read(content, length..<(size - 8)) { _, bytes in
      rest = CRC64.update(rest, bytes)
    }
    for dialect in RDBDialect.all where dialect.hasChecksum {
      let header = dialect.header
      let start = CRC64.update(0, unsafe header.span.bytes)
      if CRC64.combine(start, rest, lengthOfB: size - length - 8) == checksum {
        return ChecksumRepair(changes: [.bytes(at: 0, was: was, now: header)], weighed: 5)
      }
    }
    return nil
  }

  /// The dialect in which most of the beginning of a file reads as records, and of several the oldest,
  /// which most servers load.
  static func dialect(of content: any RandomAccess, size: UInt64) throws(SourceError) -> RDBDialect
  {
    var best: (dialect: RDBDialect, weight: Int)?
    for dialect in RDBDialect.all where dialect.isComplete {
      let weight = try weight(of: content, size: size, as: dialect)
      if weight > best?.weight ?? -1 { best = (dialect, weight) }
    }
    guard let best else { preconditionFailure("the table of versions is not empty") }
    return best.dialect
  }

  /// The bytes of the sample that are records of a dialect. An end where the version has it says as much
  /// as a short record.
  private static func weight(
    of content: any RandomAccess, size: UInt64, as dialect: RDBDialect
  ) throws(SourceError) -> Int {
    let end = min(size, sample)
    var search = Resynchronizer(content, size: size, dialect)
    var at: UInt64 = 0
    var weight = 0
    let tail = try content.bytes(at: search.endOfRecords, count: 1)
    if tail == [0xFF] { weight += 32 }
    while at < end, let resumption = try search.search(at..<end, beyond: 0) {
      at = resumption.at
      while at < end, let record = try search.weigher.weigh(at: at), let next = record.end {
        guard record.kind != .eof else { break }
        weight += Int(next - at)
        at = next
      }
      at = max(at, resumption.at + 1)
    }
    return weight
  }
}
