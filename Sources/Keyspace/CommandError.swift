/// Why a command was refused, in the words of a server.
package enum CommandError: Error, Equatable, Sendable {
  /// The key holds a value of another type.
  case wrongType
  /// An option is not known, or options do not go together.
  case syntax
  /// An argument, or a value, is no integer of 64 bits.
  case notInteger
  /// An argument, or a value, is no number.
  case notFloat
  /// The argument or value is no number that a score may be, or an end of a range.
  case notScoreRange
  /// A sum of scores is no number.
  case notANumber
  /// An end of a range of members begins neither with `(` nor with `[`.
  case notLexRange
  /// There is no such key, where there has to be one.
  case noSuchKey
  /// A place in a list, or a database, that does not exist.
  case indexOutOfRange
  /// All else: the whole text of the reply, code and words.
  case other(String)

  /// The text of the error reply, without `-` and line end.
  package var message: String {
    switch self {
    case .wrongType: "WRONGTYPE Operation against a key holding the wrong kind of value"
    case .syntax: "ERR syntax error"
    case .notInteger: "ERR value is not an integer or out of range"
    case .notFloat: "ERR value is not a valid float"
    case .notScoreRange: "ERR min or max is not a float"
    case .notANumber: "ERR resulting score is not a number (NaN)"
    case .notLexRange: "ERR min or max not valid string range item"
    case .noSuchKey: "ERR no such key"
    case .indexOutOfRange: "ERR index out of range"
    case .other(let text): text
    }
  }

  /// The code `ERR` before a text.
  static func text(_ words: String) -> CommandError { .other("ERR " + words) }

  /// What a server says of a command without the right number of arguments.
  static func wrongArity(_ command: String) -> CommandError {
    .other("ERR wrong number of arguments for '\(command)' command")
  }

  /// An argument is no integer, or below 0.
  static let notPositive = text("value is out of range, must be positive")

  /// What a server says of an expiry that no key can have.
  static func invalidExpiry(_ command: String) -> CommandError {
    .other("ERR invalid expire time in '\(command)' command")
  }
}
