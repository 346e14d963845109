package import ArgumentParser
import Foundation
import TestSupport

/// `benchmarks crashes`: kills replay-server as often as one likes.
package struct CrashBenchmark: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "crashes",
    abstract: "Kill replay-server under load at random moments, and look at what comes back.",
    discussion: """
      Four clients write; the server is killed after 10 to 200 milliseconds and started again in the same \
      folder. What was promised has to be there, transactions whole or not at all, and check-aof has to find \
      nothing. The tests do the same five hundred times.
      """)

  @Option(help: "How often.")
  package var kills = 500

  @Option(help: "What the moments are drawn from.")
  package var seed: UInt64 = 1

  @Option(name: .customLong("appendfsync"), help: "When the log is synced: always, everysec or no.")
  package var sync = "always"

  package init() {}

  package func validate() throws {
    guard kills > 0 else { throw ValidationError("--kills must be at least 1.") }
    guard ["always", "everysec", "no"].contains(sync) else {
      throw ValidationError("--appendfsync is always, everysec or no.")
    }
  }

  package func run() throws {
    var faults = 0
    var acknowledged = 0
    try CrashLab.run(kills: kills, sync: sync, seed: seed) { kill, life, outcome in
      acknowledged += outcome.acknowledged
      faults += outcome.faults.count
      for fault in outcome.faults { print("kill \(kill), after \(life) ms: \(fault)") }
    }
    print("\(kills) kills, \(acknowledged) numbers acknowledged, \(faults) faults")
    if faults > 0 { throw ExitCode.failure }
  }
}
