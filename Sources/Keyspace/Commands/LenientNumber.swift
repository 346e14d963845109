internal import Glibc
internal import Persistence

/// A number in a text as C's `strtod` reads it: blanks may stand before it, a zero byte ends it, and no text at
/// all is 0. That is how servers read the ends of ranges of scores, and what SORT sorts by.
struct LenientNumber {
  /// Nil when something stands behind the number, and for what is no number.
  private(set) var value: Double?
  /// Whether the number is too large or too small for a double.
  private(set) var isOutOfRange = false

  init(_ text: RawSpan) {
    if let integer = NumberText.canonicalInteger(text) {
      value = Double(integer)
      return
    }
    if let number = NumberText.double(text), number.isNormal {
      value = number
      return
    }
    var copy = unsafe text.withUnsafeBytes { unsafe Array($0) }
    if let end = copy.firstIndex(of: 0) { copy.removeSubrange(end...) }
    copy.append(0)
    unsafe copy.withUnsafeBytes { buffer in
      guard let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else {
        return
      }
      var end: UnsafeMutablePointer<CChar>?
      errno = 0
      let number = unsafe strtod(start, &end)
      isOutOfRange = errno == ERANGE
      guard let stop = unsafe end, unsafe UnsafePointer(stop) == start + (buffer.count - 1) else {
        return
      }
      if !number.isNaN { value = number }
    }
  }
}
