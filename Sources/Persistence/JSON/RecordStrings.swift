/// Turns the strings of one record into the bytes that they stand for.
///
/// The member `bytes`, which tells how, may come behind strings. Those are then kept as text, and it is
/// noted where the first one stands that a style could not be.
struct RecordStrings {
  /// Nil until the record has said it, and at its end for UTF-8.
  private(set) var style: JSONWriter.ByteStyle?
  private var notLatin1: JSONPlace?
  private var notBase64: JSONPlace?

  private static let latin1Text = "a string of code points up to U+00FF"
  private static let base64Text = "a string in base64"

  /// Reads a string that comes next.
  mutating func read(_ tokens: inout JSONTokenizer) throws(JSONReadError) -> ByteString {
    try tokens.expect(.string)
    return try bytes(tokens)
  }

  /// The bytes of the last string or name.
  mutating func bytes(_ tokens: borrowing JSONTokenizer) throws(JSONReadError) -> ByteString {
    let text = tokens.text
    if let style {
      if let bytes = RecordStrings.decode(text, style) { return bytes }
      throw tokens.refusal(
        style == .latin1 ? RecordStrings.latin1Text : RecordStrings.base64Text,
        found: tokens.quotedText)
    }
    if notLatin1 == nil, !RecordStrings.isLatin1(text) { notLatin1 = tokens.place }
    if notBase64 == nil, RecordStrings.base64(text) == nil { notBase64 = tokens.place }
    return ByteString(text)
  }

  /// Sets the style. Strings that were read before are the caller's to decode.
  mutating func settle(_ style: JSONWriter.ByteStyle) throws(JSONReadError) {
    self.style = style
    let place = style == .latin1 ? notLatin1 : notBase64
    if let place {
      throw JSONReadError(
        .wrongValue, at: place,
        expected: style == .latin1 ? RecordStrings.latin1Text : RecordStrings.base64Text,
        found: "another one")
    }
  }

  /// The bytes of a text that was read before the style was known.
  func decode(_ text: ByteString) -> ByteString {
    guard let style else { return text }
    // `settle` has found every text to be one of the style.
    return unsafe RecordStrings.decode(text.bytes.span.bytes, style) ?? text
  }

  private static func decode(_ text: RawSpan, _ style: JSONWriter.ByteStyle) -> ByteString? {
    switch style {
    case .utf8: ByteString(text)
    case .latin1: latin1(text)
    case .base64: base64(text)
    }
  }

  /// Whether valid UTF-8 has no code point above U+00FF.
  private static func isLatin1(_ text: RawSpan) -> Bool {
    var at = 0
    while at < text.byteCount {
      if text.byteCount &- at >= 8, text.littleEndian(at: at, as: UInt64.self) & asciiMask == 0 {
        at &+= 8
        continue
      }
      // Lead bytes of characters above U+00FF are greater; what follows a lead byte is below them.
      guard text.byte(at: at) <= 0xC3 else { return false }
      at &+= 1
    }
    return true
  }

  private static let asciiMask: UInt64 = 0x8080_8080_8080_8080

  /// The bytes that the code points of valid UTF-8 are; nil when one is above U+00FF.
  private static func latin1(_ text: RawSpan) -> ByteString? {
    let length = text.byteCount
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length)
    var at = 0
    while at < length {
      let byte = text.byte(at: at)
      if byte < 0x80 {
        bytes.append(byte)
        at &+= 1
      } else {
        guard byte == 0xC2 || byte == 0xC3, at &+ 1 < length else { return nil }
        bytes.append(byte &<< 6 | text.byte(at: at &+ 1) & 0x3F)
        at &+= 2
      }
    }
    return ByteString(bytes)
  }

  /// The bytes of base64 with padding (RFC 4648, section 4) in the one form that encoders write: no
  /// blanks, and no bits in the last letter that stand for nothing.
  static func base64(_ text: RawSpan) -> ByteString? {
    let length = text.byteCount
    guard length % 4 == 0 else { return nil }
    guard length > 0 else { return ByteString([]) }
    var padding = 0
    while padding < 2, text.byte(at: length &- 1 &- padding) == UInt8(ascii: "=") { padding &+= 1 }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length / 4 &* 3)
    var at = 0
    while at < length {
      let isLast = at &+ 4 == length
      var group: UInt32 = 0
      for index in 0..<4 {
        guard !isLast || index < 4 &- padding else {
          group &<<= 6
          continue
        }
        guard let digit = sextet(text.byte(at: at &+ index)) else { return nil }
        group = group &<< 6 | digit
      }
      let unused: UInt32 = isLast ? (padding == 2 ? 0xFFFF : padding == 1 ? 0xFF : 0) : 0
      guard group & unused == 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: group &>> 16))
      if !isLast || padding < 2 { bytes.append(UInt8(truncatingIfNeeded: group &>> 8)) }
      if !isLast || padding < 1 { bytes.append(UInt8(truncatingIfNeeded: group)) }
      at &+= 4
    }
    return ByteString(bytes)
  }

  @inline(__always)
  private static func sextet(_ letter: UInt8) -> UInt32? {
    switch letter {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(letter &- UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(letter &- UInt8(ascii: "a")) &+ 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(letter &- UInt8(ascii: "0")) &+ 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}

extension RDBValue {
  /// The same value with each of its byte strings replaced.
  func mapStrings(_ change: (ByteString) -> ByteString) -> RDBValue {
    switch self {
    case .string(let text): return .string(change(text))
    case .list(let elements): return .list(elements.map(change))
    case .set(let members): return .set(members.map(change))
    case .hash(let fields):
      return .hash(
        fields.map {
          RDBField(name: change($0.name), value: change($0.value), expiresAt: $0.expiresAt)
        })
    case .sortedSet(let members):
      return .sortedSet(
        members.map { RDBScoredMember(member: change($0.member), score: $0.score) })
    case .stream(var stream):
      for entry in stream.entries.indices {
        stream.entries[entry].fields = stream.entries[entry].fields.map {
          (change($0.name), change($0.value))
        }
      }
      for group in stream.groups.indices {
        stream.groups[group].name = change(stream.groups[group].name)
        for consumer in stream.groups[group].consumers.indices {
          let name = stream.groups[group].consumers[consumer].name
          stream.groups[group].consumers[consumer].name = change(name)
        }
      }
      return .stream(stream)
    // Names and operands of modules are written alike in every style.
    case .module: return self
    }
  }
}
