internal import Keyspace
internal import Persistence

/// Where keys stand in a command and what happens to them, as COMMAND tells it (`key_specs`).
struct KeySpecification: Sendable {
  /// Where the first key is found.
  enum Search: Sendable, Equatable {
    /// At the argument of this number, the name being 0.
    case index(Int)
    /// Behind a word, which is looked for from an argument on; backwards from the end for a negative number.
    case keyword(String, from: Int)
    /// It cannot be told so.
    case unknown
  }

  /// Which arguments are keys from there on.
  enum Range: Sendable, Equatable {
    /// Up to `last` arguments further; negative counts from the end, -1 being the last argument. With a `limit`
    /// above 1, of this part of the arguments.
    case range(last: Int, step: Int, limit: Int)
    /// As many as the first argument says, behind it.
    case counted
    case unknown
  }

  let flags: [String]
  let search: Search
  let range: Range

  /// Whether what is told so is a channel.
  var isNoKey: Bool { flags.contains("not_key") }

  /// What a letter stands for.
  private static let letters: [Character: String] = [
    "R": "RO", "W": "RW", "O": "OW", "X": "RM", "a": "access", "u": "update", "i": "insert",
    "d": "delete", "n": "not_key", "v": "variable_flags",
  ]

  /// Reads `LETTERS@INDEX:LAST:STEP:LIMIT` and traps on anything else. The three last numbers may be left out; a
  /// word and a number (`Ou@STORE@6`) stand for an argument behind a word, `#` for counted keys, `?` for a place
  /// that cannot be told.
  init(_ text: String) {
    flags = text.prefix { $0.isLetter }.map { letter in
      guard let flag = Self.letters[letter] else { preconditionFailure("a key: \(text)") }
      return flag
    }
    var place = text.dropFirst(flags.count)
    guard place != "?" else {
      (search, range) = (.unknown, .unknown)
      return
    }
    let isCounted = place.hasSuffix("#")
    if isCounted { place = place.dropLast() }
    let parts = place.split(separator: ":")
    let words = parts[0].split(separator: "@")
    guard let number = Int(words[words.count - 1]) else { preconditionFailure("a key: \(text)") }
    search = words.count > 1 ? .keyword(String(words[0]), from: number) : .index(number)
    let numbers = parts.dropFirst().compactMap { Int($0) }
    range =
      isCounted
      ? .counted
      : .range(
        last: numbers.first ?? 0, step: numbers.count > 1 ? numbers[1] : 1,
        limit: numbers.count > 2 ? numbers[2] : 0)
  }

  /// Writes it as COMMAND tells it.
  func tell(_ reply: inout ReplyWriter) {
    reply.map(3)
    reply.bulk("flags")
    reply.set(flags.count)
    for flag in flags { reply.simple(text: flag) }
    reply.bulk("begin_search")
    switch search {
    case .index(let index): tell("index", [("index", index)], &reply)
    case .keyword(let word, let start):
      reply.map(2)
      reply.bulk("type")
      reply.bulk("keyword")
      reply.bulk("spec")
      reply.map(2)
      reply.bulk("keyword")
      reply.bulk(word)
      reply.bulk("startfrom")
      reply.integer(start)
    case .unknown: tell("unknown", [], &reply)
    }
    reply.bulk("find_keys")
    switch range {
    case .range(let last, let step, let limit):
      tell("range", [("lastkey", last), ("keystep", step), ("limit", limit)], &reply)
    case .counted: tell("keynum", [("keynumidx", 0), ("firstkey", 1), ("keystep", 1)], &reply)
    case .unknown: tell("unknown", [], &reply)
    }
  }

  private func tell(
    _ type: String, _ numbers: [(name: String, value: Int)], _ reply: inout ReplyWriter
  ) {
    reply.map(2)
    reply.bulk("type")
    reply.bulk(type)
    reply.bulk("spec")
    reply.map(numbers.count)
    for (name, value) in numbers {
      reply.bulk(name)
      reply.integer(value)
    }
  }

  /// Whether the argument of a number is one of these keys.
  func covers(_ index: Int, of arguments: Arguments) -> Bool {
    guard let first = first(in: arguments) else { return false }
    switch range {
    case .range(let last, let step, let limit):
      let rest = arguments.count - first
      let end =
        last >= 0 ? first + last : limit > 1 ? first + rest / limit + last : arguments.count + last
      return (first...max(first, end)).contains(index) && (index - first).isMultiple(of: step)
    case .counted:
      guard first < arguments.count, let count = NumberText.unsigned(arguments[first]) else {
        return false
      }
      return index > first && index - first <= Int(clamping: count)
    case .unknown: return false
    }
  }

  private func first(in arguments: Arguments) -> Int? {
    switch search {
    case .index(let index): return index
    case .keyword(let word, let start):
      let bytes = ByteString(word).lowercased
      return (max(start, 1)..<max(arguments.count, start, 1)).first {
        $0 < arguments.count && ByteString(arguments[$0]).lowercased == bytes
      }.map { $0 + 1 }
    case .unknown: return nil
    }
  }
}
