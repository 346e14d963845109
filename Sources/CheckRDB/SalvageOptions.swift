internal import ArgumentParser
internal import Forensics
internal import Persistence
internal import SystemPackage
internal import ToolKit

/// `--salvage OUT` and what goes with it.
struct SalvageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Write what can be brought back to this file, which appears only when it is whole. The input is \
      never touched.
      """,
      valueName: "out"),
    completion: .file())
  var salvage: String?

  @Option(
    help: ArgumentHelp(
      "With --salvage: write every gap and every lost key to this file, as JSON Lines.",
      valueName: "file"),
    completion: .file())
  var lost: String?

  @Flag(help: "With --salvage: keep the good elements of damaged collections.")
  var partialValues = false

  @Flag(help: "With --salvage: find the RDB inside a larger file, such as an image of a disk.")
  var carve = false

  /// Whether the new RDB or the list of what is lost goes there.
  var takesStandardOutput: Bool { salvage == "-" || lost == "-" }

  /// Throws for options that do not go together.
  func check(files: [String]) throws {
    guard let salvage else {
      guard lost == nil, !partialValues, !carve else {
        throw ValidationError("--lost, --partial-values and --carve go with --salvage.")
      }
      return
    }
    guard !carve || salvage != "-" else {
      throw ValidationError("--carve may find several files: name one for the first.")
    }
    guard files.count == 1 else { throw ValidationError("--salvage takes one FILE.") }
    for output in [salvage, lost].compactMap(\.self) {
      try SalvageOutput.check(output, isNot: files[0], advice: "Name another file.")
    }
    if let lost, lost == salvage || FilePath(lost).isSameFile(as: FilePath(salvage)) {
      throw ValidationError("--salvage and --lost take different files.")
    }
  }

  /// Salvages a file; reports what cannot be written by ending the program.
  func run(
    _ task: RDBSalvage, of file: String, to output: String, progress: (ScanProgress) -> Void
  ) throws -> [RDBVerdict] {
    var task = task
    task.keepsPartialValues = partialValues
    task.carves = carve
    var target = output
    do throws(OutputError) {
      let verdicts = try task.run(file, to: FilePath(output), progress: progress)
      if let lost {
        target = lost
        try writeLost(verdicts, to: FilePath(lost))
      }
      return verdicts
    } catch {
      throw SalvageOutput.failure(error, of: target, tool: "check-rdb")
    }
  }

  private func writeLost(_ verdicts: [RDBVerdict], to path: FilePath) throws(OutputError) {
    let reports = verdicts.compactMap(\.salvage)
    guard !reports.isEmpty else { return }
    // What was carved has names that nobody gave.
    for report in reports {
      if let output = report.output, path.isSameFile(as: FilePath(output)) {
        throw .cannotCreate(.fileExists)
      }
    }
    let list = try OutputFile(path: path)
    var json = JSONWriter()
    for verdict in verdicts {
      verdict.salvage?.writeLost(verdict.findings.findings, to: &json)
    }
    let text = json.take()
    try list.write(unsafe text.span.bytes)
    try list.commit()
  }
}
