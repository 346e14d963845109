import Foundation
import Persistence
import TestSupport
import Testing

/// What the writer writes, servers load, and what servers write, the reader reads.
@Suite struct AOFWriterOracleTests {
  /// Commands with bytes of every value, in several databases, written by the library.
  private static func written() -> [UInt8] {
    var random = SeededRandom(seed: 42)
    var bytes: [UInt8] = []
    var writer = AOFWriter { (piece: RawSpan) in
      bytes += unsafe piece.withUnsafeBytes { unsafe Array($0) }
    }
    for number in 0..<300 {
      writer.select(database: UInt64(number % 3))
      let value = ByteString(random.bytes(number % 70))
      writer.append(["SET", ByteString("key:\(number)"), value])
      writer.append(["RPUSH", "list", value, ByteString([0, 13, 10, 255])])
    }
    writer.finish()
    return bytes
  }

  private static let multiPart: [Oracle] = [.redis7, .valkey9]

  @Test(arguments: Oracle.allCases)
  func serversLoadIt(_ oracle: Oracle) throws {
    let log = Self.written()
    var manifest = AOFManifest([
      AOFManifest.Record("appendonly.aof.1.base.aof", sequence: 1, role: .base),
      AOFManifest.Record("appendonly.aof.1.incr.aof", sequence: 1, role: .incremental),
    ])
    manifest.records.swapAt(0, 1)
    let server = try OracleServer(oracle, arguments: ["--appendonly", "yes"]) { folder in
      guard Self.multiPart.contains(oracle) else {
        try Data(log).write(to: folder.appendingPathComponent("appendonly.aof"))
        return
      }
      let inner = folder.appendingPathComponent("appendonlydir")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
      try Data(manifest.text).write(to: inner.appendingPathComponent("appendonly.aof.manifest"))
      try Data(log).write(to: inner.appendingPathComponent("appendonly.aof.1.base.aof"))
      try Data(CommandLog.text("#TS:1795335911|")).write(
        to: inner.appendingPathComponent("appendonly.aof.1.incr.aof"))
    }
    for database in 0..<3 {
      try server.command("SELECT", Word(database))
      #expect(try server.command("DBSIZE") == .integer(101))
      #expect(try server.command("LLEN", "list") == .integer(200))
    }
    // The same commands over a connection give the same dataset.
    let other = try OracleServer(oracle)
    let words = try Self.commands(in: log).map { $0.map { Word($0.bytes) } }
    try other.pipeline(words)
    #expect(try server.debugDigest() == other.debugDigest())
  }

  private static func commands(in log: [UInt8]) throws -> [[ByteString]] {
    let folder = try TemporaryFolder()
    var reader = try AOFReader(path: folder.write("a.aof", log).path)
    var commands: [[ByteString]] = []
    while let item = try reader.next() {
      if case .command(let command) = item { commands.append(command.arguments) }
    }
    return commands
  }

  @Test func checkToolFindsItValid() throws {
    let folder = try TemporaryFolder()
    let run = try Oracle.redisCheckAOF(folder.write("a.aof", Self.written()))
    #expect(run.exitCode == 0 && run.outputText.contains("is valid"))
  }

  /// A log that a live server has just written, read from the folder the server works in.
  @Test(arguments: Oracle.allCases)
  func readerReadsALiveServersLog(_ oracle: Oracle) throws {
    let server = try OracleServer(
      oracle, arguments: ["--appendonly", "yes", "--appendfsync", "always"])
    try server.command("SELECT", "5")
    try server.pipeline((0..<200).map { ["SET", "key:\($0)", Word([UInt8($0), 0, 13, 10])] })
    var reader = try AOFReader(path: server.folder.path)
    var commands: [AOFCommand] = []
    while let item = try reader.next() {
      if case .command(let command) = item { commands.append(command) }
    }
    #expect(commands.count == 201)
    #expect(commands.first?.arguments == ["SELECT", "5"])
    #expect(commands.dropFirst().allSatisfy { $0.database == 5 })
    #expect(
      commands.last?.arguments == ["SET", "key:199", ByteString([199, 0, 13, 10])])
  }
}
