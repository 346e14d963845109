internal import Glibc

/// A regular expression for keys, in the syntax of Swift's `Regex`, which is that of Perl and Python but
/// for lookbehind.
///
/// Only its text can go from thread to thread; ``KeyRegexMatcher`` is what a thread makes of it.
package struct KeyRegex: Equatable, Sendable {
  /// What is wrong with an expression.
  package struct SyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The reason, without the expression: `expected ')'`.
    package var description: String
  }

  /// The expression as it was given.
  package let text: String

  /// Throws when the text is no regular expression, or one that is not supported.
  package init(_ text: String) throws(SyntaxError) {
    do { _ = try Regex(text) } catch { throw SyntaxError(description: "\(error)") }
    self.text = text
  }
}

/// Looks for a regular expression anywhere in keys, for one thread.
///
/// A key is read as UTF-8, one scalar a character, so that `.` and `\w` take a letter with its accent
/// as the file has them; a key that is not valid UTF-8 as bytes, each the scalar of its value
/// (U+0000-U+00FF), as the JSON records show it.
struct KeyRegexMatcher {
  private let regex: Regex<AnyRegexOutput>
  private let prefix: LiteralPrefix

  init(_ expression: KeyRegex) {
    guard let regex = try? Regex(expression.text) else {
      preconditionFailure("an expression that was valid before is so again")
    }
    self.regex = regex.matchingSemantics(.unicodeScalar)
    prefix = LiteralPrefix(of: expression.text)
  }

  func matches(_ key: RawSpan) -> Bool {
    guard prefix.occurs(in: key) else { return false }
    if prefix.isWhole { return true }
    // The bytes are copied into the string.
    let text = unsafe key.withUnsafeBytes { bytes in
      unsafe String(validating: bytes, as: UTF8.self)
        ?? String(String.UnicodeScalarView(bytes.lazy.map { Unicode.Scalar($0) }))
    }
    return (try? regex.firstMatch(in: text)) != nil
  }
}

/// What every match of an expression begins with. To search for bytes takes a small part of the time in
/// which `Regex` says no (measured: under 0.1 µs against 1-3), and most keys are not those looked for.
struct LiteralPrefix: Equatable {
  /// The bytes, all of them ASCII; there may be none.
  private(set) var bytes: [UInt8] = []
  /// Whether a match can only be at the start of a key.
  private(set) var isAnchored = false
  /// Whether the bytes, where they may be, are all there is to a match.
  private(set) var isWhole = false

  /// Characters that stand for themselves and nothing else wherever they stand outside brackets.
  private static let plain = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_:-/,;=@!%&~<>'\"".utf8)

  init(of expression: String) {
    // Any of several expressions: none of them has to begin as the first.
    guard !expression.utf8.contains(UInt8(ascii: "|")) else { return }
    var rest = Array(expression.utf8)[...]
    if rest.first == UInt8(ascii: "^") {
      isAnchored = true
      rest = rest.dropFirst()
    }
    while let byte = rest.first, Self.plain.contains(byte) {
      bytes.append(byte)
      rest = rest.dropFirst()
    }
    isWhole = rest.isEmpty
    // The last character may be there no time at all; with `+` it is there at least once.
    if let quantifier = rest.first, "*?{".utf8.contains(quantifier) {
      if bytes.popLast() == nil { isAnchored = false }
    }
  }

  /// False when no match can be in the key.
  func occurs(in key: RawSpan) -> Bool {
    guard let first = bytes.first else { return true }
    return unsafe key.withUnsafeBytes { key in
      unsafe bytes.withUnsafeBytes { wanted in
        guard let base = key.baseAddress, let pattern = wanted.baseAddress else { return false }
        var offset = 0
        while key.count - offset >= wanted.count {
          // In bounds by the condition: `wanted.count` bytes are left, or more.
          if unsafe memcmp(base + offset, pattern, wanted.count) == 0 { return true }
          if isAnchored { return false }
          offset += 1
          guard let next = unsafe memchr(base + offset, Int32(first), key.count - offset) else {
            return false
          }
          offset = unsafe UnsafeRawPointer(next) - base
        }
        return false
      }
    }
  }
}
