package import ArgumentParser
import Foundation
import TestSupport
import ToolKit

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

  @Option(help: "Rounds to time.")
  package var rounds = 7

  @Option(help: "Keys of the dump.")
  package var keys = 1_200_000

  @Option(help: "Where dumps are kept between runs.")
  package var directory = ".build/benchmark"

  @Option(help: "Use this file instead of making one.")
  package var file: String?

  package init() {}

  package func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds must be at least 1.") }
    guard keys >= 1000 else { throw ValidationError("--keys must be at least 1000.") }
  }

  package func run() throws {
    let tool = Run.builtProducts.appendingPathComponent("check-rdb")
    guard FileManager.default.isExecutableFile(atPath: tool.path) else {
      throw ValidationError("\(tool.path) is missing; run `swift build -c release` first.")
    }
    let peer = try Oracle.installed("redis-check-rdb")
    let dump = try file.map { URL(fileURLWithPath: $0) } ?? madeDump()
    let contenders = [
      Contender(name: "check-rdb", path: tool.path, arguments: [dump.path]),
      Contender(
        name: "check-rdb --shallow", path: tool.path, arguments: ["--shallow", dump.path]),
      Contender(name: "redis-check-rdb", path: peer.path, arguments: [dump.path]),
    ]
    let bytes = try dump.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    print(
      """
      file  \(dump.relativePath)
            \(Text.grouped(bytes)) bytes
      here  \(Machine.description)
      \(rounds) rounds, in turn

      """)
    let figures = try Timing.inTurn(contenders, rounds: rounds)
    print(Timing.table(figures, bytes: bytes))
    print(Timing.ratios(of: figures, against: "redis-check-rdb"), terminator: "")
  }

  private func madeDump() throws -> URL {
    try Dataset(keys: keys).file(in: URL(fileURLWithPath: directory)) {
      try? StandardStream.errors.write($0 + "\n")
    }
  }
}
