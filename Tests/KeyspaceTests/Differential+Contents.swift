import Keyspace
import Persistence
import TestSupport
import Testing

extension Differential {
  /// Compares the digests of all databases.
  func compareDigests() throws {
    // KEYS has the server remove what is over.
    for number in 0...3 { try server.pipeline([["SELECT", Word(number)], ["KEYS", "*"]]) }
    try server.command("SELECT", Word(runner.keyspace.selected))
    runner.keyspace.removeExpired()
    let style = DigestStyle(try #require(server.oracle.release))
    let digest = runner.keyspace.digest(style).description
    #expect(try server.debugDigest() == digest, "the digests after \(compared) commands")
    let keys = (try server.command("KEYS", "*").array ?? []).compactMap(\.bytes)
    guard !keys.isEmpty else { return }
    let wanted = try server.command(["DEBUG", "DIGEST-VALUE"] + keys.map { Word($0) })
    let found = keys.map { runner.keyspace.valueDigest(ByteString($0), style)?.description }
    #expect(wanted.array?.map(\.text) == found, "of values after \(compared) commands")
  }

  /// Compares what all keys of the selected database hold.
  func compareContents() throws {
    let names = try server.command("KEYS", "*").array ?? []
    let found = runner.run("KEYS", "*")
    #expect(ReplyRule.unordered.accepts(found, .array(names)), "keys after \(compared) commands")
    for name in names {
      guard let key = name.bytes.map({ Word($0) }) else { continue }
      let type = try server.command("TYPE", key).text ?? ""
      let command: [Word]
      switch type {
      case "string": command = ["GET", key]
      case "hash": command = ["HGETALL", key]
      case "set": command = ["SMEMBERS", key]
      case "list": command = ["LRANGE", key, "0", "-1"]
      case "zset": command = ["ZRANGE", key, "0", "-1", "WITHSCORES"]
      case "stream": command = ["XRANGE", key, "-", "+"]
      default: continue
      }
      let expected = try server.command(command)
      let rule = ReplyRule.rule(String(decoding: command[0].bytes, as: UTF8.self))
      #expect(
        accepts(rule, runner.run(command), expected),
        "\(ByteText(key.bytes)) after \(compared) commands")
    }
  }
}
