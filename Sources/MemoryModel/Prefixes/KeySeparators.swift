import Persistence

/// The bytes behind which a key is cut into segments.
///
/// Every byte may be one, letters and digits too; then it is a separator and nothing else.
package struct KeySeparators: Sendable, Equatable {
  /// What every byte is, see ``ByteClass``.
  let classes: [UInt8]

  /// The separator of most keys.
  package static let colon = KeySeparators([UInt8(ascii: ":")])

  /// A set of bytes; without any, every key is one segment.
  package init(_ bytes: [UInt8]) {
    classes = (UInt8.min...UInt8.max).map { byte in
      bytes.contains(byte) ? ByteClass.separator : ByteClass.natural(byte)
    }
  }

  /// The separators, in ascending order.
  package var bytes: [UInt8] { (UInt8.min...UInt8.max).filter(contains) }

  /// Whether a byte is a separator.
  @inline(__always)
  package func contains(_ byte: UInt8) -> Bool { classes[Int(byte)] == ByteClass.separator }

  /// The number of separators at the end of a text.
  @inline(__always)
  func trailing(_ text: RawSpan) -> Int {
    var start = text.byteCount
    while start > 0, contains(text.byte(at: start &- 1)) { start &-= 1 }
    return text.byteCount &- start
  }
}

/// What a byte is to ``KeyPattern``, as bits; those of several bytes may be joined.
enum ByteClass {
  static let digit: UInt8 = 1
  static let lower: UInt8 = 2
  static let upper: UInt8 = 4
  /// Beside `lower` or `upper`: one of the letters a to f.
  static let hexLetter: UInt8 = 8
  /// What joins the parts of base64 and of compound names: `-`, `_`, `+`, `/`.
  static let connector: UInt8 = 16
  /// Any other byte of printable ASCII.
  static let mark: UInt8 = 32
  /// A control byte, or one outside ASCII.
  static let odd: UInt8 = 64
  /// Alone, as separators are never joined with others.
  static let separator: UInt8 = 128
  /// Beside `mark`: an `@`.
  static let at: UInt8 = 128

  static let letter = lower | upper
  static let word = digit | lower | upper
  static let hex = digit | hexLetter

  /// The class of a byte that is no separator.
  static func natural(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit
    case UInt8(ascii: "a")...UInt8(ascii: "f"): lower | hexLetter
    case UInt8(ascii: "A")...UInt8(ascii: "F"): upper | hexLetter
    case UInt8(ascii: "g")...UInt8(ascii: "z"): lower
    case UInt8(ascii: "G")...UInt8(ascii: "Z"): upper
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "/"): connector
    case UInt8(ascii: "@"): mark | at
    case 0..<0x20, 0x7F...0xFF: odd
    default: mark
    }
  }
}
