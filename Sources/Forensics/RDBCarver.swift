internal import Persistence

/// Finds RDB files inside something larger: an image of a disk, the memory of a process, a captured
/// replication stream, an append-only file.
enum RDBCarver {
  /// Bytes looked at at once.
  private static let pieceSize = 1 << 20

  /// Where the files are, in order. One whose end is found with the right checksum has just its bytes;
  /// another one goes on to the next, or to the end of the content.
  static func files(
    in content: any RandomAccess, size: UInt64
  ) throws(SourceError) -> [Range<UInt64>] {
    var files: [Range<UInt64>] = []
    /// Starts of files whose end is not known.
    var open: UInt64?
    var at: UInt64 = 0
    while let start = try nextStart(in: content, at..<size) {
      at = start + 1
      guard let dialect = try dialect(of: content, size: size, at: start) else { continue }
      if let before = open { files.append(before..<start) }
      open = nil
      if let end = try end(of: content, start..<size, dialect) {
        files.append(start..<end)
        at = end
      } else {
        open = start
      }
    }
    if let open { files.append(open..<size) }
    return files
  }

  /// The next place of a range at which the letters of a header stand.
  private static func nextStart(
    in content: any RandomAccess, _ range: Range<UInt64>
  ) throws(SourceError) -> UInt64? {
    let length = RDBDialect.headerLength
    var at = range.lowerBound
    while at < range.upperBound {
      let piece = try content.bytes(
        at: at, count: Int(min(UInt64(pieceSize + length), range.upperBound - at)))
      guard piece.count >= length else { return nil }
      for offset in 0...(piece.count - length) {
        let first = piece[offset]
        guard first == UInt8(ascii: "R") || first == UInt8(ascii: "V") else { continue }
        let header = Array(piece[offset..<(offset + length)])
        if (try? RDBHeader.read(unsafe header.span.bytes)) != nil { return at + UInt64(offset) }
      }
      at += UInt64(piece.count - length + 1)
    }
    return nil
  }

  /// The version of a file whose header stands at a place, if a record, or the end, follows it.
  private static func dialect(
    of content: any RandomAccess, size: UInt64, at start: UInt64
  ) throws(SourceError) -> RDBDialect? {
    let header = try content.bytes(at: start, count: RDBDialect.headerLength)
    guard let dialect = try? RDBHeader.read(unsafe header.span.bytes) else { return nil }
    var weigher = RecordWeigher(content, size: size, dialect)
    let first = start + UInt64(RDBDialect.headerLength)
    guard first < size, try weigher.weigh(at: first) != nil else { return nil }
    return dialect
  }

  /// The end of a file that can be walked to its end and has the right checksum, or none.
  private static func end(
    of content: any RandomAccess, _ range: Range<UInt64>, _ dialect: RDBDialect
  ) throws(SourceError) -> UInt64? {
    let body = (range.lowerBound + UInt64(RDBDialect.headerLength))..<range.upperBound
    let scanner = RecordScanner(content, body, dialect, database: 0)
    let recycle = scanner.recycler()
    let header = dialect.header
    var checksum = CRC64.update(0, unsafe header.span.bytes)
    while let item = try scanner.next() {
      switch item {
      case .batch(let batch):
        checksum = CRC64.update(checksum, batch.bytes)
        recycle(batch)
      case .large(let record):
        checksum = CRC64.combine(checksum, record.checksum, lengthOfB: record.count)
      }
    }
    guard let eof = scanner.ending.eofOffset else { return nil }
    guard dialect.hasChecksum else { return eof + 1 }
    guard let stored = try content.storedChecksum(at: eof + 1) else { return nil }
    return stored == checksum || stored == 0 ? eof + 9 : nil
  }
}
