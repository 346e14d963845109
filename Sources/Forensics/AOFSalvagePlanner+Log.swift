internal import Persistence

/// What holds at a place in the walk over a damaged AOF.
struct SalvagedLog {
  /// A transaction that is open.
  struct Transaction {
    /// The MULTI.
    var multi: Range<UInt64>
    /// Something inside it is left out.
    var isBroken = false
    /// Where the first gap begins that may have taken the EXEC.
    var gap: UInt64?
  }

  /// Commands so far that are no gap.
  var commands: UInt64 = 0
  /// Offset of what was walked last, if it is an annotation, or a command that may have any number of
  /// arguments.
  var previous: UInt64?
  var database: UInt64 = 0
  /// Whether any SELECT was met.
  var hasSelected = false
  /// The database of the first command.
  private var firstDatabase: UInt64?
  /// Whether another one was used.
  private(set) var usesSeveralDatabases = false
  var transaction: Transaction?
  /// The end of the last gap that may have taken a MULTI, when neither MULTI nor EXEC was met since.
  var gapEnd: UInt64?
  /// Open up to here.
  var doubt: AOFSalvagePlan.DatabaseDoubt?
  /// Whether a SELECT had been met before the gap of the doubt.
  var doubtIsOfFirst = false

  /// Notes that the database is used.
  mutating func use() {
    if firstDatabase == nil { firstDatabase = database }
    if firstDatabase != database { usesSeveralDatabases = true }
  }
}

/// The walk over what is framed, and over gaps: transactions and databases.
extension AOFSalvagePlanner {
  mutating func pass(_ range: Range<UInt64>, _ kind: Kind) throws(SourceError) {
    if case .broken(let reason, let lost) = kind {
      addGap(range, reason, nil)
      try passGap(range, lost)
      return
    }
    note(range)
    log.commands += 1
    log.previous = nil
    switch kind {
    case .ordinary, .broken:
      log.previous = range.lowerBound
      if !log.hasSelected, log.doubt == nil {
        // Servers begin every file with SELECT.
        log.doubt = .init(from: range.lowerBound, to: range.lowerBound, database: 0)
      }
      log.use()
    case .select(let database):
      closeDoubt(at: range.lowerBound)
      log.database = database
      log.hasSelected = true
      log.use()
    case .multi: open(range)
    case .exec: close(range)
    }
  }

  /// Notes what a gap may have taken.
  mutating func passGap(_ range: Range<UInt64>, _ lost: Lost) throws(SourceError) {
    log.previous = nil
    if log.transaction != nil {
      log.transaction?.isBroken = true
      if lost.contains(.transaction), log.transaction?.gap == nil {
        log.transaction?.gap = range.lowerBound
      }
    } else if lost.contains(.transaction) {
      log.gapEnd = range.upperBound
    }
    guard lost.contains(.select), range.upperBound < self.range.upperBound else { return }
    let named = try namedDatabase(in: range)
    if log.doubt == nil {
      log.doubt = .init(
        from: range.upperBound, to: range.upperBound, database: log.database, named: named)
      log.doubtIsOfFirst = !log.hasSelected
    } else if let named {
      log.doubt?.named = named
    }
  }

  // MARK: Transactions

  private mutating func open(_ multi: Range<UInt64>) {
    abandonTransaction(at: multi.lowerBound)
    log.transaction = .init(multi: multi)
    log.gapEnd = nil
  }

  private mutating func close(_ exec: Range<UInt64>) {
    if let transaction = log.transaction {
      if transaction.isBroken, !keepsPartialTransactions {
        drop(transaction.multi.lowerBound..<exec.upperBound, .halfLostTransaction)
      }
    } else if let start = log.gapEnd, !keepsPartialTransactions {
      drop(start..<exec.upperBound, .halfLostTransaction)
    } else {
      drop(exec, .unpaired)
    }
    log.transaction = nil
    log.gapEnd = nil
  }

  /// The open transaction, if there is one, has no EXEC before a place.
  private mutating func abandonTransaction(at place: UInt64) {
    guard let transaction = log.transaction else { return }
    if keepsPartialTransactions {
      drop(transaction.multi, .unpaired)
    } else {
      drop(transaction.multi.lowerBound..<(transaction.gap ?? place), .halfLostTransaction)
    }
    log.transaction = nil
  }

  private mutating func drop(_ range: Range<UInt64>, _ reason: AOFSalvagePlan.Reason) {
    // What stood there before a probation is not changed by it.
    if let last = drops.last, last.range.upperBound == range.lowerBound, last.reason == reason,
      drops.count > dropsBeforeProbation
    {
      drops[drops.count - 1].range = last.range.lowerBound..<range.upperBound
    } else {
      drops.append(Drop(range: range, reason: reason))
    }
  }

  mutating func endOfLog(at place: UInt64) {
    abandonTransaction(at: place)
    closeDoubt(at: place)
  }

  // MARK: Databases

  private mutating func closeDoubt(at place: UInt64) {
    guard var doubt = log.doubt else { return }
    doubt.to = place
    log.doubt = nil
    if doubt.from < place {
      plan.doubts.append(doubt)
      if log.doubtIsOfFirst { certainDoubts.insert(doubt.from) }
    }
  }

  /// Bytes at the end of a gap in which pieces of SELECT are looked for.
  private static let searchedForSelect: UInt64 = 64 << 10

  /// The database that the last SELECT names of which enough is left in a gap.
  private func namedDatabase(in gap: Range<UInt64>) throws(SourceError) -> UInt64? {
    let start = max(
      gap.lowerBound, gap.upperBound - min(gap.upperBound, Self.searchedForSelect))
    let bytes = try content.bytes(at: start, count: Int(gap.upperBound - start))
    let word = Array("SELECT".utf8)
    guard bytes.count > word.count else { return nil }
    for place in (0..<(bytes.count - word.count)).reversed()
    where bytes[place] & 0xDF == word[0]
      && zip(bytes[place...], word).allSatisfy({ $0 & 0xDF == $1 })
    {
      // CRLF, the length of the number, CRLF, the number.
      let lines = bytes[(place + word.count)...].prefix(24).split(
        separator: 10, maxSplits: 3, omittingEmptySubsequences: false)
      guard lines.count >= 3, lines[1].first == UInt8(ascii: "$") else { continue }
      let digits = Array(lines[2].prefix { $0 != 13 })
      if let number = NumberText.unsigned(unsafe digits.span.bytes) { return number }
    }
    return nil
  }

  // MARK: The plan

  /// The plan, with what is left out for the sake of transactions.
  consuming func finished() throws(SourceError) -> AOFSalvagePlan {
    plan.commandsKept = log.commands
    if !log.usesSeveralDatabases {
      let certain = certainDoubts
      plan.doubts.removeAll { !certain.contains($0.from) }
    }
    guard !drops.isEmpty else { return plan }
    let gaps = plan.gaps
    plan.gaps = []
    var next = 0
    for drop in drops {
      while next < gaps.count, gaps[next].to <= drop.range.lowerBound {
        plan.gaps.append(gaps[next])
        next += 1
      }
      var at = drop.range.lowerBound
      var selection: Range<UInt64>?
      let first = plan.gaps.count
      while true {
        let isInside = next < gaps.count && gaps[next].from < drop.range.upperBound
        let end = isInside ? gaps[next].from : drop.range.upperBound
        if at < end {
          selection = try leaveOut(at..<end, drop.reason) ?? selection
          plan.gaps.append(.init(from: at, to: end, reason: drop.reason))
        }
        guard isInside else { break }
        plan.gaps.append(gaps[next])
        at = max(at, gaps[next].to)
        next += 1
      }
      if let selection { keep(selection, from: first) }
    }
    plan.gaps += gaps[next...]
    plan.omittedCommands.sort { $0.offset < $1.offset }
    return plan
  }

  /// Notes the commands of a stretch as left out. Returns the last SELECT of them.
  private mutating func leaveOut(
    _ range: Range<UInt64>, _ reason: AOFSalvagePlan.Reason
  ) throws(SourceError) -> Range<UInt64>? {
    var selection: Range<UInt64>?
    // Small buffers for small stretches: there may be many.
    let size = min(range.upperBound - range.lowerBound, UInt64(Self.carefulPace))
    let scanner = CommandScanner(content, range, batchSize: Int(size))
    let recycle = scanner.recycler()
    while let item = try scanner.next() {
      switch item {
      case .large(let command):
        plan.omit(.init(offset: command.fileOffset, name: command.name, reason: reason))
        plan.commandsKept -= 1
      case .batch(let batch):
        let bytes = batch.bytes
        var parser = CommandParser(bytes, inputEnd: UInt64(bytes.byteCount))
        while let head = try? parser.skip() {
          guard head.kind == .command else { continue }
          if table.command(head.name.bytes(in: bytes))?.mark == .select {
            selection =
              (batch.fileOffset + UInt64(head.start))..<(batch.fileOffset + UInt64(head.end))
          }
          plan.omit(command(at: head.start, of: batch, reason))
          plan.commandsKept -= 1
        }
        recycle(batch)
      }
    }
    return selection
  }

  /// Keeps the last SELECT of commands that are left out: what follows them is in its database.
  private mutating func keep(_ selection: Range<UInt64>, from first: Int) {
    plan.commandsKept += 1
    plan.takeBack(commandAt: selection.lowerBound)
    guard
      let index = plan.gaps[first...].firstIndex(where: { $0.to >= selection.upperBound })
    else { return }
    var behind = plan.gaps[index]
    plan.gaps[index].to = selection.lowerBound
    behind.from = selection.upperBound
    if !(behind.from == behind.to) { plan.gaps.insert(behind, at: index + 1) }
    if plan.gaps[index].from == plan.gaps[index].to { plan.gaps.remove(at: index) }
  }
}
