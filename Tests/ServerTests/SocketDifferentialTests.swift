import Foundation
import TestSupport
import Testing

/// Random commands for Redis 7.0 and for our server, over sockets.
@Suite struct SocketConformanceTests {
  /// All families, and one of everything.
  static let families =
    CommandFamily.all + [
      CommandFamily(
        "everything", seed: 111, CommandGenerator.strings, CommandGenerator.keys,
        CommandGenerator.lists, CommandGenerator.sets, CommandGenerator.hashs,
        CommandGenerator.sortedSets, CommandGenerator.streams, CommandGenerator.geos,
        CommandGenerator.bits, CommandGenerator.hyperLogLogs)
    ]

  @Test(arguments: families)
  func repliesAndFiles(_ family: CommandFamily) throws {
    let differential = try SocketDifferential()
    // PFADD to a HyperLogLog that is damaged counts what it can and is refused, of which no server logs anything.
    let unsent: Set<String> =
      ["bits", "everything"].contains(family.description) ? ["SETRANGE"] : []
    var generator = family.generator(3)
    for _ in 0..<4 {
      try differential.run(&generator, commands: 1500, besides: unsent)
      try differential.compareDigests()
    }
    #expect(differential.compared >= 6000)
    #expect(differential.executed > 50)
    #expect(differential.dirty > 5)
    try differential.exchangeFiles()
  }

  // MARK: Waiting

  /// A command that waits for keys that others write to.
  private static let waiting: [CommandGenerator.Maker] = [
    { ["BLPOP", $0.key("list"), $0.key("list"), "0"] },
    { ["BRPOP", $0.key("list"), "0"] },
    { ["BLMOVE", $0.key("list"), $0.key("list"), "LEFT", $0.pick(["LEFT", "RIGHT"]), "0"] },
    { ["BRPOPLPUSH", $0.key("list"), $0.key("list"), "0"] },
    { ["BLMPOP", "0", "2", $0.key("list"), $0.key("list"), "RIGHT", "COUNT", "3"] },
    { ["BZPOPMIN", $0.key("zset"), $0.key("zset"), "0"] },
    { ["BZPOPMAX", $0.key("zset"), "0"] },
    { ["BZMPOP", "0", "2", $0.key("zset"), $0.key("zset"), "MAX", "COUNT", "2"] },
    { ["XREAD", "BLOCK", "0", "STREAMS", $0.key("stream"), $0.key("stream"), "$", "$"] },
    { ["XREADGROUP", "GROUP", "g0", "c0", "BLOCK", "0", "STREAMS", $0.key("stream"), ">"] },
  ]

  /// Clients that wait are served in the same order and with the same replies while somebody writes, in
  /// transactions and outside of them.
  @Test(arguments: 1...4)
  func waitingClients(_ seed: Int) throws {
    let differential = try SocketDifferential()
    var generator = CommandGenerator(
      seed: UInt64(seed), [CommandGenerator.lists, CommandGenerator.sortedSets])
    var waiters = CommandGenerator(seed: UInt64(100 + seed), [Self.waiting])
    var served = 0
    for _ in 0..<40 {
      // Most keys are gone, so that there is something to wait for; groups are there.
      try differential.check(Self.clearing)
      let commands = (0..<8).map { _ in waiters.next() }
      let own = try commands.map { try Waiter($0, at: differential.ours) }
      let others = try commands.map { try Waiter($0, at: differential.real) }
      try differential.run(&generator, commands: 30, besides: ["SPOP"])
      try differential.check((0...7).map { ["XADD", "stream:\($0)", "1-\($0 + 1)", "a", "b"] })
      for (one, other) in zip(own, others) {
        let (found, expected) = (try one.finish(), try other.finish())
        if case .array = expected { served += 1 }
        guard found != expected else { continue }
        Issue.record(
          "\(ByteText.command(one.words)): \(ReplyText.difference(found, expected))")
      }
      guard differential.differences == 0 else { break }
    }
    #expect(served > 40)
    try differential.compareDigests()
  }

  private static let clearing: [[Word]] =
    (0...7).flatMap { number -> [[Word]] in
      [
        ["DEL", "list:\(number)", "zset:\(number)", "stream:\(number)"],
        ["XGROUP", "CREATE", "stream:\(number)", "g0", "0", "MKSTREAM"],
      ]
    }

  /// A client that has sent a command that may wait.
  private final class Waiter {
    let words: [Word]
    private let client: RESPClient
    private let identifier: Word
    private let server: OracleServer

    /// Returns when the server has begun with the command.
    init(_ words: [Word], at server: OracleServer) throws {
      self.words = words
      self.server = server
      client = try server.connect()
      client.setPatience(.seconds(20))
      identifier = Word(try client.command(["CLIENT", "ID"]).integer ?? 0)
      client.enqueue(words)
      try client.sendEnqueued()
      // When the first one is answered, the command has come; when the second one is, it has been run.
      for _ in 0...1 { try server.command("PING") }
    }

    /// The reply: null when nothing has come.
    func finish() throws -> Reply {
      try server.command("CLIENT", "UNBLOCK", identifier)
      return try client.drain()[0]
    }
  }
}
