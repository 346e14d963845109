/// Decodes strings into a buffer that it keeps and reuses.
@safe package struct StringDecoder: ~Copyable {
  private var scratch: UnsafeMutableRawBufferPointer

  /// Bytes that are reserved on the word of a file.
  private static let trusted = 1 << 20

  package init() {
    unsafe scratch = .allocate(byteCount: 64, alignment: 16)
  }

  deinit { unsafe scratch.deallocate() }

  /// The bytes of a string. They live until the next call.
  ///
  /// `bytes` is the buffer that the reference was read from. A long LZF payload is walked first, so that
  /// memory is reserved for a length it really has. Throws `badLZF`, with the offset in `bytes`.
  @_lifetime(&self, copy bytes)
  package mutating func decode(
    _ string: StringReference, in bytes: RawSpan
  ) throws(FormatError) -> RawSpan {
    switch string.form {
    case .raw:
      let plain = bytes.extracting(string.offset..<(string.offset &+ string.count))
      return unsafe _overrideLifetime(plain, copying: bytes)
    case .integer:
      var digits = InlineArray<20, UInt8>(repeating: 0)
      let start = NumberText.write(string.integer, toEndOf: &digits)
      for index in start..<20 { unsafe scratch[index &- start] = digits[index] }
      return scratchSpan(20 &- start)
    case .lzf:
      let payload = bytes.extracting(string.offset..<(string.offset &+ string.count))
      do throws(FormatError) {
        if string.length > StringDecoder.trusted {
          try LZF.check(payload, outputLength: string.length)
        }
        let length = Int(string.length)
        reserve(length)
        try unsafe LZF.decompress(
          payload, into: UnsafeMutableRawBufferPointer(rebasing: scratch[0..<length]))
        return scratchSpan(length)
      } catch {
        throw error.inside(string)
      }
    }
  }

  /// A copy of a string's bytes.
  package mutating func copy(
    _ string: StringReference, in bytes: RawSpan
  ) throws(FormatError) -> ByteString {
    ByteString(try decode(string, in: bytes))
  }

  /// Checks a string without decoding it: an LZF payload is walked, other forms are always sound.
  package static func check(
    _ string: StringReference, in bytes: RawSpan
  ) throws(FormatError) {
    guard string.form == .lzf else { return }
    do throws(FormatError) {
      try LZF.check(
        bytes.extracting(string.offset..<(string.offset &+ string.count)),
        outputLength: string.length)
    } catch {
      throw error.inside(string)
    }
  }

  /// Gives back the memory of an unusually large string.
  package mutating func trim() {
    guard unsafe scratch.count > 1 << 20 else { return }
    unsafe scratch.deallocate()
    unsafe scratch = .allocate(byteCount: 64, alignment: 16)
  }

  private mutating func reserve(_ count: Int) {
    guard unsafe count > scratch.count else { return }
    let capacity = unsafe Swift.max(count, 2 * scratch.count)
    unsafe scratch.deallocate()
    unsafe scratch = .allocate(
      byteCount: capacity > 1 << 24 ? count : capacity, alignment: 16)
  }

  @_lifetime(&self)
  private mutating func scratchSpan(_ count: Int) -> RawSpan {
    let span = unsafe UnsafeRawBufferPointer(rebasing: scratch[0..<count]).bytes
    // The buffer belongs to self and is only replaced by another mutating call.
    return unsafe _overrideLifetime(span, mutating: &self)
  }
}

extension FormatError {
  /// The same error as seen from the buffer that holds the string.
  package func inside(_ string: StringReference) -> FormatError {
    var moved = self
    if string.form == .lzf, code != .badLZF {
      moved.decompressedOffset = offset
      moved.offset = string.offset
    } else {
      moved.offset = offset &+ string.offset
    }
    return moved
  }
}
