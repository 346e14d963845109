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
  private var queue: [(ParsedCommands, Int)]?
  /// Offset of the MULTI that is open.
  private(set) var transactionStart: UInt64?
  private var timestamp: Int64?
  private var history: HistoryRecorder?
  /// The number of the next command.
  private var number: UInt64 = 1

  init(file: String, _ replay: Replay, _ outcome: ReplayOutcome, end: FileEnd?) {
    self.file = file
    self.replay = replay
    self.outcome = outcome
    self.end = end
    history = replay.history.map { HistoryRecorder($0, file: file) }
  }

  /// Runs what a batch holds.
  mutating func run(_ parsed: ParsedCommands, on keyspace: inout Keyspace) {
    var index = 0
    while index < parsed.items.count, !isOver {
      let item = parsed.items[index]
      if item.isAnnotation {
        note(item, parsed, on: &keyspace)
        index += 1
        continue
      }
      if isPastEnd(item, parsed) { return stop(at: item, parsed) }
      let mark = item.entry >= 0 ? CommandTable.shared.entries[item.entry].mark : nil
      if queue != nil {
        enqueue(index, mark, parsed, on: &keyspace)
      } else {
        runOutside(item, mark, parsed, on: &keyspace)
      }
      index += 1
      number += 1
    }
  }

  // MARK: Ends

  private mutating func note(
    _ item: ParsedCommands.Item, _ parsed: ParsedCommands, on keyspace: inout Keyspace
  ) {
    guard let seconds = item.timestamp else { return }
    if case .timestamp(let last) = end, seconds > last { return stop(at: item, parsed) }
    timestamp = seconds
    outcome.lastTimestamp = seconds
    let (now, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    if !overflow { keyspace.clock = .loading(now: now) }
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
    _ index: Int, _ mark: CommandEntry.Mark?, _ parsed: ParsedCommands,
    on keyspace: inout Keyspace
  ) {
    switch mark {
    case .exec: execute(on: &keyspace)
    case .discard:
      queue = nil
      transactionStart = nil
    case .multi:
      problem(
        parsed.items[index], parsed, keyspace, .refused(.text("MULTI calls can not be nested")))
    case .select, nil:
      queue?.append((parsed, index))
      return
    }
    outcome.commands += 1
  }

  private mutating func execute(on keyspace: inout Keyspace) {
    let commands = queue ?? []
    queue = nil
    let current = number
    number -= UInt64(commands.count)
    for (parsed, index) in commands where !isOver {
      run(parsed.items[index], parsed, on: &keyspace)
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
    if replay.keepsGoing {
      outcome.problemCount += 1
      guard outcome.problems.count < replay.problemLimit else { return }
    }
    let arguments = parsed.arguments(of: item)
    let shown = (0..<min(arguments.count, 4)).map {
      arguments[$0].copy(from: parsed.batch.bytes).beginning(64)
    }
    let problem = ReplayProblem(
      file: file, offset: parsed.batch.fileOffset + UInt64(item.start), number: number,
      database: keyspace.selected, arguments: shown, reason: reason)
    guard replay.keepsGoing else {
      outcome.failure = .command(problem)
      isOver = true
      return
    }
    outcome.problems.append(problem)
  }
}

/// Bytes in hexadecimal digits.
enum Hexadecimal {
  static func text(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
