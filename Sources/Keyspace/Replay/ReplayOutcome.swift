package import Persistence

/// A command of a log that a replay could not run.
package struct ReplayProblem: Error, Sendable, Equatable {
  package enum Reason: Sendable, Equatable {
    /// A server would refuse it, in these words.
    case refused(CommandError)
    /// A script, whose SHA1 is told in hexadecimal digits where the log has its text or its name.
    case script(sha1: String?)
    /// No server known here has the command, or it is one that this build does not run.
    case unknown
  }

  /// The file of the log.
  package var file: String
  /// Offset of the command in the (decompressed) file.
  package var offset: UInt64
  /// The number of the command in the file, from 1.
  package var number: UInt64
  /// The database it ran in.
  package var database: Int
  /// The command, shortened to its first arguments, each at most 64 bytes.
  package var arguments: [ByteString]
  package var reason: Reason
}

extension ReplayProblem {
  /// The problem of a command of a batch.
  init(
    _ item: ParsedCommands.Item, _ parsed: ParsedCommands, file: String, number: UInt64,
    database: Int, _ reason: Reason
  ) {
    let all = parsed.arguments(of: item)
    self.file = file
    offset = parsed.batch.fileOffset + UInt64(item.start)
    self.number = number
    self.database = database
    arguments = (0..<min(all.count, 4)).map {
      all[$0].copy(from: parsed.batch.bytes).beginning(64)
    }
    self.reason = reason
  }
}

/// Where a replay came to its end, and what it left out.
package struct ReplayOutcome: Sendable {
  /// Why not all of the input was replayed.
  package enum Failure: Sendable, Equatable {
    /// The input cannot be opened or read.
    case unreadable(SourceError, file: String)
    /// There is no AOF where the path leads.
    case noLog(String)
    /// The manifest is damaged, or files that it lists are missing.
    case brokenManifest(String)
    /// An RDB is damaged, at an offset in its file.
    case rdb(FormatError, file: String)
    /// A log is damaged elsewhere than at its tail.
    case log(FormatError, file: String)
    /// A command could not be run, and the replay was not told to go on.
    case command(ReplayProblem)
    /// The command before whose last occurrence the replay was to end does not occur.
    case endNotFound
  }

  /// What was left out at the end of the last file: a command that breaks off, or a transaction without
  /// EXEC.
  package struct Tail: Sendable, Equatable {
    package var file: String
    /// Offset from which on nothing was replayed.
    package var from: UInt64
    /// Bytes that were left out.
    package var bytes: UInt64
    /// What is wrong there; nil for a transaction that is not closed.
    package var error: FormatError?
  }

  package var failure: Failure?
  package var tail: Tail?
  /// Commands that could not be run while the replay went on; the first ones.
  package var problems: [ReplayProblem] = []
  /// All of these.
  package var problemCount: UInt64 = 0
  /// Commands that ran, MULTI and EXEC among them.
  package var commands: UInt64 = 0
  /// Commands that were left out on demand.
  package var skipped: UInt64 = 0
  /// Keys that came out of RDB files.
  package var loadedKeys: UInt64 = 0
  /// Bytes of the files that were opened, decompressed.
  package var bytes: UInt64 = 0
  /// Those of these bytes, one file behind the other, that lie before the place where a replay came to its
  /// end.
  package var replayedBytes: UInt64 = 0
  /// Where a replay that was to end early ended: the file, and the offset of the first command left out.
  package var stoppedAt: (file: String, offset: UInt64)?
  /// The first release that writes RDB files as the first one was written; nil without any.
  package var source: RDBTarget?
  /// The last time that an annotation told, in Unix seconds.
  package var lastTimestamp: Int64?

  package init() {}

  /// Where in its last file the replay came to its end; nil for the end of the file.
  var place: UInt64? {
    switch failure {
    case .rdb(let error, _), .log(let error, _): UInt64(clamping: error.offset)
    case .command(let problem): problem.offset
    default: stoppedAt?.offset ?? tail?.from
    }
  }
}

/// When a replay ends.
package enum ReplayEnd: Sendable, Equatable {
  case never
  /// Before the first command that an annotation tells to be later than these Unix seconds.
  case after(timestamp: Int64)
  /// Before the first command, or transaction, that reaches over this offset in a file: the one named, or
  /// else the last one.
  case offset(UInt64, file: ByteString?)
  /// Behind the command of this number in a file, from 1: the one named, or else the last one.
  case command(UInt64, file: ByteString?)
  /// Before the last occurrence of a command of this name, or before the transaction that it is in.
  case before(String)
}
