package import ArgumentParser
import Foundation
import TestSupport

/// `benchmarks rdb-dump-to-json`: all keys as JSON to a file, beside checks of the same dump.
package struct RDBDumpToJSONBenchmark: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "rdb-dump-to-json",
    abstract: "Time rdb-dump-to-json against what only checks the same dump.",
    discussion: """
      Makes a dump with a real server, once, unless --file names one. Each round runs all programs one \
      after the other; rdb-dump-to-json writes to a file in the folder of the dumps, which is synced \
      to the disk, or to /dev/null, as the checks write nothing. The figures are medians over the rounds after one run of each that warms the page \
      cache up and in which memory is watched.
      """)

  @OptionGroup package var options: FileOptions

  package init() {}

  package func run() throws {
    let tool = try options.tool("rdb-dump-to-json").path
    let check = try options.tool("check-rdb").path
    let peer = try Oracle.installed("redis-check-rdb").path
    let dump = try options.dump()
    let folder = URL(fileURLWithPath: options.directory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let output = folder.appendingPathComponent("rdb-dump-to-json.out")
    defer { try? FileManager.default.removeItem(at: output) }
    let name = "rdb-dump-to-json"
    try options.compare(
      [
        Contender(name: name, path: tool, arguments: ["-o", output.path, dump.path]),
        Contender(
          name: "\(name) >/dev/null", path: tool, arguments: ["-o", "/dev/null", dump.path]),
        Contender(
          name: "\(name) --keys-only", path: tool,
          arguments: ["--keys-only", "-o", output.path, dump.path]),
        Contender(
          name: "\(name) --keys-only >/dev/null", path: tool,
          arguments: ["--keys-only", "-o", "/dev/null", dump.path]),
        Contender(name: "check-rdb --shallow", path: check, arguments: ["--shallow", dump.path]),
        Contender(name: "redis-check-rdb", path: peer, arguments: [dump.path]),
      ], on: dump, against: "redis-check-rdb")
  }
}
