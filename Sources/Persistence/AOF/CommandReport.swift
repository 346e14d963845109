/// What the inspection of one batch of commands found.
package struct CommandReport: Sendable {
  /// Problems of a batch that are kept; more are counted.
  static let mostProblems = 256

  /// Commands, annotations not counted.
  package internal(set) var commands: UInt64 = 0
  /// EXECs that end a transaction.
  package internal(set) var transactions: UInt64 = 0
  /// Unix times in seconds of the first and the last annotation.
  package internal(set) var firstTimestamp: Int64?
  package internal(set) var lastTimestamp: Int64?
  /// Offset of the first annotation that is later than the time asked about, or of the MULTI that is open
  /// there.
  package internal(set) var laterFrom: UInt64?
  /// The highest database that a SELECT names, and where.
  package internal(set) var highestDatabase: SelectedDatabase?
  /// What statistics are made of, when they are asked for.
  package internal(set) var tally: CommandTally?
  /// In the order of the file.
  package internal(set) var problems: [CommandProblem] = []
  /// Problems that were not kept.
  package internal(set) var omittedErrors: UInt64 = 0
  package internal(set) var omittedWarnings: UInt64 = 0

  mutating func add(_ problem: CommandProblem) {
    // The first error says up to where the file is whole: nothing before it is ever dropped.
    if problems.count < Self.mostProblems {
      problems.append(problem)
    } else if problem.kind.isError {
      omittedErrors += 1
    } else {
      omittedWarnings += 1
    }
  }
}

/// A database that a SELECT names.
package struct SelectedDatabase: Equatable, Sendable {
  package var database: UInt64
  /// Offset in bytes of the SELECT in the file.
  package var offset: UInt64
  /// The number of the SELECT in the file, from 1.
  package var number: UInt64
}

/// Something wrong with a command whose framing is sound, or with an annotation.
package struct CommandProblem: Equatable, Sendable {
  package enum Kind: UInt8, Sendable {
    /// No server has a command of that name.
    case unknown
    /// The name of a command is that of a module, as `JSON.SET`.
    case ofModule
    /// A number of arguments that no server takes.
    case arity
    /// A command that changes nothing, as GET.
    case unlogged
    /// A MULTI within a transaction.
    case nestedMulti
    /// An EXEC or DISCARD outside of a transaction.
    case execWithoutMulti
    /// A SELECT of what is no database.
    case database
    /// A number or line end as no server writes it.
    case oddNumber
    /// `#TS:` without a number.
    case timestamp
    /// A `#TS:` that is earlier than the one before.
    case timestampBefore

    /// Whether data is lost, or a server will not load the file, or not as it was written.
    package var isError: Bool {
      switch self {
      case .unknown, .arity, .nestedMulti, .execWithoutMulti, .database: true
      case .ofModule, .unlogged, .oddNumber, .timestamp, .timestampBefore: false
      }
    }
  }

  /// Bytes of a name or an argument that are kept.
  static let shown = 64

  package var kind: Kind
  /// Offset in bytes of the command or annotation in the file.
  package var offset: UInt64
  /// The number of the command in the file, from 1; of an annotation, that of the next command.
  package var number: UInt64
  /// The database that is selected there.
  package var database: UInt64
  /// The first bytes of the name, at most 64; the text of an annotation.
  package var name: ByteString
  /// The first bytes of the first argument behind the name, at most 64.
  package var first: ByteString?
  /// Arguments, the name included.
  package var argumentCount: Int
  /// Offset of the MULTI of the transaction that is open there.
  package var transactionStart: UInt64?
  /// What the command takes: see ``CommandEntry/arity``. Of `timestampBefore`, the earlier time.
  package var expected: Int64?

  /// Up to where a file is whole that has this in it: a server takes nothing back of what it has run.
  package var validUpTo: UInt64 { transactionStart ?? offset }
}
