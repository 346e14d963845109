internal import ArgumentParser
internal import Keyspace
internal import Persistence
internal import ToolKit

/// How far an input is replayed, and what is left out on the way.
struct ReplayOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Replay up to here: a time in ISO 8601 or Unix seconds (by the timestamps of the log); offset:N, \
      the bytes of the file up to there; command:N, so many commands; before:NAME, up to before the last \
      command of that name. Of several files, N counts in the last one, or in FILE: offset:FILE:N. A \
      transaction is replayed whole or not at all.
      """,
      valueName: "when"),
    transform: readEnd)
  var until = ReplayEnd.never

  @Option(
    help: ArgumentHelp(
      "Leave out every command of this name (EVAL, FLUSHALL, XGROUP|DESTROY). Repeatable.",
      valueName: "command"))
  var skip: [String] = []

  @Flag(
    help: """
      Go on behind a command that a server would refuse, as a server does; without it the replay ends \
      there, and nothing is written.
      """)
  var keepGoing = false

  @Option(
    help: ArgumentHelp(
      """
      The release that wrote the log, for the few commands that meant something else then; the default is \
      what an RDB at its beginning tells, else Redis 7.0.
      """,
      valueName: "server"),
    transform: AOFRewrite.target(named:))
  var source: RDBTarget?

  @Option(
    help: ArgumentHelp(
      """
      Print every write that touched keys which match this glob: where, when, the command, and what the \
      key held before and after. Repeatable.
      """,
      valueName: "glob"))
  var history: [String] = []

  /// Throws for options that do not go together.
  func check(input: String) throws {
    if case .before = until, input == "-" {
      throw ValidationError("--until before:… reads the input twice: name a file.")
    }
  }

  func replay(jobs: Int) -> Replay {
    var replay = Replay()
    replay.jobs = jobs
    replay.end = until
    replay.keepsGoing = keepGoing
    replay.writer = source
    for name in skip { replay.skip(name) }
    return replay
  }

  func historyRequest(asJSON: Bool) -> HistoryRequest? {
    guard !history.isEmpty else { return nil }
    return HistoryRequest(globs: history.map { Glob($0) }) { event in
      HistoryText.write(event, asJSON: asJSON)
    }
  }
}

private func readEnd(_ text: String) throws -> ReplayEnd {
  guard let end = ReplayEnd(text) else {
    throw ValidationError(
      "not a time, such as 2026-11-22T09:53:18Z or 1795335911, nor offset:N, command:N or before:NAME"
    )
  }
  return end
}
