import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// Random commands for a server that logs them: the log is replayed to what the server makes of it.
@Suite struct LogConformanceTests {
  @Test(arguments: Oracle.allCases, CommandFamily.all)
  func logsAreReplayed(_ oracle: Oracle, _ family: CommandFamily) throws {
    let server = try OracleServer(
      oracle, arguments: ["--appendonly", "yes", "--appendfsync", "no"])
    // Keys expire when a command meets them, and not in between.
    try server.command("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    var generator = family.generator(1)
    for _ in 0..<20 {
      try server.pipeline((0..<500).map { _ in generator.next(besides: Differential.waiting) })
    }
    // A log does not tell everything: of some consumers, nothing.
    try server.command("DEBUG", "LOADAOF")
    let log = server.folder.appendingPathComponent(
      oracle == .redis62 ? "appendonly.aof" : "appendonlydir")
    var replay = Replay()
    replay.jobs = 2
    replay.writer = oracle.release
    replay.now = Int64(Date().timeIntervalSince1970 * 1000)
    var runner = KeyspaceRunner()
    let outcome = replay.run(FilePath(log.path), into: &runner.keyspace)
    #expect(outcome.failure == nil && outcome.tail == nil, "\(outcome.failure as Any)")
    #expect(outcome.commands > 1000)
    runner.keyspace.clock = .running(now: Int64(Date().timeIntervalSince1970 * 1000))
    for database in 0..<4 {
      try server.command("SELECT", Word(database))
      _ = runner.run("SELECT", Word(database))
      // The server removes what is over.
      for key in try server.command("KEYS", "*").array ?? [] {
        try Self.compare(Word(try #require(key.bytes)), server, &runner)
      }
    }
    runner.keyspace.removeExpired()
    let style = DigestStyle(try #require(oracle.release))
    #expect(try server.debugDigest() == runner.keyspace.digest(style).description)
  }

  /// Compares what the digest does not tell: when a key expires, and which entries of streams are pending.
  private static func compare(
    _ key: Word, _ server: OracleServer, _ runner: inout KeyspaceRunner
  ) throws {
    var questions: [[Word]] = [["PTTL", key]]
    if try server.command("TYPE", key).text == "stream" {
      for group in try server.command("XINFO", "GROUPS", key).array ?? [] {
        let name = Word(try #require(group.array?[1].bytes))
        questions += [["XPENDING", key, name], ["XPENDING", key, name, "-", "+", "100000"]]
        let consumers = try server.command("XINFO", "CONSUMERS", key, name)
        #expect(facts(runner.run("XINFO", "CONSUMERS", key, name), 4) == facts(consumers, 4))
      }
      let groups = try server.command("XINFO", "GROUPS", key)
      #expect(facts(runner.run("XINFO", "GROUPS", key), 8) == facts(groups, 8))
    }
    for words in questions {
      let (found, expected) = (runner.run(words), try server.command(words))
      let rule = ReplyRule.rule(String(decoding: words[0].bytes, as: UTF8.self))
      #expect(
        rule.accepts(found, expected),
        "\(words.map { ByteText($0.bytes) }): \(ReplyText.difference(found, expected))")
    }
  }

  /// The first facts of each element of a reply, in any order: what all releases tell.
  private static func facts(_ reply: Reply, _ count: Int) -> Set<String> {
    Set((reply.array ?? [reply]).map { "\(($0.array ?? []).prefix(count))" })
  }
}
