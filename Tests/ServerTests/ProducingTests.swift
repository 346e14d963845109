import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// DEBUG PRODUCE: files of every release and layout.
@Suite struct ProducingTests {
  /// Values of every type and encoding that the oldest files hold, in two databases.
  static let plain: [[Word]] =
    [
      ["SET", "text", "value"], ["SET", "number", "12345"], ["SET", "", "empty key"],
      ["SET", "bytes", [0xFF, 0x00, 0x0D, 0x0A]],
      ["SET", "long", Word(String(repeating: "ab", count: 500))],
      ["SET", "expires", "later", "EXAT", "2000000000"],
      ["RPUSH", "list", "a", "2", "c"], ["SADD", "ints", "1", "2", "70000"],
      ["SADD", "set", "a", "b", "3"], ["ZADD", "zset", "1", "a", "2.5", "b", "-1e20", "c"],
      ["HSET", "hash", "f", "1", "g", "two"], ["SELECT", "3"], ["SET", "other", "database"],
    ]
    + (0..<300).map { ["RPUSH", "long list", "element \($0)"] }
    + (0..<200).map { ["HSET", "table", "field \($0)", Word(String(repeating: "x", count: 70))] }
    + (0..<200).map { ["ZADD", "tree", "\($0).25", "member \($0)"] }
    + (0..<600).map { ["SADD", "many", "\($0)", "m\($0)"] } + [["SELECT", "0"]]
  static let streams: [[Word]] = [
    ["XADD", "stream", "1-1", "f", "v"], ["XADD", "stream", "2-0", "f", "v", "g", "w"],
    ["XDEL", "stream", "1-1"], ["XGROUP", "CREATE", "stream", "group", "0"],
    ["XREADGROUP", "GROUP", "group", "one", "COUNT", "1", "STREAMS", "stream", ">"],
  ]

  static func start(_ arguments: [String] = [], streams: Bool = true) throws -> OracleServer {
    let server = try OracleServer.ours(arguments: arguments)
    for reply in try server.pipeline(plain + (streams ? Self.streams : [])) {
      if case .error(let message) = reply { Issue.record("\(message)") }
    }
    return server
  }

  private static func release(_ name: String) throws -> RDBTarget {
    try #require(RDBTarget(named: name))
  }

  /// What a layout of a release is asked for with, and how a server is started with what comes of it.
  struct Form: Sendable, CustomStringConvertible {
    var layout: String
    var words: [String] = []
    var description: String { ([layout] + words).joined(separator: " ") }

    static let dump = Form(layout: "rdb")
    static let bare = Form(layout: "rdb", words: ["NOCOMPRESSION", "NOCHECKSUM"])
    static let log = Form(layout: "aof")
    static let preamble = Form(layout: "preamble")
    static let preambleAndMore = Form(layout: "preamble", words: ["TAIL", "5"])
    static let folder = Form(layout: "multi-part")
    static let folderAndMore = Form(layout: "multi-part", words: ["TAIL", "5"])
    static let folderOfCommands = Form(layout: "multi-part", words: ["BASE", "aof", "TAIL", "2"])

    /// Those of a release.
    static func all(_ target: RDBTarget) -> [Form] {
      switch target.version {
      case ..<8: [dump, bare, log]
      case ..<10: [dump, bare, log, preamble, preambleAndMore]
      default: [dump, bare, log, folder, folderAndMore, folderOfCommands]
      }
    }

    /// Where a server looks for it.
    var place: String {
      layout == "rdb" ? "dump.rdb" : layout == "multi-part" ? "appendonlydir" : "appendonly.aof"
    }
  }

  // MARK: Every release

  /// What is produced is sound, and is the dataset: by our own reading.
  @Test(arguments: RDBTarget.all.map(\.name))
  func everyReleaseIsReadBack(_ name: String) throws {
    let target = try Self.release(name)
    let server = try Self.start(streams: target.version >= 9)
    let digest = try server.debugDigest()
    for (number, form) in Form.all(target).enumerated() {
      let words: [Word] = ["out\(number)", "TARGET", Word(name), "AS", Word(form.layout)]
      let reply = try server.command(["DEBUG", "PRODUCE"] + words + form.words.map { Word($0) })
      #expect(reply.array?.count == 12)
      let file = server.folder.appendingPathComponent("out\(number)")
      var keyspace = Keyspace()
      let outcome = Replay().run(FilePath(file.path), into: &keyspace)
      #expect(outcome.failure == nil && outcome.problems.isEmpty, "\(form)")
      #expect(keyspace.digest().description == digest, "\(form)")
      let tool = form.layout == "rdb" ? "check-rdb" : "check-aof"
      let check = try Run.built(tool, ["--json", file.path])
      #expect(check.exitCode == 0, "\(form): \(check.outputText)")
      #expect(check.outputText.contains("\"status\":\"ok\""), "\(form): \(check.outputText)")
    }
    #expect(try server.command("EXISTS", "text") == .integer(1))
  }

  /// Real servers load what is written for them, and what is written for those before.
  @Test(arguments: Oracle.allCases)
  func realServersLoadTheirLayouts(_ oracle: Oracle) throws {
    let own = try #require(oracle.release)
    let server = try Self.start()
    for (number, form) in Form.all(own).enumerated() {
      try load(form, own, by: oracle, from: server, "own\(number)")
    }
    try server.command("DEL", "stream")
    for (number, name) in ["redis-2.2", "redis-2.4", "redis-3.2", "redis-4.0"].enumerated() {
      let target = try Self.release(name)
      for (index, form) in Form.all(target).enumerated() {
        try load(form, target, by: oracle, from: server, "older\(number)-\(index)")
      }
    }
  }

  private func load(
    _ form: Form, _ target: RDBTarget, by oracle: Oracle, from server: OracleServer, _ name: String
  ) throws {
    let words: [Word] = [Word(name), "TARGET", Word(target.name), "AS", Word(form.layout)]
    try server.command(["DEBUG", "PRODUCE"] + words + form.words.map { Word($0) })
    let file = server.folder.appendingPathComponent(name)
    var keyspace = Keyspace()
    _ = Replay().run(FilePath(file.path), into: &keyspace)
    #expect(try keyspace.digest().description == server.debugDigest())
    let real = try OracleServer(
      oracle, arguments: form.layout == "rdb" ? [] : ["--appendonly", "yes"]
    ) { folder in
      try FileManager.default.copyItem(at: file, to: folder.appendingPathComponent(form.place))
    }
    let style = DigestStyle(try #require(oracle.release))
    #expect(
      try real.debugDigest() == keyspace.digest(style).description, "\(oracle) \(target) \(form)")
  }

  // MARK: What is told

  @Test func theReplyTellsWhatWasWritten() throws {
    let server = try Self.start()
    let keys = try server.info("keyspace").values.reduce(0) { sum, text in
      sum + (text.firstMatch(of: /keys=(\d+)/).flatMap { Int64($0.1) } ?? 0)
    }
    let facts = try server.produce("folder", "AS", "multi-part", "TAIL", "3")
    #expect(facts["keys"] == .integer(keys))
    #expect(facts["losses"] == .integer(0))
    #expect(facts["labels"] == .array([]))
    let files = try #require(facts["files"]?.array)
    #expect(
      files.map { $0.array?.first?.text } == [
        "appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof", "appendonly.aof.manifest",
      ])
    for file in files {
      let name = try #require(file.array?.first?.text)
      #expect(file.array?[1] == .integer(Int64(try server.bytes("folder/\(name)").count)))
    }
    #expect(
      try server.bytes("folder/appendonly.aof.1.incr.aof").starts(with: "*2\r\n$6\r\nSELECT".utf8))
    let names = try FileManager.default.contentsOfDirectory(atPath: server.folder.path)
    #expect(names.allSatisfy { !$0.hasPrefix(".") }, "\(names)")
  }

  /// The same dataset at the same time gives the same bytes.
  @Test func filesCanBeMadeAgain() throws {
    let server = try Self.start()
    for name in ["a", "b"] { try server.produce(Word(name), "CTIME", "1700000000") }
    #expect(try server.bytes("a") == server.bytes("b"))
  }

  @Test func lossesAreRefusedUnlessTheyAreWanted() throws {
    let server = try Self.start()
    let refusal = try server.refusal("DEBUG", "PRODUCE", "old.rdb", "TARGET", "redis-4.0")
    #expect(refusal?.contains("DROP-UNSUPPORTED") == true, "\(refusal ?? "")")
    #expect(!FileManager.default.fileExists(atPath: server.folder.path + "/old.rdb"))
    let facts = try server.produce("old.rdb", "TARGET", "redis-4.0", "DROP-UNSUPPORTED")
    #expect(facts["left-out"] == .integer(1))
    #expect((facts["losses"]?.integer ?? 0) >= 1)
  }

  @Test(
    arguments: [
      (["p", "TARGET", "redis-6.2", "AS", "multi-part"], "one file"),
      (["p", "TARGET", "redis-3.2", "AS", "preamble"], "no log that begins with an RDB"),
      (["p", "TARGET", "redis-7.0", "AS", "preamble"], "several files"),
      (["p", "TARGET", "redis-9"], "TARGET takes one of"), (["p", "AS", "zip"], "AS takes one of"),
      (["p", "TARGET"], "TARGET takes a value"), (["p", "WHAT"], "no option 'WHAT'"),
      (["p", "TAIL", "3"], "TAIL goes with"), (["p", "TAIL", "-1"], "a number of 0 or more"),
      (["p", "IN", "base", "TORN", "1"], "AS multi-part"), (["p", "BASE", "aof"], "AS multi-part"),
      (["p", "AS", "multi-part", "IN", "base"], "IN goes with"),
      (["p", "TORN", "x"], "TORN takes"), (["p", "TORN", "99999999"], "no such place"),
      (["p", "TORN", "18446744073709551616"], "TORN takes"), (["p", "FLIP", "1.8"], "FLIP takes"),
      (["p", "FLIP", "-1.1.1"], "FLIP takes"), (["p", "FLIP", "-0"], "no such place"),
      (["p", "FLIP", "5", "FLIP", "5.0"], "turned twice"), (["p", "SEED", "-1"], "SEED takes"),
      (["p", "RANDOM-FLIPS", "100000"], "at most"),
      (["p", "TORN", "1", "TORN", "2"], "once"), (["", "TORN", "1"], "no name"),
      ([".."], "no name"), (["sub/file"], "no such folder"), (["dump.rdb"], "file of the server"),
      (["appendonlydir/x"], "no such folder"), (["appendonlydir"], "file of the server"),
      (["appendonly.aof"], "file of the server"), (["/tmp/x"], "enable-protected-configs"),
      (["../x"], "enable-protected-configs"), (["socket"], "something already"),
    ] as [([String], String)])
  func refused(_ words: [String], _ reason: String) throws {
    let server = try OracleServer.ours()
    try server.command("SET", "key", "value")
    let before = try FileManager.default.contentsOfDirectory(atPath: server.folder.path)
    do {
      try server.command(["DEBUG", "PRODUCE"] + words.map { Word($0) })
      Issue.record("\(words) is done")
    } catch RESPError.refused(let message, _) {
      #expect(message.hasPrefix("ERR ") && message.contains(reason), "\(message)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: server.folder.path) == before)
  }

  @Test func nothingIsReplaced() throws {
    let server = try OracleServer.ours()
    try server.produce("file")
    #expect(try server.refusal("DEBUG", "PRODUCE", "file")?.contains("already") == true)
    try server.produce("broken", "TORN", "-1")
    try FileManager.default.removeItem(atPath: server.folder.path + "/broken")
    // The label that is left is of another file.
    #expect(try server.refusal("DEBUG", "PRODUCE", "broken")?.contains("already") == true)
  }

  @Test func functionsGoAlong() throws {
    let server = try OracleServer.ours()
    let code = "#!lua name=lib\nredis.register_function('f', function() return 7 end)"
    try server.command("FUNCTION", "LOAD", Word(code))
    try server.command("SET", "key", "value")
    #expect(try server.produce("a", "TARGET", "redis-7.0")["losses"] == .integer(0))
    let facts = try server.produce("b", "TARGET", "redis-6.2", "DROP-UNSUPPORTED")
    #expect(facts["left-out"] == .integer(1) && facts["keys"] == .integer(1))
    let real = try OracleServer(.redis7) { folder in
      try FileManager.default.copyItem(
        at: server.folder.appendingPathComponent("a"),
        to: folder.appendingPathComponent("dump.rdb"))
    }
    #expect(try real.command("FCALL", "f", "0") == .integer(7))
  }

  /// A link in the server's folder leads nowhere else, and the log's folder is the log's under any name.
  @Test func linksAreFollowed() throws {
    let outside = try TemporaryFolder()
    let server = try OracleServer.ours(arguments: ["--appendonly", "yes"]) { folder in
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("link"), withDestinationURL: outside.url)
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("alias"),
        withDestinationURL: folder.appendingPathComponent("appendonlydir"))
    }
    let refusal = try server.refusal("DEBUG", "PRODUCE", "link/file")
    #expect(refusal?.contains("enable-protected-configs") == true, "\(refusal ?? "")")
    let other = try server.refusal("DEBUG", "PRODUCE", "alias/file")
    #expect(other?.contains("file of the server") == true, "\(other ?? "")")
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside.url.path).isEmpty)
  }

  /// A client that has been let go, or is gone, is not told what came of it.
  @Test func whoDoesNotWaitIsNotTold() throws {
    let server = try OracleServer.ours()
    _ = try server.pipeline((0..<20_000).map { ["RPUSH", "list:\($0 % 100)", "element \($0)"] })
    let client = try server.connect()
    let id = try #require(try client.command(["CLIENT", "ID"]).integer)
    client.enqueue(["DEBUG", "PRODUCE", "file"])
    try client.sendEnqueued()
    _ = try server.command("CLIENT", "UNBLOCK", Word(id))
    _ = try client.drain()
    #expect(try client.command(["PING"]) == .simple("PONG"))
    client.enqueue(["DEBUG", "PRODUCE", "other"])
    try client.sendEnqueued()
    _ = try server.command("CLIENT", "KILL", "ID", Word(id))
    while try server.info("clients")["blocked_clients"] != "0" { usleep(10_000) }
    #expect(try server.command("PING") == .simple("PONG"))
  }

  /// The file that is written is of the moment of the request, and others are served meanwhile.
  @Test func othersGoOn() throws {
    let server = try OracleServer.ours()
    try server.command("SET", "key", "before")
    let client = try server.connect()
    client.enqueue(["DEBUG", "PRODUCE", "file", "AS", "aof"])
    client.enqueue(["SET", "key", "after"])
    client.enqueue(["GET", "key"])
    let replies = try client.drain()
    #expect(replies.count == 3 && replies[2] == .bulk(Array("after".utf8)))
    #expect(try String(decoding: server.bytes("file"), as: UTF8.self).contains("before"))
    let all = try server.pipeline([["MULTI"], ["DEBUG", "PRODUCE", "other"], ["EXEC"]])
    #expect(all.last?.array?.first?.array?.count == 12)
  }

  /// A moment of a log becomes files, and nothing is written into the log.
  @Test func aMomentOfAReplay() throws {
    let folder = try TemporaryFolder()
    let log = folder.file("log")
    try FileManager.default.createDirectory(at: log, withIntermediateDirectories: false)
    let name = "appendonlydir"
    try FileManager.default.copyItem(
      at: Fixtures.folder.appendingPathComponent("aof/7.2.6-tiny.appendonlydir"),
      to: log.appendingPathComponent(name))
    let input = log.appendingPathComponent(name).path
    let before = try FileManager.default.contentsOfDirectory(atPath: input)
    let server = try OracleServer.ours(
      arguments: [
        "--enable-protected-configs", "yes", "--replay", input, "--until", "command:2",
      ])
    for path in [input + "/x", log.path + "/\(name)/../\(name)/y"] {
      #expect(try server.refusal("DEBUG", "PRODUCE", Word(path))?.contains("input") == true)
    }
    try server.produce("moment.rdb", "TARGET", "redis-7.2")
    var keyspace = Keyspace()
    let file = server.folder.appendingPathComponent("moment.rdb").path
    #expect(Replay().run(FilePath(file), into: &keyspace).failure == nil)
    #expect(try keyspace.digest().description == server.debugDigest())
    #expect(try FileManager.default.contentsOfDirectory(atPath: input) == before)
  }

  @Test func debugHasToBeAllowed() throws {
    let server = try OracleServer.ours(arguments: ["--enable-debug-command", "no"])
    #expect(try server.refusal("DEBUG", "PRODUCE", "file")?.contains("not allowed") == true)
  }

  // MARK: The server's own files

  /// With a target, dumps and bases are of that release, and real servers of it load them.
  @Test func ownFilesAreOfTheTarget() throws {
    let server = try OracleServer.ours(
      arguments: ["--target", "redis-6.2", "--appendonly", "yes"])
    _ = try server.pipeline(Self.plain + Self.streams)
    #expect(try server.command("CONFIG", "GET", "target").array?.last?.text == "redis-6.2")
    let dump = try server.save()
    #expect(try Array(Data(contentsOf: dump)).starts(with: "REDIS0009".utf8))
    #expect(
      try server.bytes("appendonlydir/appendonly.aof.1.base.rdb").starts(with: "REDIS0009".utf8))
    let real = try OracleServer(.redis62) { folder in
      try FileManager.default.copyItem(at: dump, to: folder.appendingPathComponent("dump.rdb"))
    }
    let digest = try server.debugDigest()
    var keyspace = Keyspace()
    _ = Replay().run(FilePath(dump.path), into: &keyspace)
    #expect(keyspace.digest().description == digest)
    #expect(
      try real.debugDigest() == keyspace.digest(DigestStyle(Self.release("redis-6.2"))).description)
  }

  @Test func anUnknownTargetIsRefused() throws {
    let folder = try TemporaryFolder()
    let run = try Run.built(
      "replay-server", ["--dir", folder.url.path, "--target", "redis-1.0"], timeout: .seconds(30))
    #expect(run.exitCode == 64)
    #expect(run.errorText.contains("redis-2.4"))
  }

  /// What the target cannot hold is not dropped in silence.
  @Test func ownLossesAreRefused() throws {
    let server = try OracleServer.ours(arguments: ["--target", "redis-4.0"])
    try server.command("XADD", "stream", "*", "f", "v")
    #expect(try server.refusal("SAVE") != nil)
    try server.command("DEL", "stream")
    #expect(try Array(Data(contentsOf: server.save())).starts(with: "REDIS0008".utf8))
  }

  /// A file of a later release may hold more than the target: the server goes on with that.
  @Test func aLaterFileRaisesTheTarget() throws {
    let first = try OracleServer.ours(arguments: ["--target", "redis-7.2"])
    let dump = try first.save()
    let second = try OracleServer.ours(arguments: ["--target", "redis-6.0"]) { folder in
      try FileManager.default.copyItem(at: dump, to: folder.appendingPathComponent("dump.rdb"))
    }
    #expect(try Array(Data(contentsOf: second.save())).starts(with: "REDIS0011".utf8))
  }
}
