package import ArgumentParser
import Foundation
import TestSupport

/// `benchmarks aof-rewrite`: an append-only file to a dump, by aof-rewrite and by a server that loads the one
/// and saves the other.
package struct AOFRewriteBenchmark: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "aof-rewrite",
    abstract: "Time aof-rewrite against a Redis 7.0 that loads the file and saves it.",
    discussion: """
      Makes an append-only file with a real server, once, unless --file names one. Each round runs all \
      programs one after the other: aof-rewrite from its start to its end, when the dump is synced to the \
      disk; the server from its start over the loading of the file to the end of SAVE. Figures are medians \
      over the rounds after one run of each that warms the page cache up. The memory of the server is the \
      resident set that it tells after the save; that of aof-rewrite its peak.
      """)

  @OptionGroup package var options: FileOptions

  package init() {}

  package func run() throws {
    let tool = try options.tool("aof-rewrite").path
    let log = try options.log()
    let folder = URL(fileURLWithPath: options.directory)
    let dump = folder.appendingPathComponent("aof-rewrite.rdb")
    let commands = folder.appendingPathComponent("aof-rewrite.aof")
    defer { for file in [dump, commands] { try? FileManager.default.removeItem(at: file) } }
    let contenders = [
      Contender(name: "aof-rewrite", path: tool, arguments: [log.path, "-o", dump.path]),
      Contender(
        name: "aof-rewrite --jobs 1", path: tool,
        arguments: ["--jobs", "1", log.path, "-o", dump.path]),
      Contender(
        name: "aof-rewrite (to commands)", path: tool, arguments: [log.path, "-o", commands.path]),
    ]
    let bytes = try options.describe(log)
    let peer = "redis-server, SAVE"
    var figures = contenders.map { Timing.Figures(name: $0.name) }
    var server = Timing.Figures(name: peer)
    for round in 0...options.rounds {
      let now = try Timing.inTurn(contenders, rounds: round == 0 ? 0 : 1, warmsUp: round == 0)
      for (index, figure) in now.enumerated() { figures[index].add(figure) }
      try Self.loadAndSave(log, into: &server, isWarmUp: round == 0)
    }
    print(Timing.table(figures + [server], bytes: bytes))
    print(Timing.ratios(of: figures + [server], against: peer), terminator: "")
  }

  /// Times a server from its start to the end of SAVE.
  private static func loadAndSave(
    _ log: URL, into figures: inout Timing.Figures, isWarmUp: Bool
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let server = try ServerKind.real.start(.log(log))
    _ = try server.save()
    let elapsed = clock.now - start
    let memory = try server.info("memory")["used_memory_rss"].flatMap { UInt64($0) }
    let cpu = try server.info("cpu")
    let seconds = ["used_cpu_user", "used_cpu_sys"].compactMap { cpu[$0].flatMap(Double.init) }
    figures.endings.insert(0)
    if isWarmUp {
      figures.peakMemory = memory
    } else {
      figures.wall.append(elapsed)
      figures.cpu.append(.seconds(seconds.reduce(0, +)))
    }
    server.stop()
  }
}
