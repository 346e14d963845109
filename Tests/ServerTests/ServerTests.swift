import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// The life of the server: how it starts, ends, listens, and what it does when the disk is full.
@Suite struct ServerTests {
  static func run(
    _ arguments: [String], in folder: TemporaryFolder, timeout: Duration = .seconds(30)
  ) throws -> Run {
    try Run.built("replay-server", ["--dir", folder.url.path] + arguments, timeout: timeout)
  }

  // MARK: Ends

  /// SIGTERM is how a server is told to end by whoever runs it.
  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalSavesWhereThereAreRules(_ signal: Int32) throws {
    for rules in ["3600 1000", ""] {
      let folder = try TemporaryFolder()
      let server = try OracleServer.ours(arguments: ["--save", rules], in: folder)
      try server.command("SET", "key", "value")
      kill(try #require(try server.processIdentifier()), signal)
      #expect(server.exitCode() == 0)
      let again = try OracleServer.ours(in: folder)
      #expect(try again.command("EXISTS", "key") == .integer(rules.isEmpty ? 0 : 1))
    }
  }

  @Test func shutdownSavesAsItIsTold() throws {
    for (word, isSaved) in [("NOSAVE", false), ("SAVE", true)] {
      let folder = try TemporaryFolder()
      let rules = isSaved ? "" : "3600 1"
      let server = try OracleServer.ours(arguments: ["--save", rules], in: folder)
      try server.command("SET", "key", "value")
      let client = try server.connect()
      client.enqueue(["SHUTDOWN", Word(word)])
      #expect(throws: RESPError.self) { try client.drain() }
      #expect(server.exitCode() == 0)
      #expect(FileManager.default.fileExists(atPath: folder.file("dump.rdb").path) == isSaved)
      #expect(!FileManager.default.fileExists(atPath: folder.file("socket").path))
    }
  }

  // MARK: Connections

  /// Everybody who finds an open server can read and delete everything.
  @Test(arguments: [["0.0.0.0"], ["*"], ["127.0.0.1", "0.0.0.0"], ["::"]])
  func nobodyListensToTheWorldByAccident(_ addresses: [String]) throws {
    let folder = try TemporaryFolder()
    let port = "\(try FreePort.find())"
    let refused = try Self.run(["--port", port, "--bind"] + addresses, in: folder)
    #expect(refused.exitCode == 64)
    #expect(refused.errorText.contains("--bind") && refused.errorText.contains("--insecure"))
  }

  @Test(arguments: [["--insecure", "yes"], ["--requirepass", "secret"]])
  func whoMeansItListensToTheWorld(_ options: [String]) throws {
    let port = "\(try FreePort.find())"
    let folder = try TemporaryFolder()
    let arguments = ["--port", port, "--bind", "0.0.0.0"] + options
    // With a password, nothing but an error would come for the PING that is waited for.
    let program = Run.builtProducts.appendingPathComponent("replay-server").path
    let null = unsafe open("/dev/null", O_RDWR)
    defer { close(null) }
    let server = try ChildProcess(
      program, ["--dir", folder.url.path] + arguments, descriptors: [null, null, null])
    defer {
      server.send(SIGKILL)
      _ = server.wait()
    }
    var answer = ""
    let end = ContinuousClock.now + .seconds(20)
    // It may answer that it is loading before it has begun to look for what to load.
    while answer.isEmpty || answer.hasPrefix("LOADING"), ContinuousClock.now < end,
      server.poll() == nil
    {
      let words = options[0] == "--requirepass" ? ["-a", "secret"] : []
      answer = try Run.program(
        try Oracle.installed("redis-cli").path, ["-p", port] + words + ["PING"]
      ).outputText
      usleep(20_000)
    }
    #expect(answer == "PONG\n")
    if options[0] == "--requirepass" {
      let run = try Run.program(
        try Oracle.installed("redis-cli").path, ["-p", port, "GET", "key"])
      #expect(run.outputText.hasPrefix("NOAUTH"))
    }
  }

  @Test func noMoreClientsThanAllowed() throws {
    for server in [
      try OracleServer(.redis7, arguments: ["--maxclients", "3"]),
      try OracleServer.ours(arguments: ["--maxclients", "3"]),
    ] {
      var others = try (0..<2).map { _ in try server.connect() }
      for client in others { try client.command(["PING"]) }
      let refused = try RawConnection(unixSocket: server.socket)
      let (bytes, isClosed) = refused.read(patience: .seconds(20))
      #expect(isClosed && bytes == Array("-ERR max number of clients reached\r\n".utf8))
      others.removeLast()
      // Until the server has noticed that one is gone.
      while try server.info("clients")["connected_clients"] != "2" { usleep(1000) }
      #expect(try server.connect().command(["PING"]) == .simple("PONG"))
      #expect(try server.info("stats")["rejected_connections"] == "1")
    }
  }

  /// Who says nothing is disconnected, but not who waits for an answer.
  @Test func idleClientsAreDisconnected() throws {
    let server = try OracleServer.ours(arguments: ["--timeout", "1"])
    let waiting = try server.connect()
    waiting.enqueue(["BLPOP", "list", "0"])
    try waiting.sendEnqueued()
    let subscriber = try server.connect()
    try subscriber.command(["SUBSCRIBE", "channel"])
    let idle = try RawConnection(unixSocket: server.socket)
    #expect(idle.read(patience: .seconds(20)).isClosed)
    let other = try server.connect()
    try other.command(["RPUSH", "list", "element"])
    #expect(
      try waiting.drain() == [.array([.bulk(Array("list".utf8)), .bulk(Array("element".utf8))])])
    #expect(try other.command(["PUBLISH", "channel", "text"]) == .integer(1))
  }

  // MARK: Files

  @Test func aBrokenDumpIsNotServed() throws {
    var bytes = Array(
      try Data(contentsOf: Fixtures.folder.appendingPathComponent("bookshop.rdb")))
    bytes[164_470] ^= 1
    do {
      _ = try OracleServer.ours { try Data(bytes).write(to: $0.appendingPathComponent("dump.rdb")) }
      Issue.record("it has started")
    } catch let error as OracleServer.StartError {
      #expect(error.exitCode == 1)
      #expect(error.log.contains("dump.rdb") && error.log.contains("checksum"), "\(error.log)")
    }
  }

  /// The log may be begun and ended at any time, and is complete from its beginning on.
  @Test func theLogIsBegunAndEnded() throws {
    let folder = try TemporaryFolder()
    let server = try OracleServer.ours(in: folder)
    try server.command("SET", "before", "1")
    try server.command("CONFIG", "SET", "appendonly", "yes")
    try server.command("SET", "during", "1")
    try Self.waitForRewrite(server)
    try server.command("SET", "behind", "1")
    #expect(try server.info("persistence")["aof_enabled"] == "1")
    let digest = try server.debugDigest()
    try server.command("CONFIG", "SET", "appendonly", "no")
    try server.command("SET", "after", "1")
    #expect(try server.info("persistence")["aof_enabled"] == "0")
    server.stop()
    for oracle in [nil, Oracle.redis7] {
      let again =
        try oracle.map {
          try OracleServer($0, arguments: ["--appendonly", "yes"], in: folder)
        } ?? OracleServer.ours(arguments: ["--appendonly", "yes"], in: folder)
      #expect(try again.debugDigest() == digest)
      #expect(try again.command("EXISTS", "before", "during", "behind", "after") == .integer(3))
    }
  }

  /// A write waits while an earlier one is being synced; the log is not loaded without it.
  @Test func theLogIsLoadedWithWhatWaits() throws {
    let server = try OracleServer.ours(arguments: ["--appendonly", "yes"])
    let padding = Word([UInt8](repeating: 120, count: 4 << 20))
    // Syncs are a second apart, and begin with a write.
    let end = ContinuousClock.now + .seconds(4)
    var number = 0
    while ContinuousClock.now < end {
      number += 1
      try server.command("SET", "padding", padding)
      let replies = try server.pipeline([
        ["SET", "number", Word(number)], ["DEBUG", "LOADAOF"], ["GET", "number"],
      ])
      try #require(replies[2] == .bulk(Array("\(number)".utf8)))
      // The one before may still be running.
      if number % 20 == 0 { _ = try server.pipeline([["BGREWRITEAOF"]]) }
    }
    try Self.waitForRewrite(server)
    #expect(try server.info("persistence")["aof_rewrites"] != "0")
  }

  private static func waitForRewrite(_ server: OracleServer) throws {
    while true {
      let facts = try server.info("persistence")
      if facts["aof_rewrite_in_progress"] == "0", facts["aof_rewrite_scheduled"] == "0" {
        #expect(facts["aof_last_bgrewrite_status"] == "ok")
        return
      }
      usleep(2000)
    }
  }

  /// The log is rewritten again and again while clients write.
  @Test func rewritesUnderLoad() throws {
    let folder = try TemporaryFolder()
    let options = ["--appendonly", "yes"]
    let server = try OracleServer.ours(arguments: options, in: folder)
    let load = Process()
    load.executableURL = try Oracle.installed("redis-benchmark")
    load.arguments = [
      "-s", server.socket, "-q", "-c", "4", "-n", "60000", "-r", "5000", "-d", "100", "-P", "8",
      "-t", "set,lpush,sadd",
    ]
    load.standardOutput = FileHandle.nullDevice
    try load.run()
    var rewrites = 0
    while load.isRunning || rewrites < 3 {
      try server.command("BGREWRITEAOF")
      try Self.waitForRewrite(server)
      rewrites += 1
    }
    load.waitUntilExit()
    #expect(load.terminationStatus == 0)
    let digest = try server.debugDigest()
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.file("appendonlydir").path)
    #expect(
      names.sorted() == [
        "appendonly.aof.\(rewrites + 1).base.rdb", "appendonly.aof.\(rewrites + 1).incr.aof",
        "appendonly.aof.manifest",
      ])
    server.stop()
    let again = try OracleServer.ours(arguments: options, in: folder)
    #expect(try again.debugDigest() == digest)
  }

  // MARK: A full disk

  /// A program that starts a server whose files may have 1 MiB each, as if the disk were full then.
  private static func limited(_ program: String, in folder: TemporaryFolder) throws -> URL {
    let script = """
      #!/bin/sh
      ulimit -S -f 2048
      trap '' XFSZ
      exec \(program) "$@"

      """
    let file = try folder.write("limited", Array(script.utf8))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: file.path)
    return file
  }

  /// Has the disk of a server have room again.
  private static func lift(_ server: OracleServer) throws {
    let process = try #require(try server.processIdentifier())
    let run = try Run.program("/usr/bin/prlimit", ["--pid", "\(process)", "--fsize=unlimited"])
    #expect(run.exitCode == 0, "\(run.errorText)")
  }

  /// Writes until one is refused, and tells how.
  private static func fill(_ server: OracleServer) throws -> String {
    var random = SeededRandom(seed: 51)
    for number in 0..<1000 {
      let words: [Word] = ["SET", "key:\(number)", Word(random.bytes(8000))]
      if case .error(let message) = try server.pipeline([words])[0] { return message }
    }
    return "no write was refused"
  }

  @Test func aFullDiskStopsTheLog() throws {
    let scripts = try TemporaryFolder()
    let ours = Run.builtProducts.appendingPathComponent("replay-server").path
    let folder = try TemporaryFolder()
    let options = ["--appendonly", "yes"]
    let real = try OracleServer(
      .redis7, program: Self.limited(try Oracle.redis7.executable().path, in: scripts),
      arguments: options)
    let server = try OracleServer(
      .redis7, program: Self.limited(ours, in: scripts), arguments: options, in: folder)
    let message = try Self.fill(server)
    // The real one takes whatever cuts a write short for a full disk (`flushAppendOnlyFile` of aof.c).
    let words = "MISCONF Errors writing to the AOF file: "
    #expect(try Self.fill(real) == words + "No space left on device")
    #expect(message == words + "File too large")
    #expect(try server.info("persistence")["aof_last_write_status"] == "err")
    // Reading goes on.
    #expect(try server.command("STRLEN", "key:0") == .integer(8000))
    #expect(try server.pipeline([["SET", "more", "1"]])[0] == .error(message))
    try Self.lift(server)
    while try server.info("persistence")["aof_last_write_status"] != "ok" { usleep(10_000) }
    try server.command("SET", "more", "1")
    let digest = try server.debugDigest()
    server.stop()
    let again = try OracleServer.ours(arguments: options, in: folder)
    #expect(try again.debugDigest() == digest)
    #expect(try again.command("EXISTS", "more") == .integer(1))
  }

  @Test func aFailedSaveStopsWrites() throws {
    let scripts = try TemporaryFolder()
    let ours = Run.builtProducts.appendingPathComponent("replay-server").path
    var messages: [String] = []
    for program in [try Oracle.redis7.executable().path, ours] {
      let server = try OracleServer(
        .redis7, program: Self.limited(program, in: scripts), arguments: ["--save", "3600 1000000"])
      var random = SeededRandom(seed: 53)
      try server.pipeline((0..<300).map { ["SET", "key:\($0)", Word(random.bytes(8000))] })
      try server.command("BGSAVE")
      while try server.info("persistence")["rdb_bgsave_in_progress"] != "0" { usleep(2000) }
      #expect(try server.info("persistence")["rdb_last_bgsave_status"] == "err")
      guard case .error(let message) = try server.pipeline([["SET", "more", "1"]])[0] else {
        Issue.record("it takes writes")
        continue
      }
      messages.append(message)
      #expect(message.hasPrefix("MISCONF Redis is configured to save RDB snapshots"))
      #expect(try server.command("STRLEN", "key:0") == .integer(8000))
      let names = try FileManager.default.contentsOfDirectory(atPath: server.folder.path)
      #expect(!names.contains("dump.rdb"))
      try Self.lift(server)
      try server.command("BGSAVE")
      while try server.info("persistence")["rdb_bgsave_in_progress"] != "0" { usleep(2000) }
      #expect(try server.command("SET", "more", "1") == .simple("OK"))
    }
    #expect(Set(messages).count == 1)
  }
}

/// What clients are told while a large file is loaded.
@Suite struct ServerLoadTests {
  @Test func clientsAreToldOfTheLoading() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write("appendonly.aof", [])
    let file = try FileHandle(forWritingTo: log)
    let block = Data((0..<20_000).flatMap { CommandLog.command(["INCR", "key:\($0 % 5000)"]) })
    for _ in 0..<60 { file.write(block) }
    try file.close()
    let watch = LoadingWatch(folder.file("socket").path)
    let server = try OracleServer.ours(arguments: ["--appendonly", "yes"], in: folder)
    let seen = watch.finish()
    #expect(seen.replies.contains(.error("LOADING Redis is loading the dataset in memory")))
    #expect(seen.sawProgress)
    #expect(try server.command("GET", "key:7").text == "240")
  }

  /// A thread that asks a server that loads.
  private final class LoadingWatch: Sendable {
    private let seen = Mutex<(replies: [Reply], sawProgress: Bool)>(([], false))
    private let done = DispatchSemaphore(value: 0)

    init(_ socket: String) {
      Thread.detachNewThread { [self] in
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
          guard let client = try? RESPClient(unixSocket: socket) else {
            usleep(500)
            continue
          }
          client.enqueue(["GET", "key:7"])
          client.enqueue(["INFO", "persistence"])
          guard let replies = try? client.drain() else { continue }
          let isLoading = replies[1].text?.contains("loading:1") ?? false
          seen.withLock { seen in
            seen.replies.append(replies[0])
            if isLoading { seen.sawProgress = true }
          }
          if case .error = replies[0] {
            usleep(2000)
          } else {
            break
          }
        }
        done.signal()
      }
    }

    func finish() -> (replies: [Reply], sawProgress: Bool) {
      done.wait()
      return seen.withLock { $0 }
    }
  }
}
