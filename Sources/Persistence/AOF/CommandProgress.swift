/// How far the framing of a command has been walked.
///
/// A command may be longer than the part of the file that is in memory. When the walk runs into the end of
/// the buffer, the cursor stands where it goes on: before the count, before an argument, or behind what
/// there is of a long argument. Every byte before it may be dropped before the walk goes on with more.
struct CommandProgress: BitwiseCopyable {
  /// Arguments of the command; 0 before they are known.
  private(set) var argumentCount = 0
  private(set) var isOdd = false
  /// Arguments that have not been walked to their end.
  fileprivate var left = 0
  /// Bytes of the argument whose length has been read, its CRLF not included.
  fileprivate var length: UInt64?
  /// Bytes of that argument before the cursor, and of its header.
  fileprivate var gone = 0
  fileprivate var header = 0

  init() {}

  fileprivate mutating func begin(_ count: Int) {
    argumentCount = count
    left = count
  }

  fileprivate mutating func note(isOdd: Bool) { self.isOdd = self.isOdd || isOdd }
}

extension CommandParser {
  /// Goes on with the walk over a command. Returns at its end; throws as `skip()` does, with offsets that
  /// lie before the buffer (below 0) where an argument began there.
  @_lifetime(self: copy self)
  mutating func skip(_ progress: inout CommandProgress) throws(FormatError) {
    var isOdd = false
    defer { progress.note(isOdd: isOdd) }
    if progress.argumentCount == 0 { progress.begin(try readCount(&isOdd)) }
    while progress.left > 0 {
      if progress.length == nil {
        let start = cursor.offset
        progress.length = try readNumber(UInt8(ascii: "$"), &isOdd)
        progress.gone = 0
        progress.header = cursor.offset - start
      }
      guard let length = progress.length else { preconditionFailure("was set above") }
      let missing = length - UInt64(progress.gone)
      let step = Int(min(missing, UInt64(cursor.remaining)))
      cursor.offset += step
      progress.gone += step
      guard UInt64(step) == missing, cursor.remaining >= 2 else {
        throw short(length, gone: progress.gone, header: progress.header)
      }
      let terminator = cursor.bytes.littleEndian(at: cursor.offset, as: UInt16.self)
      guard terminator == 0x0A0D else {
        throw Self.badTerminator(terminator.littleEndian, at: cursor.offset)
      }
      cursor.offset += 2
      progress.left -= 1
      progress.length = nil
    }
  }

  private func short(_ length: UInt64, gone: Int, header: Int) -> FormatError {
    let needed = UInt64(cursor.offset) + (length - UInt64(gone)) + 2
    let start = cursor.offset - gone
    if length > CommandParser.usualMost, needed > inputEnd {
      return Self.tooLong(length, header: start - header)
    }
    var error = FormatError.truncated(at: cursor.offset, claim: needed - UInt64(cursor.offset))
    error.offset = start
    return error
  }

  /// Copies of the first arguments that are all in the buffer, and not more of them than `most`.
  @_lifetime(self: copy self)
  mutating func readWholeArguments(most: Int) -> [ByteString] {
    var arguments: [ByteString] = []
    var isOdd = false
    guard let count = try? readCount(&isOdd) else { return [] }
    while arguments.count < min(count, most), let argument = try? readArgument(&isOdd) {
      arguments.append(argument.copy(from: cursor.bytes))
    }
    return arguments
  }
}
