package import Persistence
package import SystemPackage

/// A replay that goes forward command by command, and stays where one wants to look around.
///
/// A transaction is one step. Commands that a server would refuse are left out and counted. Not `Sendable`: one
/// thread at a time.
package final class ReplayCursor {
  /// What a step has run: a command, or a transaction, with what stands before it.
  package struct Step: Sendable {
    package var file: String
    /// Offset in the (decompressed) file.
    package var offset: UInt64
    /// Unix seconds, as far as an annotation has told them.
    package var timestamp: Int64?
    /// The commands, shortened to their first arguments, each at most 64 bytes; at most sixteen commands.
    package var commands: [[ByteString]]
    /// All commands of the step.
    package var count: Int
  }

  /// Where the replay stands: behind what has been replayed.
  package struct Place: Sendable {
    package var file: String
    /// Offset in the (decompressed) file of what comes next.
    package var offset: UInt64
    /// Bytes of the file as it is stored; nil when nobody knows.
    package var size: UInt64?
  }

  /// What has been replayed so far, and what went wrong.
  package private(set) var outcome = ReplayOutcome()
  /// The last step; nil before the first.
  package var lastStep: Step? {
    guard lastRun.count > 0 else { return nil }
    return Step(
      file: layout.parts[lastRun.part].path.string, offset: lastRun.offset,
      timestamp: lastRun.timestamp,
      commands: lastRun.commands.map {
        Self.words($0.batch.parsed.items[$0.index], $0.batch.parsed)
      },
      count: lastRun.count)
  }
  /// Whether there is no more.
  package private(set) var isAtEnd = false

  private var replay: Replay
  private let layout: AOFLayout
  /// The file that is being replayed, by its place in the layout; before the first one -1.
  private var part = -1
  private var scanner: CommandScanner?
  private var file: AOFFile?
  private var runner: CommandRunner?
  private var batch: ReplayBatch?
  private var index = 0
  /// What has been read behind the batch, to see where a transaction ends.
  private var readAhead: [Reading] = []
  private var offset: UInt64 = 0
  private var preparer: CommandPreparer?
  /// What the last step has run, up to so many commands as are told of.
  private var lastRun = LastRun()

  private struct LastRun {
    /// Places in batches.
    var commands: [(batch: ReplayBatch, index: Int)] = []
    var count = 0
    var part = 0
    var offset: UInt64 = 0
    var timestamp: Int64?
  }

  /// What comes next in a file.
  private enum Reading {
    case batch(ReplayBatch)
    case end
    case broken(LargeValueError)
    case unreadable(SourceError)

    /// Whether nothing comes behind it.
    var isLast: Bool { if case .batch = self { false } else { true } }
  }

  /// Finds the files. Nothing is replayed yet.
  ///
  /// - `replay`: how; its end is of no account. Commands that cannot be run never end it.
  package init(_ replay: Replay, _ path: FilePath) throws(AOFLayoutError) {
    self.replay = replay
    self.replay.keepsGoing = true
    layout = try AOFLayout.find(path)
    if let problem = layout.problems.first {
      outcome.failure = .brokenManifest("line \(problem.line): \(problem.error.description)")
    } else if let missing = layout.missing.first {
      outcome.failure = .brokenManifest("\(missing.path) is listed and not there")
    }
    isAtEnd = outcome.failure != nil || layout.parts.isEmpty
  }

  /// Where the replay stands.
  package var place: Place {
    let current = layout.parts[min(max(part, 0), max(layout.parts.count - 1, 0))]
    return Place(file: current.path.string, offset: offset, size: current.size)
  }

  // MARK: Going forward

  /// Runs the next step on a keyspace. False at the end.
  @discardableResult
  package func step(on keyspace: inout Keyspace) -> Bool {
    defer { takeOutcome() }
    return run(on: &keyspace)
  }

  private func run(on keyspace: inout Keyspace) -> Bool {
    guard let first = next(on: &keyspace) else { return false }
    let start = first.batch.parsed.batch.fileOffset + UInt64(first.item.start)
    let startPart = part
    var count = 0
    repeat {
      guard let (batch, item) = next(on: &keyspace) else { break }
      if !item.isAnnotation {
        if count == 0 { lastRun.commands.removeAll(keepingCapacity: true) }
        count += 1
        if count <= Self.mostDescribed { lastRun.commands.append((batch, index)) }
      }
      runner?.run(index..<(index + 1), of: batch, on: &keyspace)
      offset = batch.parsed.batch.fileOffset + UInt64(item.end)
      index += 1
    } while count == 0 || runner?.transactionStart != nil
    guard count > 0 else { return false }
    lastRun.count = count
    lastRun.part = startPart
    lastRun.offset = start
    lastRun.timestamp = runner?.outcome.lastTimestamp
    return true
  }

  /// Commands of a step that are told of.
  private static let mostDescribed = 16

  /// Goes forward to where a replay with this end would stop. False where that lies behind, or cannot be found.
  package func advance(to end: ReplayEnd, on keyspace: inout Keyspace) -> Bool {
    // Behind the end is nothing; what was asked for may lie before it.
    guard !isAtEnd || end == .never else { return false }
    replay.end = end
    let ends = replay.fileEnds(layout, &outcome)
    guard outcome.failure == nil else {
      if case .endNotFound = outcome.failure { outcome.failure = nil }
      return false
    }
    let last = ends.lastIndex { $0?.isPlace ?? false }
    var hasMoved = false
    defer { takeOutcome() }
    while next(on: &keyspace) != nil {
      if let last, part > last { return hasMoved }
      if let end = ends[part] {
        let step = nextStep()
        if isPast(end, step) { return hasMoved || isJustBefore(end) }
      }
      guard run(on: &keyspace) else { break }
      hasMoved = true
    }
    // It stood at the end already, which only now is known.
    return hasMoved || end == .never
  }

  /// Goes forward behind the next step that concerns a key, as far as the command tells. False when there is none.
  package func advance(toNext key: ByteString, on keyspace: inout Keyspace) -> Bool {
    defer { takeOutcome() }
    while next(on: &keyspace) != nil {
      var concerns = false
      forEachOfNextStep { item, parsed in
        guard item.entry >= 0 else { return }
        let entry = CommandTable.shared.entries[item.entry]
        concerns = concerns || Self.concerns(entry, item, parsed, key)
      }
      guard run(on: &keyspace) else { return false }
      if concerns { return true }
    }
    return false
  }

  private static func concerns(
    _ entry: CommandEntry, _ item: ParsedCommands.Item, _ parsed: ParsedCommands, _ key: ByteString
  ) -> Bool {
    guard entry.flags.contains(.write) else { return false }
    // Commands on whole databases.
    guard !entry.keys.isEmpty else { return entry.container == nil }
    var concerns = false
    let bytes = parsed.batch.bytes
    let arguments = parsed.arguments(of: item)
    entry.keys.forEachKey(in: arguments, of: bytes) { index in
      if ByteString(arguments[index].bytes(in: bytes)) == key { concerns = true }
    }
    return concerns
  }

  private static func words(
    _ item: ParsedCommands.Item, _ parsed: ParsedCommands
  ) -> [ByteString] {
    let all = parsed.arguments(of: item)
    return (0..<min(all.count, 8)).map { all[$0].copy(from: parsed.batch.bytes).beginning(64) }
  }

  /// A step that has not been run.
  private struct NextStep {
    /// Offset behind it; of a transaction without an end, that of the file.
    var end: UInt64
    var commands: UInt64 = 0
    /// Unix seconds, the latest that an annotation in front of the first command tells.
    var timestamp: Int64?
  }

  private func nextStep() -> NextStep {
    var step = NextStep(end: offset)
    forEachOfNextStep { item, parsed in
      let base = parsed.batch.fileOffset
      if item.isAnnotation {
        if step.commands == 0, let time = item.timestamp {
          step.timestamp = max(step.timestamp ?? time, time)
        }
      } else {
        step.commands += 1
      }
      step.end = base + UInt64(item.end)
    }
    return step
  }

  /// Calls `body` with everything that the next step has, from where the replay stands on, and reads as far as it
  /// takes.
  private func forEachOfNextStep(_ body: (ParsedCommands.Item, ParsedCommands) -> Void) {
    var parsed = batch?.parsed
    var place = index
    var batches = 0
    var isInTransaction = false
    while let current = parsed {
      while place < current.items.count {
        let item = current.items[place]
        place += 1
        body(item, current)
        guard !item.isAnnotation else { continue }
        switch item.entry >= 0 ? CommandTable.shared.entries[item.entry].mark : .none {
        case .multi: isInTransaction = true
        case .exec, .discard: return
        default: guard isInTransaction else { return }
        }
      }
      if batches == readAhead.count, readAhead.last?.isLast != true { readAhead.append(read()) }
      parsed = nil
      if batches < readAhead.count, case .batch(let next) = readAhead[batches] {
        parsed = next.parsed
      }
      batches += 1
      place = 0
    }
  }

  private func isPast(_ end: CommandRunner.FileEnd, _ step: NextStep) -> Bool {
    switch end {
    case .offset(let last): return step.end > last
    case .command(let last): return (runner?.nextNumber ?? 1) + step.commands > last + 1
    case .timestamp(let last):
      return (step.timestamp ?? runner?.outcome.lastTimestamp).map { $0 > last } ?? false
    }
  }

  /// Whether the replay stands where it would stop, since the next step goes past that.
  private func isJustBefore(_ end: CommandRunner.FileEnd) -> Bool {
    switch end {
    case .offset(let last): offset <= last
    case .command(let last): (runner?.nextNumber ?? 1) <= last + 1
    case .timestamp(let last): runner?.outcome.lastTimestamp.map { $0 <= last } ?? false
    }
  }

  // MARK: Reading

  /// The item that comes next, read if need be, with the dumps before it loaded; nil at the end.
  private func next(
    on keyspace: inout Keyspace
  ) -> (batch: ReplayBatch, item: ParsedCommands.Item)? {
    while !isAtEnd {
      if let batch, index < batch.parsed.items.count { return (batch, batch.parsed.items[index]) }
      batch = nil
      index = 0
      guard scanner != nil else {
        beginPart(on: &keyspace)
        continue
      }
      switch readAhead.isEmpty ? read() : readAhead.removeFirst() {
      case .batch(let next): batch = next
      case .end: endPart()
      case .broken(let error):
        runner?.fail(error)
        takeOutcome()
        isAtEnd = true
      case .unreadable(let error):
        outcome.failure = .unreadable(error, file: place.file)
        isAtEnd = true
      }
    }
    return nil
  }

  private func read() -> Reading {
    do throws(SourceError) {
      guard let item = try scanner?.next(), let prepared = preparer?.process(item) else {
        return .end
      }
      switch prepared {
      case .success(let batch): return .batch(batch)
      case .failure(let error): return .broken(error)
      }
    } catch {
      return .unreadable(error)
    }
  }

  private func beginPart(on keyspace: inout Keyspace) {
    guard part + 1 < layout.parts.count else {
      isAtEnd = true
      return
    }
    part += 1
    offset = 0
    keyspace.selected = 0
    if part == 0 { keyspace.clock = .loading(now: replay.now) }
    let path = layout.parts[part].path
    do throws(SourceError) {
      let file = try AOFFile(path)
      var loaded = outcome.source.flatMap { $0.version < 10 ? nil : $0 }
      if file.format == .rdb {
        let release = RDBLoader(jobs: replay.jobs).load(
          file, named: path.string, into: &keyspace, &outcome)
        guard outcome.failure == nil else {
          isAtEnd = true
          return
        }
        if outcome.source == nil { outcome.source = release }
        loaded = release
      }
      keyspace.semantics = (replay.writer ?? loaded).map { LogSemantics($0) } ?? LogSemantics()
      runner = CommandRunner(file: path.string, replay, outcome, end: nil)
      self.file = file
      scanner = file.commands()
      offset = file.input?.decodedSize() ?? 0
      guard let scanner else { return endPart() }
      offset = scanner.position
      preparer = CommandPreparer(lanes: 1, replay: replay, recycle: scanner.recycler())
    } catch {
      outcome.failure = .unreadable(error, file: path.string)
      isAtEnd = true
    }
  }

  /// Looks at what the end of a file means, and goes on with the next one.
  private func endPart() {
    takeOutcome()
    if let scanner, let file {
      offset = scanner.ending.lastEnd
      replay.conclude(
        scanner.ending, of: file, transactionStart: runner?.transactionStart,
        layout.parts[part].path, part == layout.parts.count - 1, &outcome)
    }
    scanner = nil
    file = nil
    preparer = nil
    runner = nil
    isAtEnd = outcome.failure != nil || part + 1 >= layout.parts.count
  }

  private func takeOutcome() {
    if let taken = runner?.outcome { outcome = taken }
  }
}
