internal import Persistence

extension Element {
  /// Calls `body` with the bytes that a client sees.
  @inline(__always)
  func withBytes<R, E: Error>(
    in blob: RawSpan, _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    guard isInteger else { return try body(blob.extracting(offset..<(offset &+ count))) }
    return try NumberText.withBytes(of: integer, body)
  }
}

extension NumberText {
  /// Calls `body` with the decimal text of a number.
  @inline(__always)
  static func withBytes<R, E: Error>(
    of number: Int64, _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    let start = write(number, toEndOf: &digits)
    return try body(unsafe digits.span.bytes.extracting(start..<20))
  }
}
