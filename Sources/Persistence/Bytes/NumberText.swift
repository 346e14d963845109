internal import Glibc

/// Decimal text of integers and doubles as the server writes and reads it.
package enum NumberText {
  /// The value of a canonical signed 64-bit integer: `0`, or an optional `-`, a first digit 1-9 and
  /// digits. Nothing else: no `+`, no leading zero, no `-0`, no blanks. These are the strings that a
  /// server stores as integers.
  @inline(__always)
  package static func canonicalInteger(_ text: RawSpan) -> Int64? {
    let count = text.byteCount
    guard count > 0, count <= 20 else { return nil }
    let first = text.byte(at: 0)
    guard first &- UInt8(ascii: "0") <= 9 || first == UInt8(ascii: "-") else { return nil }
    return canonicalIntegerOfDigits(text)
  }

  /// The integer that a text is to a reader and not to a server, which keeps it as text: with zeros or a plus
  /// before it, blanks or a line's end around it, or a point and zeros behind it; nil for any other text.
  /// A canonical integer is given, too.
  package static func nearlyInteger(_ text: RawSpan) -> Int64? {
    var (start, end) = (0, text.byteCount)
    func isBlank(_ offset: Int) -> Bool {
      switch text.byte(at: offset) {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): true
      default: false
      }
    }
    while start < end, isBlank(start) { start += 1 }
    while start < end, isBlank(end - 1) { end -= 1 }
    var isNegative = false
    if start < end {
      isNegative = text.byte(at: start) == UInt8(ascii: "-")
      if isNegative || text.byte(at: start) == UInt8(ascii: "+") { start += 1 }
    }
    var digits = 0
    var value: Int64 = 0
    // 18 digits fit; more are counted and no number.
    while start < end, text.byte(at: start) &- UInt8(ascii: "0") <= 9 {
      value = value &* 10 &+ Int64(text.byte(at: start) &- UInt8(ascii: "0"))
      start += 1
      digits += 1
    }
    guard (1...18).contains(digits) else { return nil }
    if start < end, text.byte(at: start) == UInt8(ascii: ".") {
      start += 1
      while start < end, text.byte(at: start) == UInt8(ascii: "0") { start += 1 }
    }
    return start == end ? (isNegative ? -value : value) : nil
  }

  private static func canonicalIntegerOfDigits(_ text: RawSpan) -> Int64? {
    let count = text.byteCount
    let isNegative = text.byte(at: 0) == UInt8(ascii: "-")
    var offset = isNegative ? 1 : 0
    guard offset < count else { return nil }
    let first = text.byte(at: offset)
    if first == UInt8(ascii: "0") { return count == 1 ? 0 : nil }
    var magnitude: UInt64 = 0
    while offset < count {
      let digit = text.byte(at: offset) &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (product, overflow1) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(UInt64(digit))
      guard !overflow1, !overflow2 else { return nil }
      magnitude = sum
      offset &+= 1
    }
    if isNegative {
      guard magnitude <= UInt64(Int64.max) + 1 else { return nil }
      return Int64(truncatingIfNeeded: 0 &- magnitude)
    }
    return Int64(exactly: magnitude)
  }

  /// The value of 1 to 20 decimal digits and nothing else; nil above 2⁶⁴ - 1.
  package static func unsigned(_ text: RawSpan) -> UInt64? {
    guard text.byteCount > 0, text.byteCount <= 20 else { return nil }
    var value: UInt64 = 0
    for offset in 0..<text.byteCount {
      let digit = text.byte(at: offset) &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (product, overflow1) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(UInt64(digit))
      guard !overflow1, !overflow2 else { return nil }
      value = sum
    }
    return value
  }

  /// Writes the decimal text of `value` to the end of a 20-byte buffer and returns where it starts.
  package static func write(_ value: Int64, toEndOf buffer: inout InlineArray<20, UInt8>) -> Int {
    var rest = value.magnitude
    var start = 20
    repeat {
      start &-= 1
      buffer[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    if value < 0 {
      start &-= 1
      buffer[start] = UInt8(ascii: "-")
    }
    return start
  }

  /// The number of bytes of the decimal text of `value`.
  package static func digits(_ value: Int64) -> Int {
    digits(value.magnitude) + (value < 0 ? 1 : 0)
  }

  /// The number of decimal digits of `value`.
  @inline(__always)
  package static func digits(_ value: UInt64) -> Int {
    var rest = value
    var count = 1
    while rest >= 10_000 {
      rest /= 10_000
      count &+= 4
    }
    return rest < 100 ? (rest < 10 ? count : count &+ 1) : (rest < 1000 ? count &+ 2 : count &+ 3)
  }

  /// The decimal text of `value` as bytes.
  package static func bytes(_ value: Int64) -> [UInt8] {
    var buffer = InlineArray<20, UInt8>(repeating: 0)
    let start = write(value, toEndOf: &buffer)
    return (start..<20).map { buffer[$0] }
  }

  /// The double that a server reads from a score's text: what C's `strtod` accepts when it consumes
  /// all of the text (decimal, exponent, hexadecimal, `inf`, `nan`), and nothing else.
  ///
  /// Up to 15 digits and powers of ten up to 22 are exact in binary and take the fast path.
  package static func double(_ text: RawSpan) -> Double? {
    let count = text.byteCount
    guard count > 0 else { return nil }
    var offset = 0
    let isNegative = text.byte(at: 0) == UInt8(ascii: "-")
    if isNegative { offset = 1 }
    var mantissa: UInt64 = 0
    var digits = 0
    var fraction = 0
    var sawPoint = false
    while offset < count {
      let byte = text.byte(at: offset)
      let digit = byte &- UInt8(ascii: "0")
      if digit <= 9 {
        guard digits < 15 else { return slowDouble(text) }
        mantissa = mantissa &* 10 &+ UInt64(digit)
        if mantissa > 0 { digits &+= 1 }
        if sawPoint { fraction &+= 1 }
      } else if byte == UInt8(ascii: "."), !sawPoint {
        sawPoint = true
      } else {
        return slowDouble(text)
      }
      offset &+= 1
    }
    let lone = count == (isNegative ? 1 : 0) + (sawPoint ? 1 : 0)
    guard !lone, fraction <= 22 else { return slowDouble(text) }
    let value = Double(mantissa) / powersOfTen[fraction]
    return isNegative ? -value : value
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  @inline(never)
  private static func slowDouble(_ text: RawSpan) -> Double? {
    // `strtod` skips leading blanks, which a server refuses; it stops at a NUL, which is no end here.
    let first = text.byte(at: 0)
    guard first > 0x20, first < 0x80, text.byteCount <= 4096 else { return nil }
    var copy = unsafe text.withUnsafeBytes { unsafe Array($0) }
    copy.append(0)
    return unsafe copy.withUnsafeBytes { buffer in
      guard let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else {
        return nil
      }
      var end: UnsafeMutablePointer<CChar>?
      let value = unsafe strtod(start, &end)
      guard let stop = unsafe end, unsafe UnsafePointer(stop) == start + (buffer.count - 1) else {
        return nil
      }
      return value
    }
  }
}
