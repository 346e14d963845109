import Foundation
import TestSupport
import Testing

// Settings that are refused at the start, and those that hold as soon as they are changed.
extension ServerTests {
  // MARK: Starts that are refused

  @Test func whoCannotBeReachedDoesNotStart() throws {
    let run = try Self.run(["--port", "0"], in: try TemporaryFolder())
    #expect(run.exitCode == 64)
    #expect(run.errorText.contains("--unixsocket"))
  }

  @Test func aLogFileThatCannotBeWrittenIsNotReplaced() throws {
    let folder = try TemporaryFolder()
    let run = try Self.run(["--logfile", folder.file("none/log").path], in: folder)
    #expect(run.exitCode == 73)
    #expect(run.errorText.contains("none/log"))
  }

  @Test func aFolderThatIsNotThereIsAnInput() throws {
    let run = try Run.built("replay-server", ["--dir", "/nowhere"], timeout: .seconds(30))
    #expect(run.exitCode == 66)
    #expect(run.errorText.contains("dir"))
  }

  /// `-` is for addresses that may be missing, and for nothing else that may be in the way.
  @Test func addressesThatMayBeMissing() throws {
    let port = "\(try FreePort.find())"
    // An address for documents, which no machine has.
    let arguments = ["--bind", "127.0.0.1", "-192.0.2.1", "--insecure", "yes", "--port", port]
    let server = try OracleServer.ours(arguments: arguments)
    #expect(try server.log().contains("address=127.0.0.1:\(port)"))
    #expect(try !server.log().contains("[IPv4]"))
    #expect(try server.log().contains("address=\(server.socket)"))
    let taken = try Self.run(["--port", port, "--bind", "-127.0.0.1"], in: try TemporaryFolder())
    #expect(taken.exitCode == 66)
    let missing = try Self.run(
      ["--port", port, "--insecure", "yes", "--bind", "192.0.2.1"], in: try TemporaryFolder())
    #expect(missing.exitCode == 66)
  }

  @Test(arguments: [["*", "::"], ["*", "-::*"], ["-::*", "*"]])
  func allAddressesOfBothVersions(_ addresses: [String]) throws {
    let port = "\(try FreePort.find())"
    let server = try OracleServer.ours(
      arguments: ["--insecure", "yes", "--port", port, "--bind"] + addresses)
    #expect(try server.log().contains("address=0.0.0.0:\(port)"))
    let client = try Oracle.installed("redis-cli").path
    let run = try Run.program(client, ["-h", "127.0.0.1", "-p", port, "PING"])
    #expect(run.outputText == "PONG\n")
  }

  @Test func theLogLevelChangesAtOnce() throws {
    let server = try OracleServer.ours(arguments: ["--loglevel", "warning"])
    try server.command("CONFIG", "SET", "save", "1 1")
    #expect(try !server.log().contains("listening"))
    try server.command("CONFIG", "SET", "loglevel", "debug", "hz", "100")
    try server.command("SET", "key", "value")
    let deadline = ContinuousClock.now + .seconds(20)
    while try !server.log().contains("saving, since a rule says so"), ContinuousClock.now < deadline
    {
      usleep(10_000)
    }
    #expect(try server.log().contains("saving, since a rule says so"))
    try server.command("CONFIG", "SET", "lfu-decay-time", "5")
    #expect(try server.log().contains("lfu-decay-time"))
  }

  /// A limit of arguments holds at once, for connections that are there too.
  @Test func theLimitOfArgumentsHoldsAtOnce() throws {
    let server = try OracleServer.ours()
    let other = try server.connect()
    let value = Word([UInt8](repeating: 120, count: 2 << 20))
    try other.command(["SET", "key", value])
    try server.command("CONFIG", "SET", "proto-max-bulk-len", "1mb")
    other.enqueue(["SET", "key", value])
    let reply = try? other.drain()[0]
    if let reply { #expect(reply == .error("ERR Protocol error: invalid bulk length")) }
    #expect(try server.connect().command(["PING"]) == .simple("PONG"))
    #expect(throws: RESPError.self) { try other.command(["PING"]) }
  }

  /// Files and INFO tell the same release.
  @Test func theReleaseIsTheSameEverywhere() throws {
    let server = try OracleServer.ours()
    let release = try #require(try server.info("server")["redis_version"])
    let real = try OracleServer(.redis7)
    #expect(try real.info("server")["redis_version"] == release)
    let dump = try Data(contentsOf: server.save())
    #expect(dump.range(of: Data("redis-ver".utf8)) != nil)
    #expect(dump.range(of: Data(release.utf8)) != nil)
  }

  // MARK: Beside the real server

  /// Both servers.
  private static func both(
    _ arguments: [String], prepare: @escaping (URL) throws -> Void = { _ in }
  ) throws -> [OracleServer] {
    [
      try .ours(arguments: arguments, prepare: prepare),
      try OracleServer(.redis7, arguments: arguments, prepare: prepare),
    ]
  }

  /// Settings that are changed together are changed all or not at all.
  @Test func aSettingThatFailsLeavesTheOthersAsTheyWere() throws {
    for server in try Self.both(
      [], prepare: { try Data().write(to: $0.appendingPathComponent("appendonlydir")) })
    {
      let reply = try server.pipeline([
        ["CONFIG", "SET", "hash-max-listpack-entries", "3", "appendonly", "yes"]
      ])[0]
      guard case .error(let message) = reply else {
        Issue.record("\(reply)")
        continue
      }
      #expect(message.hasPrefix("ERR CONFIG SET failed"))
      try server.command("HSET", "hash", "a", "1", "b", "2", "c", "3", "d", "4")
      #expect(try server.command("OBJECT", "ENCODING", "hash").text == "listpack")
      #expect(try server.command("CONFIG", "GET", "appendonly").array?.last?.text == "no")
    }
  }

  @Test func aRelativeLogFileIsInTheFolderOfTheFiles() throws {
    for server in try Self.both(["--logfile", "relative.log"]) {
      let file = server.folder.appendingPathComponent("relative.log")
      #expect(try !String(contentsOf: file, encoding: .utf8).isEmpty)
    }
  }

  @Test func aConfigurationThatWasRemovedIsWrittenAnew() throws {
    let own = Run.builtProducts.appendingPathComponent("replay-server")
    for program in [own, try Oracle.redis7.executable()] {
      let folder = try TemporaryFolder()
      let file = try folder.write("redis.conf", Array("# what was here\n".utf8))
      // A configuration comes before all options.
      let script = try folder.write(
        "server", Array("#!/bin/sh\nexec \(program.path) \(file.path) \"$@\"\n".utf8))
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: script.path)
      let server = try OracleServer(.redis7, program: script)
      try FileManager.default.removeItem(at: file)
      try server.command("CONFIG", "SET", "hash-max-listpack-entries", "17")
      #expect(try server.command("CONFIG", "REWRITE") == .simple("OK"))
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains("\nhash-max-listpack-entries 17\n"))
    }
  }
}
