/// Writes JSON text into a buffer: commas and escapes are its business, nesting is the caller's.
///
/// Bytes that are valid UTF-8 are written as they are, but for the quotation mark, the backslash and
/// control characters. Other bytes can be written as one code point each (`latin1`).
package struct JSONWriter {
  /// The text so far.
  package private(set) var bytes: [UInt8] = []
  /// Bit 0: the innermost open object or array has an element. One bit a level.
  private var hasElement: UInt64 = 0
  private var isAfterKey = false

  package init() {}

  /// Takes the text out and starts anew.
  package mutating func take() -> [UInt8] {
    defer {
      bytes.removeAll(keepingCapacity: true)
      hasElement = 0
      isAfterKey = false
    }
    return bytes
  }

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// A member's name; its value comes next.
  package mutating func key(_ name: String) {
    separate()
    quote(name.utf8)
    bytes.append(UInt8(ascii: ":"))
    isAfterKey = true
  }

  package mutating func string(_ text: String) {
    separate()
    quote(text.utf8)
  }

  /// A byte string that is valid UTF-8, or each of its bytes as a code point (U+0000-U+00FF).
  package mutating func string(_ value: ByteString, latin1: Bool) {
    separate()
    guard latin1 else { return quote(value.bytes) }
    bytes.append(UInt8(ascii: "\""))
    for byte in value.bytes {
      if byte < 0x80 {
        escape(byte)
      } else {
        bytes.append(0xC0 | byte >> 6)
        bytes.append(0x80 | byte & 0x3F)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  package mutating func integer(_ value: Int64) {
    separate()
    bytes += NumberText.bytes(value)
  }

  /// An unsigned number; readers that keep doubles lose digits above 2⁵³.
  package mutating func integer(_ value: UInt64) {
    separate()
    bytes += String(value).utf8
  }

  package mutating func boolean(_ value: Bool) {
    separate()
    bytes += (value ? "true" : "false").utf8
  }

  package mutating func null() {
    separate()
    bytes += "null".utf8
  }

  /// The end of a document in JSON Lines.
  package mutating func newline() { bytes.append(UInt8(ascii: "\n")) }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    hasElement <<= 1
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    hasElement >>= 1
  }

  private mutating func separate() {
    if isAfterKey {
      isAfterKey = false
      return
    }
    if hasElement & 1 != 0 { bytes.append(UInt8(ascii: ",")) }
    hasElement |= 1
  }

  private mutating func quote(_ text: some Sequence<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text { escape(byte) }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case 0x0A: bytes += "\\n".utf8
    case 0x0D: bytes += "\\r".utf8
    case 0x09: bytes += "\\t".utf8
    case 0..<0x20, 0x7F:
      let digits = Array("0123456789abcdef".utf8)
      bytes += "\\u00".utf8
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    default: bytes.append(byte)
    }
  }
}
