/// Checks the commands of batches whose framing is sound: names, numbers of arguments, the pairing of
/// MULTI and EXEC, databases, annotations.
///
/// A batch says what holds before it, so that no inspector needs to know the batches before.
package struct CommandInspector: ~Copyable, PipelineWorker {
  private let table = CommandTable.shared
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
    let name = head.name.bytes(in: bytes)
    let second = head.first.bytes(in: bytes)
    guard let found = table.command(name, second, argumentCount: head.argumentCount) else {
      let isOfModule = CommandName.isOfModule(name)
      report.add(place.problem(isOfModule ? .ofModule : .unknown, in: bytes))
      return nil
    }
    guard found.accepts(argumentCount: head.argumentCount) else {
      report.add(place.problem(.arity, in: bytes, expected: Int64(found.arity)))
      return found
    }
    if head.isOdd { report.add(place.problem(.oddNumber, in: bytes)) }
    if !found.isLogged { report.add(place.problem(.unlogged, in: bytes)) }
    if let mark = found.mark { check(mark, place, in: bytes, &report) }
    return found
  }

  @inline(never)
  private func check(
    _ mark: CommandEntry.Mark, _ place: Place, in bytes: RawSpan, _ report: inout CommandReport
  ) {
    switch mark {
    case .multi:
      if place.state.transactionStart != nil {
        report.add(place.problem(.nestedMulti, in: bytes))
      }
    case .exec where place.state.transactionStart != nil: report.transactions += 1
    case .exec, .discard:
      if place.state.transactionStart == nil {
        report.add(place.problem(.execWithoutMulti, in: bytes))
      }
    case .select:
      let number = LogState.database(selectedBy: place.head.first.bytes(in: bytes))
      guard let number else {
        report.add(place.problem(.database, in: bytes))
        return
      }
      if number > report.highestDatabase?.database ?? 0 {
        report.highestDatabase = SelectedDatabase(
          database: number, offset: place.offset, number: place.number)
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
    let name = command.name
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
    let found = table.command(
      bytes, unsafe command.second.bytes.span.bytes, argumentCount: command.argumentCount)
    if var tally = supply?.take() {
      tally.add(command, found)
      report.tally = tally
    }
    guard let found else {
      add(CommandName.isOfModule(bytes) ? .ofModule : .unknown)
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
