internal import Glibc

/// A piece of JSON text. Commas and colons are the tokenizer's own business.
package enum JSONToken: Sendable, Equatable {
  case beginObject, endObject, beginArray, endArray
  /// The name of a member; its value comes next.
  case name
  case string, number, yes, no, null
  /// The end of the text.
  case end

  /// The token in words.
  var description: String {
    switch self {
    case .beginObject: "an object"
    case .endObject: "the end of the object"
    case .beginArray: "an array"
    case .endArray: "the end of the array"
    case .name: "a member"
    case .string: "a string"
    case .number: "a number"
    case .yes, .no: "a truth value"
    case .null: "null"
    case .end: "the end of the text"
    }
  }
}

/// Reads JSON text (RFC 8259) token by token, without recursion and in constant memory, but for one
/// string or number. What a document means, duplicate names too, is the caller's business.
///
/// After an error there is nothing more to read.
package struct JSONTokenizer: ~Copyable {
  /// Brackets that may be open at once.
  package static let depthLimit = 64

  /// Whether documents may follow one another, each on a line of its own (JSON Lines), or none at all.
  package var isSequence: Bool
  /// Brackets that are open.
  package private(set) var depth = 0

  var window: JSONWindow
  /// The text of a string or number lies in the window, or where it does not fit or has escapes, in
  /// `scratch`. Then what stands behind `run` in the window is still to be added.
  var run = 0
  var runEnd = 0
  var isSpilled = false
  var scratch: [UInt8] = []

  private enum State { case value, firstElement, firstName, name, colon, rest }

  private var state = State.value
  /// A bit for each open bracket, the innermost one lowest; 1 for an object.
  private var objects: UInt64 = 0
  private(set) var token = JSONToken.null
  private var line: UInt64
  private var lineStart: UInt64
  /// Where the last value ended.
  private var endLine: UInt64 = 0
  private var start: (offset: UInt64, line: UInt64, lineStart: UInt64) = (0, 1, 0)

  /// A tokenizer for a text that begins at a place of a larger one.
  package init(_ source: any ByteSource, isSequence: Bool = false, at place: JSONPlace? = nil) {
    let place = place ?? .start
    self.isSequence = isSequence
    window = JSONWindow(source, offset: place.offset)
    line = place.line
    lineStart = place.offset &- (place.column &- 1)
  }

  // MARK: The last token

  /// Where the last token begins.
  package var place: JSONPlace {
    JSONPlace(
      offset: start.offset, line: start.line, column: start.offset &- start.lineStart &+ 1)
  }

  /// The text of the last name or string without escapes, or of the last number.
  package var text: RawSpan {
    @_lifetime(borrow self)
    get {
      guard isSpilled else { return window.bytes.extracting(run..<runEnd) }
      let span = unsafe scratch.span.bytes
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Whether the text is this one.
  func textIs(_ wanted: StaticString) -> Bool {
    let text = text
    guard text.byteCount == wanted.utf8CodeUnitCount else { return false }
    return unsafe text.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return true }
      return unsafe memcmp(base, wanted.utf8Start, bytes.count) == 0
    }
  }

  /// The last number when it is an integer of 0 to 2⁶⁴ - 1, written without point and exponent.
  package var unsigned: UInt64? { NumberText.unsigned(text) }
  /// The last number when it is an integer of -2⁶³ to 2⁶³ - 1, written without point and exponent.
  package var signed: Int64? { NumberText.canonicalInteger(text) }
  /// The double nearest to the last number; nil beyond the range of doubles and above 4096 digits.
  package var double: Double? {
    guard let value = NumberText.double(text), value.isFinite else { return nil }
    return value
  }

  /// The error for the last token.
  func refusal(
    _ expected: String, _ code: JSONError.Code = .wrongValue, found: String? = nil
  ) -> JSONReadError {
    JSONReadError(code, at: place, expected: expected, found: found ?? token.description)
  }

  /// Gives back the memory of an unusually long string.
  mutating func trim() {
    guard scratch.capacity > 1 << 20 else { return }
    scratch = []
    isSpilled = false
    (run, runEnd) = (window.at, window.at)
  }

  // MARK: The next token

  /// The next token.
  package mutating func next() throws(JSONReadError) -> JSONToken {
    token = try readToken()
    return token
  }

  /// Steps over the next value.
  package mutating func skipValue() throws(JSONReadError) {
    let outer = depth
    repeat { _ = try next() } while depth > outer
  }

  /// Steps over the next value and returns its text and where that begins.
  mutating func copyValue() throws(JSONReadError) -> (text: [UInt8], place: JSONPlace) {
    if state == .colon { try readColon() }
    _ = try skipBlanks()
    window.startRecording()
    markStart()
    let place = place
    try skipValue()
    return (window.stopRecording(), place)
  }

  private mutating func readToken() throws(JSONReadError) -> JSONToken {
    while true {
      guard let byte = try skipBlanks() else { return try end() }
      markStart()
      switch state {
      case .value: return try value(byte)
      case .firstElement:
        return byte == UInt8(ascii: "]") ? close(.endArray) : try value(byte)
      case .firstName, .name:
        if byte == UInt8(ascii: "\"") {
          try readString()
          state = .colon
          return .name
        }
        if byte == UInt8(ascii: "}"), state == .firstName { return close(.endObject) }
        throw unexpected(state == .name ? "a name" : "a name or \"}\"")
      case .colon: try readColon()
      case .rest:
        guard depth > 0 else {
          guard isSequence, line > endLine else {
            throw unexpected(isSequence ? "the end of the line" : "the end of the text")
          }
          state = .value
          continue
        }
        let isObject = objects & 1 == 1
        if byte == UInt8(ascii: ",") {
          window.at &+= 1
          state = isObject ? .name : .value
        } else if byte == UInt8(ascii: isObject ? "}" : "]") {
          return close(isObject ? .endObject : .endArray)
        } else {
          throw unexpected(isObject ? "\",\" or \"}\"" : "\",\" or \"]\"")
        }
      }
    }
  }

  private mutating func readColon() throws(JSONReadError) {
    guard let byte = try skipBlanks() else { throw unexpected("\":\"") }
    markStart()
    guard byte == UInt8(ascii: ":") else { throw unexpected("\":\"") }
    window.at &+= 1
    state = .value
  }

  @inline(__always)
  private mutating func value(_ byte: UInt8) throws(JSONReadError) -> JSONToken {
    switch byte {
    case UInt8(ascii: "\""):
      try readString()
      finishValue()
      return .string
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      try readNumber()
      finishValue()
      return .number
    case UInt8(ascii: "{"):
      try open(isObject: true)
      return .beginObject
    case UInt8(ascii: "["):
      try open(isObject: false)
      return .beginArray
    case UInt8(ascii: "t"): return try literal("true", .yes)
    case UInt8(ascii: "f"): return try literal("false", .no)
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: throw unexpected(state == .firstElement ? "a value or \"]\"" : "a value")
    }
  }

  @inline(__always)
  private mutating func finishValue() {
    state = .rest
    endLine = line
  }

  private mutating func open(isObject: Bool) throws(JSONReadError) {
    guard depth < JSONTokenizer.depthLimit else {
      throw JSONReadError(
        .tooDeep, at: place, expected: "at most \(JSONTokenizer.depthLimit) open brackets",
        found: "one more")
    }
    window.at &+= 1
    depth &+= 1
    objects = objects &<< 1 | (isObject ? 1 : 0)
    state = isObject ? .firstName : .firstElement
  }

  private mutating func close(_ token: JSONToken) -> JSONToken {
    window.at &+= 1
    depth &-= 1
    objects &>>= 1
    finishValue()
    return token
  }

  private mutating func end() throws(JSONReadError) -> JSONToken {
    markStart()
    switch state {
    case .rest where depth == 0: return .end
    case .value where depth == 0 && isSequence: return .end
    case .value, .firstElement: throw unexpected("a value")
    case .firstName, .name: throw unexpected("a name")
    case .colon: throw unexpected("\":\"")
    case .rest:
      throw unexpected(objects & 1 == 1 ? "\",\" or \"}\"" : "\",\" or \"]\"")
    }
  }

  private mutating func literal(
    _ text: StaticString, _ token: JSONToken
  ) throws(JSONReadError) -> JSONToken {
    for index in 0..<text.utf8CodeUnitCount {
      let wanted = unsafe text.utf8Start[index]
      guard try peek() == wanted else {
        throw unexpected("\"\(text)\"")
      }
      window.at &+= 1
    }
    clearText()
    finishValue()
    return token
  }

  // MARK: Blanks and places

  @inline(__always)
  private mutating func markStart() {
    start = (window.offset(of: window.at), line, lineStart)
    clearText()
  }

  /// The first byte behind blanks; nil at the end of the text. Line breaks stand nowhere else, so that
  /// counting them here is enough.
  @inline(__always)
  private mutating func skipBlanks() throws(JSONReadError) -> UInt8? {
    while true {
      while window.at < window.end {
        let byte = window.bytes.byte(at: window.at)
        guard byte <= 0x20 else { return byte }
        switch byte {
        case 0x20, 0x09, 0x0D: window.at &+= 1
        case 0x0A:
          window.at &+= 1
          line &+= 1
          lineStart = window.offset(of: window.at)
        default: return byte
        }
      }
      guard try window.refill() else { return nil }
    }
  }

  /// The error for the byte `ahead` of the next one, or for the end of the text.
  func unexpected(
    _ expected: String, _ code: JSONError.Code = .syntax, ahead: Int = 0, found: String? = nil
  ) -> JSONReadError {
    let at = window.at &+ ahead
    let offset = window.offset(of: at)
    let place = JSONPlace(offset: offset, line: line, column: offset &- lineStart &+ 1)
    guard at < window.end else {
      return JSONReadError(.truncated, at: place, expected: expected, found: "the end of the text")
    }
    let byte = window.bytes.byte(at: at)
    let shown =
      byte > 0x20 && byte < 0x7F
      ? "\"\(Unicode.Scalar(byte))\"" : "byte 0x" + String(byte, radix: 16, uppercase: true)
    return JSONReadError(code, at: place, expected: expected, found: found ?? shown)
  }
}
