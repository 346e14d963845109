package import ArgumentParser
import Foundation
import TestSupport

/// `benchmarks check-aof`: check-aof, without and with statistics, and Redis's own checker in turn.
package struct CheckAOFBenchmark: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "check-aof",
    abstract: "Time check-aof and check-aof --stats against redis-check-aof.",
    discussion: """
      Makes an append-only file with a real server, once, unless --file names one. Each round runs all \
      programs one after the other; the figures are medians over the rounds after one run of each \
      that warms the page cache up and in which memory is watched.
      """)

  @OptionGroup package var options: FileOptions

  package init() {}

  package func run() throws {
    let tool = try options.tool("check-aof").path
    let peer = try Oracle.installed("redis-check-aof").path
    let log = try options.log()
    try options.compare(
      [
        Contender(name: "check-aof", path: tool, arguments: [log.path]),
        Contender(name: "check-aof --stats", path: tool, arguments: ["--stats", log.path]),
        Contender(name: "check-aof --jobs 1", path: tool, arguments: ["--jobs", "1", log.path]),
        Contender(name: "redis-check-aof", path: peer, arguments: [log.path]),
      ], on: log, against: "redis-check-aof")
  }
}
