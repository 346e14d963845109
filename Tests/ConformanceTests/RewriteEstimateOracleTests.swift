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
    // What was to live a millisecond is gone, and the log says so.
    try server.command("DEBUG", "SLEEP", "0.05")
    for _ in 0..<50
    where try server.command("INFO", "stats").text?.contains("expired_keys:0\r") != true {
      try server.command("DEBUG", "SLEEP", "0.02")
    }
    let folder = server.folder.appendingPathComponent("appendonlydir")
    let log = folder.appendingPathComponent("appendonly.aof.1.incr.aof")
    let size = try Data(contentsOf: log).count
    let estimate = try StatisticsRun().statistics(of: [log])
    #expect(estimate.bytes == UInt64(size))
    try server.command("BGREWRITEAOF")
    let base = folder.appendingPathComponent("appendonly.aof.2.base.aof")
    for _ in 0..<2000 where !FileManager.default.fileExists(atPath: base.path) {
      try server.command("DEBUG", "SLEEP", "0.01")
    }
    let left = try Data(contentsOf: base).count
    return (1 - Double(left) / Double(size), estimate)
  }

  /// Within five points, the sample's error aside: see `AOFStatistics.Rewrite.unknowable`.
  @Test(arguments: RewriteWorkload.allCases)
  func estimateIsNearTheTruth(_ workload: RewriteWorkload) throws {
    let (share, statistics) = try rewrite(workload.commands)
    let estimate = statistics.rewrite
    print(
      "WORKLOAD", workload, share, estimate.share, estimate.margin, estimate.isSampled,
      statistics.distinctKeys)
    #expect(abs(estimate.share - share) <= estimate.margin)
    #expect(estimate.margin <= 0.1)
    #expect(share > 0.1 || workload == .lists)
  }
}
