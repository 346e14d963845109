import Foundation
import Persistence
import TestSupport
import Testing

/// The tool under load: large files, little memory, files that a server is writing.
@Suite(.serialized) struct CheckAOFLoadTests {
  private static let mebibyte: UInt64 = 1 << 20

  private static func run(_ arguments: [String]) throws -> (line: [String: Any], peak: UInt64) {
    let run = try Run.built("check-aof", ["--json"] + arguments, measuringMemory: true)
    return (try CheckAOFTests.line(run), try #require(run.peakMemory))
  }

  @Test func manyCommandsTakeLittleMemory() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write("many.aof", [])
    let file = try FileHandle(forWritingTo: url)
    var commands = 0
    for block in 0..<200 {
      var bytes: [UInt8] = []
      while bytes.count < 1 << 20 {
        bytes += CommandLog.command(["SET", "key:\(commands)", Word("value \(block)")])
        commands += 1
      }
      file.write(Data(bytes))
    }
    try file.close()
    for jobs in ["1", "2", "8"] {
      let (line, peak) = try Self.run(["--jobs", jobs, url.path])
      #expect(line["commands"] as? Int == commands)
      #expect(peak < 48 * Self.mebibyte, "--jobs \(jobs)")
    }
  }

  /// An argument of half a gigabyte, whole and cut off, from a file and from a pipe.
  @Test func oneLargeArgumentTakesLittleMemory() throws {
    let folder = try TemporaryFolder()
    let count = 500 << 20
    let head = Array("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$\(count)\r\n".utf8)
    let url = try folder.write("large.aof", head)
    let file = try FileHandle(forUpdating: url)
    try file.truncate(atOffset: UInt64(head.count + count))
    #expect(try Self.run([url.path]).peak < 32 * Self.mebibyte)
    try file.seekToEnd()
    file.write(Data("\r\n".utf8 + CommandLog.command(["DEL", "k"])))
    try file.close()
    let (line, peak) = try Self.run([url.path])
    #expect(line["status"] as? String == "ok" && line["commands"] as? Int == 2)
    #expect(peak < 32 * Self.mebibyte)
    let run = try Run.built(
      "check-aof", ["--json", "-"], input: .file(url), measuringMemory: true)
    #expect(run.exitCode == 0)
    #expect(try #require(run.peakMemory) < 32 * Self.mebibyte)
  }

  /// A command that says it has two thousand million arguments, of which megabytes are there.
  @Test func manyArgumentsTakeLittleMemory() throws {
    let folder = try TemporaryFolder()
    let arguments = [[UInt8]](repeating: Array("$1\r\na\r\n".utf8), count: 4 << 20).joined()
    let log = Array("*2147483647\r\n$5\r\nRPUSH\r\n".utf8) + Array(arguments)
    let (line, peak) = try Self.run([folder.write("many.aof", log).path])
    #expect(CheckRDBTests.codes(line) == ["truncated"])
    #expect(peak < 32 * Self.mebibyte)
  }

  /// A client that fills a thousand keys over and over, with 100 MB of commands in all.
  private static func writes(to server: OracleServer) throws -> Process {
    let load = Process()
    load.executableURL = URL(fileURLWithPath: "/usr/bin/redis-benchmark")
    load.arguments = [
      "-s", server.folder.appendingPathComponent("socket").path, "-q", "-c", "4", "-n", "200000",
      "-r", "1000", "-d", "500", "-t", "set",
    ]
    load.standardOutput = FileHandle.nullDevice
    try load.run()
    return load
  }

  /// A server appends while the file is read: that is no damage, whatever the end looks like.
  @Test(arguments: [Oracle.redis7, .valkey9])
  func whileAServerWrites(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle, arguments: ["--appendonly", "yes"])
    let load = try Self.writes(to: server)
    var changed = 0
    var rounds = 0
    while load.isRunning {
      rounds += 1
      let run = try Run.built("check-aof", ["--json", server.folder.path])
      #expect(run.exitCode == 0, "\(run.outputText.prefix(2000))")
      if run.outputText.contains("\"changed-while-read\"") { changed += 1 }
      // Never while somebody writes.
      let fix = try Run.built("check-aof", ["--fix", server.folder.path])
      #expect(fix.exitCode == 0 && !fix.outputText.contains("cut-"))
    }
    #expect(changed > 0, "of \(rounds)")
    load.waitUntilExit()
    #expect(load.terminationStatus == 0)
  }

  /// A server takes away the files that a check has just read about, again and again.
  @Test(arguments: [Oracle.redis7, .valkey9])
  func whileAServerRewrites(_ oracle: Oracle) throws {
    let server = try OracleServer(oracle, arguments: ["--appendonly", "yes"])
    let load = try Self.writes(to: server)
    let rewrites = Process()
    rewrites.executableURL = try Oracle.installed("redis-cli")
    rewrites.arguments = [
      "-s", server.folder.appendingPathComponent("socket").path, "-r", "-1", "-i", "0.005",
      "BGREWRITEAOF",
    ]
    rewrites.standardOutput = FileHandle.nullDevice
    rewrites.standardError = FileHandle.nullDevice
    try rewrites.run()
    // SIGTERM is blocked in children of this thread.
    defer { kill(rewrites.processIdentifier, SIGKILL) }
    let inner = server.folder.appendingPathComponent("appendonlydir")
    var bases: Set<String> = []
    for round in 0... {
      guard load.isRunning || round < 100 else { break }
      let path =
        round.isMultiple(of: 2) ? server.folder.path : inner.path + "/appendonly.aof.manifest"
      let run = try Run.built("check-aof", ["--json", path])
      #expect(run.exitCode == 0, "\(run.outputText.prefix(2000))")
      let line = try JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any]
      let parts = try #require(line?["parts"] as? [[String: Any]])
      bases.insert(try #require(parts.first?["file"] as? String))
    }
    #expect(bases.count > 10)
    load.waitUntilExit()
    #expect(load.terminationStatus == 0)
  }
}
