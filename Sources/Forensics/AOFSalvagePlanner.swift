package import Persistence

/// Decides which bytes of a damaged AOF are kept.
///
/// Walks sound commands as far as they go, and leaves out alone what is framed but no command. Where the
/// framing is broken, the next place is searched at which commands go on (`CommandResynchronizer`). What
/// was found so is on probation until the next damage: if that shows that it was a part of a value, it is
/// left out after all. Transactions of which a part is lost are left out as a whole.
package struct AOFSalvagePlanner: ~Copyable {
  /// Half-lost transactions stay as far as they are left; only a MULTI or EXEC without the other one goes.
  package var keepsPartialTransactions = false
  /// Unix time in seconds: what follows the first annotation of a later time is left out.
  package var until: Int64?

  let content: any RandomAccess
  let range: Range<UInt64>
  let table = CommandTable.shared
  var plan: AOFSalvagePlan
  private var search: CommandResynchronizer
  /// What holds at the place to which the walk has come.
  var log = SalvagedLog()
  /// Stretches that are left out for the sake of transactions, in ascending order.
  var drops: [Drop] = []
  /// Offsets of doubts that are none only if the first SELECT was lost.
  var certainDoubts: Set<UInt64> = []
  private var probation: Probation?
  /// What held before the last long command; its end is the claimed one.
  private var longCommand: Probation?

  struct Drop {
    var range: Range<UInt64>
    var reason: AOFSalvagePlan.Reason
  }

  /// What held before a gap, until it is clear that the gap ended where it was believed to.
  private struct Probation {
    var place: UInt64
    var log: SalvagedLog
    var gaps: Int
    var omitted: Int
    var unlisted: UInt64
    var doubts: Int
    var drops: Int
    /// Up to where a broken argument reaches by its length.
    var claimedEnd: UInt64
    /// Where the broken command may end.
    var ends: [UInt64]
    /// Commands that may still be found to reach over the end of the value that they stand in.
    var crossings = 8
  }

  /// For the commands in a part of `content`, which begins and ends between commands if the file is sound.
  package init(_ content: any RandomAccess, _ range: Range<UInt64>) {
    self.content = content
    self.range = range
    plan = AOFSalvagePlan(range)
    search = CommandResynchronizer(content, end: range.upperBound)
  }

  /// Walks the commands and decides.
  package consuming func run() throws(SourceError) -> AOFSalvagePlan {
    log.previous = nil
    var at = range.lowerBound
    var pace = CommandScanner.batchSize
    while at < range.upperBound {
      switch try walk(from: at, pace) {
      case .broken(let place):
        at = try passDamage(at: place)
        pace = Self.carefulPace
      case .crossing(let place):
        at = try passCrossing(to: place)
        pace = Self.carefulPace
      case .later(let place):
        endOfLog(at: place)
        addGap(place..<range.upperBound, .afterTheTime, nil)
        return try finished()
      case .whole(let place):
        at = place
        pace = CommandScanner.batchSize
      }
    }
    endOfLog(at: range.upperBound)
    return try finished()
  }

  // MARK: Sound stretches

  /// Bytes of a batch right behind a gap, where the next one may be near.
  static let carefulPace = 4 << 10
  /// Bytes that are walked at that pace.
  private static let carefulStretch: UInt64 = 64 << 10

  /// How a walk ended.
  private enum WalkEnd {
    /// The framing is broken in what begins at a place.
    case broken(UInt64)
    /// What was walked is a part of a value: the commands behind it begin at a place.
    case crossing(UInt64)
    /// What begins at a place was written after the time that was asked for.
    case later(UInt64)
    /// At the end, or where it is time for another pace.
    case whole(UInt64)
  }

  /// Walks on until the framing breaks, the range ends, or it is time for another pace.
  private mutating func walk(
    from start: UInt64, _ pace: Int
  ) throws(SourceError) -> WalkEnd {
    let scanner = CommandScanner(content, start..<range.upperBound, batchSize: pace)
    let recycle = scanner.recycler()
    var end = start
    while let item = try scanner.next() {
      switch item {
      case .batch(let batch):
        let ending = try pass(batch)
        end = batch.fileOffset + UInt64(batch.count)
        recycle(batch)
        if let ending { return ending }
      case .large(let command):
        if let ending = try pass(command) { return ending }
        end = command.fileOffset + command.count
      }
      if pace == Self.carefulPace, end - start > Self.carefulStretch { return .whole(end) }
    }
    end = scanner.ending.lastEnd
    return scanner.ending.error == nil ? .whole(end) : .broken(end)
  }

  /// Returns why the walk ends within the batch, if it does.
  private mutating func pass(_ batch: CommandBatch) throws(SourceError) -> WalkEnd? {
    let bytes = batch.bytes
    var parser = CommandParser(bytes, inputEnd: UInt64(bytes.byteCount))
    while !parser.cursor.isAtEnd {
      guard let head = try? parser.skip() else { preconditionFailure("the scanner framed it") }
      let start = batch.fileOffset + UInt64(head.start)
      let end = batch.fileOffset + UInt64(head.end)
      guard head.kind == .command else {
        if let until, let time = head.timestamp, time > until { return .later(start) }
        if head.isBadTimestamp { addGap(start..<end, .badTimestamp, nil) }
        log.previous = head.timestamp == nil || head.isOdd ? start : nil
        continue
      }
      let kind = kind(
        head.name.bytes(in: bytes), head.first.bytes(in: bytes), head.argumentCount)
      if case .broken(let reason, _) = kind {
        plan.omit(command(at: head.start, of: batch, reason))
      }
      if let crossing = try crossing(in: start..<end) { return .crossing(crossing) }
      try pass(start..<end, kind)
    }
    return nil
  }

  private mutating func pass(_ command: LargeCommand) throws(SourceError) -> WalkEnd? {
    let kind = kind(
      unsafe command.name.bytes.span.bytes, unsafe command.second.bytes.span.bytes,
      command.argumentCount)
    let range = command.fileOffset..<(command.fileOffset + command.count)
    if case .broken(let reason, _) = kind {
      plan.omit(.init(offset: range.lowerBound, name: command.name, reason: reason))
    }
    if let crossing = try crossing(in: range) { return .crossing(crossing) }
    try pass(range, kind)
    return nil
  }

  /// Bytes of a command of which a block may have been written twice, so that its last argument ends early.
  private static let longestShort: UInt64 = 512

  /// Notes what holds before a long command.
  mutating func note(_ command: Range<UInt64>) {
    guard command.upperBound - command.lowerBound > Self.longestShort else { return }
    longCommand = checkpoint(at: command.lowerBound, claimedEnd: command.upperBound)
  }

  /// Drops that a probation may not change.
  var dropsBeforeProbation: Int { max(probation?.drops ?? 0, longCommand?.drops ?? 0) }

  private func checkpoint(
    at place: UInt64, claimedEnd: UInt64, ends: [UInt64] = []
  ) -> Probation {
    Probation(
      place: place, log: log, gaps: plan.gaps.count, omitted: plan.omittedCommands.count,
      unlisted: plan.unlistedCommands, doubts: plan.doubts.count, drops: drops.count,
      claimedEnd: claimedEnd, ends: ends)
  }

  /// Where commands go on that a command in a broken value swallowed.
  private mutating func crossing(in command: Range<UInt64>) throws(SourceError) -> UInt64? {
    guard let before = probation, command.lowerBound < before.claimedEnd, before.crossings > 0
    else { return nil }
    return try search.commands(acrossEndIn: command)
  }

  /// What a framed command is to a salvage.
  enum Kind: Equatable {
    case ordinary
    case select(UInt64)
    case multi
    case exec
    /// Left out; `mayBe` tells of what it may be what is left.
    case broken(AOFSalvagePlan.Reason, mayBe: Lost)
  }

  /// What a gap may have taken.
  struct Lost: OptionSet {
    let rawValue: Int
    static let select = Lost(rawValue: 1)
    static let transaction = Lost(rawValue: 2)
    static let all: Lost = [.select, .transaction]
  }

  private func kind(_ name: RawSpan, _ second: RawSpan, _ count: Int) -> Kind {
    guard let entry = table.command(name, second, argumentCount: count) else {
      if CommandName.isOfModule(name) { return .ordinary }
      let isSubcommand = table.command(name) != nil
      return .broken(.unknownCommand, mayBe: isSubcommand ? [] : Self.lost(name, count))
    }
    guard entry.accepts(argumentCount: count) else {
      return .broken(.wrongArity, mayBe: Self.lost(name, count))
    }
    switch entry.mark {
    case .select:
      guard let number = LogState.database(selectedBy: second) else {
        return .broken(.badDatabase, mayBe: .select)
      }
      return .select(number)
    case .multi: return .multi
    case .exec, .discard: return .exec
    case nil: return .ordinary
    }
  }

  /// What a command with a broken name, or in a broken number of arguments, may have been.
  private static func lost(_ name: RawSpan, _ count: Int) -> Lost {
    switch (name.byteCount, count) {
    case (6, 1...3): .select
    case (4...5, 1...2): .transaction
    default: []
    }
  }

  /// The name and the first key of a command of a batch.
  func command(
    at start: Int, of batch: CommandBatch, _ reason: AOFSalvagePlan.Reason
  ) -> AOFSalvagePlan.OmittedCommand {
    let bytes = batch.bytes
    var parser = CommandParser(bytes, at: start, inputEnd: UInt64(bytes.byteCount))
    var arguments = ArgumentTable()
    guard (try? parser.next(&arguments)) != nil else {
      preconditionFailure("the scanner framed it")
    }
    var key: ByteString?
    if let entry = table.command(arguments, in: bytes) {
      entry.keys.forEachKey(in: arguments.span, of: bytes) { index in
        if key == nil { key = arguments[index].copy(from: bytes) }
      }
    }
    return .init(
      offset: batch.fileOffset + UInt64(start), name: arguments[0].copy(from: bytes), key: key,
      reason: reason)
  }

  // MARK: Damage

  /// Whether the value of a long command goes on to a place where an empty line stands: a log inside it does
  /// not end with it, and the commands behind it are the rest of that.
  private mutating func endsEarly(
    _ command: Probation, at place: UInt64
  ) throws(SourceError) -> Bool {
    guard place - command.claimedEnd <= Self.longestText,
      try search.ending(at: place) == .emptyLine
    else { return false }
    return try search.commands(acrossEndIn: command.place..<command.claimedEnd) != nil
  }

  /// Leaves out what is broken at a place, and returns where the walk goes on.
  private mutating func passDamage(at place: UInt64) throws(SourceError) -> UInt64 {
    var searched: CommandResynchronizer.Resumption??
    if let before = probation {
      let found = try search.resumption(behind: place, lowest: range.lowerBound)
      if try lieInValue(place, found, before) {
        withdraw(to: before)
        return try leaveGap(from: before.place, found, before)
      }
      searched = found
    }
    if let value = longCommand, try endsEarly(value, at: place) {
      withdraw(to: value)
      return try leaveGap(from: value.place, try resumption(behind: place, searched))
    }
    if let previous = log.previous {
      if try search.weigher.byte(at: previous) == UInt8(ascii: "#") {
        // The annotation may have swallowed the start of a command.
        takeBackGap(from: previous)
        return try leaveGap(from: previous, try search.search(from: previous + 1))
      }
      if let inside = try search.resumption(within: previous, beyond: place) {
        log.commands -= 1
        return try leaveGap(from: previous, inside)
      }
      if try search.weigher.argument(at: place) != nil {
        // The command before had more arguments.
        log.commands -= 1
        return try leaveGap(from: previous, try search.search(from: place))
      }
    }
    return try leaveGap(from: place, try resumption(behind: place, searched))
  }

  /// Where commands go on behind a place, unless that has been searched.
  private mutating func resumption(
    behind place: UInt64, _ searched: CommandResynchronizer.Resumption??
  ) throws(SourceError) -> CommandResynchronizer.Resumption? {
    if let searched { return searched }
    return try search.resumption(behind: place, lowest: range.lowerBound)
  }

  /// Leaves out a value whose commands were found to reach over its end.
  private mutating func passCrossing(to place: UInt64) throws(SourceError) -> UInt64 {
    guard var before = probation else { preconditionFailure("only a broken value is crossed") }
    withdraw(to: before)
    before.crossings -= 1
    return try leaveGap(from: before.place, .init(at: place), before)
  }

  /// Bytes of commands in a value that ends in other text.
  private static let longestText: UInt64 = 64 << 10

  /// Whether the commands that were found behind the last gap are known for a part of a value, now that
  /// the framing breaks again.
  private func lieInValue(
    _ place: UInt64, _ found: CommandResynchronizer.Resumption?, _ before: Probation
  ) throws(SourceError) -> Bool {
    let last = plan.gaps.dropFirst(before.gaps).first?.to ?? before.place
    switch try search.ending(at: place) {
    case .emptyLine: return true
    case .argument:
      // A damaged command may look the same; values of so many commands are rare.
      if place - last <= Self.longestText { return true }
    case .text:
      // The same; but a value ends with its CRLF.
      let isBehindLine = try found.map { found throws(SourceError) in
        try search.weigher.isLineEnd(at: found.at - 2)
      }
      if place - last <= Self.longestText, isBehindLine != false { return true }
    case nil: break
    }
    if let found, before.ends.contains(found.at) { return true }
    // Where a value broke off, commands may follow it; but then they do not break, too.
    return place <= before.claimedEnd
  }

  /// An annotation that was left out by itself is a part of a larger gap.
  private mutating func takeBackGap(from start: UInt64) {
    guard let last = plan.gaps.last, last.to > start else { return }
    if last.from < start {
      plan.gaps[plan.gaps.count - 1].to = start
    } else {
      plan.gaps.removeLast()
    }
  }

  /// Leaves out what stands between a place and the one at which commands go on, or the end; returns
  /// that.
  private mutating func leaveGap(
    from start: UInt64, _ found: CommandResynchronizer.Resumption?, _ before: Probation? = nil
  ) throws(SourceError) -> UInt64 {
    let end = found?.at ?? range.upperBound
    let isExplained = found?.isExplained ?? false
    if let before {
      probation = before
    } else if isExplained {
      probation = nil
    } else {
      probation = checkpoint(
        at: start, claimedEnd: found?.claimedEnd ?? 0, ends: found?.ends ?? [])
    }
    let reason: AOFSalvagePlan.Reason =
      found?.isRepetition == true ? .repeatedBlock : .brokenFraming
    addGap(start..<end, reason, found?.confidence)
    // What is known to be one command is taken for none that would matter.
    try passGap(start..<end, isExplained && before == nil ? [] : .all)
    return end
  }

  private mutating func withdraw(to before: Probation) {
    log = before.log
    plan.gaps.removeLast(plan.gaps.count - before.gaps)
    plan.omittedCommands.removeLast(plan.omittedCommands.count - before.omitted)
    plan.unlistedCommands = before.unlisted
    plan.doubts.removeLast(plan.doubts.count - before.doubts)
    drops.removeLast(drops.count - before.drops)
    probation = nil
    longCommand = nil
  }

  mutating func addGap(
    _ range: Range<UInt64>, _ reason: AOFSalvagePlan.Reason, _ confidence: Int?
  ) {
    guard !range.isEmpty else { return }
    // What stood there before a probation is not changed by it.
    if let last = plan.gaps.last, last.to == range.lowerBound, last.reason == reason,
      plan.gaps.count > probation?.gaps ?? 0
    {
      plan.gaps[plan.gaps.count - 1].to = range.upperBound
      plan.gaps[plan.gaps.count - 1].confidence = confidence
    } else {
      plan.gaps.append(
        .init(
          from: range.lowerBound, to: range.upperBound, reason: reason, confidence: confidence))
    }
  }
}
