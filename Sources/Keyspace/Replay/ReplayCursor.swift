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
  package private(set) var lastStep: Step?
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
  private var offset: UInt64 = 0
  private var preparer: CommandPreparer?

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
    guard let first = next(on: &keyspace) else { return false }
    var step = Step(
      file: place.file, offset: first.batch.parsed.batch.fileOffset + UInt64(first.item.start),
      timestamp: nil, commands: [], count: 0)
    repeat {
      guard let (batch, item) = next(on: &keyspace) else { break }
      if !item.isAnnotation {
        step.count += 1
        if step.commands.count < 16 { step.commands.append(Self.words(item, batch.parsed)) }
      }
      runner?.run(index..<(index + 1), of: batch, on: &keyspace)
      offset = batch.parsed.batch.fileOffset + UInt64(item.end)
      index += 1
    } while step.count == 0 || runner?.transactionStart != nil
    takeOutcome()
    guard step.count > 0 else { return false }
    step.timestamp = outcome.lastTimestamp
    lastStep = step
    return true
  }

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
    while let (batch, item) = next(on: &keyspace) {
      if let last, part > last { return hasMoved }
      if let end = ends[part], isPast(end, item, batch.parsed) {
        return hasMoved || isJustBefore(end)
      }
      guard step(on: &keyspace) else { break }
      hasMoved = true
    }
    return true
  }

  /// Goes forward behind the next step that concerns a key, as far as the command tells. False when there is none.
  package func advance(toNext key: ByteString, on keyspace: inout Keyspace) -> Bool {
    while let (batch, _) = next(on: &keyspace) {
      var concerns = false
      var depth = 0
      // A transaction may go on in the next batch: then its rest is not looked at before it is run.
      for later in index..<batch.parsed.items.count {
        let item = batch.parsed.items[later]
        guard item.entry >= 0 else { if item.isAnnotation { continue } else { break } }
        let entry = CommandTable.shared.entries[item.entry]
        concerns = concerns || Self.concerns(entry, item, batch.parsed, key)
        if entry.mark == .multi { depth = 1 }
        if entry.mark == .exec || entry.mark == .discard { depth = 0 }
        if depth == 0 { break }
      }
      guard step(on: &keyspace) else { return false }
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

  private func isPast(
    _ end: CommandRunner.FileEnd, _ item: ParsedCommands.Item, _ parsed: ParsedCommands
  ) -> Bool {
    switch end {
    case .offset(let last):
      return parsed.batch.fileOffset + UInt64(stepEnd(item, parsed).offset) > last
    case .command(let last):
      return (runner?.nextNumber ?? 1) + stepEnd(item, parsed).commands > last + 1
    case .timestamp(let last):
      return (item.timestamp ?? runner?.outcome.lastTimestamp).map { $0 > last } ?? false
    }
  }

  /// Where the step that an item begins ends in its batch, and how many commands it has: of a transaction, as far
  /// as the batch has it.
  private func stepEnd(
    _ item: ParsedCommands.Item, _ parsed: ParsedCommands
  ) -> (offset: Int, commands: UInt64) {
    guard !item.isAnnotation else { return (item.end, 0) }
    guard item.entry >= 0, CommandTable.shared.entries[item.entry].mark == .multi else {
      return (item.end, 1)
    }
    var commands: UInt64 = 1
    for later in parsed.items[(index + 1)...] where !later.isAnnotation {
      commands += 1
      guard later.entry >= 0 else { continue }
      switch CommandTable.shared.entries[later.entry].mark {
      case .exec, .discard: return (later.end, commands)
      default: continue
      }
    }
    return (parsed.items.last?.end ?? item.end, commands)
  }

  /// Whether the place that was asked for is the one where the replay stands.
  private func isJustBefore(_ end: CommandRunner.FileEnd) -> Bool {
    switch end {
    case .offset(let last): offset == last
    case .command(let last): (runner?.nextNumber ?? 1) == last + 1
    case .timestamp(let last): outcome.lastTimestamp == last
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
      guard let scanner else {
        beginPart(on: &keyspace)
        continue
      }
      do throws(SourceError) {
        guard let item = try scanner.next() else {
          endPart()
          continue
        }
        switch preparer?.process(item) {
        case .success(let prepared): batch = prepared
        case .failure(let error):
          runner?.fail(error)
          takeOutcome()
          isAtEnd = true
        case nil: isAtEnd = true
        }
      } catch {
        outcome.failure = .unreadable(error, file: place.file)
        isAtEnd = true
      }
    }
    return nil
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
    isAtEnd = outcome.failure != nil || part + 1 >= layout.parts.count
  }

  private func takeOutcome() {
    if let taken = runner?.outcome { outcome = taken }
  }
}
