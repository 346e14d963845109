/// A place in JSON text.
public struct JSONPlace: Equatable, Sendable, BitwiseCopyable {
  /// Bytes from the start of the (decompressed) text.
  public var offset: UInt64
  /// The line, from 1 on.
  public var line: UInt64
  /// The byte of the line, from 1 on.
  public var column: UInt64

  /// Where text begins.
  static let start = JSONPlace(offset: 0, line: 1, column: 1)
}

/// Text that is no JSON, or JSON that is no record.
public struct JSONError: Error, Equatable, Sendable {
  /// The kind of problem.
  public enum Code: String, Sendable, CaseIterable {
    /// The text ends too early.
    case truncated
    /// The text is no JSON (RFC 8259).
    case syntax
    /// A string holds a control character, no UTF-8, or a surrogate without the other one.
    case invalidText = "invalid-text"
    /// More brackets are open than any record needs.
    case tooDeep = "too-deep"
    /// A member that such an object does not have.
    case unknownMember = "unknown-member"
    /// A member that stands twice in its object.
    case duplicateMember = "duplicate-member"
    /// An object without a member that it must have.
    case missingMember = "missing-member"
    /// A value of another type, or outside what is allowed.
    case wrongValue = "wrong-value"
  }

  /// The kind of problem.
  public var code: Code
  /// Where: the byte that is wrong, or the begin of the token or object that is.
  public var place: JSONPlace
  /// What may stand there.
  public var expected: String
  /// What stands there.
  public var found: String
}

extension JSONError: CustomStringConvertible {
  /// `line L, column C (byte B): expected X, found Y`.
  public var description: String {
    "line \(place.line), column \(place.column) (byte \(place.offset)): expected \(expected), "
      + "found \(found)"
  }
}

/// Why the text, or a record in it, could not be read.
public enum JSONReadError: Error, Equatable, Sendable {
  /// The file cannot be opened or read, or is compressed and damaged.
  case source(String)
  /// The text is no JSON, or not what it should be.
  case json(JSONError)

  init(_ code: JSONError.Code, at place: JSONPlace, expected: String, found: String) {
    self = .json(JSONError(code: code, place: place, expected: expected, found: found))
  }
}

extension JSONReadError: CustomStringConvertible {
  /// One sentence without the path, which the caller knows.
  public var description: String {
    switch self {
    case .source(let text): text
    case .json(let error): error.description
    }
  }
}
