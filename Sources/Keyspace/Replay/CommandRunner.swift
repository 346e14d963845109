internal import Persistence

/// Runs the commands of one file of a log on a keyspace, as a server does that loads it: transactions as a
/// whole or not at all, each file from database 0 on.
struct CommandRunner: ~Copyable {
  let file: String
  let replay: Replay
  var outcome: ReplayOutcome
  /// Whether nothing more is to be run.
  private(set) var isOver = false
  /// Where in the file the replay ends; nil for nowhere in this one.
  let end: FileEnd?

  /// The end of a replay, as a place in one file.
  enum FileEnd: Sendable, Equatable {
    case timestamp(Int64)
    case offset(UInt64)
    case command(UInt64)

    /// Whether nothing of the files behind this one is replayed.
    var isPlace: Bool {
      if case .timestamp = self { false } else { true }
    }
  }

  private var reply = ReplyWriter(.none)
  /// Commands since a MULTI that is open.
  private var queue: [(ReplayBatch, Int)]?
  /// Offset of the MULTI that is open.
  private(set) var transactionStart: UInt64?
  private var timestamp: Int64?
  private var history: HistoryRecorder?
  /// The number of the next command.
  private var number: UInt64 = 1
  /// The number of the next command in the file, from 1.
  var nextNumber: UInt64 { number }
  /// What was true before the first command that lanes run and of which they have not told yet.
  private var beforeLanes: (commands: UInt64, number: UInt64, timestamp: Int64?)?

  init(file: String, _ replay: Replay, _ outcome: ReplayOutcome, end: FileEnd?) {
    self.file = file
    self.replay = replay
    self.outcome = outcome
    self.end = end
    history = replay.history.map { HistoryRecorder($0, file: file) }
  }

  /// Runs commands of a batch.
  mutating func run(_ items: Range<Int>, of batch: ReplayBatch, on keyspace: inout Keyspace) {
    let parsed = batch.parsed
    var index = items.lowerBound
    while index < items.upperBound, !isOver {
      let item = parsed.items[index]
      if item.isAnnotation {
        note(item, parsed, on: &keyspace)
        index += 1
        continue
      }
      if isPastEnd(item, parsed) { return stop(at: item, parsed) }
      let mark = item.entry >= 0 ? CommandTable.shared.entries[item.entry].mark : nil
      if queue != nil {
        enqueue(index, mark, batch, on: &keyspace)
      } else {
        runOutside(item, mark, parsed, on: &keyspace)
      }
      index += 1
      number += 1
    }
  }

  /// Runs what a batch holds: in lanes where there are any, as far as these can.
  mutating func run(_ batch: ReplayBatch, on keyspace: inout Keyspace, _ lanes: ReplayLanes?) {
    for section in batch.plan.sections where !isOver {
      if let lanes, section.isForLanes, keyspace.databases.count <= LanePlan.mostDatabases,
        leavesToLanes(section, of: batch.parsed)
      {
        let first = count(section)
        lanes.run(
          LaneSection(batch: batch, items: section.items, firstNumber: first), of: &keyspace)
      } else {
        if let lanes { take(lanes.join(&keyspace)) }
        run(section.items, of: batch, on: &keyspace)
      }
    }
  }

  // MARK: Lanes

  /// Whether lanes may run a section of a batch: no transaction is open, and the replay does not end in it.
  private func leavesToLanes(_ section: LanePlan.Section, of parsed: ParsedCommands) -> Bool {
    guard queue == nil else { return false }
    return switch end {
    case .offset(let offset):
      parsed.batch.fileOffset + UInt64(parsed.items[section.items.upperBound - 1].end) <= offset
    case .command(let last): number + section.commands - 1 <= last
    case .timestamp(let last): section.latestTimestamp ?? last <= last
    case nil: true
    }
  }

  /// Counts what lanes run. Returns the number of its first command.
  private mutating func count(_ section: LanePlan.Section) -> UInt64 {
    if beforeLanes == nil { beforeLanes = (outcome.commands, number, outcome.lastTimestamp) }
    let first = number
    number += section.commands
    outcome.commands += section.commands
    timestamp = section.lastTimestamp ?? timestamp
    outcome.lastTimestamp = section.lastTimestamp ?? outcome.lastTimestamp
    return first
  }

  /// Takes over what lanes have met.
  mutating func take(_ findings: ReplayLanes.Findings) {
    outcome.problemCount += findings.problemCount
    outcome.problems += findings.problems.prefix(replay.problemLimit - outcome.problems.count)
    if let (problem, lastTimestamp) = findings.failure, let before = beforeLanes {
      outcome.failure = .command(problem)
      outcome.commands = before.commands + problem.number - before.number + 1
      outcome.lastTimestamp = lastTimestamp ?? before.timestamp
      isOver = true
    }
    beforeLanes = nil
  }

  // MARK: Ends

  private mutating func note(
    _ item: ParsedCommands.Item, _ parsed: ParsedCommands, on keyspace: inout Keyspace
  ) {
    guard let seconds = item.timestamp else { return }
    if case .timestamp(let last) = end, seconds > last { return stop(at: item, parsed) }
    timestamp = seconds
    outcome.lastTimestamp = seconds
    keyspace.setTime(seconds: seconds)
  }

  /// Whether a command lies behind the end of the replay.
  private func isPastEnd(_ item: ParsedCommands.Item, _ parsed: ParsedCommands) -> Bool {
    switch end {
    case .offset(let offset): parsed.batch.fileOffset + UInt64(item.end) > offset
    case .command(let last): number > last
    case .timestamp, nil: false
    }
  }

  private mutating func stop(at item: ParsedCommands.Item, _ parsed: ParsedCommands) {
    isOver = true
    let offset = transactionStart ?? (parsed.batch.fileOffset + UInt64(item.start))
    outcome.stoppedAt = (file, offset)
    queue = nil
    transactionStart = nil
  }

  // MARK: Transactions

  /// A command outside of a transaction, which may begin one: what follows is kept until its EXEC.
  private mutating func runOutside(
    _ item: ParsedCommands.Item, _ mark: CommandEntry.Mark?, _ parsed: ParsedCommands,
    on keyspace: inout Keyspace
  ) {
    switch mark {
    case .multi:
      transactionStart = parsed.batch.fileOffset + UInt64(item.start)
      queue = []
      outcome.commands += 1
    case .exec: problem(item, parsed, keyspace, .refused(.text("EXEC without MULTI")))
    case .discard: problem(item, parsed, keyspace, .refused(.text("DISCARD without MULTI")))
    case .select, nil: run(item, parsed, on: &keyspace)
    }
  }

  private mutating func enqueue(
    _ index: Int, _ mark: CommandEntry.Mark?, _ batch: ReplayBatch,
    on keyspace: inout Keyspace
  ) {
    let parsed = batch.parsed
    switch mark {
    case .exec:
      execute(on: &keyspace)
      guard !isOver else { return }
    case .discard:
      queue = nil
      transactionStart = nil
    case .multi:
      problem(
        parsed.items[index], parsed, keyspace, .refused(.text("MULTI calls can not be nested")))
    case .select, nil:
      queue?.append((batch, index))
      return
    }
    outcome.commands += 1
  }

  private mutating func execute(on keyspace: inout Keyspace) {
    let commands = queue ?? []
    queue = nil
    let current = number
    number -= UInt64(commands.count)
    for (batch, index) in commands where !isOver {
      run(batch.parsed.items[index], batch.parsed, on: &keyspace)
      number += 1
    }
    number = current
    transactionStart = nil
  }

  // MARK: Commands

  private mutating func run(
    _ item: ParsedCommands.Item, _ parsed: ParsedCommands, on keyspace: inout Keyspace
  ) {
    guard item.entry >= 0 else {
      let name = parsed.arguments(of: item)[0].bytes(in: parsed.batch.bytes)
      guard !replay.skips(name) else {
        outcome.skipped += 1
        return
      }
      return problem(item, parsed, keyspace, .unknown)
    }
    let entry = CommandTable.shared.entries[item.entry]
    if replay.skips(entry) {
      outcome.skipped += 1
      return
    }
    outcome.commands += 1
    guard Keyspace.runs(entry) else {
      if replay.isOfNoEffect(entry) { return }
      return problem(item, parsed, keyspace, reason(entry, item, parsed))
    }
    let arguments = Arguments(parsed.arguments(of: item), in: parsed.batch.bytes)
    guard item.end &- item.start <= Entry.largestKey || !arguments.hasLarge else {
      let error = CommandError.text("an argument is larger than a dataset here can hold")
      return problem(item, parsed, keyspace, .refused(error))
    }
    history?.before(entry, arguments, &keyspace)
    keyspace.run(entry, arguments, &reply)
    history?.after(
      arguments, &keyspace, offset: parsed.batch.fileOffset + UInt64(item.start),
      number: number, timestamp: timestamp, isInTransaction: transactionStart != nil)
    if let error = reply.error { problem(item, parsed, keyspace, .refused(error)) }
  }

  private func reason(
    _ entry: CommandEntry, _ item: ParsedCommands.Item, _ parsed: ParsedCommands
  ) -> ReplayProblem.Reason {
    let arguments = parsed.arguments(of: item)
    switch CommandTable.shared.name(entry) {
    case "eval", "eval_ro":
      guard arguments.count > 1 else { return .script(sha1: nil) }
      let script = arguments[1].bytes(in: parsed.batch.bytes)
      let sha1 = DigestState.sha1(script)
      return .script(sha1: Hexadecimal.text(sha1))
    case "evalsha", "evalsha_ro":
      let sha1 = arguments.count > 1 ? arguments[1].copy(from: parsed.batch.bytes).utf8 : nil
      return .script(sha1: sha1)
    default: return .unknown
    }
  }

  /// Ends the run because of the file.
  mutating func fail(_ error: LargeValueError) {
    isOver = true
    switch error {
    case .source(let source): outcome.failure = .unreadable(source, file: file)
    case .format, .changed:
      outcome.failure = .unreadable(.changedWhileRead(at: 0), file: file)
    }
  }

  private mutating func problem(
    _ item: ParsedCommands.Item, _ parsed: ParsedCommands, _ keyspace: borrowing Keyspace,
    _ reason: ReplayProblem.Reason
  ) {
    let last = replay.note(
      ReplayProblem(
        item, parsed, file: file, number: number, database: keyspace.selected, reason),
      among: &outcome.problems, &outcome.problemCount)
    guard let last else { return }
    outcome.failure = .command(last)
    isOver = true
  }
}
