/// Checks the commands of batches whose framing is sound: names, numbers of arguments, the pairing of
/// MULTI and EXEC, databases, annotations.
///
/// A batch says what holds before it, so that no inspector needs to know the batches before.
package struct CommandInspector: ~Copyable, PipelineWorker {
  private let table = CommandTable.shared
  private let marks = TransactionCommands()
  private let until: Int64?
  private let supply: TallySupply?
  private var arguments = ArgumentTable()
  private let recycle: @Sendable (CommandBatch) -> Void

  /// - `until`: Unix time in seconds; the first annotation that is later is told.
  /// - `supply`: hands out the tallies that reports are to hold.
  /// - `recycle`: gets each batch when it has been inspected.
  package init(
    until: Int64? = nil, supply: TallySupply? = nil,
    recycle: @escaping @Sendable (CommandBatch) -> Void
  ) {
    self.until = until
    self.supply = supply
    self.recycle = recycle
  }

  package mutating func process(_ item: ScannedCommands) -> CommandReport {
    switch item {
    case .batch(let batch):
      let report = inspect(batch)
      recycle(batch)
      return report
    case .large(let command): return inspect(command)
    }
  }

  private mutating func inspect(_ batch: CommandBatch) -> CommandReport {
    var report = CommandReport()
    var tally = supply?.take()
    let tallies = supply != nil
    var state = batch.state
    let bytes = batch.bytes
    var parser = CommandParser(bytes, inputEnd: UInt64(bytes.byteCount))
    do throws(FormatError) {
      while !parser.cursor.isAtEnd {
        let head = tallies ? try parser.next(&arguments) : try parser.skip()
        let place = Place(
          head: head, offset: batch.fileOffset &+ UInt64(head.start),
          number: batch.firstNumber &+ report.commands, state: state)
        var command: CommandEntry?
        if head.kind == .command {
          command = check(place, in: bytes, &report)
          report.commands &+= 1
        } else {
          checkAnnotation(place, in: bytes, &report)
        }
        if tallies {
          tally?.add(head, command, arguments, in: bytes, at: batch.fileOffset, state: state)
        }
        state.follow(head, in: bytes, at: batch.fileOffset)
      }
    } catch {
      preconditionFailure("a scanner has walked all that a batch holds")
    }
    report.tally = tally
    return report
  }

  /// A command or annotation of a batch.
  fileprivate struct Place {
    var head: CommandHead
    /// In the file.
    var offset: UInt64
    var number: UInt64
    /// What holds before it.
    var state: LogState
  }

  /// Checks a command, and returns what it is, if a server has it.
  @inline(__always)
  private func check(
    _ place: Place, in bytes: RawSpan, _ report: inout CommandReport
  ) -> CommandEntry? {
    let head = place.head
    guard let found = entry(head, in: bytes) else {
      let isOfModule = Self.isNameOfModule(head.name.bytes(in: bytes))
      report.add(place.problem(isOfModule ? .ofModule : .unknown, in: bytes))
      return nil
    }
    guard found.accepts(argumentCount: head.argumentCount) else {
      report.add(place.problem(.arity, in: bytes, expected: Int64(found.arity)))
      return found
    }
    if head.isOdd { report.add(place.problem(.oddNumber, in: bytes)) }
    if !found.isLogged { report.add(place.problem(.unlogged, in: bytes)) }
    if marks.contains(found) { checkMark(found, place, in: bytes, &report) }
    return found
  }

  /// The command; nil for one, or a subcommand, that no server has.
  @inline(__always)
  private func entry(_ head: CommandHead, in bytes: RawSpan) -> CommandEntry? {
    guard let command = table.command(head.name.bytes(in: bytes)) else { return nil }
    guard table.holdsSubcommands(command), head.argumentCount > 1 else { return command }
    return table.subcommand(of: command, head.first.bytes(in: bytes))
  }

  @inline(never)
  private func checkMark(
    _ command: CommandEntry, _ place: Place, in bytes: RawSpan, _ report: inout CommandReport
  ) {
    switch command.index {
    case marks.multi:
      if place.state.transactionStart != nil {
        report.add(place.problem(.nestedMulti, in: bytes))
      }
    case marks.exec where place.state.transactionStart != nil: report.transactions += 1
    case marks.exec, marks.discard:
      if place.state.transactionStart == nil {
        report.add(place.problem(.execWithoutMulti, in: bytes))
      }
    default:
      let number = NumberText.canonicalInteger(place.head.first.bytes(in: bytes))
      guard let number, (0...Int64(Int32.max)).contains(number) else {
        report.add(place.problem(.database, in: bytes))
        return
      }
      if UInt64(number) > report.highestDatabase?.database ?? 0 {
        report.highestDatabase = SelectedDatabase(
          database: UInt64(number), offset: place.offset, number: place.number)
      }
    }
  }

  @inline(never)
  private func checkAnnotation(
    _ place: Place, in bytes: RawSpan, _ report: inout CommandReport
  ) {
    if place.head.isBadTimestamp { report.add(place.problem(.timestamp, in: bytes)) }
    if place.head.isOdd { report.add(place.problem(.oddNumber, in: bytes)) }
    guard let time = place.head.timestamp else { return }
    if let before = place.state.timestamp, time < before {
      report.add(place.problem(.timestampBefore, in: bytes, expected: before))
    }
    if let until, time > until, report.laterFrom == nil {
      report.laterFrom = place.state.transactionStart ?? place.offset
    }
    report.firstTimestamp = report.firstTimestamp ?? time
    report.lastTimestamp = time
  }

  private func inspect(_ command: LargeCommand) -> CommandReport {
    var report = CommandReport()
    report.commands = 1
    // A name of more than 64 KiB is no command's.
    let name = command.firstArguments.first ?? ByteString([])
    func add(_ kind: CommandProblem.Kind, expected: Int64? = nil) {
      report.add(
        CommandProblem(
          kind: kind, offset: command.fileOffset, number: command.number,
          database: command.state.database, name: name.beginning(CommandProblem.shown),
          first: command.firstArguments.dropFirst().first?.beginning(CommandProblem.shown),
          argumentCount: command.argumentCount,
          transactionStart: command.state.transactionStart, expected: expected))
    }
    let bytes = unsafe name.bytes.span.bytes
    var found = table.command(bytes)
    if let container = found, table.holdsSubcommands(container), command.argumentCount > 1 {
      found = command.firstArguments.dropFirst().first.flatMap {
        table.subcommand(of: container, unsafe $0.bytes.span.bytes)
      }
    }
    if var tally = supply?.take() {
      tally.add(command, found)
      report.tally = tally
    }
    guard let found else {
      add(Self.isNameOfModule(bytes) ? .ofModule : .unknown)
      return report
    }
    guard found.accepts(argumentCount: command.argumentCount) else {
      add(.arity, expected: Int64(found.arity))
      return report
    }
    if command.isOdd { add(.oddNumber) }
    if !found.isLogged { add(.unlogged) }
    return report
  }

  /// Modules name their commands `MODULE.COMMAND`; no command of a server has a point in its name.
  package static func isNameOfModule(_ name: RawSpan) -> Bool {
    guard name.byteCount >= 3, name.byteCount <= 64 else { return false }
    var points = 0
    for offset in 0..<name.byteCount {
      switch name.byte(at: offset) {
      case UInt8(ascii: "."):
        guard offset > 0, offset < name.byteCount - 1 else { return false }
        points += 1
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): continue
      default: return false
      }
    }
    return points > 0
  }
}

extension CommandInspector.Place {
  fileprivate func problem(
    _ kind: CommandProblem.Kind, in bytes: RawSpan, expected: Int64? = nil
  ) -> CommandProblem {
    func shown(_ argument: CommandArgument) -> ByteString {
      var part = argument
      part.count = min(part.count, CommandProblem.shown)
      return part.copy(from: bytes)
    }
    return CommandProblem(
      kind: kind, offset: offset, number: number, database: state.database, name: shown(head.name),
      first: head.argumentCount > 1 ? shown(head.first) : nil, argumentCount: head.argumentCount,
      transactionStart: state.transactionStart, expected: expected)
  }
}

/// The commands that change what holds for those behind them, by their numbers in the table.
private struct TransactionCommands {
  let multi: Int
  let exec: Int
  let discard: Int
  let select: Int

  init() {
    func index(_ name: String) -> Int {
      let text = Array(name.utf8)
      guard let entry = CommandTable.shared.command(unsafe text.span.bytes) else {
        preconditionFailure("\(name) is in the table")
      }
      return entry.index
    }
    multi = index("multi")
    exec = index("exec")
    discard = index("discard")
    select = index("select")
  }

  @inline(__always)
  func contains(_ entry: CommandEntry) -> Bool {
    let index = entry.index
    return index == multi || index == exec || index == select || index == discard
  }
}
