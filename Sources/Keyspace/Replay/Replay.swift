internal import Forensics
package import Persistence
package import SystemPackage

/// Loads an RDB file, an AOF, or the files of a manifest into a keyspace, as a server would at its start, and
/// up to where one wants.
package struct Replay: Sendable {
  /// Threads, at least 1.
  package var jobs = 1
  /// Where to end.
  package var end = ReplayEnd.never
  /// Whether a command that a server would refuse is left out; else the replay ends there.
  package var keepsGoing = false
  /// Commands that could not be run and are kept; more are counted.
  package var problemLimit = 1000
  /// Unix milliseconds from which commands count that set a lifetime from now on, as old releases logged
  /// them, unless an annotation tells the time.
  package var now: Int64 = 0
  /// The release that wrote the log; nil for what an RDB in the file tells.
  package var writer: RDBTarget?
  /// Which keys somebody wants to know about.
  package var history: HistoryRequest?

  /// By the place in the command table: whether the command is left out.
  private var skipped = [Bool](repeating: false, count: CommandTable.shared.entries.count)
  /// Names of commands that no server has, in lower case.
  private var skippedNames: Set<ByteString> = []

  package init() {}

  /// The number of databases that a replay makes, if they are used: more than any server has been seen with,
  /// and few enough for a number in a damaged file to cost nothing to speak of.
  package static let databaseLimit = 1 << 16

  /// Leaves out a command of this name (`EVAL`, `XGROUP|CREATE`), and its subcommands.
  package mutating func skip(_ name: String) {
    skippedNames.insert(ByteString(name.lowercased()))
    for entry in CommandTable.shared.entries(named: name) { skipped[entry.index] = true }
  }

  func skips(_ entry: CommandEntry) -> Bool { skipped[entry.index] }

  /// Counts a command that could not be run, and keeps it if it is one of the first; returns it where it ends
  /// the replay instead.
  func note(
    _ problem: @autoclosure () -> ReplayProblem, among problems: inout [ReplayProblem],
    _ count: inout UInt64
  ) -> ReplayProblem? {
    guard keepsGoing else { return problem() }
    count += 1
    if problems.count < problemLimit { problems.append(problem()) }
    return nil
  }

  func skips(_ name: RawSpan) -> Bool {
    guard !skippedNames.isEmpty else { return false }
    let folded = ByteString(name).bytes.map { (65...90).contains($0) ? $0 + 32 : $0 }
    return skippedNames.contains(ByteString(folded))
  }

  /// Whether a command that the keyspace does not run changes no dataset: what gets into a log by scripts
  /// that publish, or from a primary's stream.
  func isOfNoEffect(_ entry: CommandEntry) -> Bool {
    Self.withoutEffect.contains(CommandTable.shared.name(entry))
  }

  private static let withoutEffect: Set<String> = [
    "ping", "echo", "publish", "spublish", "replconf", "wait", "script|load", "script|flush",
    "script|exists", "watch", "unwatch", "time", "client|setname",
  ]

  /// Loads what a path leads to. The keyspace is left with what was replayed, also after a failure.
  package func run(
    _ path: FilePath, into keyspace: inout Keyspace, progress: (ScanProgress) -> Void = { _ in }
  ) -> ReplayOutcome {
    var outcome = ReplayOutcome()
    let layout: AOFLayout
    do throws(AOFLayoutError) {
      layout = try AOFLayout.find(path)
    } catch {
      if case .source(let source, let path) = error {
        outcome.failure = .unreadable(source, file: path.string)
      } else {
        outcome.failure = .noLog(error.description)
      }
      return outcome
    }
    run(layout, opened: nil, into: &keyspace, &outcome, progress)
    return outcome
  }

  /// Loads a file that is open already: what came through a pipe can be read once. `end` is none that has to be
  /// searched for.
  package func run(
    _ input: Input, into keyspace: inout Keyspace, progress: (ScanProgress) -> Void = { _ in }
  ) -> ReplayOutcome {
    var outcome = ReplayOutcome()
    run(AOFLayout(input), opened: input, into: &keyspace, &outcome, progress)
    return outcome
  }

  /// `opened`: the only file, where it is open.
  private func run(
    _ layout: AOFLayout, opened: Input?, into keyspace: inout Keyspace,
    _ outcome: inout ReplayOutcome, _ progress: (ScanProgress) -> Void
  ) {
    if let problem = layout.problems.first {
      outcome.failure = .brokenManifest("line \(problem.line): \(problem.error.description)")
      return
    }
    if let missing = layout.missing.first {
      outcome.failure = .brokenManifest("\(missing.path) is listed and not there")
      return
    }
    keyspace.clock = .loading(now: now)
    let ends = fileEnds(layout, &outcome)
    for (index, part) in layout.parts.enumerated() where outcome.failure == nil {
      let isLast = index == layout.parts.count - 1
      guard outcome.stoppedAt == nil else { break }
      keyspace.selected = 0
      do throws(SourceError) {
        let file = if let opened { try AOFFile(opened) } else { try AOFFile(part.path) }
        let before = outcome.bytes
        let size = run(
          file, part.path, end: ends[index], isLast: isLast, &outcome, &keyspace, progress)
        let place = outcome.place ?? size
        outcome.bytes = before + max(size, place)
        outcome.replayedBytes = before + place
      } catch {
        outcome.failure = .unreadable(error, file: part.path.string)
      }
      // A place in a file is the end also where all of that file lies before it.
      if ends[index]?.isPlace ?? false, !isLast, outcome.stoppedAt == nil {
        outcome.stoppedAt = (layout.parts[index + 1].path.string, 0)
      }
    }
    keyspace.selected = 0
  }

  /// One file of a log, or the only one. Returns how many bytes it has, as far as that is known.
  private func run(
    _ file: AOFFile, _ path: FilePath, end: CommandRunner.FileEnd?, isLast: Bool,
    _ outcome: inout ReplayOutcome, _ keyspace: inout Keyspace, _ progress: (ScanProgress) -> Void
  ) -> UInt64 {
    // Files of several that have no dump in front of their commands are of Redis 7.0 and later.
    var loaded = outcome.source.flatMap { $0.version < 10 ? nil : $0 }
    if file.format == .rdb {
      let release = RDBLoader(jobs: jobs).load(file, named: path.string, into: &keyspace, &outcome)
      guard outcome.failure == nil else { return file.input?.decodedSize() ?? 0 }
      if outcome.source == nil { outcome.source = release }
      loaded = release
    }
    keyspace.semantics = (writer ?? loaded).map { LogSemantics($0) } ?? LogSemantics()
    guard let scanner = file.commands() else { return file.input?.decodedSize() ?? 0 }
    let before = outcome
    var runner = CommandRunner(file: path.string, self, before, end: end)
    do throws(SourceError) {
      try runCommands(scanner, &runner, &keyspace) {
        progress(
          ScanProgress(
            bytes: file.input?.storedBytesRead ?? 0, total: file.input?.storedSize, count: $0))
      }
    } catch {
      runner.outcome.failure = runner.outcome.failure ?? .unreadable(error, file: path.string)
    }
    outcome = runner.outcome
    if outcome.failure == nil, outcome.stoppedAt == nil {
      conclude(
        scanner.ending, of: file, transactionStart: runner.transactionStart, path, isLast, &outcome)
    }
    // A scan that was ended early has not seen all.
    return max(scanner.ending.fileSize, file.input?.decodedSize() ?? 0)
  }

  /// Parses batches on all threads, and runs them: those whose commands keep to single keys in lanes, the
  /// others one after the other.
  private func runCommands(
    _ scanner: CommandScanner, _ runner: inout CommandRunner, _ keyspace: inout Keyspace,
    progress: (UInt64) -> Void
  ) throws(SourceError) {
    let stop = StopFlag()
    let recycle = scanner.recycler()
    // A history follows the commands one after the other.
    let laneCount = history == nil ? min(jobs, LanePlan.mostLanes) : 1
    var lanes: ReplayLanes?
    var batches = 0
    defer {
      if let lanes {
        runner.take(lanes.join(&keyspace))
        lanes.end()
      }
    }
    try OrderedPipeline.run(
      jobs: laneCount > 1 ? jobs - 1 : jobs,
      fetch: { () throws(SourceError) -> ScannedCommands? in
        stop.isSet ? nil : try scanner.next()
      },
      makeWorker: { CommandPreparer(lanes: laneCount, replay: self, recycle: recycle) },
      merge: { prepared in
        guard !stop.isSet else { return }
        switch prepared {
        case .success(let batch):
          batches += 1
          // A file of one batch needs no lanes.
          if batches == 2, laneCount > 1 {
            lanes = ReplayLanes(count: laneCount, file: runner.file, self)
          }
          runner.run(batch, on: &keyspace, lanes)
          if runner.isOver || lanes?.haveFailed ?? false { stop.set() }
          progress(runner.outcome.commands)
        case .failure(let error):
          runner.fail(error)
          stop.set()
        }
      })
  }

  /// What the end of a file means.
  func conclude(
    _ ending: CommandEnding, of file: AOFFile, transactionStart: UInt64?, _ path: FilePath,
    _ isLast: Bool, _ outcome: inout ReplayOutcome
  ) {
    if let error = ending.compressionError {
      outcome.failure = .unreadable(error, file: path.string)
      return
    }
    // The first command of a log may have broken off in its first bytes, too.
    guard !ending.looksForeign || ending.error?.code != .badFraming else {
      outcome.failure = .noLog("\(path) is neither an append-only file nor a dump")
      return
    }
    let from = transactionStart ?? ending.lastEnd
    let isTail =
      isLast && (ending.error == nil || ending.error?.code == .truncated || ending.restIsZero)
    if let error = ending.error, !isTail {
      outcome.failure = .log(error, file: path.string)
      return
    }
    guard ending.error != nil || transactionStart != nil else { return }
    guard isTail else {
      let error = FormatError(.truncated, at: Int(clamping: from), "a transaction without EXEC")
      outcome.failure = .log(error, file: path.string)
      return
    }
    do throws(SourceError) {
      if let error = ending.error, try hasCommands(behind: ending, in: file, path) {
        outcome.failure = .log(error, file: path.string)
        return
      }
    } catch {
      outcome.failure = .unreadable(error, file: path.string)
      return
    }
    outcome.tail = ReplayOutcome.Tail(
      file: path.string, from: from, bytes: ending.fileSize - from, error: ending.error)
  }
}

extension Replay {
  /// Whether commands go on behind a broken one: then its length is damaged, and nothing broke off.
  ///
  /// What came through a pipe cannot be read again, and is believed to have broken off.
  private func hasCommands(
    behind ending: CommandEnding, in file: AOFFile, _ path: FilePath
  ) throws(SourceError) -> Bool {
    guard !ending.restIsZero, ending.lastEnd < ending.fileSize else { return false }
    var content = file.content
    if content == nil, file.input?.isRegular ?? false {
      content = try StoredInput(path: path).content
    }
    guard let content else { return false }
    var planner = AOFSalvagePlanner(content, ending.lastEnd..<ending.fileSize)
    planner.keepsPartialTransactions = true
    return try planner.run().commandsKept > 0
  }
}

/// Prepares batches of commands for being run.
struct CommandPreparer: PipelineWorker {
  typealias Item = ScannedCommands
  typealias Output = Result<ReplayBatch, LargeValueError>

  let lanes: Int
  let replay: Replay
  let recycle: @Sendable (CommandBatch) -> Void

  mutating func process(_ item: ScannedCommands) -> Output {
    do throws(LargeValueError) {
      let batch: CommandBatch
      switch item {
      case .batch(let scanned): batch = scanned
      case .large(let command): batch = try command.readWhole()
      }
      do throws(FormatError) {
        let parsed = try ParsedCommands(batch)
        let plan = LanePlan(parsed, lanes: lanes, replay)
        return .success(ReplayBatch(parsed, plan, recycle: recycle))
      } catch {
        throw .format(error)
      }
    } catch {
      return .failure(error)
    }
  }
}
