internal import ArgumentParser
internal import Forensics
internal import Persistence
internal import SystemPackage
internal import ToolKit

@main
struct CheckRDB: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-rdb",
    abstract: "Check RDB files of Redis and Valkey.",
    discussion: """
      Reads each FILE (or - for standard input; gzip and LZ4 are recognised by content) and says \
      whether it is sound: framing, every length, every compact encoding, order and duplicates inside \
      collections, streams, duplicate keys, and the checksum. Nothing is ever written to a file that \
      is checked; --salvage writes what can be brought back of it to a new one.

      Exit status: 0 sound, 1 damaged, 64 wrong usage, 65 not an RDB file or of an unknown version, \
      66 cannot be opened, 73 an output cannot be created, 74 input or output error; of several \
      files, the worst. With --salvage: 0 nothing is missing, 1 nothing came back, 2 something is \
      missing or in doubt, 65 no RDB at all.
      """,
    version: salvageVersion)

  @Flag(help: "Check framing and checksum only, not the inside of values.")
  var shallow = false

  @Flag(name: .customLong("sha256"), help: "Report the SHA-256 of each file as it is stored.")
  var wantsSHA256 = false

  @OptionGroup var checks: CheckOptions
  @OptionGroup var salvage: SalvageOptions
  @OptionGroup var json: JSONOption
  @OptionGroup var jobs: JobsOption
  @OptionGroup var progress: ProgressOption

  @Argument(help: ArgumentHelp("Files to check.", valueName: "file"))
  var files: [String] = []

  func validate() throws {
    try checks.checkExplanation(among: FindingCode.inRDB)
    try salvage.check(files: files)
    guard salvage.salvage == nil || !(shallow || wantsSHA256) else {
      throw ValidationError("--shallow and --sha256 do not go with --salvage.")
    }
  }

  func run() throws {
    guard !checks.printExplanation() else { return }
    guard !files.isEmpty else { throw Self.showHelp() }
    // Where a file of the salvage goes to standard output, the report goes to standard error.
    let output = salvage.takesStandardOutput ? StandardStream.errors : StandardStream.output
    let terminal = Terminal(descriptor: salvage.takesStandardOutput ? 2 : 1)
    var statuses: [ExitStatus] = []
    var isFirst = true
    for file in files {
      for verdict in try check(file) {
        statuses.append(verdict.exitStatus)
        if json.isOn {
          output.writeLineOrExit { verdict.write(to: &$0) }
        } else {
          if !isFirst { output.writeOrExit("\n") }
          output.writeOrExit(VerdictText.render(verdict, terminal))
          if let report = verdict.salvage {
            output.writeOrExit(SalvageText.render(report, verdict, lost: salvage.lost, terminal))
          }
        }
        isFirst = false
        if let error = verdict.inputError {
          try? StandardStream.errors.write("check-rdb: \(file): \(error)\n")
        }
      }
    }
    try ExitStatus.worst(of: statuses).end()
  }

  private func check(_ file: String) throws -> [RDBVerdict] {
    if let output = salvage.salvage {
      var task = RDBSalvage()
      checks.set(&task, jobs)
      return try progress.during(unit: "keys") { show in
        try salvage.run(task, of: file, to: output, progress: show)
      }
    }
    var check = RDBCheck()
    checks.set(&check, jobs)
    check.isDeep = !shallow
    check.wantsSHA256 = wantsSHA256
    return [progress.during(unit: "keys") { check.run(file, progress: $0) }]
  }
}
