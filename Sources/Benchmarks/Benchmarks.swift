package import ArgumentParser

/// The measurements of the project, which anyone can repeat:
/// `swift build -c release && swift run -c release Benchmarks check-rdb`.
@main
package struct Benchmarks: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "benchmarks",
    abstract: "Measure the tools of Salvage against their peers, on data made here.",
    subcommands: [
      CheckRDBBenchmark.self, RDBDumpToJSONBenchmark.self, CheckAOFBenchmark.self,
      SalvageBenchmark.self, SalvageAOFBenchmark.self, AOFRewriteBenchmark.self,
      MemoryReportBenchmark.self, MemoryAccuracyBenchmark.self, ReplayServerBenchmark.self,
      CrashBenchmark.self,
    ])

  package init() {}
}
