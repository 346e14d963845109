// Strings. Text is looked at eight bytes at a time; only a word that holds a quotation mark, a
// backslash, a control character or a byte outside ASCII is looked at byte by byte.
extension JSONWriter {
  /// Bytes of a string that are escaped at once: room for six times as many is made first.
  static let slice = 16 << 10

  package mutating func string(_ text: String) {
    var text = text
    let style = byteStyle
    byteStyle = .utf8
    text.withUTF8 { buffer in
      let bytes = unsafe UnsafeRawBufferPointer(buffer).bytes
      string(bytes)
    }
    byteStyle = style
  }

  /// A byte string as text when it is valid UTF-8, else with each byte as a code point (U+0000-U+00FF).
  package mutating func string(_ value: ByteString) {
    let style = byteStyle
    byteStyle = value.utf8 == nil ? .latin1 : .utf8
    string(unsafe value.bytes.span.bytes)
    byteStyle = style
  }

  /// A byte string in the byte style.
  @inline(__always)
  package mutating func string(_ text: RawSpan) {
    guard text.byteCount <= JSONWriter.slice else { return longString(text) }
    reserve(6 &* text.byteCount &+ 16)
    separate()
    store(UInt8(ascii: "\""))
    switch byteStyle {
    case .utf8:
      if escapeUTF8(text) != text.byteCount { hasInvalidUTF8 = true }
    case .latin1: escapeLatin1(text)
    case .base64: encodeBase64(text)
    }
    store(UInt8(ascii: "\""))
  }

  /// The decimal text of a number as a string, as servers show integers that they store as such.
  package mutating func string(_ value: Int64) {
    guard byteStyle != .base64 else {
      var digits = InlineArray<20, UInt8>(repeating: 0)
      let start = NumberText.write(value, toEndOf: &digits)
      return unsafe string(digits.span.bytes.extracting(start..<20))
    }
    reserve(24)
    separate()
    store(UInt8(ascii: "\""))
    if value < 0 { store(UInt8(ascii: "-")) }
    digits(value.magnitude)
    store(UInt8(ascii: "\""))
  }

  /// Bytes in base64, whatever the byte style.
  package mutating func base64(_ bytes: RawSpan) {
    let style = byteStyle
    byteStyle = .base64
    string(bytes)
    byteStyle = style
  }

  private mutating func longString(_ text: RawSpan) {
    beginString()
    append(text)
    endString()
  }

  // MARK: Long strings in pieces

  /// Begins a string whose pieces follow by `append`.
  package mutating func beginString() {
    reserve(2)
    separate()
    store(UInt8(ascii: "\""))
    carry.count = 0
  }

  /// The next piece of a string, cut anywhere.
  package mutating func append(_ piece: RawSpan) {
    var at = 0
    if carry.count > 0 { at = finishCarry(piece) }
    while at < piece.byteCount, !hasInvalidUTF8 {
      // Whole groups of three, so that base64 goes on without padding.
      let length = Swift.min(piece.byteCount &- at, JSONWriter.slice / 3 * 3)
      let slice = piece.extracting(at..<(at &+ length))
      reserve(6 &* length &+ 16)
      var taken = length
      switch byteStyle {
      case .utf8: taken = escapeUTF8(slice)
      case .latin1: escapeLatin1(slice)
      case .base64:
        taken = length / 3 * 3
        encodeBase64(slice.extracting(0..<taken))
      }
      at &+= taken
      guard taken < length else { continue }
      // What is left of a slice may be the begin of a character, unless that would be whole.
      guard length &- taken < Carry.size else {
        hasInvalidUTF8 = true
        return
      }
      if piece.byteCount &- at < Carry.size {
        return keep(piece.extracting(at..<piece.byteCount))
      }
    }
  }

  /// Ends the string.
  package mutating func endString() {
    if carry.count > 0 {
      if byteStyle == .base64 {
        reserve(8)
        let rest = carry
        unsafe encodeBase64(rest.bytes.span.bytes.extracting(0..<rest.count))
      } else {
        hasInvalidUTF8 = true
      }
    }
    carry.count = 0
    reserve(1)
    store(UInt8(ascii: "\""))
  }

  /// At most three bytes of a character, or two of a group of base64, that ended a piece.
  struct Carry: BitwiseCopyable {
    static let size = 4
    var bytes = InlineArray<4, UInt8>(repeating: 0)
    var count = 0
  }

  private mutating func keep(_ rest: RawSpan) {
    for index in 0..<rest.byteCount { carry.bytes[index] = rest.byte(at: index) }
    carry.count = rest.byteCount
  }

  /// Completes what an earlier piece left, and returns how much of this piece that took.
  private mutating func finishCarry(_ piece: RawSpan) -> Int {
    let wanted =
      byteStyle == .base64 ? 3 : JSONWriter.sequenceLength(lead: carry.bytes[0])
    var at = 0
    while carry.count < wanted, at < piece.byteCount {
      carry.bytes[carry.count] = piece.byte(at: at)
      carry.count &+= 1
      at &+= 1
    }
    guard carry.count >= wanted else { return at }
    reserve(16)
    let bytes = carry.bytes
    let whole = unsafe bytes.span.bytes.extracting(0..<carry.count)
    carry.count = 0
    if byteStyle == .base64 {
      encodeBase64(whole)
    } else if escapeUTF8(whole) != whole.byteCount {
      hasInvalidUTF8 = true
    }
    return at
  }

  // MARK: Escapes

  /// A bit 7 for every byte that cannot stand as it is, the delete character among them; right up to the
  /// lowest of them.
  @inline(__always)
  private static func specials(_ word: UInt64) -> UInt64 {
    JSONWord.specials(word) | JSONWord.zeros(word ^ 0x7F7F_7F7F_7F7F_7F7F)
  }

  /// Up to eight bytes at `offset`; where fewer are left, blanks fill the word.
  @inline(__always)
  private static func word(_ text: RawSpan, _ offset: Int, _ left: Int) -> UInt64 {
    // In bounds: each load covers bytes that are left.
    if left >= 8 {
      return unsafe text.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
    }
    let blanks: UInt64 = 0x2020_2020_2020_2020
    if left >= 4 {
      let low = unsafe text.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
      let high = unsafe text.unsafeLoadUnaligned(
        fromUncheckedByteOffset: offset &+ left &- 4, as: UInt32.self)
      let bits = UInt64(8 &* left)
      let word = UInt64(low) | UInt64(high) &<< (bits &- 32)
      return word | blanks &<< bits
    }
    var word = unsafe UInt64(text.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
    if left > 1 {
      word |=
        unsafe UInt64(text.unsafeLoad(fromUncheckedByteOffset: offset &+ 1, as: UInt8.self)) << 8
    }
    if left > 2 {
      word |=
        unsafe UInt64(text.unsafeLoad(fromUncheckedByteOffset: offset &+ 2, as: UInt8.self)) << 16
    }
    return word | blanks &<< UInt64(8 &* left)
  }

  /// Writes as much of the text as is valid UTF-8 and returns how much that is. Room has been made
  /// for six times the text and a word.
  @inline(__always)
  private mutating func escapeUTF8(_ text: RawSpan) -> Int {
    let length = text.byteCount
    var at = 0
    while at < length {
      at = plainRun(text, from: at)
      guard at < length else { break }
      let byte = unsafe text.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self)
      if byte < 0x80 {
        escape(byte)
        at &+= 1
        continue
      }
      let end = otherRun(text, from: at)
      guard end > at else { return at }
      at = end
    }
    return at
  }

  /// Copies what needs no escape and returns where it ends.
  @inline(__always)
  private mutating func plainRun(_ text: RawSpan, from start: Int) -> Int {
    let length = text.byteCount
    var at = start
    while at < length {
      let left = length &- at
      let word = JSONWriter.word(text, at, left)
      let specials = JSONWriter.specials(word)
      unsafe UnsafeMutableRawPointer(base + count).storeBytes(of: word, as: UInt64.self)
      if specials == 0 {
        let size = Swift.min(left, 8)
        count &+= size
        at &+= size
      } else {
        let clean = specials.trailingZeroBitCount >> 3
        count &+= clean
        return at &+ clean
      }
    }
    return at
  }

  /// Copies characters outside ASCII, and returns where they end: at `start` when there is no valid
  /// one.
  private mutating func otherRun(_ text: RawSpan, from start: Int) -> Int {
    var at = start
    while at < text.byteCount {
      let lead = text.byte(at: at)
      guard lead >= 0x80 else { break }
      let length = JSONWriter.sequenceLength(lead: lead)
      guard length <= text.byteCount &- at,
        JSONWriter.isValid(text, at, length)
      else { break }
      for index in 0..<length { store(text.byte(at: at &+ index)) }
      at &+= length
    }
    return at
  }

  /// Bytes of the character that begins with this byte; 1 for one that begins none.
  static func sequenceLength(lead: UInt8) -> Int {
    switch lead {
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 1
    }
  }

  /// Whether a character outside ASCII is well-formed (table 3-7 of the Unicode standard): no longer
  /// form than needed, no surrogate, nothing above U+10FFFF.
  static func isValid(_ text: RawSpan, _ at: Int, _ length: Int) -> Bool {
    guard length > 1 else { return false }
    let second = text.byte(at: at &+ 1)
    let range: ClosedRange<UInt8> =
      switch text.byte(at: at) {
      case 0xE0: 0xA0...0xBF
      case 0xED: 0x80...0x9F
      case 0xF0: 0x90...0xBF
      case 0xF4: 0x80...0x8F
      default: 0x80...0xBF
      }
    guard range.contains(second) else { return false }
    for index in 2..<Swift.max(length, 2) where text.byte(at: at &+ index) & 0xC0 != 0x80 {
      return false
    }
    return true
  }

  @inline(__always)
  private mutating func escapeLatin1(_ text: RawSpan) {
    let length = text.byteCount
    var at = 0
    while at < length {
      at = plainRun(text, from: at)
      while at < length {
        let byte = text.byte(at: at)
        if byte < 0x80 {
          if byte >= 0x20, byte != 0x22, byte != 0x5C, byte != 0x7F { break }
          escape(byte)
        } else {
          store(0xC0 | byte &>> 6)
          store(0x80 | byte & 0x3F)
        }
        at &+= 1
      }
    }
  }

  private static let hexDigits: StaticString = "0123456789abcdef"

  /// One byte of ASCII that cannot stand as it is.
  private mutating func escape(_ byte: UInt8) {
    store(UInt8(ascii: "\\"))
    switch byte {
    case 0x22, 0x5C: store(byte)
    case 0x0A: store(UInt8(ascii: "n"))
    case 0x0D: store(UInt8(ascii: "r"))
    case 0x09: store(UInt8(ascii: "t"))
    default:
      store(UInt8(ascii: "u"))
      store(UInt8(ascii: "0"))
      store(UInt8(ascii: "0"))
      // Two digits of the sixteen.
      unsafe store(JSONWriter.hexDigits.utf8Start[Int(byte &>> 4)])
      unsafe store(JSONWriter.hexDigits.utf8Start[Int(byte & 15)])
    }
  }

  // MARK: Base64

  private static let alphabet: StaticString =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

  /// Writes base64 (RFC 4648, section 4) with padding. Room has been made for six times the bytes.
  private mutating func encodeBase64(_ bytes: RawSpan) {
    // Sixty-four letters for six bits.
    let letters = unsafe JSONWriter.alphabet.utf8Start
    let length = bytes.byteCount
    var at = 0
    while at < length {
      let left = length &- at
      var group = UInt32(bytes.byte(at: at)) << 16
      if left > 1 { group |= UInt32(bytes.byte(at: at &+ 1)) << 8 }
      if left > 2 { group |= UInt32(bytes.byte(at: at &+ 2)) }
      unsafe store(letters[Int(group >> 18)])
      unsafe store(letters[Int(group >> 12 & 63)])
      unsafe store(left > 1 ? letters[Int(group >> 6 & 63)] : UInt8(ascii: "="))
      unsafe store(left > 2 ? letters[Int(group & 63)] : UInt8(ascii: "="))
      at &+= 3
    }
  }
}
