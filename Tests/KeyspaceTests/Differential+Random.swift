import TestSupport

extension Differential {
  /// After a command with a random effect, gives the keyspace what the server's log would tell of it.
  func repair(_ words: [Word], _ name: String, _ found: Reply, _ expected: Reply) {
    switch name {
    case "SPOP":
      let own = Self.members(found)
      let wanted = Self.members(expected)
      guard !own.isEmpty, own.count == wanted.count else { return }
      _ = runner.run(["SADD", words[1]] + own)
      _ = runner.run(["SREM", words[1]] + wanted)
    default: break
    }
  }

  /// The members that a reply tells; none for an error.
  private static func members(_ reply: Reply) -> [Word] {
    if case .error = reply { return [] }
    return (reply.array ?? [reply]).compactMap(\.bytes).map { Word($0) }
  }
}
