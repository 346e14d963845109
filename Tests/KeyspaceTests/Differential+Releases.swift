import TestSupport

extension Differential {
  /// Whether nothing is left to compare of a command: it was refused, and counted as such; its reply is a
  /// release's own; or it has been run here for its effect alone.
  func isNotLogged(_ words: [Word], _ name: String, _ expected: Reply) -> Bool {
    if case .error = expected {
      refused += 1
      return true
    }
    switch name {
    // They tell of encodings and counters.
    case "XINFO", "OBJECT": return true
    // A refused command may have met a key that had expired, which is then gone in the server only.
    case "DBSIZE", "RANDOMKEY": return true
    // Redis 6.2 takes a negative count as none.
    case "ZPOPMIN", "ZPOPMAX": return expected == .array([])
    // Valkey counts from the end by a negative offset.
    case "ZRANGEBYLEX", "ZREVRANGEBYLEX", "ZRANGE":
      let limit = words.indices.dropLast(2).first { isWord(words[$0], "LIMIT") }
      return server.oracle == .valkey9 && limit.map { isNegative(words[$0 + 1]) } ?? false
    // Valkey has an ID for the last entry.
    case "XREAD", "XREADGROUP":
      return server.oracle == .valkey9 && words.contains { isWord($0, "+") }
    // Consumers that some commands of Valkey make, though they come to nothing.
    case "XGROUP" where server.oracle == .valkey9 && isWord(words[1], "CREATECONSUMER"):
      _ = runner.run(words)
      return true
    // Valkey takes a cursor with a space in front.
    case "SSCAN", "HSCAN", "ZSCAN": return words[2].bytes.first == UInt8(ascii: " ")
    default: return false
    }
  }

  private func isWord(_ word: Word, _ name: String) -> Bool {
    String(decoding: word.bytes, as: UTF8.self).uppercased() == name
  }

  private func isNegative(_ word: Word) -> Bool { word.bytes.first == UInt8(ascii: "-") }

  /// Runs what the server's log has beside a command.
  func runLogged(besides words: [Word], _ name: String) {
    // Redis 7.2 and later make the consumer also where there is nothing to claim for it.
    if server.oracle == .valkey9, name == "XCLAIM" || name == "XAUTOCLAIM" {
      _ = runner.run("XGROUP", "CREATECONSUMER", words[1], words[2], words[3])
    }
  }
}
