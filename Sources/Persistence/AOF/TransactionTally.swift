/// The transactions in a run of commands, which may begin and end within one.
package struct TransactionTally: Sendable, Equatable {
  /// Transactions that were run: those that end in EXEC.
  package private(set) var count: UInt64 = 0
  /// Commands in them, MULTI and EXEC not counted.
  package private(set) var commands: UInt64 = 0
  /// Commands of the largest one.
  package private(set) var largest: UInt64 = 0

  /// How the transaction went on that was open where the run begins.
  private enum Leading: Equatable { case open, run, discarded }
  private var leading = Leading.open
  /// Commands of the run before anything ended or began.
  private var leadingCommands: UInt64 = 0
  /// Commands so far of the one that began in the run and is still open.
  private var openCommands: UInt64?

  package init() {}

  /// Counts a command by its mark, `isOpen` when a transaction is open before it.
  @inline(__always)
  mutating func add(_ mark: CommandEntry.Mark?, isOpen: Bool) {
    if isOpen || mark == .multi { follow(mark, isOpen: isOpen) }
  }

  private mutating func follow(_ mark: CommandEntry.Mark?, isOpen: Bool) {
    switch mark {
    case .multi:
      guard !isOpen else { return }
      openCommands = 0
      if leading == .open { leading = .discarded }
    case .exec: end(isRun: true)
    case .discard: end(isRun: false)
    case .select, nil:
      if openCommands != nil { openCommands? += 1 } else { leadingCommands += 1 }
    }
  }

  private mutating func end(isRun: Bool) {
    if let open = openCommands {
      if isRun { complete(open) }
    } else {
      leading = isRun ? .run : .discarded
    }
    openCommands = nil
  }

  private mutating func complete(_ size: UInt64) {
    count += 1
    commands += size
    largest = max(largest, size)
  }

  /// Adds the run that follows.
  package mutating func append(_ next: TransactionTally) {
    if openCommands != nil {
      openCommands? += next.leadingCommands
      switch next.leading {
      case .open: break
      case .run: end(isRun: true)
      case .discarded: end(isRun: false)
      }
    }
    count += next.count
    commands += next.commands
    largest = max(largest, next.largest)
    if let open = next.openCommands { openCommands = open }
  }

  /// Forgets the transaction that is open: the file ends here, and a loader drops it.
  package mutating func endFile() { openCommands = nil }
}
