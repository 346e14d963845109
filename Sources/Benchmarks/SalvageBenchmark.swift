package import ArgumentParser
import Persistence
import TestSupport
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

  @OptionGroup package var lab: SalvageLab

  @Flag(help: "Compare the time of a salvage and of a check on a large dump, too.")
  package var speed = false

  @OptionGroup package var dump: FileOptions

  package init() {}

  package func run() throws {
    let fixtures = try LabFile.fixtures()
    print("Files with a checksum\n")
    try print(table(of: fixtures.filter(\.isChecked), ".rdb"))
    print("Files without a checksum\n")
    try print(table(of: fixtures.map { $0.withoutChecksum() }, "-unchecked.rdb"))
    if speed { try SalvageSpeed(options: dump, jobs: lab.jobs).report() }
  }

  private func table(of fixtures: [LabFile], _ suffix: String) throws -> String {
    try lab.table(
      of: fixtures, SalvageLab.Words(files: "files", records: "keys", suffix: suffix),
      judge: { try $0.judge { try LabSalvage.real($0) } },
      describe: { Self.list("missed", $1.missed) + Self.list("wrong", $1.wrong) })
  }

  private static func list(_ title: String, _ keys: [LabKey]) -> [String] {
    SalvageLab.list(title, keys.map { Text.quoted($0.name.bytes) + " in \($0.database)" })
  }
}
