package import ArgumentParser

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
    try options.compare(
      "check-aof", with: [["--stats"], ["--jobs", "1"]], on: options.log(),
      against: "redis-check-aof")
  }
}
