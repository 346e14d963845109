internal import ArgumentParser
internal import Forensics
internal import Persistence
internal import SystemPackage
internal import ToolKit

@main
struct CheckAOF: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-aof",
    abstract: "Check and repair append-only files of Redis and Valkey.",
    discussion: """
      Each PATH is an append-only file, a manifest, or a folder that holds one (appendonlydir); - is \
      standard input; gzip and LZ4 are recognised by content. Says whether it is sound: framing, \
      names and arguments of commands, transactions, databases, timestamps, an RDB that it begins \
      with, and the manifest. Nothing is written without --fix, --truncate-to-timestamp or --salvage; \
      what the first two cut off is saved beside the file first, as NAME.cut-OFFSET, and with the \
      third the input stays as it is.

      Exit status: 0 sound, repaired, or salvaged whole; 1 damaged; 2 salvaged in part, or repaired \
      with --fail-on-loss; 64 wrong usage; 65 not an append-only file; 66 cannot be opened; 73 an \
      output cannot be created; 74 input or output error; of several paths, the worst.
      """,
    version: salvageVersion)

  @Flag(
    help: """
      Tell which commands there are, which keys and prefixes are written most, when, in which scripts \
      and transactions, and what a rewrite would leave out.
      """)
  var stats = false

  @OptionGroup var repair: RepairOptions
  @OptionGroup var checks: CheckOptions
  @OptionGroup var json: JSONOption
  @OptionGroup var jobs: JobsOption
  @OptionGroup var progress: ProgressOption

  @Argument(help: ArgumentHelp("Files or folders to check.", valueName: "path"))
  var paths: [String] = []

  func validate() throws {
    try checks.checkExplanation(
      among: FindingCode.inAOF,
      note: " Those of check-rdb have \(FindingCode.preamblePrefix) before them.")
    try repair.check(paths: paths)
  }

  func run() throws {
    guard !checks.printExplanation() else { return }
    guard !paths.isEmpty else { throw Self.showHelp() }
    let terminal = Terminal(descriptor: 1)
    var statuses: [ExitStatus] = []
    for (index, path) in paths.enumerated() {
      var verdict =
        try repair.salvage.map { try salvage(path, to: $0) }
        ?? check(path, until: repair.until)
      if !json.isOn {
        if index > 0 { StandardStream.output.writeOrExit("\n") }
        StandardStream.output.writeOrExit(AOFVerdictText.render(verdict, terminal))
        if let salvage = verdict.salvage {
          StandardStream.output.writeOrExit(AOFSalvageText.render(salvage, terminal))
        }
        if let statistics = verdict.statistics {
          StandardStream.output.writeOrExit(StatisticsText.render(statistics, terminal))
        }
      }
      let status = repair.run(on: &verdict, asText: !json.isOn, terminal) { check($0, until: nil) }
      statuses.append(status)
      if json.isOn {
        StandardStream.output.writeLineOrExit { verdict.write(to: &$0) }
      }
      if let error = verdict.inputError {
        try? StandardStream.errors.write("check-aof: \(error)\n")
      }
    }
    try ExitStatus.worst(of: statuses).end()
  }

  private func salvage(_ path: String, to output: String) throws -> AOFVerdict {
    var salvage = AOFSalvage()
    checks.set(&salvage, jobs)
    salvage.keepsPartialTransactions = repair.keepPartialTransactions
    salvage.until = repair.until
    do throws(OutputError) {
      return try progress.during(unit: "commands") { (show) throws(OutputError) in
        try salvage.run(path, to: FilePath(output), progress: show)
      }
    } catch {
      throw SalvageOutput.failure(error, of: output, tool: "check-aof")
    }
  }

  private func check(_ path: String, until: Int64?) -> AOFVerdict {
    var check = AOFCheck()
    checks.set(&check, jobs)
    check.until = until
    check.wantsStatistics = stats
    return progress.during(unit: "commands") { check.run(path, progress: $0) }
  }
}
