package import ArgumentParser
import Forensics
import Foundation
import Persistence
import Synchronization
package import TestSupport
import ToolKit

/// `benchmarks salvage-aof`: what a salvage brings back of logs that were damaged on purpose.
package struct SalvageAOFBenchmark: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "salvage-aof",
    abstract: "Damage sound append-only files in every way and count what a salvage brings back.",
    discussion: """
      Takes the logs of fixtures/aof with at least 20 commands, and logs drawn from the seed. A whole \
      command is one without a damaged byte, in itself and in its transaction; recovered is one that \
      comes back in its database, or in one that the plan doubts. An invented command is one that \
      never was, and holds no damaged byte. The same seed damages the same bytes.
      """)

  @Option(help: "Damaged logs, over all kinds of damage.")
  package var files = 2_400

  @Option(help: "Damage other bytes of other logs.")
  package var seed: UInt64 = 1

  @Option(help: "Logs that are drawn, to be damaged beside the fixtures.")
  package var logs = 60

  @Option(help: "Threads.")
  package var jobs = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Only this kind of damage, as the table names it. May be given several times.")
  package var kind: [DamageKind] = []

  @Flag(help: "Print every case in which something is missing or invented.")
  package var verbose = false

  @Option(help: "Write the damaged logs to this folder, each before it is salvaged.")
  package var save: String?

  package init() {}

  package func validate() throws {
    guard files > 0, jobs > 0, logs > 0 else {
      throw ValidationError("--files, --logs and --jobs must be at least 1.")
    }
  }

  package func run() throws {
    let kinds = kind.isEmpty ? DamageKind.ofAOF : kind
    let drawn = try AOFLabLog.draw(logs, seed: seed, large: 20)
    let sound = try AOFLabFile.fixtures() + drawn
    let cases = AOFLabCase.draw(files, of: sound, kinds: kinds, seed: seed)
    var tallies: [DamageKind: AOFLabTally] = [:]
    for (labCase, outcome) in zip(cases, try outcomes(of: cases)) {
      tallies[labCase.damage.kind, default: AOFLabTally()].add(outcome)
      if verbose, let text = complaint(labCase, outcome) { print(text) }
    }
    var table = Table([
      .left("damage"), .right("logs"), .right("whole commands"), .right("recovered"),
      .right("half-lost"), .right("hit, kept"), .right("foreign"), .right("invented"),
      .right("failed"),
    ])
    var sum = AOFLabTally()
    for kind in kinds {
      let tally = tallies[kind] ?? AOFLabTally()
      table.add(row(kind.rawValue, tally))
      sum.add(tally)
    }
    table.add(row("all", sum))
    print(table.render(), terminator: "")
  }

  private func row(_ name: String, _ tally: AOFLabTally) -> [String] {
    [
      name, Text.grouped(tally.logs), Text.grouped(tally.undamaged),
      Share.percent(tally.recoveredShare), Text.grouped(tally.halfLost),
      Text.grouped(tally.hitButKept), Text.grouped(tally.foreign), Text.grouped(tally.invented),
      Text.grouped(tally.failures),
    ]
  }

  /// The outcomes in the order of the cases, from several threads.
  private func outcomes(of cases: [AOFLabCase]) throws -> [AOFLabOutcome] {
    let results = Mutex<[Int: Result<AOFLabOutcome, any Error>]>([:])
    let jobs = jobs
    DispatchQueue.concurrentPerform(iterations: jobs) { job in
      for index in stride(from: job, to: cases.count, by: jobs) {
        let result = Result {
          try save(cases[index])
          return try cases[index].judge()
        }
        results.withLock { $0[index] = result }
      }
    }
    return try results.withLock { all in try cases.indices.compactMap { try all[$0]?.get() } }
  }

  private func save(_ labCase: AOFLabCase) throws {
    guard let save else { return }
    let folder = URL(fileURLWithPath: save)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let name = "\(labCase.file)-\(labCase.damage.kind.rawValue)-\(labCase.seed).aof"
    try Data(labCase.damage.applied(to: labCase.file.bytes))
      .write(to: folder.appendingPathComponent(name))
  }

  private func complaint(_ labCase: AOFLabCase, _ outcome: AOFLabOutcome) -> String? {
    var lines: [String] = []
    if let failure = outcome.failure { lines.append("  failed: \(failure)") }
    for (title, ranges) in [("missed", outcome.missed), ("invented", outcome.invented)]
    where !ranges.isEmpty {
      let places = ranges.prefix(10).map { "\($0)" }
      let more = ranges.count > 10 ? ", and \(ranges.count - 10) more" : ""
      lines.append("  \(title) \(ranges.count): \(places.joined(separator: ", "))\(more)")
    }
    if outcome.misplaced > 0 { lines.append("  misplaced: \(outcome.misplaced)") }
    if !lines.isEmpty, let plan = try? labCase.plan() {
      lines += plan.gaps.prefix(10).map { "  gap \($0.from)..<\($0.to) \($0.reason.rawValue)" }
      lines += plan.doubts.prefix(10).map { "  doubt \($0.from)..<\($0.to)" }
    }
    return lines.isEmpty ? nil : (["\(labCase)"] + lines).joined(separator: "\n")
  }
}
