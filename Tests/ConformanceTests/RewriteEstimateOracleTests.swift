import Forensics
import Foundation
import TestSupport
import Testing

/// How much of a log a rewrite leaves out, as estimated and as a server does it.
@Suite struct RewriteEstimateOracleTests {
  /// The share that the server left out, and the estimate made before.
  private func rewrite(_ commands: [[Word]]) throws -> (share: Double, estimate: AOFStatistics) {
    let server = try OracleServer(
      .redis7,
      arguments: [
        "--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", "no",
        "--auto-aof-rewrite-percentage", "0", "--aof-timestamp-enabled", "yes",
      ])
    try server.pipeline(commands)
    // What was to live a millisecond goes before the rewrite, which the log then says.
    var keys: Reply?
    for _ in 0..<100 {
      let now = try server.command("DBSIZE")
      if keys == now { break }
      keys = now
      usleep(300_000)
    }
    let folder = server.folder.appendingPathComponent("appendonlydir")
    let log = Array(
      try Data(contentsOf: folder.appendingPathComponent("appendonly.aof.1.incr.aof")))
    let estimate = try StatisticsRun().statistics(of: log)
    try server.command("BGREWRITEAOF")
    let base = folder.appendingPathComponent("appendonly.aof.2.base.aof")
    for _ in 0..<2000 where !FileManager.default.fileExists(atPath: base.path) {
      try server.command("DEBUG", "SLEEP", "0.01")
    }
    let left = try Data(contentsOf: base).count
    return (1 - Double(left) / Double(log.count), estimate)
  }

  /// Within two points, where 0.7 were measured; a sample of 4096 keys has a standard error of half a point
  /// here. Other logs may be worse, as `AOFStatistics.Rewrite.unknowable` allows.
  @Test(arguments: RewriteWorkload.allCases)
  func estimateIsNearTheTruth(_ workload: RewriteWorkload) throws {
    let (share, statistics) = try rewrite(workload.commands)
    let estimate = statistics.rewrite
    #expect(abs(estimate.share - share) <= 0.02)
    #expect(abs(estimate.share - share) <= estimate.margin && estimate.margin <= 0.1)
    #expect(share > 0.3)
  }
}
