package import Persistence

/// The arguments of a command that is to be run, the name first, in the buffer that they were read into.
package struct Arguments: ~Escapable {
  package let bytes: RawSpan
  /// Where they lie in ``bytes``.
  package let table: Span<CommandArgument>

  @inlinable @inline(__always)
  @_lifetime(copy bytes, copy table)
  package init(_ table: Span<CommandArgument>, in bytes: RawSpan) {
    self.bytes = bytes
    self.table = table
  }

  /// How many there are, the name included.
  package var count: Int {
    @inlinable @inline(__always) get { table.count }
  }

  /// The argument of a number, from 0 for the name; traps outside.
  package subscript(index: Int) -> RawSpan {
    @_lifetime(copy self)
    @inlinable @inline(__always)
    get {
      let argument = table[index]
      return bytes.extracting(argument.offset..<(argument.offset &+ argument.count))
    }
  }

  /// A copy of an argument.
  package func copy(_ index: Int) -> [UInt8] {
    let argument = self[index]
    return unsafe argument.withUnsafeBytes { unsafe Array($0) }
  }

  /// Whether an argument is this word, in capitals, ASCII letters of both cases being alike.
  package func isWord(_ word: StaticString, at index: Int) -> Bool {
    self[index].equalsFolded(word)
  }

  /// The integer that an argument is the canonical text of. Throws `notInteger`, or another error.
  package func integer(
    at index: Int, or error: CommandError = .notInteger
  ) throws(CommandError) -> Int64 {
    guard let number = NumberText.canonicalInteger(self[index]) else { throw error }
    return number
  }

  /// The integer of 32 bits that an argument is the canonical text of. Throws an error of its own for
  /// larger ones unless another error is given.
  package func int32(at index: Int, or error: CommandError? = nil) throws(CommandError) -> Int {
    let number = try integer(at: index, or: error ?? .notInteger)
    guard Int32(exactly: number) != nil else {
      throw error
        ?? .text("value is out of range, value must between -2147483648 and 2147483647")
    }
    return Int(number)
  }

  /// The number that an argument is the text of; not NaN, and not too large or too small for a double.
  /// Throws `notFloat`, or another error.
  package func double(
    at index: Int, or error: CommandError = .notFloat
  ) throws(CommandError) -> Double {
    guard let number = NumberText.double(self[index]), !number.isNaN else { throw error }
    // Infinities that are told with digits, and zeros that are told with others than 0, are out of range.
    if number.isInfinite || number == 0, LenientNumber(self[index]).isOutOfRange { throw error }
    return number
  }

  /// Whether an argument is larger than a key can be.
  var hasLarge: Bool {
    for index in 0..<count where table[index].count > Entry.largestKey { return true }
    return false
  }

  /// Bytes that the arguments from a number on take together.
  package func size(from index: Int) -> Int {
    var size = 0
    for place in index..<max(count, index) { size &+= table[place].count }
    return size
  }
}
