package import ArgumentParser
package import Persistence
import Glibc

/// The version that every tool prints for `--version`.
package let salvageVersion = "0.1.0"

/// `--jobs N`, for tools that spread their work over threads.
package struct JobsOption: ParsableArguments {
  /// What was asked for, at least 1; nil when nothing was asked for.
  @Option(
    name: .customLong("jobs"),
    help: ArgumentHelp(
      "Number of worker threads; the output is the same for every number. (default: all cores)",
      valueName: "n"))
  package var requested: Int?

  package init() {}

  /// Number of workers to start, at least 1.
  package var count: Int { requested ?? Self.cores }

  /// Number of processors that the system has online, at least 1.
  package static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Throws a `ValidationError` for fewer than one worker.
  package func validate() throws {
    if let requested, requested < 1 {
      throw ValidationError("--jobs must be at least 1, not \(requested).")
    }
  }
}

/// When a progress bar is drawn.
package enum ProgressMode: String, Sendable, CaseIterable, ExpressibleByArgument {
  /// When standard error is a terminal on which a line can be erased.
  case auto
  /// Also into files and pipes.
  case always
  /// Not at all.
  case never
}

/// `--progress auto|always|never`.
package struct ProgressOption: ParsableArguments {
  /// When to draw the bar.
  @Option(
    name: .customLong("progress"),
    help: ArgumentHelp(
      "Draw a progress bar on standard error: auto (on a terminal), always or never.",
      valueName: "when"))
  package var mode = ProgressMode.auto

  package init() {}

  /// Does work over a file with a bar, which is gone at the end. `unit`: what is counted beside bytes, as a
  /// plural. The work is given what to call with how far it has come.
  package func during<Answer, Failure: Error>(
    unit: String, _ work: ((ScanProgress) -> Void) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    let bar = ProgressBar(mode, total: nil, unit: unit)
    defer { bar.finish() }
    var last: ScanProgress?
    return try work { bar.show($0, after: &last) }
  }
}

/// `--json`, for tools whose other answer is text for a person.
package struct JSONOption: ParsableArguments {
  /// Whether the answer is one JSON object per input, one per line.
  @Flag(name: .customLong("json"), help: "Print one JSON object per input, one per line.")
  package var isOn = false

  package init() {}
}
