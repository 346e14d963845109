/// What stands in an AOF: a command, or an annotation between commands. Offsets are bytes from the start
/// of the buffer.
package struct CommandHead: BitwiseCopyable, Sendable {
  package enum Kind: UInt8, BitwiseCopyable, Sendable { case command, annotation }

  package var kind: Kind
  /// The first byte, `*` or `#`.
  package var start: Int
  /// Behind the last CRLF.
  package var end: Int
  /// Arguments, the command's name included: 1 to 2³¹ - 1. An annotation has none.
  package var argumentCount = 0
  /// The command's name; the text of an annotation without `#` and line end.
  package var name = CommandArgument(offset: 0, count: 0)
  /// The first argument behind the name; empty when there is none.
  package var first = CommandArgument(offset: 0, count: 0)
  /// Unix time in seconds of a `#TS:` annotation; nil for other annotations, and for one without a number.
  package var timestamp: Int64?
  /// A `#TS:` annotation without a number of seconds, which is to be reported as `bad-timestamp`.
  package var isBadTimestamp = false
  /// A number is written in a form that servers read but never write (`*+3`, `$ 3`, `$03`), or an
  /// annotation ends in LF alone.
  package var isOdd = false
}

/// Parses the commands of an AOF one after another out of a buffer that begins at the start of one.
///
///     command    = "*" count CRLF, count times: "$" length CRLF bytes CRLF
///     annotation = "#" text CRLF                at most 1023 bytes
///
/// Numbers are decimal. `redis-check-aof` and the servers' loaders read them with `strtol`, so that blanks,
/// a plus sign and zeros in front pass; so they do here, and the head tells (`isOdd`). Loaders take more
/// than that for granted: they ignore what follows a number in its line, and step over the two bytes behind
/// an argument without a look. Here these are errors, as they are to `redis-check-aof`. A count below 1
/// is an error, which the tool lets pass and no server does.
///
/// Every error is a framing error: what follows cannot be found by walking.
package struct CommandParser: ~Escapable {
  package var cursor: ByteCursor
  /// Bytes from the start of the buffer to the end of the whole input; `.max` when unknown.
  package let inputEnd: UInt64

  /// The most bytes of an argument that servers take from clients by default (`proto-max-bulk-len`).
  package static var usualMost: UInt64 { 512 << 20 }
  /// The most arguments of a command that servers read.
  static var mostArguments: UInt64 { UInt64(Int32.max) }
  /// The most bytes of an annotation, its line end included: loaders read it into 1024 bytes, of which
  /// one is theirs.
  static var mostAnnotation: Int { 1023 }

  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, at offset: Int = 0, inputEnd: UInt64) {
    cursor = ByteCursor(bytes, at: offset)
    self.inputEnd = inputEnd
  }

  /// The next command with all its arguments, or the next annotation, which empties the table.
  ///
  /// Throws `truncated`, `bad-framing`, `bad-length` and `bad-terminator`.
  @_lifetime(self: copy self)
  package mutating func next(
    _ arguments: inout ArgumentTable
  ) throws(FormatError) -> CommandHead {
    try walk(&arguments)
  }

  /// The same, with its arguments behind those that are in a list already.
  @_lifetime(self: copy self)
  mutating func next(_ list: inout ArgumentList) throws(FormatError) -> CommandHead {
    try walk(&list)
  }

  /// The same without a table.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func skip() throws(FormatError) -> CommandHead {
    var nobody = NoArguments()
    return try walk(&nobody)
  }

  @_lifetime(self: copy self)
  @inline(__always)
  private mutating func walk<Sink: ArgumentSink & ~Copyable>(
    _ sink: inout Sink
  ) throws(FormatError) -> CommandHead {
    let bytes = cursor.bytes
    let start = cursor.offset
    sink.begin()
    guard start < bytes.byteCount, bytes.byte(at: start) == UInt8(ascii: "*") else {
      return try readAnnotation()
    }
    var head = CommandHead(kind: .command, start: start, end: start)
    var isOdd = false
    head.argumentCount = try readCount(&isOdd)
    // The place is held in a variable, not in the cursor, which lies in memory.
    var offset = cursor.offset
    head.name = try nextArgument(bytes, &offset, &isOdd)
    sink.take(head.name)
    if head.argumentCount > 1 {
      head.first = try nextArgument(bytes, &offset, &isOdd)
      sink.take(head.first)
      var left = head.argumentCount &- 2
      while left > 0 {
        sink.take(try nextArgument(bytes, &offset, &isOdd))
        left &-= 1
      }
    }
    cursor.offset = offset
    head.end = offset
    head.isOdd = isOdd
    return head
  }

  // MARK: Arguments

  @_lifetime(self: copy self)
  @inline(__always)
  mutating func readCount(_ isOdd: inout Bool) throws(FormatError) -> Int {
    let start = cursor.offset
    let count = try readNumber(UInt8(ascii: "*"), &isOdd)
    guard count &- 1 < CommandParser.mostArguments else { throw Self.badCount(count, at: start) }
    return Int(truncatingIfNeeded: count)
  }

  @_lifetime(self: copy self)
  @inline(__always)
  private mutating func nextArgument(
    _ bytes: RawSpan, _ offset: inout Int, _ isOdd: inout Bool
  ) throws(FormatError) -> CommandArgument {
    if let (length, start) = Self.quickNumber(UInt8(ascii: "$"), bytes, at: offset) {
      let end = start &+ Int(truncatingIfNeeded: length)
      // In bounds by the first condition.
      if bytes.byteCount &- end >= 2,
        UInt16(
          littleEndian: unsafe bytes.unsafeLoadUnaligned(
            fromUncheckedByteOffset: end, as: UInt16.self)) == 0x0A0D
      {
        offset = end &+ 2
        return CommandArgument(offset: start, count: Int(truncatingIfNeeded: length))
      }
    }
    cursor.offset = offset
    let argument = try readArgument(&isOdd)
    offset = cursor.offset
    return argument
  }

  /// Any argument, and what is wrong with one.
  @_lifetime(self: copy self)
  @inline(never)
  mutating func readArgument(_ isOdd: inout Bool) throws(FormatError) -> CommandArgument {
    let header = cursor.offset
    let length = try readNumber(UInt8(ascii: "$"), &isOdd)
    let start = cursor.offset
    // A length is at most 2⁶² here: no sum overflows.
    guard UInt64(truncatingIfNeeded: cursor.remaining) >= length &+ 2 else {
      throw short(length, at: start, header: header)
    }
    let argument = CommandArgument(offset: start, count: Int(truncatingIfNeeded: length))
    // In bounds by the guard above.
    let terminator = unsafe cursor.bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: argument.end, as: UInt16.self)
    guard UInt16(littleEndian: terminator) == 0x0A0D else {
      throw Self.badTerminator(terminator, at: argument.end)
    }
    cursor.offset = argument.end &+ 2
    return argument
  }

  @inline(never)
  private static func badCount(_ count: UInt64, at offset: Int) -> FormatError {
    FormatError(
      .badLength, at: offset,
      count == 0
        ? "a command has no name: the number of its arguments is 0"
        : "more arguments than a server reads", found: count)
  }

  @inline(never)
  static func badTerminator(_ found: UInt16, at offset: Int) -> FormatError {
    FormatError(
      .badTerminator, at: offset, "the argument is not followed by CRLF", expected: 0x0D0A,
      found: UInt64(UInt16(bigEndian: found)))
  }

  /// What it means that an argument of `length` bytes, which begins at `start`, is not all there.
  @inline(never)
  private func short(_ length: UInt64, at start: Int, header: Int) -> FormatError {
    if length > CommandParser.usualMost, UInt64(start) + length + 2 > inputEnd {
      return Self.tooLong(length, header: header)
    }
    return .truncated(at: start, claim: length + 2)
  }

  static func tooLong(_ length: UInt64, header: Int) -> FormatError {
    FormatError(
      .badLength, at: header,
      "an argument reaches beyond the end of the file, and is longer than servers take",
      found: length)
  }

  // MARK: Numbers

  /// A prefix, a number and CRLF. The number is at most 2⁶².
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func readNumber(
    _ prefix: UInt8, _ isOdd: inout Bool
  ) throws(FormatError) -> UInt64 {
    guard let (number, end) = Self.quickNumber(prefix, cursor.bytes, at: cursor.offset) else {
      return try readAnyNumber(prefix, &isOdd)
    }
    cursor.offset = end
    return number
  }

  /// A number of one to three digits, as nearly all are, and the offset behind its line: with prefix and
  /// CRLF they fit in eight bytes. Nil for all others, and within the last bytes of the buffer.
  @inline(__always)
  private static func quickNumber(
    _ prefix: UInt8, _ bytes: RawSpan, at offset: Int
  ) -> (number: UInt64, end: Int)? {
    guard bytes.byteCount &- offset >= 8 else { return nil }
    // In bounds by the guard above.
    let word = UInt64(
      littleEndian: unsafe bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: offset, as: UInt64.self))
    let first = (word >> 8 & 0xFF) &- 0x30
    guard word & 0xFF == UInt64(prefix), first <= 9 else { return nil }
    if word >> 16 & 0xFFFF == 0x0A0D { return (first, offset &+ 4) }
    let second = (word >> 16 & 0xFF) &- 0x30
    guard first > 0, second <= 9 else { return nil }
    if word >> 24 & 0xFFFF == 0x0A0D { return (first &* 10 &+ second, offset &+ 5) }
    let third = (word >> 24 & 0xFF) &- 0x30
    guard third <= 9, word >> 32 & 0xFFFF == 0x0A0D else { return nil }
    return ((first &* 10 &+ second) &* 10 &+ third, offset &+ 6)
  }
}
