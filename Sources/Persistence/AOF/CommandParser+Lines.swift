/// The lines that are seldom: long or odd numbers, annotations, and what is neither.
extension CommandParser {
  /// Loaders and `redis-check-aof` read the line of a number into 128 bytes, of which one is theirs.
  private static var mostNumberLine: Int { 127 }

  /// Any number that loaders read, to the end of its line.
  @_lifetime(self: copy self)
  @inline(never)
  mutating func readAnyNumber(
    _ prefix: UInt8, _ isOdd: inout Bool
  ) throws(FormatError) -> UInt64 {
    let bytes = cursor.bytes
    let start = cursor.offset
    guard start < bytes.byteCount else { throw .truncated(at: start, need: 1) }
    guard bytes.byte(at: start) == prefix else {
      throw FormatError(
        .badFraming, at: start, "no argument begins here: its first byte would be $ (36)",
        found: UInt64(bytes.byte(at: start)))
    }
    var at = start + 1
    func isAt(_ character: Unicode.Scalar) -> Bool {
      at < bytes.byteCount && bytes.byte(at: at) == UInt8(ascii: character)
    }
    while isAt(" ") || isAt("\t"), at - start < Self.mostNumberLine { at += 1 }
    if isAt("-") { throw FormatError(.badLength, at: start, "a negative number") }
    if isAt("+") { at += 1 }
    let digits = at
    var value: UInt64 = 0
    while at < bytes.byteCount, at - start < Self.mostNumberLine {
      let digit = bytes.byte(at: at) &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      // Saturated: a number above 2⁶² is refused below.
      value = overflow || product > 1 << 62 ? .max - 9 : product
      value += UInt64(digit)
      at += 1
    }
    guard at < bytes.byteCount else { throw .truncated(at: at, need: 1) }
    if at == digits || at - start >= Self.mostNumberLine {
      throw FormatError(.badLength, at: start, "a line without a number", found: UInt64(prefix))
    }
    if isAt("\n") { throw FormatError(.badTerminator, at: at, "a line ends in LF without CR") }
    guard isAt("\r") else {
      throw FormatError(
        .badLength, at: start, "a number is followed by something else than CRLF",
        found: UInt64(bytes.byte(at: at)))
    }
    guard at + 1 < bytes.byteCount else { throw .truncated(at: at + 1, need: 1) }
    guard bytes.byte(at: at + 1) == UInt8(ascii: "\n") else {
      throw FormatError(
        .badTerminator, at: at, "a line ends in CR without LF",
        found: UInt64(bytes.byte(at: at + 1)))
    }
    guard value <= 1 << 62 else {
      throw FormatError(.badLength, at: start, "a number beyond all bounds")
    }
    let isPlain = digits == start + 1 && (at == digits + 1 || bytes.byte(at: digits) != 0x30)
    isOdd = isOdd || !isPlain
    cursor.offset = at + 2
    return value
  }

  /// An annotation, or the error that what stands here is none either.
  @_lifetime(self: copy self)
  @inline(never)
  mutating func readAnnotation() throws(FormatError) -> CommandHead {
    let bytes = cursor.bytes
    let start = cursor.offset
    guard start < bytes.byteCount else { throw .truncated(at: start, need: 1) }
    guard bytes.byte(at: start) == UInt8(ascii: "#") else {
      throw FormatError(
        .badFraming, at: start, Self.describe(bytes, at: start),
        found: UInt64(bytes.byte(at: start)))
    }
    var at = start + 1
    while true {
      guard at - start < Self.mostAnnotation else {
        throw FormatError(
          .badFraming, at: start, "an annotation without an end within 1023 bytes")
      }
      guard at < bytes.byteCount else { throw .truncated(at: at, need: 1) }
      if bytes.byte(at: at) == UInt8(ascii: "\n") { break }
      at += 1
    }
    var head = CommandHead(kind: .annotation, start: start, end: at + 1)
    let hasReturn = bytes.byte(at: at - 1) == UInt8(ascii: "\r")
    head.isOdd = !hasReturn
    head.name = CommandArgument(offset: start + 1, count: at - start - (hasReturn ? 2 : 1))
    if let seconds = head.name.bytes(in: bytes).droppingPrefix("TS:") {
      head.timestamp = NumberText.unsigned(seconds).flatMap { Int64(exactly: $0) }
      head.isBadTimestamp = head.timestamp == nil
    }
    cursor.offset = at + 1
    return head
  }

  /// What stands where a command should begin.
  private static func describe(_ bytes: RawSpan, at start: Int) -> StaticString {
    let rest = bytes.extracting(start..<bytes.byteCount)
    if rest.droppingPrefix("REDIS") != nil || rest.droppingPrefix("VALKEY") != nil {
      return "an RDB begins where a command should"
    }
    switch rest.byte(at: 0) {
    case UInt8(ascii: "$"): return "an argument where a command should begin"
    case UInt8(ascii: "\r"), UInt8(ascii: "\n"): return "an empty line where a command should begin"
    case 0: return "a zero byte where a command should begin"
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"):
      return "a reply of a server where a command should begin"
    default: break
    }
    for offset in 0..<min(rest.byteCount, 512) {
      switch rest.byte(at: offset) {
      case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
        return "a line of text where a command should begin: an AOF has no inline commands"
      case 0x20..<0x7F: continue
      default: return "no command begins here: its first byte would be * (42)"
      }
    }
    return "text where a command should begin"
  }
}
