package import Persistence

/// What the salvage of the commands of an AOF keeps: stretches of the input, in its order.
package struct AOFSalvagePlan: Sendable {
  /// Why bytes are left out.
  package enum Reason: String, Sendable, CaseIterable {
    /// No command can be framed there.
    case brokenFraming = "broken-framing"
    /// A framed command of a name that no server has, and no module would.
    case unknownCommand = "unknown-command"
    /// A framed command with more or fewer arguments than servers take.
    case wrongArity = "wrong-arity"
    /// SELECT of what is no number of a database.
    case badDatabase = "bad-database"
    /// An annotation of time without a time.
    case badTimestamp = "bad-timestamp"
    /// A block of the file that was written twice.
    case repeatedBlock = "repeated-block"
    /// Commands of a transaction of which a part is lost.
    case halfLostTransaction = "half-lost-transaction"
    /// MULTI or EXEC without the other one.
    case unpaired
    /// Written after the time up to which commands were asked for.
    case afterTheTime = "after-the-time"
  }

  /// Bytes of the input that are not in the output.
  package struct Gap: Sendable, Equatable {
    package var from: UInt64
    /// Behind the last byte.
    package var to: UInt64
    package var reason: Reason
    /// How sure it is that commands go on behind the gap: the odds of an accident are 2 to the minus this,
    /// in bits. Nil where the framing led there, and at the end.
    package var confidence: Int?
  }

  /// A command that could be read and is left out.
  package struct OmittedCommand: Sendable, Equatable {
    /// Offset of the command.
    package var offset: UInt64
    package var name: ByteString
    /// The first of its keys; nil for a command without any.
    package var key: ByteString?
    package var reason: Reason
  }

  /// Commands that may have been run in another database than in the output: a SELECT may have been lost
  /// in a gap before them, or at the start.
  package struct DatabaseDoubt: Sendable, Equatable {
    /// The end of the gap; the first command, where the start is lost.
    package var from: UInt64
    /// The next SELECT, or the end.
    package var to: UInt64
    /// The database that the output has selected.
    package var database: UInt64
    /// The database that a piece of a SELECT in the gap names, if one does.
    package var named: UInt64?
  }

  /// The part of the input that was to hold commands.
  package let range: Range<UInt64>
  /// In the order of the input; they do not overlap.
  package internal(set) var gaps: [Gap] = []
  /// Commands that are kept.
  package internal(set) var commandsKept: UInt64 = 0
  /// In the order of the input.
  package internal(set) var omittedCommands: [OmittedCommand] = []
  /// Such commands beyond those that are listed.
  package internal(set) var unlistedCommands: UInt64 = 0
  package internal(set) var doubts: [DatabaseDoubt] = []

  /// A plan that keeps everything.
  init(_ range: Range<UInt64>) { self.range = range }

  /// A plan that keeps nothing of what follows a cut in an earlier file.
  static func cut(_ range: Range<UInt64>) -> AOFSalvagePlan {
    var plan = AOFSalvagePlan(range)
    if !range.isEmpty {
      plan.gaps = [Gap(from: range.lowerBound, to: range.upperBound, reason: .afterTheTime)]
    }
    return plan
  }

  /// Bytes of the input that are in the output.
  package var bytesKept: UInt64 {
    gaps.reduce(UInt64(range.count)) { $0 - ($1.to - $1.from) }
  }

  /// Bytes that are left out because they were not asked for.
  package var bytesCut: UInt64 {
    gaps.reduce(0) { $0 + ($1.reason == .afterTheTime ? $1.to - $1.from : 0) }
  }

  /// What lies between the gaps.
  package var kept: some Sequence<Range<UInt64>> {
    let ends = gaps.lazy.map(\.from) + CollectionOfOne(range.upperBound)
    let starts = [[range.lowerBound], gaps.map(\.to)].joined()
    return zip(starts, ends).lazy.filter { $0 < $1 }.map { $0..<$1 }
  }

  private static let omittedLimit = 1 << 16

  mutating func omit(_ command: OmittedCommand) {
    if omittedCommands.count < Self.omittedLimit {
      omittedCommands.append(command)
    } else {
      unlistedCommands += 1
    }
  }

  /// Takes one of the commands back that were noted last.
  mutating func takeBack(commandAt offset: UInt64) {
    let last = omittedCommands.lastIndex { $0.offset <= offset }
    if let last, omittedCommands[last].offset == offset {
      omittedCommands.remove(at: last)
    } else {
      unlistedCommands -= 1
    }
  }

  /// Hands over the bytes that are kept, in pieces, in their order. `content` is what was planned for.
  package func write(
    from content: any RandomAccess, to put: (RawSpan) throws(AOFSalvageError) -> Void
  ) throws(AOFSalvageError) {
    for range in kept { try Self.copy(range, of: content, to: put) }
  }

  /// Hands over the bytes that are left out, in pieces, in their order.
  package func writeSkipped(
    from content: any RandomAccess, to put: (RawSpan) throws(AOFSalvageError) -> Void
  ) throws(AOFSalvageError) {
    for gap in gaps { try Self.copy(gap.from..<gap.to, of: content, to: put) }
  }

  /// Bytes read at once.
  private static let pieceSize: UInt64 = 1 << 20

  static func copy(
    _ range: Range<UInt64>, of content: any RandomAccess,
    to put: (RawSpan) throws(AOFSalvageError) -> Void
  ) throws(AOFSalvageError) {
    var at = range.lowerBound
    while at < range.upperBound {
      let count = Int(min(pieceSize, range.upperBound - at))
      let piece: [UInt8]
      do throws(SourceError) {
        piece = try content.bytes(at: at, count: count)
      } catch {
        throw .source(error)
      }
      guard piece.count == count else {
        throw .source(.changedWhileRead(at: at + UInt64(piece.count)))
      }
      try put(unsafe piece.span.bytes)
      at += UInt64(count)
    }
  }
}

/// Why what a plan keeps could not be written.
package enum AOFSalvageError: Error, Sendable {
  case source(SourceError)
  case output(OutputError)
}
