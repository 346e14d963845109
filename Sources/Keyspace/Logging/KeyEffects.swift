internal import Persistence

// Effects of commands on strings and on lifetimes of keys.
extension Keyspace {
  static let keyEffects: [(String, EffectHandler)] = [
    ("set", { (k, a, _) in a.count == 3 ? .verbatim : k.setEffect(a, value: a.word(2)) }),
    ("setex", { (k, a, _) in k.setEffect(a, value: a.word(3)) }),
    ("psetex", { (k, a, _) in k.setEffect(a, value: a.word(3)) }),
    ("incrbyfloat", { (k, a, _) in k.incrementEffect(a) }),
    ("getex", { (k, a, _) in k.lifetimeEffect(a) }),
    ("getdel", { (_, a, _) in .commands([["DEL", a.word(1)]]) }),
    ("delifeq", { (_, a, _) in .commands([["DEL", a.word(1)]]) }),
    ("msetex", { (k, a, _) in k.msetexEffect(a) }),
    ("restore", { (k, a, _) in k.restoreEffect(a) }),
    ("restore-asking", { (k, a, _) in k.restoreEffect(a) }),
    ("expire", { (k, a, _) in k.lifetimeEffect(a) }),
    ("pexpire", { (k, a, _) in k.lifetimeEffect(a) }),
    ("expireat", { (k, a, _) in k.lifetimeEffect(a) }),
    ("pexpireat", { (k, a, _) in k.lifetimeEffect(a) }),
  ]

  /// The entry of a key, also of one that has expired.
  func storedEntry(_ key: RawSpan) -> Entry? {
    databases[selected].find(key).map { databases[selected][$0] }
  }

  private func setEffect(_ arguments: Arguments, value: ByteString) -> LogEffect {
    .commands([set(arguments[1], to: value)])
  }

  private func set(_ key: RawSpan, to value: ByteString) -> [ByteString] {
    let command: [ByteString] = ["SET", ByteString(key), value]
    guard let entry = storedEntry(key), entry.hasExpiry else { return command }
    return command + ["PXAT", ByteString(decimal: entry.expiresAt)]
  }

  private func incrementEffect(_ arguments: Arguments) -> LogEffect {
    guard let value = try? storedEntry(arguments[1])?.string() else { return .verbatim }
    return .commands([set(arguments[1], to: ByteString(value))])
  }

  private func lifetimeEffect(_ arguments: Arguments) -> LogEffect {
    let key = arguments.word(1)
    guard let entry = storedEntry(arguments[1]) else { return .commands([["DEL", key]]) }
    guard entry.hasExpiry else { return .commands([["PERSIST", key]]) }
    return .commands([["PEXPIREAT", key, ByteString(decimal: entry.expiresAt)]])
  }

  private func msetexEffect(_ arguments: Arguments) -> LogEffect {
    guard let count = NumberText.unsigned(arguments[1]) else { return .verbatim }
    return .commands(
      stride(from: 2, to: 2 + 2 * Int(clamping: count), by: 2).map { index in
        set(arguments[index], to: arguments.word(index + 1))
      })
  }

  private func restoreEffect(_ arguments: Arguments) -> LogEffect {
    guard let entry = storedEntry(arguments[1]) else {
      return .commands([["DEL", arguments.word(1)]])
    }
    guard entry.hasExpiry else { return .verbatim }
    var words = arguments.words(from: 0)
    words[2] = ByteString(decimal: entry.expiresAt)
    var isAbsolute = false
    for index in 4..<max(arguments.count, 4) where arguments.isWord("ABSTTL", at: index) {
      isAbsolute = true
    }
    return .commands([isAbsolute ? words : words + ["ABSTTL"]])
  }
}
