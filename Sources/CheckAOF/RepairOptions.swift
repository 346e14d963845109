internal import ArgumentParser
internal import Forensics
internal import Persistence
internal import SystemPackage
internal import ToolKit

/// `--fix`, `--truncate-to-timestamp` and what goes with them.
struct RepairOptions: ParsableArguments {
  @Flag(
    help: """
      Cut the file back to its last whole command, or to before an open MULTI. What is cut is saved \
      beside it first.
      """)
  var fix = false

  @Option(
    help: ArgumentHelp(
      """
      Cut off what was written after this time: Unix seconds, or ISO 8601. Needs a file with \
      timestamps (aof-timestamp-enabled yes). Files behind the cut leave the manifest. With \
      --salvage, only what comes back is cut.
      """,
      valueName: "time"),
    transform: readTime)
  var truncateToTimestamp: Int64?

  @Option(
    help: ArgumentHelp(
      """
      Write what can be brought back to this file, or of an AOF of several files to this folder. The \
      input is never touched; what is left out is saved as OUT.skipped.
      """,
      valueName: "out"),
    completion: .file())
  var salvage: String?

  @Flag(help: "With --salvage: keep what is left of a transaction a part of which is lost.")
  var keepPartialTransactions = false

  @Flag(help: "Answer yes to the question that is asked on a terminal before anything is cut.")
  var yes = false

  @Flag(help: "Only tell what --fix or --truncate-to-timestamp would do.")
  var dryRun = false

  @Flag(help: "Exit with 2 where something was cut.")
  var failOnLoss = false

  /// Unix time in seconds up to which commands are to stay.
  var until: Int64? { truncateToTimestamp }

  /// Whether the input itself is cut.
  private var isOn: Bool { fix || truncateToTimestamp != nil && salvage == nil }

  /// Throws for options that do not go together.
  func check(paths: [String]) throws {
    guard isOn || !(yes || dryRun || failOnLoss) else {
      throw ValidationError(
        "--yes, --dry-run and --fail-on-loss go with a --fix or --truncate-to-timestamp that cuts.")
    }
    if let salvage {
      guard !fix else { throw ValidationError("--salvage does not go with --fix.") }
      guard paths.count == 1, salvage != "-" else {
        throw ValidationError("--salvage takes one PATH, and the name of a file or folder.")
      }
      try SalvageOutput.check(salvage, isNot: paths[0], advice: "Name another.")
    }
    guard salvage != nil || !keepPartialTransactions else {
      throw ValidationError("--keep-partial-transactions goes with --salvage.")
    }
    guard !isOn || !paths.contains("-") else {
      throw ValidationError("Standard input cannot be repaired: name a file.")
    }
  }

  /// Repairs what was checked, if that was asked for, and tells so in the verdict. Returns the exit status
  /// for the path.
  func run(
    on verdict: inout AOFVerdict, asText: Bool, _ terminal: Terminal,
    check: (String) -> AOFVerdict
  ) -> ExitStatus {
    guard isOn, verdict.inputError == nil, verdict.outcome != .notThisKind else {
      return verdict.exitStatus
    }
    func say(_ text: String) {
      if asText {
        StandardStream.output.writeOrExit(text)
      }
    }
    let repair = AOFRepair(verdict)
    let plan: AOFRepair.Plan?
    do throws(AOFRepair.Refusal) {
      plan = try makePlan(repair)
    } catch {
      let text = RepairText.refusal(error, verdict)
      if asText {
        say(Text.wrap(text, width: terminal.columns, indent: 2) + "\n")
      } else {
        try? StandardStream.errors.write("check-aof: \(text)\n")
      }
      return .damaged
    }
    guard let plan else {
      say("\n  Nothing to cut.\n")
      return verdict.exitStatus
    }
    say(RepairText.plan(plan, terminal))
    verdict.repair = AOFRepairReport(plan: plan, isDone: false)
    guard !dryRun else {
      say("  Nothing was changed (--dry-run).\n")
      return verdict.exitStatus
    }
    guard yes || answersYes() else {
      say("  Nothing was changed.\n")
      return .damaged
    }
    do throws(AOFRepairError) {
      try repair.perform(plan)
    } catch {
      try? StandardStream.errors.write(
        "check-aof: \(Text.shown(error.file.string)): \(RepairText.message(error.failure))\n")
      return ExitStatus(error.failure)
    }
    let after = check(verdict.file)
    verdict.repair = AOFRepairReport(plan: plan, isDone: true, after: after.status)
    say(RepairText.done(after, terminal))
    guard after.exitStatus == .ok else { return after.exitStatus }
    return failOnLoss ? .partial : .ok
  }

  private func makePlan(_ repair: AOFRepair) throws(AOFRepair.Refusal) -> AOFRepair.Plan? {
    guard let until else { return try repair.plan() }
    do throws(AOFRepair.Refusal) {
      return try repair.plan(until: until)
    } catch {
      // Damage before that time is where --fix cuts.
      if fix, case .damaged(.beforeTheTime, _) = error { return try repair.plan() }
      throw error
    }
  }

  /// Asks on a terminal; where nobody can be asked, the option is the answer.
  private func answersYes() -> Bool {
    guard Terminal(descriptor: 0).isTerminal else { return true }
    StandardStream.output.writeOrExit("  Continue? [y/N]: ")
    let answer = readLine() ?? ""
    return answer.first == "y" || answer.first == "Y"
  }
}

/// Unix seconds of a text.
private func readTime(_ text: String) throws -> Int64 {
  guard let moment = ISOTime.moment(text) else {
    throw ValidationError(
      "not a time in ISO 8601, such as 2026-11-22T09:53:18Z, or Unix seconds")
  }
  // Timestamps are whole seconds: those of a second that has begun stay.
  return moment >= 0 ? moment / 1000 : (moment - 999) / 1000
}
