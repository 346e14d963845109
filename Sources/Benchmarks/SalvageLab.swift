package import ArgumentParser
import Foundation
import Synchronization
package import TestSupport
import ToolKit

/// What the benchmarks that damage files on purpose have in common: which damages, and how often.
package struct SalvageLab: ParsableArguments {
  @Option(help: "Damaged files, over all kinds of damage.")
  package var files = 2_400

  @Option(help: "Damage other bytes.")
  package var seed: UInt64 = 1

  @Option(help: "Threads.")
  package var jobs = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Only this kind of damage, as the tables name it. May be given several times.")
  package var kind: [DamageKind] = []

  @Flag(help: "Print every case in which something is missing or wrong.")
  package var verbose = false

  @Option(help: "Write the damaged files to this folder, each before it is salvaged.")
  package var save: String?

  package init() {}

  package func validate() throws {
    guard files > 0, jobs > 0 else {
      throw ValidationError("--files and --jobs must be at least 1.")
    }
  }

  /// The words of a table: what is damaged, what it consists of, and the end of a damaged file's name.
  struct Words {
    var files: String
    var records: String
    var suffix: String
  }

  /// Damages files, has every case judged, and returns the sums by kind of damage as a table. `describe` tells
  /// what is missing or wrong in a case, line by line; nothing where all is well.
  func table<File: DamageTarget, Outcome: SalvageOutcome>(
    of sound: [File], _ words: Words, judge: @Sendable (DamageCase<File>) throws -> Outcome,
    describe: (DamageCase<File>, Outcome) -> [String]
  ) throws -> String {
    let kinds = kind.isEmpty ? File.kinds : kind
    let cases = DamageCase.draw(files, of: sound, kinds: kinds, seed: seed)
    var tallies: [DamageKind: SalvageTally<Outcome>] = [:]
    for (labCase, outcome) in zip(cases, try outcomes(of: cases, words.suffix, judge)) {
      tallies[labCase.damage.kind, default: SalvageTally()].add(outcome)
      guard verbose else { continue }
      let failure = outcome.failure.map { "failed: \($0)" }
      let lines = [failure].compactMap(\.self) + describe(labCase, outcome)
      if !lines.isEmpty { print((["\(labCase)"] + lines).joined(separator: "\n  ")) }
    }
    var table = Table(
      [.left("damage"), .right(words.files), .right("whole \(words.records)"), .right("recovered")]
        + Outcome.Count.allCases.map { .right($0.rawValue) } + [.right("failed")])
    var sum = SalvageTally<Outcome>()
    for kind in kinds {
      let tally = tallies[kind] ?? SalvageTally()
      table.add(row(kind.rawValue, tally))
      sum.add(tally)
    }
    table.add(row("all", sum))
    return table.render()
  }

  private func row<Outcome>(_ name: String, _ tally: SalvageTally<Outcome>) -> [String] {
    [
      name, Text.grouped(tally.cases), Text.grouped(tally.undamaged),
      Self.percent(tally.recoveredShare),
    ] + Outcome.Count.allCases.map { Text.grouped(tally[$0]) } + [Text.grouped(tally.failures)]
  }

  /// Rounded down: 100.000 % is all of them.
  private static func percent(_ share: Double) -> String {
    let thousandths = Int((share * 100_000).rounded(.down))
    let digits = String(thousandths % 1000)
    return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits) %"
  }

  /// The outcomes in the order of the cases, from several threads.
  private func outcomes<File: DamageTarget, Outcome: SalvageOutcome>(
    of cases: [DamageCase<File>], _ suffix: String,
    _ judge: @Sendable (DamageCase<File>) throws -> Outcome
  ) throws -> [Outcome] {
    let results = Mutex<[Int: Result<Outcome, any Error>]>([:])
    let jobs = jobs
    DispatchQueue.concurrentPerform(iterations: jobs) { job in
      for index in stride(from: job, to: cases.count, by: jobs) {
        let result = Result {
          try save(cases[index], suffix)
          return try judge(cases[index])
        }
        results.withLock { $0[index] = result }
      }
    }
    return try results.withLock { all in try cases.indices.compactMap { try all[$0]?.get() } }
  }

  private func save(_ labCase: DamageCase<some DamageTarget>, _ suffix: String) throws {
    guard let save else { return }
    let folder = URL(fileURLWithPath: save)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let name = "\(labCase.file)-\(labCase.damage.kind.rawValue)-\(labCase.seed)\(suffix)"
    try Data(labCase.damaged).write(to: folder.appendingPathComponent(name))
  }

  /// A line that names the first ten of some things; none without any.
  static func list(_ title: String, _ names: [String]) -> [String] {
    guard !names.isEmpty else { return [] }
    let more = names.count > 10 ? ", and \(names.count - 10) more" : ""
    return ["\(title): \(names.prefix(10).joined(separator: ", "))\(more)"]
  }
}

extension DamageKind: ExpressibleByArgument {}
