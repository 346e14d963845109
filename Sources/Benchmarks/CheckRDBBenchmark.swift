package import ArgumentParser

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
    try options.compare(
      "check-rdb", with: [["--shallow"]], on: options.dump(), against: "redis-check-rdb")
  }
}
