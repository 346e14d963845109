internal import Keyspace
internal import Persistence
internal import ToolKit

/// Tells what came of a rewrite: the result on standard output, or with the dataset there, on standard error;
/// what went wrong on standard error.
struct RewriteText {
  let input: String
  let output: String?
  let isJSON: Bool

  func tell(_ outcome: Rewriter.Outcome) {
    complain(outcome)
    if isJSON {
      return StandardStream.output.writeLineOrExit {
        RewriteJSON.write(outcome, input: input, output: output, to: &$0)
      }
    }
    if let digest = outcome.digest {
      StandardStream.output.writeOrExit("\(digest)\n")
    }
    guard let output, outcome.isReplayed, !outcome.isRefused, let report = outcome.report else {
      return
    }
    let text = summary(outcome, report, output)
    if output == "-" {
      try? StandardStream.errors.write(text)
    } else {
      StandardStream.output.writeOrExit(text)
    }
  }

  // MARK: The result

  private func summary(
    _ outcome: Rewriter.Outcome, _ report: RewriteReport, _ output: String
  ) -> String {
    let terminal = Terminal(descriptor: output == "-" ? 2 : 1)
    let keys = UInt64(outcome.databases.reduce(0) { $0 + $1.keys })
    let expires = outcome.databases.reduce(0) { $0 + $1.expires }
    var facts: [(label: String, body: String)] = []
    facts.append(("Replayed", replayed(outcome.replay)))
    facts.append(
      (
        "Keys",
        "\(Text.grouped(keys)) in \(Text.count(UInt64(outcome.databases.count), "database")), "
          + "\(Text.grouped(expires)) with expiry"
      ))
    let target = outcome.isDefaultTarget ? "\(outcome.target), see --target" : "\(outcome.target)"
    facts.append(
      ("Written", "\(Text.byteSize(report.bytes)) as \(outcome.form.rawValue) for \(target)"))
    if report.streamsWithoutCounters > 0 {
      let streams = Text.count(report.streamsWithoutCounters, "stream")
      facts.append(("Not kept", "counters of \(streams), which \(outcome.target) does not have"))
    }
    if let verification = outcome.verification {
      facts.append(("Verified", verified(verification)))
    }
    return "\(terminal.style.bold(Text.shown(output)))  written from \(Text.shown(input))\n"
      + Text.facts(facts, indent: 2, terminal)
  }

  private func replayed(_ replay: ReplayOutcome) -> String {
    var parts: [String] = []
    if replay.loadedKeys > 0 { parts.append("\(Text.count(replay.loadedKeys, "key")) of a dump") }
    if replay.commands > 0 || parts.isEmpty {
      parts.append(Text.count(replay.commands, "command"))
    }
    var text = parts.joined(separator: " and ")
    if replay.skipped > 0 {
      text += ", \(Text.count(replay.skipped, "command")) left out by --skip"
    }
    if let stop = replay.stoppedAt {
      text += ", up to byte \(Text.grouped(stop.offset)) of \(Text.shown(stop.file))"
    }
    return text
  }

  private func verified(_ verification: Verification) -> String {
    guard verification.isEqual else { return "NO: the output is not what it should be" }
    var text = "\(Text.count(verification.equal, "key")) read back, all equal"
    if verification.lossy > 0 {
      text += "; \(Text.grouped(verification.lossy)) not compared, of which something was left out"
    }
    return text
  }

  // MARK: What went wrong

  private func complain(_ outcome: Rewriter.Outcome) {
    var lines = outcome.replay.lines(of: input)
    if let report = outcome.report { lines += losses(report, outcome) }
    if let verification = outcome.verification { lines += differences(verification) }
    guard !lines.isEmpty else { return }
    try? StandardStream.errors.write(lines.map { "aof-rewrite: \($0)\n" }.joined())
  }

  private func losses(_ report: RewriteReport, _ outcome: Rewriter.Outcome) -> [String] {
    guard report.isLossy else { return [] }
    var lines = report.lossLines
    if report.functionsLeftOut > 0 {
      lines.append(
        "\(Text.grouped(report.functionsLeftOut)) of the libraries of functions left out")
    }
    if outcome.isRefused {
      lines.append(
        "\(outcome.target) cannot hold all of it, and nothing has been written: name another --target, "
          + "or let --drop-unsupported leave it out")
    }
    return lines
  }

  private func differences(_ verification: Verification) -> [String] {
    var lines: [String] = []
    if let failure = verification.failure {
      lines += failure.lines(of: output ?? "").map { "reading back: \($0)" }
    }
    for (database, key) in verification.different.prefix(ReplayOutcome.shown) {
      lines.append(
        "the output differs in database \(database), key \(Text.quoted(key.bytes, columns: 60))")
    }
    if !verification.hasEqualFunctions { lines.append("the output differs in its functions") }
    return lines
  }
}

/// What a rewrite ends with.
enum RewriteStatus {
  static func of(_ outcome: Rewriter.Outcome) -> ExitStatus {
    if let failure = outcome.replay.failure { return failure.exitStatus }
    if outcome.isRefused { return .damaged }
    if let verification = outcome.verification, !verification.isEqual { return .damaged }
    let isLossy =
      outcome.replay.tail != nil || outcome.replay.problemCount > 0
      || outcome.report?.isLossy == true
    return isLossy ? .partial : .ok
  }
}
