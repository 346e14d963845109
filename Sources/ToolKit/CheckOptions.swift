package import ArgumentParser
package import Forensics
package import Persistence

/// What the tools that check files have in common.
package struct CheckOptions: ParsableArguments {
  /// The `databases` setting of the server that is to load what is checked, at least 1.
  @Option(
    help: ArgumentHelp(
      "Databases that the server which is to load the file has.", valueName: "n"))
  package var databases: UInt64 = 16

  /// Findings to list, at least 0.
  @Option(help: ArgumentHelp("Findings to list for a file; more are counted.", valueName: "n"))
  package var maxFindings = 1000

  /// What is to be explained, as it was given; see ``explain(_:)``.
  @Option(
    help: ArgumentHelp(
      "Say what a finding code means, how it comes about and what can be done.",
      valueName: "code"))
  package var explain: String?

  package init() {}

  /// Sets what was asked for, and the time.
  package func set(_ task: inout some CheckTask, _ jobs: JobsOption) {
    task.jobs = jobs.count
    task.now = Clock.unixMilliseconds
    task.databases = databases
    task.findingLimit = maxFindings
  }

  /// Throws a `ValidationError` for numbers out of range.
  package func validate() throws {
    guard maxFindings >= 0 else { throw ValidationError("--max-findings takes 0 or more.") }
    guard databases > 0 else { throw ValidationError("--databases takes 1 or more.") }
  }

  /// Throws a `ValidationError` where a code is to be explained that there is not. `codes` are those of the
  /// tool; `note` is said behind them.
  package func checkExplanation(among codes: [FindingCode], note: String = "") throws {
    guard let explain, FindingCode(text: explain) == nil else { return }
    let list = codes.map(\.rawValue).joined(separator: ", ")
    throw ValidationError("There is no finding code '\(explain)'. The codes are: \(list).\(note)")
  }

  /// Prints the explanation that was asked for; returns whether one was.
  package func printExplanation() -> Bool {
    guard let explain, let code = FindingCode(text: explain) else { return false }
    StandardStream.output.writeOrExit(
      FindingText.explanation(code, as: explain, Terminal(descriptor: 1)))
    return true
  }
}

/// A check or a salvage, of any kind of file.
package protocol CheckTask {
  /// Worker threads, at least 1.
  var jobs: Int { get set }
  /// Unix time in milliseconds.
  var now: Int64 { get set }
  /// Databases of the server that is to load the file, at least 1.
  var databases: UInt64 { get set }
  /// Findings to list.
  var findingLimit: Int { get set }
}

extension RDBCheck: CheckTask {}
extension RDBSalvage: CheckTask {}
extension AOFCheck: CheckTask {}
extension AOFSalvage: CheckTask {}
