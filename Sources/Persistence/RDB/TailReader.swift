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
      guard error.isOfCompression else { throw error }
      compressionError = error
      mayRead = false
      return nil
    }
  }

  /// What `summarize` says of the bytes behind a record.
  struct Summary {
    /// All of them.
    var count: UInt64 = 0
    /// The first eight, little-endian.
    var firstEight: UInt64 = 0
    /// The ninth.
    var ninth: UInt8 = 0
    /// Whether all from the ninth on are zero.
    var isZeroAfterEight = true
    /// CRC64 of all but the last eight.
    var checksum: UInt64 = 0
    /// The last eight, little-endian; of fewer than eight, all.
    var lastEight: UInt64 = 0
    /// The byte before the last eight.
    var byteBefore: UInt8 = 0

    /// The summary of the bytes that passed before these, too, of which there are more than eight when any
    /// have passed, unless the rest is not read.
    func joined(to passage: borrowing Passage) -> Summary {
      guard passage.count > 0, count > 0 else { return self }
      var sum = self
      sum.checksum = CRC64.combine(passage.checksum, checksum, lengthOfB: count - 8)
      sum.count += passage.count
      return sum
    }
  }

  /// Reads all that is left.
  mutating func summarize() throws(SourceError) -> Summary {
    var summary = Summary()
    var held: [UInt8] = []
    while let piece = try nextPiece() {
      let position = Int(clamping: summary.count)
      for (index, byte) in piece.prefix(max(0, 8 - position)).enumerated() {
        summary.firstEight |= UInt64(byte) << UInt64(8 * (position + index))
      }
      let rest = piece.dropFirst(max(0, 8 - position))
      if position <= 8, let byte = rest.first { summary.ninth = byte }
      if summary.isZeroAfterEight { summary.isZeroAfterEight = rest.allSatisfy { $0 == 0 } }
      summary.count += UInt64(piece.count)
      held += piece
      let sure = max(0, held.count - 8)
      if sure > 0 {
        summary.checksum = CRC64.update(
          summary.checksum, unsafe held.span.bytes.extracting(0..<sure))
        summary.byteBefore = held[sure - 1]
        held.removeFirst(sure)
      }
    }
    summary.lastEight = held.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return summary
  }
}
