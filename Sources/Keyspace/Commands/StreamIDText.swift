internal import Persistence

/// The text of stream IDs in commands: `milliseconds`, `milliseconds-sequence`, and marks for special ones.
/// Source: t_stream.c and util.c of Redis 7.0.
enum StreamIDText {
  static let invalid = CommandError.text("Invalid stream ID specified as stream command argument")

  /// What a text says.
  struct Parsed {
    var id: StreamID
    /// False for `milliseconds-*`, whose sequence is to be found.
    var hasSequence = true
  }

  /// Reads an ID; nil for what is none.
  ///
  /// - `missing`: the sequence of an ID without one.
  /// - `allowsEnds`: `-` and `+` are the lowest and the highest ID.
  /// - `allowsNext`: the sequence may be `*`.
  static func parse(
    _ text: RawSpan, missing: UInt64, allowsEnds: Bool = false, allowsNext: Bool = false
  ) -> Parsed? {
    guard text.byteCount < 128 else { return nil }
    // For a server, the text ends at a NUL.
    var count = 0
    while count < text.byteCount, text.byte(at: count) != 0 { count += 1 }
    var dash = 0
    while dash < count, text.byte(at: dash) != UInt8(ascii: "-") { dash += 1 }
    if count == 1, allowsEnds {
      if dash == 0 { return Parsed(id: .zero) }
      if text.byte(at: 0) == UInt8(ascii: "+") { return Parsed(id: .max) }
    }
    guard let milliseconds = number(text.extracting(0..<dash)) else { return nil }
    guard dash < count else { return Parsed(id: StreamID(milliseconds, missing)) }
    if allowsNext, count == dash + 2, text.byte(at: dash + 1) == UInt8(ascii: "*") {
      return Parsed(id: StreamID(milliseconds, 0), hasSequence: false)
    }
    guard let sequence = number(text.extracting((dash + 1)..<count)) else { return nil }
    return Parsed(id: StreamID(milliseconds, sequence))
  }

  /// A number as C's `strtoull` reads it, but for a canonical one that is negative.
  private static func number(_ text: RawSpan) -> UInt64? {
    if let number = NumberText.canonicalInteger(text) { return UInt64(exactly: number) }
    var offset = 0
    while offset < text.byteCount, isBlank(text.byte(at: offset)) { offset += 1 }
    var isNegative = false
    if offset < text.byteCount,
      [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(text.byte(at: offset))
    {
      isNegative = text.byte(at: offset) == UInt8(ascii: "-")
      offset += 1
    }
    guard offset < text.byteCount else { return nil }
    var value: UInt64 = 0
    for index in offset..<text.byteCount {
      let digit = text.byte(at: index) &- UInt8(ascii: "0")
      let (product, overflow1) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(UInt64(digit))
      guard digit <= 9, !overflow1, !overflow2 else { return nil }
      value = sum
    }
    return isNegative ? 0 &- value : value
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}

extension Arguments {
  /// The ID of an entry.
  func streamID(at index: Int) throws(CommandError) -> StreamID {
    guard let parsed = StreamIDText.parse(self[index], missing: 0) else {
      throw StreamIDText.invalid
    }
    return parsed.id
  }

  /// An ID that may be the lowest or the highest one, too.
  func anyStreamID(at index: Int, missing: UInt64 = 0) throws(CommandError) -> StreamID {
    guard let parsed = StreamIDText.parse(self[index], missing: missing, allowsEnds: true) else {
      throw StreamIDText.invalid
    }
    return parsed.id
  }

  /// The lowest ID of an interval; `(` before it leaves out the ID itself.
  func intervalStart(at index: Int) throws(CommandError) -> StreamID {
    guard let id = try exclusive(at: index, missing: 0) else {
      return try anyStreamID(at: index)
    }
    guard let next = id.successor else { throw .text("invalid start ID for the interval") }
    return next
  }

  /// The highest ID of an interval; `(` before it leaves out the ID itself.
  func intervalEnd(at index: Int) throws(CommandError) -> StreamID {
    guard let id = try exclusive(at: index, missing: .max) else {
      return try anyStreamID(at: index, missing: .max)
    }
    guard let next = id.predecessor else { throw .text("invalid end ID for the interval") }
    return next
  }

  private func exclusive(at index: Int, missing: UInt64) throws(CommandError) -> StreamID? {
    let text = self[index]
    guard text.byteCount > 1, text.byte(at: 0) == UInt8(ascii: "(") else { return nil }
    guard let parsed = StreamIDText.parse(text.extracting(1..<text.byteCount), missing: missing)
    else { throw StreamIDText.invalid }
    return parsed.id
  }

  /// Whether an argument is one character.
  func isCharacter(_ character: Unicode.Scalar, at index: Int) -> Bool {
    self[index].byteCount == 1 && self[index].byte(at: 0) == UInt8(ascii: character)
  }
}

extension ReplyWriter {
  /// An ID as a bulk string.
  mutating func bulk(_ id: StreamID) {
    guard form != .none else { return }
    var text = InlineArray<41, UInt8>(repeating: 0)
    var start = 41
    Self.write(id.sequence, before: &start, &text)
    start -= 1
    text[start] = UInt8(ascii: "-")
    Self.write(id.milliseconds, before: &start, &text)
    bulk(unsafe text.span.bytes.extracting(start..<41))
  }

  private static func write(
    _ number: UInt64, before start: inout Int, _ text: inout InlineArray<41, UInt8>
  ) {
    var rest = number
    repeat {
      start &-= 1
      text[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
  }

  /// An entry of a stream: its ID, and its fields and values.
  mutating func entry(_ entry: StreamListpack.Entry, of node: StreamListpack) {
    guard form != .none else { return }
    array(2)
    bulk(entry.id)
    array(2 * entry.fieldCount)
    node.forEachField(of: entry) { name, value, blob in
      bulk(name, in: blob)
      bulk(value, in: blob)
    }
  }

  /// A number, or null where it is not known.
  mutating func integer(orNull number: Int64?) {
    if let number { integer(number) } else { null() }
  }
}
