internal import CZlib
internal import SystemPackage

/// gzip (RFC 1952) by zlib at its level 6, as one member. The header has no time and no name, so that
/// the same bytes always become the same file.
@safe final class GzipEncoder: StreamEncoder {
  private static let pieceSize = 64 << 10

  /// On the heap because zlib keeps a pointer back to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private let piece: UnsafeMutablePointer<UInt8>

  /// Throws `noMemory` when there is none for zlib, some 260 KiB.
  init() throws(Errno) {
    unsafe piece = .allocate(capacity: Self.pieceSize)
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15: the largest window; 16 more: gzip; 8: the usual memory.
    let size = unsafe CInt(MemoryLayout<z_stream>.size)
    let status = unsafe deflateInit2_(
      stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    guard status == Z_OK else { throw .noMemory }
    unsafe stream.pointee.next_out = piece
    unsafe stream.pointee.avail_out = UInt32(Self.pieceSize)
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
    unsafe piece.deallocate()
  }

  func encode(_ bytes: RawSpan, into sink: (RawSpan) throws(Errno) -> Void) throws(Errno) {
    // zlib reads the bytes before each call returns and keeps no pointer to them.
    try unsafe bytes.withUnsafeBytes { (buffer) throws(Errno) in
      let input = unsafe buffer.assumingMemoryBound(to: UInt8.self)
      var taken = 0
      while taken < input.count {
        let count = min(input.count - taken, Int(Int32.max))
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress?.advanced(by: taken))
        unsafe stream.pointee.avail_in = UInt32(count)
        while unsafe stream.pointee.avail_in > 0 {
          _ = try step(Z_NO_FLUSH, into: sink)
        }
        taken += count
      }
      unsafe stream.pointee.next_in = nil
    }
  }

  func finish(into sink: (RawSpan) throws(Errno) -> Void) throws(Errno) {
    while try step(Z_FINISH, into: sink) != Z_STREAM_END {}
    try flush(into: sink)
  }

  /// One call of zlib, with room for output.
  private func step(
    _ flush: Int32, into sink: (RawSpan) throws(Errno) -> Void
  ) throws(Errno) -> Int32 {
    if unsafe stream.pointee.avail_out == 0 { try self.flush(into: sink) }
    let status = unsafe deflate(stream, flush)
    // With input or an end to write and room for output, zlib cannot fail but by a defect.
    precondition(status == Z_OK || status == Z_STREAM_END, "zlib error \(status)")
    return status
  }

  private func flush(into sink: (RawSpan) throws(Errno) -> Void) throws(Errno) {
    // zlib has written the piece up to there.
    let count = unsafe Self.pieceSize - Int(stream.pointee.avail_out)
    let bytes = unsafe UnsafeRawBufferPointer(start: piece, count: count).bytes
    unsafe stream.pointee.next_out = piece
    unsafe stream.pointee.avail_out = UInt32(Self.pieceSize)
    try sink(bytes)
  }
}
