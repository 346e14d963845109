package import ArgumentParser
import Foundation
import TestSupport

/// `benchmarks check-rdb`: check-rdb, deep and shallow, and Redis's own checker in turn.
package struct CheckRDBBenchmark: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "check-rdb",
    abstract: "Time check-rdb and check-rdb --shallow against redis-check-rdb.",
    discussion: """
      Makes a dump with a real server, once, unless --file names one. Each round runs all three \
      programs one after the other; the figures are medians over the rounds after one run of each \
      that warms the page cache up and in which memory is watched.
      """)

  @OptionGroup package var options: FileOptions

  package init() {}

  package func run() throws {
    let tool = try options.tool("check-rdb").path
    let peer = try Oracle.installed("redis-check-rdb").path
    let dump = try options.dump()
    try options.compare(
      [
        Contender(name: "check-rdb", path: tool, arguments: [dump.path]),
        Contender(name: "check-rdb --shallow", path: tool, arguments: ["--shallow", dump.path]),
        Contender(name: "redis-check-rdb", path: peer, arguments: [dump.path]),
      ], on: dump, against: "redis-check-rdb")
  }
}
