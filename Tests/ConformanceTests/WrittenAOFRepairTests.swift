import Forensics
import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

/// AOFs that a server writes here and now, with a base of either form and with timestamps: sound as they are,
/// and once repaired, the server starts on them with the dataset that it had before what was cut.
@Suite struct WrittenAOFRepairTests {
  /// What is done to the last file, and which state is to come back.
  private enum Damage: CaseIterable {
    /// The last command, in a transaction or alone, is not all there.
    case tornTransaction
    case tornCommand
    case garbageBehind
  }

  private static func settings(_ hasPreamble: Bool) -> [String] {
    [
      "--appendonly", "yes", "--appendfsync", "always", "--aof-timestamp-enabled", "yes",
      "--aof-use-rdb-preamble", hasPreamble ? "yes" : "no",
      "--auto-aof-rewrite-percentage", "0", "--aof-load-truncated", "no",
    ]
  }

  private static let early: [[Word]] =
    (0..<100).flatMap { number -> [[Word]] in
      [
        ["SET", "text:\(number)", "value \(number)"],
        ["RPUSH", "list:\(number % 7)", Word(number)],
        ["HSET", "hash:\(number % 5)", "field \(number)", "x"], ["SADD", "set", Word(number)],
        ["ZADD", "zset", Word(number), "member \(number)"],
      ]
    } + [["SELECT", "1"], ["SET", "elsewhere", "1"], ["SELECT", "0"]]
  private static let transaction: [[Word]] = [
    ["MULTI"], ["SET", "text:1", "in a transaction"], ["DEL", "list:1"], ["EXEC"],
  ]
  private static let last: [[Word]] = [["SET", "text:2", "the last one"]]

  /// Writes an AOF with a rewrite in its middle, and copies it. Returns the digests before the transaction,
  /// before the last command, and at the end.
  private static func write(
    _ oracle: Oracle, _ settings: [String], then commands: [[[Word]]], to copy: URL
  ) throws -> [String] {
    let server = try OracleServer(oracle, arguments: settings)
    try server.pipeline(early)
    try server.command("BGREWRITEAOF")
    for _ in 0..<2000 {
      let status = try server.command("INFO", "persistence").text ?? ""
      if status.contains("aof_rewrite_in_progress:0"),
        status.contains("aof_rewrite_scheduled:0")
      {
        break
      }
      usleep(5000)
    }
    var digests = [try server.debugDigest()]
    for batch in commands {
      try server.pipeline(batch)
      digests.append(try server.debugDigest())
    }
    server.stop()
    try FileManager.default.copyItem(
      at: server.folder.appendingPathComponent("appendonlydir"), to: copy)
    return digests
  }

  @Test(arguments: [Oracle.redis7, .valkey9], [true, false])
  func serverStartsOnWhatIsLeft(_ oracle: Oracle, _ hasPreamble: Bool) throws {
    let settings = Self.settings(hasPreamble)
    let base = "appendonly.aof.2.base." + (hasPreamble ? "rdb" : "aof")
    for damage in Damage.allCases {
      let folder = try TemporaryFolder()
      let copy = folder.file("appendonlydir")
      let commands =
        damage == .tornTransaction ? [Self.transaction] : [Self.transaction, Self.last]
      let digests = try Self.write(oracle, settings, then: commands, to: copy)
      #expect(FileManager.default.fileExists(atPath: copy.appendingPathComponent(base).path))
      let path = FilePath(copy.path)
      #expect(AOFCheckCorpusTests.check(path).status == .ok)
      let file = copy.appendingPathComponent("appendonly.aof.2.incr.aof")
      var bytes = Array(try Data(contentsOf: file))
      if damage == .garbageBehind { bytes += Array("garbage".utf8) } else { bytes.removeLast(3) }
      try Data(bytes).write(to: file)
      let verdict = AOFCheckCorpusTests.check(path)
      // A torn EXEC leaves its MULTI open, too.
      let codes = Set(verdict.findings.findings.filter { $0.severity == .error }.map(\.code))
      switch damage {
      case .tornTransaction: #expect(codes == [.truncated, .openTransaction])
      case .tornCommand: #expect(codes == [.truncated])
      case .garbageBehind: #expect(codes == [.badFraming])
      }
      let repair = AOFRepair(verdict)
      try repair.perform(#require(try repair.plan()))
      #expect(AOFCheckCorpusTests.check(path).status == .ok)
      let again = try OracleServer(oracle, arguments: settings) { inner in
        try FileManager.default.copyItem(
          at: copy, to: inner.appendingPathComponent("appendonlydir"))
      }
      let wanted = damage == .garbageBehind ? digests[2] : digests[digests.count - 2]
      #expect(try again.debugDigest() == wanted, "\(damage)")
      #expect(Set(digests).count == digests.count)
    }
  }
}
