import Foundation
import TestSupport
import Testing

/// Files that this server writes are loaded by Redis 7.0 to the same dataset, and the reverse.
@Suite struct FileExchangeTests {
  /// Commands that are logged in other words than they come in, among others.
  private static let commands: [[Word]] = [
    ["SET", "plain", "value"], ["SET", "short", "value", "EX", "1000"],
    ["SETEX", "old", "900", "x"],
    ["SET", "number", "10"], ["INCRBYFLOAT", "number", "1.5"], ["APPEND", "plain", "s"],
    ["GETEX", "short", "PERSIST"], ["EXPIRE", "plain", "5000"], ["SET", "gone", "1"],
    ["EXPIRE", "gone", "-1"], ["GETDEL", "old"], ["RPUSH", "list", "a", "b", "c", "d"],
    ["LMPOP", "2", "none", "list", "RIGHT", "COUNT", "2"], ["BLPOP", "list", "0"],
    ["BLMOVE", "list", "other", "LEFT", "RIGHT", "0"],
    ["SADD", "set", "a", "b", "c", "d", "e", "f"],
    ["SPOP", "set", "3"], ["SPOP", "set"], ["HSET", "hash", "f", "1", "g", "2"],
    ["HINCRBYFLOAT", "hash", "f", "0.1"], ["ZADD", "zset", "1", "a", "2.5", "b", "-0.1", "c"],
    ["ZMPOP", "1", "zset", "MIN"], ["BZPOPMAX", "zset", "0"],
    ["XADD", "stream", "*", "field", "value"],
    ["XADD", "stream", "MAXLEN", "~", "10", "*", "f", "v"],
    ["XGROUP", "CREATE", "stream", "group", "0"],
    ["XREADGROUP", "GROUP", "group", "one", "COUNT", "1", "STREAMS", "stream", ">"],
    ["XREADGROUP", "GROUP", "group", "two", "NOACK", "STREAMS", "stream", ">"],
    ["MULTI"], ["SET", "in", "transaction"], ["INCR", "count"], ["SPOP", "set"], ["EXEC"],
    ["SELECT", "3"], ["MSET", "a", "1", "b", "2"], ["MOVE", "a", "4"], ["COPY", "b", "c"],
    ["SELECT", "0"], ["PFADD", "hll", "a", "b"], ["SETBIT", "bits", "100", "1"],
    ["GEOADD", "geo", "13.36", "38.11", "Palermo"], ["RENAME", "in", "out"],
  ]

  /// Copies what a server has written into the folder of the next one.
  private static func copy(_ source: URL, to folder: URL) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: source.path)
    where name == "dump.rdb" || name == "appendonlydir" {
      try FileManager.default.copyItem(
        at: source.appendingPathComponent(name), to: folder.appendingPathComponent(name))
    }
  }

  private static func start(
    ours: Bool, _ arguments: [String], from folder: URL? = nil
  ) throws -> OracleServer {
    let prepare = { (new: URL) in if let folder { try copy(folder, to: new) } }
    return try ours
      ? OracleServer.ours(arguments: arguments, prepare: prepare)
      : OracleServer(.redis7, arguments: arguments, prepare: prepare)
  }

  @Test(arguments: [true, false], ["yes", "no"])
  func logsAreLoadedByTheOther(ours: Bool, preamble: String) throws {
    let options = ["--appendonly", "yes", "--aof-use-rdb-preamble", preamble]
    let first = try Self.start(ours: ours, options)
    _ = try first.pipeline(Self.commands)
    let digest = try first.debugDigest()
    #expect(digest != String(repeating: "0", count: 40))
    let second = try Self.start(ours: !ours, options, from: first.folder)
    #expect(try second.debugDigest() == digest)
    // And on in the same files.
    try second.command("SET", "more", "1")
    try second.command("BGREWRITEAOF")
    while try second.info("persistence")["aof_rewrite_in_progress"] != "0" { usleep(10_000) }
    #expect(try second.info("persistence")["aof_last_bgrewrite_status"] == "ok")
    try second.command("SET", "after", "the rewrite")
    let third = try Self.start(ours: ours, options, from: second.folder)
    #expect(try third.debugDigest() == second.debugDigest())
    let manifest = third.folder.appendingPathComponent("appendonlydir/appendonly.aof.manifest")
    let check = try Oracle.redisCheckAOF(manifest)
    #expect(check.exitCode == 0, "\(check.outputText)")
  }

  @Test(arguments: [true, false])
  func dumpsAreLoadedByTheOther(ours: Bool) throws {
    let first = try Self.start(ours: ours, [])
    _ = try first.pipeline(Self.commands)
    try first.command("BGSAVE")
    while try first.info("persistence")["rdb_bgsave_in_progress"] != "0" { usleep(10_000) }
    let second = try Self.start(ours: !ours, [], from: first.folder)
    #expect(try second.debugDigest() == first.debugDigest())
    let check = try Oracle.redisCheckRDB(second.folder.appendingPathComponent("dump.rdb"))
    #expect(check.exitCode == 0, "\(check.outputText)")
  }

  @Test func loadingAgainChangesNothing() throws {
    let server = try OracleServer.ours(arguments: ["--appendonly", "yes"])
    _ = try server.pipeline(Self.commands)
    let digest = try server.debugDigest()
    try server.command("DEBUG", "RELOAD")
    #expect(try server.debugDigest() == digest)
    try server.command("DEBUG", "LOADAOF")
    #expect(try server.debugDigest() == digest)
  }

  /// Killed while clients write: what was acknowledged under `always` is there, transactions are whole, and what
  /// is torn is cut off and kept.
  @Test func nothingAcknowledgedIsLost() throws {
    var random = SeededRandom(seed: 31)
    let options = ["--appendonly", "yes", "--appendfsync", "always"]
    for _ in 0..<8 {
      let server = try OracleServer.ours(arguments: options)
      let process = try #require(try server.processIdentifier())
      let delay = UInt32.random(in: 5_000...150_000, using: &random)
      let killer = Thread {
        usleep(delay)
        kill(process, SIGKILL)
      }
      var acknowledged: Int64 = 0
      let client = try RESPClient(unixSocket: server.socket)
      while true {
        let next = Word(acknowledged + 1)
        client.enqueue(["MULTI"])
        client.enqueue(["SET", "one", next])
        client.enqueue(["SET", "other", next])
        client.enqueue(["EXEC"])
        guard let replies = try? client.drain(), replies.count == 4 else { break }
        acknowledged += 1
        if acknowledged == 1 { killer.start() }
      }
      #expect(acknowledged > 0)
      let again = try Self.start(ours: true, options, from: server.folder)
      let (one, other) = (try again.command("GET", "one"), try again.command("GET", "other"))
      #expect(one == other)
      let found = try #require(one.text.flatMap { Int64($0) })
      // The last transaction may have got into the log without a word about it.
      #expect((acknowledged...(acknowledged + 1)).contains(found))
    }
  }

  /// Without a log, a rewrite leaves a base and nothing behind it, and nothing of an earlier log.
  @Test(arguments: ["yes", "no"], [true, false])
  func rewritesWithoutALog(preamble: String, hasLogged: Bool) throws {
    var states: [[String]] = []
    for ours in [true, false] {
      let server = try Self.start(
        ours: ours,
        ["--aof-use-rdb-preamble", preamble, "--appendonly", hasLogged ? "yes" : "no"])
      _ = try server.pipeline(Self.commands)
      if hasLogged { try server.command("CONFIG", "SET", "appendonly", "no") }
      let folder = server.folder.appendingPathComponent("appendonlydir")
      let manifest = folder.appendingPathComponent("appendonly.aof.manifest")
      for number in 1...2 {
        try server.command("BGREWRITEAOF")
        let listing = "file appendonly.aof.\(number + (hasLogged ? 1 : 0)).base"
        let deadline = ContinuousClock.now + .seconds(20)
        // Superfluous files are removed in the background.
        while ContinuousClock.now < deadline {
          let text = (try? String(contentsOf: manifest, encoding: .utf8)) ?? ""
          if text.hasPrefix(listing), !text.contains("type h"),
            try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2
          {
            break
          }
          usleep(10_000)
        }
        states.append(
          try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            + [String(contentsOf: manifest, encoding: .utf8)])
      }
    }
    #expect(states[0] == states[2])
    #expect(states[1] == states[3])
    #expect(states[0].count == 3)
  }

  @Test func librariesAreDumpedAlike() throws {
    let code = "#!lua name=library\nredis.register_function('f', function() return 1 end)"
    let dumps = try [true, false].map { ours in
      let server = try Self.start(ours: ours, [])
      try server.command("FUNCTION", "LOAD", Word(code))
      return try server.command("FUNCTION", "DUMP")
    }
    #expect(dumps[0] == dumps[1])
  }

  /// A save takes the place of a link: the file that it leads to may be evidence.
  @Test(arguments: [true, false])
  func savesReplaceLinksAndNotTheirDestinations(ours: Bool) throws {
    let elsewhere = try TemporaryFolder()
    let evidence = elsewhere.file("evidence.rdb")
    let bytes = try Data(
      contentsOf: Fixtures.folder.appendingPathComponent("rdb/7.0.15-census.rdb"))
    try bytes.write(to: evidence)
    let link = { (folder: URL) throws in
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("dump.rdb"), withDestinationURL: evidence)
    }
    let server =
      try ours ? OracleServer.ours(prepare: link) : OracleServer(.redis7, prepare: link)
    try server.command("SET", "a key that was not there", "1")
    for command in ["SAVE", "BGSAVE"] {
      try server.command(Word(command))
      while try server.info("persistence")["rdb_bgsave_in_progress"] != "0" { usleep(10_000) }
      let dump = server.folder.appendingPathComponent("dump.rdb")
      let attributes = try FileManager.default.attributesOfItem(atPath: dump.path)
      #expect(attributes[.type] as? FileAttributeType == .typeRegular)
      #expect(try Data(contentsOf: evidence) == bytes)
      if command == "SAVE" {
        try FileManager.default.removeItem(at: dump)
        try link(server.folder)
      }
    }
  }
}
