import CZlib
import SystemPackage

/// gzip (RFC 1952) by zlib: members one after another, and zero bytes behind the last, which tapes
/// and block devices leave. Anything else behind a member is damage.
@safe final class GzipDecoder: StreamDecoder {
  private enum State {
    /// Before the first member or right behind one.
    case betweenMembers
    case inMember
    /// In the zero bytes behind the last member.
    case padding
  }

  /// On the heap because zlib keeps a pointer back to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var state = State.inMember

  /// Throws `readFailed` with `noMemory` when there is none for zlib, some 40 KiB.
  init() throws(SourceError) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15: the largest window; 16 more: gzip and nothing else.
    let size = unsafe CInt(MemoryLayout<z_stream>.size)
    let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, size)
    guard status == Z_OK else { throw .readFailed(.noMemory, at: 0) }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func decode(
    _ pieces: PieceReader, into buffer: UnsafeMutableRawBufferPointer, produced: inout Int
  ) throws(SourceError) {
    while produced < buffer.count {
      if pieces.available == 0 {
        if produced > 0 { return }
        try pieces.refill()
      }
      switch state {
      case .inMember:
        try unsafe inflateMore(pieces, into: buffer, produced: &produced)
      case .betweenMembers:
        guard pieces.available > 0 else { return }
        if unsafe pieces.unread[0] == 0 {
          state = .padding
        } else {
          unsafe inflateReset(stream)
          state = .inMember
        }
      case .padding:
        guard pieces.available > 0 else { return }
        let zeros = unsafe pieces.unread.prefix { $0 == 0 }.count
        pieces.take(zeros)
        if pieces.available > 0 { throw damaged(pieces, "bytes that are not zero after padding") }
      }
    }
  }

  /// One call of zlib inside a member. At the end of the input it still gets its turn: it may hold
  /// output that did not fit before.
  private func inflateMore(
    _ pieces: PieceReader, into buffer: UnsafeMutableRawBufferPointer, produced: inout Int
  ) throws(SourceError) {
    let input = unsafe pieces.unread
    let room = Int(UInt32(clamping: buffer.count - produced))
    unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_in = UInt32(input.count)
    let target = unsafe buffer.baseAddress?.advanced(by: produced)
    unsafe stream.pointee.next_out = target?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(room)
    let status = unsafe inflate(stream, Z_NO_FLUSH)
    let taken = unsafe input.count - Int(stream.pointee.avail_in)
    let made = unsafe room - Int(stream.pointee.avail_out)
    pieces.take(taken)
    produced += made

    switch status {
    case Z_STREAM_END:
      state = .betweenMembers
    case Z_OK:
      break
    case Z_BUF_ERROR:
      // No progress. With input unread zlib always makes some, so there is none.
      if pieces.ended { throw .truncatedCompression(.gzip, compressedOffset: pieces.offset) }
    case Z_MEM_ERROR:
      throw .readFailed(.noMemory, at: pieces.offset)
    default:
      let reason = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
      throw damaged(pieces, reason ?? "zlib error \(status)")
    }
  }

  private func damaged(_ pieces: PieceReader, _ reason: String) -> SourceError {
    .damagedCompression(.gzip, compressedOffset: pieces.offset, reason: reason)
  }
}
