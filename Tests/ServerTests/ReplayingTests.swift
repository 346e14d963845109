import Foundation
import TestSupport
import Testing

/// Looking around in a file with a server, at one moment and at the next.
@Suite struct ReplayingTests {
  private static func log(in folder: URL) throws -> URL {
    let file = folder.appendingPathComponent("log.aof")
    let bytes =
      Array("#TS:1700000000\r\n".utf8)
      + CommandLog.commands(
        ["SELECT", "0"], ["SET", "a", "1"], ["SET", "a", "2", "PXAT", "1700000100000"])
      + Array("#TS:1700000050\r\n".utf8)
      + CommandLog.commands(["MULTI"], ["SET", "b", "1"], ["DEL", "a"], ["EXEC"], ["FLUSHALL"])
    try Data(bytes).write(to: file)
    return file
  }

  private static func status(_ reply: Reply) -> [String: Reply] {
    let facts = reply.array ?? []
    return Dictionary(
      uniqueKeysWithValues: stride(from: 0, to: facts.count - 1, by: 2).map {
        (facts[$0].text ?? "", facts[$0 + 1])
      })
  }

  @Test func goesOnStepByStep() throws {
    let folder = try TemporaryFolder()
    let file = try Self.log(in: folder.url)
    let before = try Data(contentsOf: file)
    let server = try OracleServer.ours(arguments: ["--replay", file.path, "--until", "command:2"])
    #expect(try server.command("GET", "a") == .bulk(Array("1".utf8)))
    let first = Self.status(try server.command("REPLAY", "STATUS"))
    #expect(first["commands"] == .integer(2))
    #expect(first["timestamp"] == .integer(1_700_000_000))
    #expect(first["at-end"] == .integer(0))
    try server.command("REPLAY", "STEP")
    // It is as late as the log tells, and no key expires by today's clock.
    #expect(try server.command("GET", "a") == .bulk(Array("2".utf8)))
    #expect(try server.command("TTL", "a") == .integer(100))
    for words in [["SET", "a", "3"], ["FLUSHALL"], ["LPUSH", "l", "x"]] as [[Word]] {
      #expect(throws: RESPError.self) { try server.command(words) }
    }
    let next = Self.status(try server.command("REPLAY", "NEXT", "b"))
    #expect(next["last"]?.array?.count == 4)
    #expect(try server.command("KEYS", "*") == .array([.bulk(Array("b".utf8))]))
    // FLUSHALL concerns every key, and is the last command: nobody has looked yet whether more follows.
    let last = Self.status(try server.command("REPLAY", "NEXT", "nobody"))
    #expect(last["commands"] == .integer(8))
    try server.command("REPLAY", "TO", "command:2")
    #expect(try server.command("GET", "a") == .bulk(Array("1".utf8)))
    try server.command("REPLAY", "NEXT", "nobody")
    // Nothing is left to look at, which the error says.
    let nowhere = #expect(throws: RESPError.self) {
      try server.command("REPLAY", "NEXT", "nobody")
    }
    #expect(nowhere?.description.contains("the replay is at the end") == true)
    #expect(Self.status(try server.command("REPLAY", "STATUS"))["at-end"] == .integer(1))
    // Back, which means anew.
    try server.command("REPLAY", "TO", "command:2")
    #expect(try server.command("GET", "a") == .bulk(Array("1".utf8)))
    try server.command("REPLAY", "TO", "before:FLUSHALL")
    #expect(try server.command("DBSIZE") == .integer(1))
    let end = Self.status(try server.command("REPLAY", "TO", "end"))
    #expect(end["at-end"] == .integer(1))
    #expect(try server.command("DBSIZE") == .integer(0))
    for words in [["SAVE"], ["BGSAVE"], ["BGREWRITEAOF"], ["DEBUG", "RELOAD"]] as [[Word]] {
      #expect(throws: RESPError.self) { try server.command(words) }
    }
    #expect(throws: RESPError.self) { try server.command("CONFIG", "SET", "appendonly", "yes") }
    server.stop()
    #expect(try Data(contentsOf: file) == before)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(names == ["log.aof"])
  }

  /// What is replayed has happened long ago, and nobody is told of it.
  @Test func aReplayPublishesNothing() throws {
    let folder = try TemporaryFolder()
    let file = try Self.log(in: folder.url)
    let server = try OracleServer.ours(
      arguments: [
        "--replay", file.path, "--until", "command:2", "--notify-keyspace-events", "KEAnm",
      ])
    let listener = try server.connect()
    listener.setPatience(.seconds(20))
    try listener.command(["PSUBSCRIBE", "*"])
    try server.command("REPLAY", "STEP")
    try server.command("REPLAY", "TO", "end")
    try server.command("REPLAY", "TO", "before:FLUSHALL")
    try server.command("PING")
    try server.command("PUBLISH", "end", "")
    #expect(try listener.next().array?[2].text == "end")
  }

  @Test func aForkIsInMemoryAlone() throws {
    let folder = try TemporaryFolder()
    let file = try Self.log(in: folder.url)
    let before = try Data(contentsOf: file)
    let server = try OracleServer.ours(
      arguments: ["--replay", file.path, "--fork-at", "before:FLUSHALL"])
    try server.command("REPLAY", "STATUS")
    try server.command("SET", "own", "1")
    #expect(try server.command("DBSIZE") == .integer(2))
    #expect(Self.status(try server.command("REPLAY", "STATUS"))["forked"] == .integer(1))
    #expect(throws: RESPError.self) { try server.command("REPLAY", "STEP") }
    server.stop()
    #expect(try Data(contentsOf: file) == before)
  }

  /// Dumps and logs of all releases, plain and compressed, open.
  @Test(arguments: [
    "rdb/7.4.1-hfesmall.rdb", "aof/2.4.18-cmds.aof", "aof/7.0.15-cmds.appendonlydir",
  ])
  func opens(_ name: String) throws {
    let path = Fixtures.folder.appendingPathComponent(name).path
    let server = try OracleServer.ours(arguments: ["--replay", path])
    let status = Self.status(try server.command("REPLAY", "STATUS"))
    #expect(status["at-end"] == .integer(1))
    #expect(status["failure"] == .null)
    #expect((status["keys"]?.integer ?? 0) > 0)
  }

  @Test func whatCannotBeReplayedEndsIt() throws {
    let folder = try TemporaryFolder()
    let none = try Run.built(
      "replay-server",
      [
        "--port", "0", "--unixsocket", folder.file("socket").path, "--replay", "/nowhere/log.aof",
      ])
    #expect(none.exitCode == 66)
    #expect(none.errorText.contains("/nowhere/log.aof"))
    for words in [
      ["--until", "end"], ["--replay", "x", "--until", "nonsense"],
      ["--replay", "x", "--until", "end", "--fork-at", "end"],
    ] {
      let run = try Run.built("replay-server", ["--port", "0"] + words)
      #expect(run.exitCode == 64)
      #expect(run.errorText.hasPrefix("replay-server: "))
    }
  }

  private static func reply(_ client: RESPClient, _ words: [Word]) throws -> Reply {
    client.enqueue(words)
    return try client.drain()[0]
  }

  /// A long way does not keep others from an answer.
  @Test func othersAreToldThatTheReplayGoesOn() throws {
    let folder = try TemporaryFolder()
    let count = 100_000
    let bytes =
      CommandLog.command(["SELECT", "0"])
      + (0..<count).flatMap { CommandLog.command(["SET", Word("key:\($0)"), "value"]) }
    let file = try folder.write("log.aof", bytes)
    let server = try OracleServer.ours(arguments: ["--replay", file.path, "--until", "command:2"])
    let other = try server.connect()
    other.setPatience(.seconds(60))
    let mover = try server.connect()
    mover.setPatience(.seconds(60))
    mover.enqueue(["REPLAY", "TO", "end"])
    // It waits for its turn.
    mover.enqueue(["DBSIZE"])
    try mover.sendEnqueued()
    var refusals = 0
    var answer = Reply.null
    var deadline = ContinuousClock.now + .seconds(60)
    while answer != .integer(Int64(count)), ContinuousClock.now < deadline {
      answer = try Self.reply(other, ["DBSIZE"])
      // Before it has begun, there is one key.
      guard case .error(let message) = answer else { continue }
      #expect(message.hasPrefix("LOADING"))
      refusals += 1
      if refusals == 1 {
        for word in ["STATUS", "STEP"] as [Word] {
          let reply = try Self.reply(other, ["REPLAY", word])
          guard case .error(let text) = reply else { continue }
          #expect(text.hasPrefix("LOADING"))
        }
      }
    }
    #expect(refusals > 0)
    let replies = try (0..<2).map { _ in try mover.next() }
    #expect(Self.status(replies[0])["commands"] == .integer(Int64(count + 1)))
    #expect(replies[1] == .integer(Int64(count)))
    #expect(try server.command("GET", "key:77777").text == "value")
    // A client that has gone meanwhile is not missed.
    do {
      let leaving = try server.connect()
      leaving.enqueue(["REPLAY", "TO", "command:2"])
      try leaving.sendEnqueued()
    }
    deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline, try Self.reply(other, ["DBSIZE"]) != .integer(1) {}
    #expect(try Self.reply(other, ["DBSIZE"]) == .integer(1))
  }
}
