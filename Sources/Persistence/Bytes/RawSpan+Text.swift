extension RawSpan {
  /// What follows a text at the start of these bytes; nil when they begin otherwise.
  @_lifetime(copy self)
  package func droppingPrefix(_ prefix: StaticString) -> RawSpan? {
    let length = prefix.utf8CodeUnitCount
    guard byteCount >= length else { return nil }
    for offset in 0..<length
    where unsafe byte(at: offset) != prefix.utf8Start[offset] { return nil }
    return extracting(length..<byteCount)
  }

  /// Whether these bytes are those of a text in upper case, ASCII letters of both cases being alike.
  package func equalsFolded(_ word: StaticString) -> Bool {
    guard byteCount == word.utf8CodeUnitCount else { return false }
    for offset in 0..<byteCount {
      let byte = self.byte(at: offset)
      let upper = (0x61...0x7A).contains(byte) ? byte &- 0x20 : byte
      guard unsafe upper == word.utf8Start[offset] else { return false }
    }
    return true
  }
}
