package import Keyspace
internal import Persistence

extension ReplayOutcome {
  /// Lines of one kind that are shown; more are counted.
  package static let shown = 12

  /// What was left out and why, a line for each.
  ///
  /// - `input`: what was to be replayed, as it was named.
  package func lines(of input: String) -> [String] {
    var lines = problems.prefix(Self.shown).map { "\($0.line); left out" }
    let more = problemCount - UInt64(lines.count)
    if more > 0 { lines.append("\(Text.count(more, "more command")) left out") }
    if let failure { lines += failure.lines(of: input) }
    if let tail {
      let what = tail.error.map { "\($0.code.rawValue): \($0)" } ?? "a transaction without EXEC"
      lines.append(
        "\(Text.shown(tail.file)): \(what); \(Text.count(tail.bytes, "byte")) from byte \(tail.from) on "
          + "left out")
    }
    return lines
  }
}

extension ReplayOutcome.Failure {
  /// Why a replay ended, and what can be done.
  ///
  /// - `input`: what was to be replayed, as it was named.
  package func lines(of input: String) -> [String] {
    switch self {
    case .unreadable(let error, let file): ["\(Text.shown(file)): \(error)"]
    case .noLog(let text): [Text.shown(text)]
    case .brokenManifest(let text):
      ["\(Text.shown(input)): manifest: \(text); see check-aof --salvage"]
    case .rdb(let error, let file):
      [
        "\(Text.shown(file)): \(error.code.rawValue) at byte \(error.offset): \(error); see check-rdb "
          + "--salvage"
      ]
    case .log(let error, let file):
      [
        "\(Text.shown(file)): \(error.code.rawValue) at byte \(error.offset): \(error); what follows may "
          + "be whole: see check-aof --salvage"
      ]
    case .command(let problem):
      [
        problem.line,
        "nothing has been written: --keep-going leaves such commands out, --skip those of a name, "
          + "--until command:\(problem.number - 1) ends before it",
      ]
    case .endNotFound: ["\(Text.shown(input)): there is no such command in it to end before"]
    }
  }

  /// The exit code of a tool whose replay ended so.
  package var exitStatus: ExitStatus {
    switch self {
    case .unreadable(let error, _): error.exitStatus
    case .noLog: .notThisKind
    case .rdb(let error, _), .log(let error, _):
      error.code == .badMagic || error.code == .unsupportedVersion ? .notThisKind : .damaged
    case .brokenManifest, .command, .endNotFound: .damaged
    }
  }
}

extension SourceError {
  /// The exit code of a tool that could not read its input.
  fileprivate var exitStatus: ExitStatus {
    switch self {
    case .cannotOpen, .isDirectory, .noWriter: .cannotOpen
    case .unsupportedCompression: .notThisKind
    case .damagedCompression, .truncatedCompression: .damaged
    case .readFailed, .cannotSpool, .changedWhileRead: .ioError
    }
  }
}

extension ReplayProblem {
  /// Where a command is that could not be run, and why.
  fileprivate var line: String {
    let words = arguments.map { Text.quoted($0.bytes, columns: 24) }.joined(separator: " ")
    let why =
      switch reason {
      case .refused(let error): error.message
      case .script(let sha1): "scripts are not run" + (sha1.map { " (SHA1 \($0))" } ?? "")
      case .unknown: "this build does not run such a command"
      }
    return
      "\(Text.shown(file)): byte \(offset), command \(number), database \(database): \(words): "
      + why
  }
}

extension RewriteReport {
  /// Keys of which something cannot be held, a line for each.
  package var lossLines: [String] {
    var lines = losses.prefix(ReplayOutcome.shown).map { loss in
      let whole = loss.loss.isWhole ? "left out: " : ""
      return "database \(loss.database), key \(Text.quoted(loss.key.bytes, columns: 60)): "
        + "\(whole)\(loss.loss)"
    }
    let more = lossCount - UInt64(lines.count)
    if more > 0 { lines.append("\(Text.count(more, "more line")) of this kind") }
    return lines
  }
}
