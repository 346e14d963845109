/// What holds at a place between two commands of an AOF.
package struct LogState: Equatable, Sendable, BitwiseCopyable {
  /// The database that the last SELECT named: 0 at the start of every file, and behind an RDB preamble.
  /// A SELECT of what is no number from 0 to 2³¹ - 1 changes nothing, as in a server; whether the server
  /// has so many databases is for others to judge.
  package var database: UInt64 = 0
  /// Unix time in seconds of the last `#TS:` annotation.
  package var timestamp: Int64?
  /// Offset in the file of the MULTI that is still open: a loader drops what follows it when the file ends
  /// before its EXEC. A MULTI inside it changes nothing.
  package var transactionStart: UInt64?

  package init() {}

  /// Takes in a command or an annotation that was parsed out of `bytes`, which begin at `fileOffset`.
  @inline(__always)
  package mutating func follow(_ head: CommandHead, in bytes: RawSpan, at fileOffset: UInt64) {
    // The names that matter have four to seven bytes: EXEC, MULTI, SELECT, DISCARD.
    if head.kind == .annotation || UInt(bitPattern: head.name.count &- 4) <= 3 {
      followClosely(head, in: bytes, at: fileOffset)
    }
  }

  private mutating func followClosely(
    _ head: CommandHead, in bytes: RawSpan, at fileOffset: UInt64
  ) {
    guard head.kind == .command else {
      timestamp = head.timestamp ?? timestamp
      return
    }
    switch CommandName.folded(head.name, in: bytes) {
    case CommandName.select: select(head, in: bytes)
    case CommandName.multi:
      if transactionStart == nil { transactionStart = fileOffset &+ UInt64(head.start) }
    case CommandName.exec, CommandName.discard: transactionStart = nil
    default: break
    }
  }

  private mutating func select(_ head: CommandHead, in bytes: RawSpan) {
    guard head.argumentCount == 2,
      let number = Self.database(selectedBy: head.first.bytes(in: bytes))
    else { return }
    database = number
  }

  /// The database that the argument of a SELECT names; nil for what no server takes, however many databases
  /// it has.
  package static func database(selectedBy text: RawSpan) -> UInt64? {
    guard let number = NumberText.canonicalInteger(text), (0...Int64(Int32.max)).contains(number)
    else { return nil }
    return UInt64(number)
  }
}
