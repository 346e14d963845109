/// An argument of a command, or several that belong together, as COMMAND DOCS tells them.
struct ArgumentSyntax: Sendable, Equatable {
  /// What it is, by the name that COMMAND DOCS has for it.
  enum Kind: String, Sendable {
    case text = "string"
    case integer
    case double
    case key
    case pattern
    case time = "unix-time"
    /// A word that is written as it is.
    case word = "pure-token"
    /// One of its parts.
    case choice = "oneof"
    /// All of its parts.
    case sequence = "block"
  }

  var name: String
  var kind: Kind
  /// The word in front of it; of a `word`, itself.
  var token: String?
  var isOptional = false
  /// Whether there may be several.
  var repeats = false
  /// Whether each of them has the token in front.
  var repeatsToken = false
  /// The place of the key among the specifications of keys.
  var key: Int?
  var parts: [ArgumentSyntax] = []
}

/// Reads the notation of `CommandText`, and traps on what is none:
///
/// - `name` is a text, `name<i>` an integer, `<d>` a double, `<k>` a key, `<p>` a pattern, `<u>` a Unix time; `key`
///   and `pattern` are what they are called;
/// - `WORD` is written as it is, and `name=WORD` has another name; `WORD name` is one argument with its token;
/// - `name(a|b)` is one of several, `name{a b}` are those that go together;
/// - `[...]` may be left out, what ends in `...` may be repeated, and in `...+` with its token;
/// - `#N` tells the specification of a key where it is not the next one.
struct SyntaxReader {
  private var rest: Substring
  private var keys = 0

  static func read(_ text: String) -> [ArgumentSyntax] {
    var reader = SyntaxReader(rest: text[...])
    var arguments: [ArgumentSyntax] = []
    while !reader.rest.isEmpty {
      arguments.append(reader.argument())
      _ = reader.take(" ")
    }
    return arguments
  }

  private init(rest: Substring) { self.rest = rest }

  private mutating func take(_ text: String) -> Bool {
    guard rest.hasPrefix(text) else { return false }
    rest = rest.dropFirst(text.count)
    return true
  }

  private mutating func expect(_ text: String) {
    guard take(text) else { preconditionFailure("no \(text) before: \(rest)") }
  }

  private mutating func take(while isPart: (Character) -> Bool) -> String {
    let word = rest.prefix(while: isPart)
    guard !word.isEmpty else { preconditionFailure("no argument before: \(rest)") }
    rest = rest.dropFirst(word.count)
    return String(word)
  }

  private mutating func word() -> String {
    take { $0.isLetter || $0.isNumber || "-_:/".contains($0) }
  }

  private mutating func argument() -> ArgumentSyntax {
    if take("[") {
      var argument = argument()
      expect("]")
      argument.isOptional = true
      return argument
    }
    var argument = plainArgument()
    argument.repeats = take("...")
    argument.repeatsToken = argument.repeats && take("+")
    return argument
  }

  private mutating func plainArgument() -> ArgumentSyntax {
    var name = word()
    var token: String?
    if name.first?.isUppercase ?? false {
      guard rest.first == " ", rest.dropFirst().first?.isLowercase ?? false else {
        return ArgumentSyntax(name: name.lowercased(), kind: .word, token: name)
      }
      expect(" ")
      token = name
      name = word()
    } else if take("=") {
      return ArgumentSyntax(name: name, kind: .word, token: take { !" ]|)}".contains($0) })
    }
    if take("(") { return choice(name, token) }
    if take("{") { return sequence(name, token) }
    var argument = ArgumentSyntax(name: name, kind: kind(of: name), token: token)
    if argument.kind == .key {
      argument.key = keys
      keys += 1
    }
    if take("#") { argument.key = Int(take { $0.isNumber }) }
    return argument
  }

  private mutating func kind(of name: String) -> ArgumentSyntax.Kind {
    guard take("<") else { return name == "key" ? .key : name == "pattern" ? .pattern : .text }
    defer { expect(">") }
    switch word() {
    case "i": return .integer
    case "d": return .double
    case "k": return .key
    case "p": return .pattern
    case "u": return .time
    default: preconditionFailure("a kind of argument before: \(rest)")
    }
  }

  private mutating func choice(_ name: String, _ token: String?) -> ArgumentSyntax {
    var parts = [argument()]
    while take("|") { parts.append(argument()) }
    expect(")")
    return ArgumentSyntax(name: name, kind: .choice, token: token, parts: parts)
  }

  private mutating func sequence(_ name: String, _ token: String?) -> ArgumentSyntax {
    var parts = [argument()]
    while take(" ") { parts.append(argument()) }
    expect("}")
    return ArgumentSyntax(name: name, kind: .sequence, token: token, parts: parts)
  }
}
