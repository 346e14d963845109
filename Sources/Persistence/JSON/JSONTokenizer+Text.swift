// Strings and numbers. Plain text is looked at eight bytes at a time and stays where it is; only a
// string with escapes, or one that crosses the end of the window, is copied together.
extension JSONTokenizer {
  // MARK: The text of a token

  /// Begins a text at the next byte.
  @inline(__always)
  private mutating func beginText() {
    run = window.at
    if isSpilled {
      isSpilled = false
      scratch.removeAll(keepingCapacity: true)
    }
  }

  /// Makes the text empty, as it is for a token without one.
  @inline(__always)
  mutating func clearText() {
    beginText()
    runEnd = run
  }

  /// Ends a text before the next byte.
  @inline(__always)
  private mutating func endText() {
    if isSpilled { spill() }
    runEnd = window.at
  }

  /// Copies the text so far.
  private mutating func spill() {
    isSpilled = true
    window.append(from: run, to: &scratch)
    run = window.at
  }

  /// Reads more of a text; false at the end of the input.
  private mutating func refill() throws(JSONReadError) -> Bool {
    spill()
    defer { run = window.at }
    return try window.refill()
  }

  /// The next byte of a text; nil at the end of the input.
  @inline(__always)
  mutating func peek() throws(JSONReadError) -> UInt8? {
    if window.at == window.end, try !refill() { return nil }
    return window.bytes.byte(at: window.at)
  }

  /// Whether there are as many bytes of a text to look at.
  @inline(__always)
  private mutating func has(_ count: Int) throws(JSONReadError) -> Bool {
    while window.end &- window.at < count {
      guard try refill() else { return false }
    }
    return true
  }

  /// The error for an input that ends in a text.
  private mutating func ending(_ expected: String) -> JSONReadError {
    window.at = window.end
    return unexpected(expected)
  }

  // MARK: Numbers

  mutating func readNumber() throws(JSONReadError) {
    if try peek() == UInt8(ascii: "-") { window.at &+= 1 }
    if try peek() == UInt8(ascii: "0") {
      window.at &+= 1
      if let byte = try peek(), byte &- UInt8(ascii: "0") <= 9 {
        throw unexpected("no digit behind a leading zero")
      }
    } else {
      try readDigits()
    }
    if try peek() == UInt8(ascii: ".") {
      window.at &+= 1
      try readDigits()
    }
    if let byte = try peek(), byte | 0x20 == UInt8(ascii: "e") {
      window.at &+= 1
      if let sign = try peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
        window.at &+= 1
      }
      try readDigits()
    }
    endText()
  }

  private mutating func readDigits() throws(JSONReadError) {
    guard let first = try peek(), first &- UInt8(ascii: "0") <= 9 else {
      throw unexpected("a digit")
    }
    repeat { window.at &+= 1 } while try (peek() ?? 0) &- UInt8(ascii: "0") <= 9
  }

  // MARK: Strings

  /// Reads a string from its quotation mark on.
  mutating func readString() throws(JSONReadError) {
    window.at &+= 1
    beginText()
    while true {
      let plainEnd = JSONTokenizer.plainEnd(window.bytes, from: window.at)
      window.at = plainEnd
      guard let byte = try peek() else { throw unexpected("the end of the string") }
      switch byte {
      case UInt8(ascii: "\""):
        endText()
        window.at &+= 1
        return
      case UInt8(ascii: "\\"): try readEscape()
      case 0..<0x20: throw unexpected("no control character in a string", .invalidText)
      case 0x80...: try readCharacters()
      default: continue
      }
    }
  }

  /// Where plain ASCII ends.
  @inline(__always)
  private static func plainEnd(_ bytes: RawSpan, from start: Int) -> Int {
    let end = bytes.byteCount
    var at = start
    while end &- at >= 8 {
      // In bounds by the condition.
      let word = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt64.self)
      let specials = JSONWord.specials(UInt64(littleEndian: word))
      guard specials == 0 else { return at &+ specials.trailingZeroBitCount >> 3 }
      at &+= 8
    }
    while at < end {
      let byte = bytes.byte(at: at)
      guard byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
        break
      }
      at &+= 1
    }
    return at
  }

  /// Steps over characters outside ASCII.
  private mutating func readCharacters() throws(JSONReadError) {
    while let lead = try peek(), lead >= 0x80 {
      let length = JSONWriter.sequenceLength(lead: lead)
      guard try has(length) else { throw ending("the end of the string") }
      guard JSONWriter.isValid(window.bytes, window.at, length) else {
        throw unexpected("well-formed UTF-8", .invalidText)
      }
      window.at &+= length
    }
  }

  private mutating func readEscape() throws(JSONReadError) {
    spill()
    guard try has(2) else { throw ending("an escape") }
    let plain: UInt8
    switch window.bytes.byte(at: window.at &+ 1) {
    case UInt8(ascii: "\""): plain = 0x22
    case UInt8(ascii: "\\"): plain = 0x5C
    case UInt8(ascii: "/"): plain = 0x2F
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"): return try readUnicodeEscape()
    default: throw unexpected("an escape", ahead: 1)
    }
    scratch.append(plain)
    window.at &+= 2
    run = window.at
  }

  private mutating func readUnicodeEscape() throws(JSONReadError) {
    var code = try hexDigits(ahead: 2)
    var length = 6
    if code & 0xF800 == 0xD800 {
      guard code < 0xDC00, try hasEscape(ahead: 6) else { throw loneSurrogate }
      let low = try hexDigits(ahead: 8)
      guard low & 0xFC00 == 0xDC00 else { throw loneSurrogate }
      code = 0x10000 &+ (code & 0x3FF) &<< 10 &+ low & 0x3FF
      length = 12
    }
    append(code)
    window.at &+= length
    run = window.at
  }

  private var loneSurrogate: JSONReadError {
    unexpected("a pair of surrogates", .invalidText, found: "a single one")
  }

  /// Whether `\u` stands there. An input that ends before it can be known is an error of its own.
  private mutating func hasEscape(ahead: Int) throws(JSONReadError) -> Bool {
    guard try has(ahead &+ 1) else { throw ending("the end of the string") }
    guard window.bytes.byte(at: window.at &+ ahead) == UInt8(ascii: "\\") else { return false }
    guard try has(ahead &+ 2) else { throw ending("an escape") }
    return window.bytes.byte(at: window.at &+ ahead &+ 1) == UInt8(ascii: "u")
  }

  private mutating func hexDigits(ahead: Int) throws(JSONReadError) -> UInt32 {
    var code: UInt32 = 0
    for place in ahead..<(ahead &+ 4) {
      guard try has(place &+ 1) else { throw ending("four hexadecimal digits") }
      let byte = window.bytes.byte(at: window.at &+ place)
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte &- UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte &- UInt8(ascii: "a") &+ 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte &- UInt8(ascii: "A") &+ 10
      default: throw unexpected("four hexadecimal digits", ahead: place)
      }
      code = code &<< 4 | UInt32(digit)
    }
    return code
  }

  /// Adds a character that is no surrogate to the text.
  private mutating func append(_ code: UInt32) {
    let (mark, first): (UInt32, UInt32) =
      switch code {
      case 0..<0x80: (0, 0)
      case 0x80..<0x800: (0xC0, 6)
      case 0x800..<0x10000: (0xE0, 12)
      default: (0xF0, 18)
      }
    scratch.append(UInt8(truncatingIfNeeded: mark | code &>> first))
    var shift = first
    while shift > 0 {
      shift &-= 6
      scratch.append(UInt8(truncatingIfNeeded: 0x80 | code &>> shift & 0x3F))
    }
  }
}
