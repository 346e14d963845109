import CLZ4
import SystemPackage

/// LZ4 frames (LZ4 frame format 1.6) by liblz4: frames one after another, skippable ones left out.
/// Anything else behind a frame is damage.
///
/// A call of `LZ4F_decompress` that fails reports no output, not even what it has written. So each
/// call gets the input of one step only (a header, a block, a checksum), and nothing that an
/// earlier step has made is lost.
@safe final class LZ4Decoder: StreamDecoder {
  /// Opaque to C; on the heap.
  private let context: OpaquePointer
  /// How many more bytes the decoder says that it can use; 0 between frames.
  private var wanted = 0
  /// Whether the decoder may hold output that did not fit.
  private var holdsOutput = false

  /// The length in bytes of the next block's header, which a hint counts in.
  private static let blockHeaderSize = 4
  /// The least length in bytes of a frame's header.
  private static let frameHeaderSize = 7

  /// Throws `readFailed` with `noMemory` when there is none for the context.
  init() throws(SourceError) {
    var created: OpaquePointer?
    let status = unsafe LZ4F_createDecompressionContext(&created, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(status) == 0, let created = unsafe created else {
      throw .readFailed(.noMemory, at: 0)
    }
    unsafe context = created
  }

  deinit { unsafe LZ4F_freeDecompressionContext(context) }

  func decode(
    _ pieces: PieceReader, into buffer: UnsafeMutableRawBufferPointer, produced: inout Int
  ) throws(SourceError) {
    while produced < buffer.count {
      if holdsOutput {
        try unsafe step(pieces, taking: 0, into: buffer, produced: &produced)
        continue
      }
      if pieces.available == 0 {
        if produced > 0 { return }
        try pieces.refill()
        if pieces.ended {
          if wanted == 0 { return }
          throw .truncatedCompression(.lz4, compressedOffset: pieces.offset)
        }
      }
      // Without the header of the next block, which is a step of its own.
      var size = wanted == 0 ? LZ4Decoder.frameHeaderSize : wanted
      if wanted > LZ4Decoder.blockHeaderSize { size -= LZ4Decoder.blockHeaderSize }
      let input = min(size, pieces.available)
      try unsafe step(pieces, taking: input, into: buffer, produced: &produced)
    }
  }

  /// One call of liblz4 with `count` bytes of input.
  private func step(
    _ pieces: PieceReader, taking count: Int, into buffer: UnsafeMutableRawBufferPointer,
    produced: inout Int
  ) throws(SourceError) {
    var taken = count
    var made = buffer.count - produced
    let status = unsafe LZ4F_decompress(
      context, buffer.baseAddress?.advanced(by: produced), &made, pieces.unread.baseAddress, &taken,
      nil)
    if LZ4F_isError(status) != 0 {
      throw .damagedCompression(
        .lz4, compressedOffset: pieces.offset,
        reason: unsafe String(cString: LZ4F_getErrorName(status)))
    }
    pieces.take(taken)
    produced += made
    wanted = status
    holdsOutput = wanted != 0 && produced == buffer.count
  }
}
