internal import Persistence

// Effects of commands on fields of hashes and their lifetimes.
extension Keyspace {
  static let fieldEffects: [(String, EffectHandler)] = [
    ("hexpire", { (k, a, _) in k.fieldEffect(a, step: 1) }),
    ("hpexpire", { (k, a, _) in k.fieldEffect(a, step: 1) }),
    ("hexpireat", { (k, a, _) in k.fieldEffect(a, step: 1) }),
    ("hpexpireat", { (k, a, _) in k.fieldEffect(a, step: 1) }),
    ("hgetex", { (k, a, _) in k.fieldEffect(a, step: 1) }),
    ("hsetex", { (k, a, _) in k.fieldEffect(a, step: 2) }),
    ("hgetdel", { (_, a, _) in .commands([["HDEL", a.word(1)] + a.words(from: 4)]) }),
  ]

  /// - `step`: 2 when values follow the fields, and have been set.
  private func fieldEffect(_ arguments: Arguments, step: Int) -> LogEffect {
    var first = 2
    while first < arguments.count, !arguments.isWord("FIELDS", at: first) { first += 1 }
    first += 2
    guard first < arguments.count else { return .verbatim }
    let key = arguments.word(1)
    guard case .hash(let hash) = storedEntry(arguments[1])?.value else {
      return .commands([["DEL", key]])
    }
    var commands: [[ByteString]] = []
    for index in stride(from: first, to: arguments.count, by: step) {
      let field = arguments.word(index)
      guard hash.content.contains(arguments[index]) else {
        commands.append(["HDEL", key, field])
        continue
      }
      if step == 2 { commands.append(["HSET", key, field, arguments.word(index + 1)]) }
      if let time = hash.expiry(of: arguments[index]) {
        commands.append(["HPEXPIREAT", key, ByteString(decimal: time), "FIELDS", "1", field])
      } else if step == 1 {
        commands.append(["HPERSIST", key, "FIELDS", "1", field])
      }
    }
    return .commands(commands)
  }
}
