package import ArgumentParser
import Forensics
import TestSupport

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

  @OptionGroup package var lab: SalvageLab

  @Option(help: "Logs that are drawn, to be damaged beside the fixtures.")
  package var logs = 60

  package init() {}

  package func validate() throws {
    guard logs > 0 else { throw ValidationError("--logs must be at least 1.") }
  }

  package func run() throws {
    let drawn = try AOFLabLog.draw(logs, seed: lab.seed, large: 20)
    let table = try lab.table(
      of: AOFLabFile.fixtures() + drawn,
      SalvageLab.Words(files: "logs", records: "commands", suffix: ".aof"),
      judge: { try $0.judge() }, describe: Self.describe)
    print(table, terminator: "")
  }

  private static func describe(_ labCase: AOFLabCase, _ outcome: AOFLabOutcome) -> [String] {
    var lines: [String] = []
    for (title, ranges) in [("missed", outcome.missed), ("invented", outcome.invented)] {
      lines += SalvageLab.list("\(title) \(ranges.count)", ranges.map { "\($0)" })
    }
    if outcome.misplaced > 0 { lines.append("misplaced: \(outcome.misplaced)") }
    guard !lines.isEmpty || outcome.failure != nil, let plan = try? labCase.plan() else {
      return lines
    }
    lines += plan.gaps.prefix(10).map { "gap \($0.from)..<\($0.to) \($0.reason.rawValue)" }
    return lines + plan.doubts.prefix(10).map { "doubt \($0.from)..<\($0.to)" }
  }
}
