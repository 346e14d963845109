extension ByteBuffer {
  /// Adds a line of RESP that is a mark and a number: `*3`, `$5`, `:42`.
  @inline(__always)
  package mutating func append(line mark: UInt8, _ number: Int64) {
    append(mark)
    var digits = InlineArray<20, UInt8>(repeating: 0)
    for index in NumberText.write(number, toEndOf: &digits)..<20 { append(digits[index]) }
    endLine()
  }

  /// Adds the end of a line of RESP.
  @inline(__always)
  package mutating func endLine() {
    append(UInt8(ascii: "\r"))
    append(UInt8(ascii: "\n"))
  }

  /// Adds an argument of a command as RESP has it: its length, and its bytes.
  package mutating func append(argument: RawSpan) {
    append(line: UInt8(ascii: "$"), Int64(argument.byteCount))
    append(argument)
    endLine()
  }
}
