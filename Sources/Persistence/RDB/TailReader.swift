/// Reads what lies behind the last record, holding eight bytes of it and no more.
struct TailReader {
  private let source: any ByteSource
  private var pending: [UInt8] = []
  private var mayRead: Bool
  private(set) var compressionError: SourceError?

  init(_ source: any ByteSource, _ mayRead: Bool) {
    self.source = source
    self.mayRead = mayRead
  }

  /// Bytes that have been read already.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    unsafe pending.append(contentsOf: bytes)
  }

  /// The next piece of the input, or nil at its end.
  private mutating func nextPiece() throws(SourceError) -> [UInt8]? {
    if !pending.isEmpty {
      let piece = pending
      pending = []
      return piece
    }
    guard mayRead else { return nil }
    var piece = [UInt8](repeating: 0, count: 256 << 10)
    do throws(SourceError) {
      var span = piece.mutableSpan
      var bytes = unsafe span.mutableBytes
      let source = source
      let count = try unsafe bytes.withUnsafeMutableBytes { (buffer) throws(SourceError) -> Int in
        try unsafe source.read(into: buffer)
      }
      piece.removeLast(piece.count - count)
      return count == 0 ? nil : piece
    } catch {
      switch error {
      case .damagedCompression, .truncatedCompression:
        compressionError = error
        mayRead = false
        return nil
      default: throw error
      }
    }
  }

  /// The next `wanted` bytes (at most 8) as a little-endian number, and how many there were.
  mutating func take(_ wanted: Int) throws(SourceError) -> (value: UInt64, count: Int) {
    var taken: [UInt8] = []
    while taken.count < wanted, let piece = try nextPiece() {
      let part = piece.prefix(wanted - taken.count)
      taken += part
      pending = Array(piece.dropFirst(part.count))
    }
    let value = taken.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return (value, taken.count)
  }

  /// Counts all that is left.
  mutating func countRest(_ ending: inout ScanEnding) throws(SourceError) {
    while let piece = try nextPiece() {
      if ending.trailingCount == 0 { ending.trailingFirst = piece[0] }
      if ending.trailingIsZero, piece.contains(where: { $0 != 0 }) { ending.trailingIsZero = false }
      ending.trailingCount += UInt64(piece.count)
    }
  }

  /// The checksum of all that is left but the last eight bytes.
  mutating func checksumRest() throws(SourceError) -> (
    checksum: UInt64, count: UInt64, lastEight: UInt64, byteBefore: UInt8
  ) {
    var checksum: UInt64 = 0
    var count: UInt64 = 0
    var held: [UInt8] = []
    var before: UInt8 = 0
    while let piece = try nextPiece() {
      count += UInt64(piece.count)
      held += piece
      let sure = max(0, held.count - 8)
      if sure > 0 {
        checksum = CRC64.update(checksum, unsafe held.span.bytes.extracting(0..<sure))
        before = held[sure - 1]
        held.removeFirst(sure)
      }
    }
    let lastEight = held.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return (checksum, count, lastEight, before)
  }
}
