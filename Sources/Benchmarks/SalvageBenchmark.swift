package import ArgumentParser
import Foundation
import Persistence
import Synchronization
package import TestSupport
import ToolKit

/// `benchmarks salvage`: what a salvage brings back of files that were damaged on purpose.
package struct SalvageBenchmark: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "salvage",
    abstract: "Damage sound files in every way and count what a salvage brings back.",
    discussion: """
      Takes the files of fixtures/ with at least 20 keys. A damaged key is one with a damaged byte in \
      its record. A wrong value is a key with another value or expiry than it had, or one that never \
      was, that no finding names. The same seed damages the same bytes.
      """)

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

  @Flag(help: "Compare the time of a salvage and of a check on a large dump, too.")
  package var speed = false

  @OptionGroup package var dump: FileOptions

  package init() {}

  package func validate() throws {
    guard files > 0, jobs > 0 else {
      throw ValidationError("--files and --jobs must be at least 1.")
    }
  }

  package func run() throws {
    let fixtures = try LabFile.fixtures()
    let kinds = kind.isEmpty ? DamageKind.ofRDB : kind
    print("Files with a checksum\n")
    try print(table(of: fixtures.filter(\.isChecked), kinds))
    print("Files without a checksum\n")
    try print(table(of: fixtures.map { $0.withoutChecksum() }, kinds))
    if speed { try SalvageSpeed(options: dump, jobs: jobs).report() }
  }

  private func table(of fixtures: [LabFile], _ kinds: [DamageKind]) throws -> String {
    let cases = LabCase.draw(files, of: fixtures, kinds: kinds, seed: seed)
    var tallies: [DamageKind: LabTally] = [:]
    for (labCase, outcome) in zip(cases, try outcomes(of: cases)) {
      tallies[labCase.damage.kind, default: LabTally()].add(outcome)
      if verbose, let text = complaint(labCase, outcome) { print(text) }
    }
    var table = Table([
      .left("damage"), .right("files"), .right("whole keys"), .right("recovered"),
      .right("hit, right"), .right("wrong"), .right("restored"), .right("failed"),
    ])
    var sum = LabTally()
    for kind in kinds {
      let tally = tallies[kind] ?? LabTally()
      table.add(row(kind.rawValue, tally))
      sum.add(tally)
    }
    table.add(row("all", sum))
    return table.render()
  }

  private func row(_ name: String, _ tally: LabTally) -> [String] {
    [
      name, Text.grouped(tally.files), Text.grouped(tally.undamaged),
      Share.percent(tally.recoveredShare), Text.grouped(tally.hitButRight),
      Text.grouped(tally.wrong), Text.grouped(tally.restored), Text.grouped(tally.failures),
    ]
  }

  /// The outcomes in the order of the cases, from several threads.
  private func outcomes(of cases: [LabCase]) throws -> [LabOutcome] {
    let results = Mutex<[Int: Result<LabOutcome, any Error>]>([:])
    let jobs = jobs
    DispatchQueue.concurrentPerform(iterations: jobs) { job in
      for index in stride(from: job, to: cases.count, by: jobs) {
        let result = Result {
          try save(cases[index])
          return try cases[index].judge { try LabSalvage.real($0) }
        }
        results.withLock { $0[index] = result }
      }
    }
    return try results.withLock { all in try cases.indices.compactMap { try all[$0]?.get() } }
  }

  private func save(_ labCase: LabCase) throws {
    guard let save else { return }
    let folder = URL(fileURLWithPath: save)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let check = labCase.file.isChecked ? "" : "-unchecked"
    let name = "\(labCase.file)-\(labCase.damage.kind.rawValue)-\(labCase.seed)\(check).rdb"
    try Data(labCase.damage.applied(to: labCase.file.bytes))
      .write(to: folder.appendingPathComponent(name))
  }

  private func complaint(_ labCase: LabCase, _ outcome: LabOutcome) -> String? {
    var lines: [String] = []
    if let failure = outcome.failure { lines.append("  failed: \(failure)") }
    for (title, keys) in [("missed", outcome.missed), ("wrong", outcome.wrong)]
    where !keys.isEmpty {
      let names = keys.prefix(10).map { Text.quoted($0.name.bytes) + " in \($0.database)" }
      let more = keys.count > 10 ? ", and \(keys.count - 10) more" : ""
      lines.append("  \(title): \(names.joined(separator: ", "))\(more)")
    }
    return lines.isEmpty ? nil : (["\(labCase)"] + lines).joined(separator: "\n")
  }
}

/// Shares as the tables of the laboratories print them.
enum Share {
  /// Rounded down: 100.000 % is all of them.
  static func percent(_ share: Double) -> String {
    let thousandths = Int((share * 100_000).rounded(.down))
    let digits = String(thousandths % 1000)
    return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits) %"
  }
}

extension DamageKind: ExpressibleByArgument {}
