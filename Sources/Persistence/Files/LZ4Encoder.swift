internal import CLZ4
internal import SystemPackage

/// One LZ4 frame (LZ4 frame format 1.6) by liblz4 at its default level: blocks of 64 KiB that refer to
/// each other, and a checksum of the content.
@safe final class LZ4Encoder: StreamEncoder {
  /// Bytes that liblz4 is given at a time, which is what bounds its output.
  private static let inputSize = 64 << 10

  /// Opaque to C; on the heap.
  private let context: OpaquePointer
  private let preferences: LZ4F_preferences_t
  private let piece: UnsafeMutableRawBufferPointer
  private var hasBegun = false

  /// Throws `noMemory` when there is none for liblz4, some 350 KiB.
  init() throws(Errno) {
    var preferences = LZ4F_preferences_t()
    preferences.frameInfo.blockSizeID = LZ4F_max64KB
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
    self.preferences = preferences
    var created: OpaquePointer?
    let status = unsafe LZ4F_createCompressionContext(&created, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(status) == 0, let created = unsafe created else { throw .noMemory }
    unsafe context = created
    // Room for what one piece of input, or the end of the frame, may become; more than a header.
    let bound = unsafe LZ4F_compressBound(Self.inputSize, &preferences)
    unsafe piece = .allocate(byteCount: bound, alignment: 16)
  }

  deinit {
    unsafe LZ4F_freeCompressionContext(context)
    unsafe piece.deallocate()
  }

  func encode(_ bytes: RawSpan, into sink: (RawSpan) throws(Errno) -> Void) throws(Errno) {
    try begin(into: sink)
    // liblz4 copies what it still needs of the bytes before each call returns.
    try unsafe bytes.withUnsafeBytes { (buffer) throws(Errno) in
      var taken = 0
      while taken < buffer.count {
        let count = min(buffer.count - taken, Self.inputSize)
        let made = unsafe LZ4F_compressUpdate(
          context, piece.baseAddress, piece.count, buffer.baseAddress?.advanced(by: taken), count,
          nil)
        try flush(made, into: sink)
        taken += count
      }
    }
  }

  func finish(into sink: (RawSpan) throws(Errno) -> Void) throws(Errno) {
    try begin(into: sink)
    let made = unsafe LZ4F_compressEnd(context, piece.baseAddress, piece.count, nil)
    try flush(made, into: sink)
  }

  private func begin(into sink: (RawSpan) throws(Errno) -> Void) throws(Errno) {
    guard !hasBegun else { return }
    hasBegun = true
    var preferences = preferences
    let made = unsafe LZ4F_compressBegin(context, piece.baseAddress, piece.count, &preferences)
    try flush(made, into: sink)
  }

  /// Hands on what a call of liblz4 has made.
  private func flush(
    _ made: Int, into sink: (RawSpan) throws(Errno) -> Void
  ) throws(Errno) {
    // With room for the output, nothing but memory can be missing.
    guard LZ4F_isError(made) == 0 else { throw .noMemory }
    guard made > 0 else { return }
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: piece[..<made]).bytes
    try sink(bytes)
  }
}
