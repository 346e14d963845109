package import Persistence

/// What the commands of an AOF are: the answer of `check-aof --stats`.
package struct AOFStatistics: Sendable {
  /// Commands of one name.
  package struct Name: Sendable, Equatable {
    /// In lower case, subcommands as `xgroup|create`; bytes outside ASCII as `\xHH` where they are no UTF-8.
    package var name: String
    package var count: UInt64
    /// Bytes of the commands with all framing.
    package var bytes: UInt64

    package init(name: String, count: UInt64, bytes: UInt64) {
      self.name = name
      self.count = count
      self.bytes = bytes
    }
  }

  /// A script that EVAL, EVALSHA or SCRIPT LOAD name.
  package struct Script: Sendable, Equatable {
    /// 40 hexadecimal digits; what EVALSHA was given, where that are none.
    package var sha1: String
    /// Times it was to be run, and times it was only to be loaded.
    package var calls: UInt64 = 0
    package var loads: UInt64 = 0
    /// Bytes of all those commands.
    package var bytes: UInt64 = 0
    /// The first 80 bytes, and how many there are, unless only its digest is known.
    package var beginning: ByteString?
    package var length: UInt64?

    package init(
      sha1: String, calls: UInt64 = 0, loads: UInt64 = 0, bytes: UInt64 = 0,
      beginning: ByteString? = nil, length: UInt64? = nil
    ) {
      self.sha1 = sha1
      self.calls = calls
      self.loads = loads
      self.bytes = bytes
      self.beginning = beginning
      self.length = length
    }
  }

  /// A function that FCALL names.
  package struct Function: Sendable, Equatable {
    package var name: ByteString
    package var calls: UInt64
    package var bytes: UInt64
  }

  /// What a rewrite to commands would leave of the log. An estimate: the log does not tell all that its
  /// commands did.
  package struct Rewrite: Sendable, Equatable {
    /// Bytes of the commands and annotations of the log.
    package var bytes: UInt64
    /// Bytes of the commands that a rewrite would write, those of the RDB in front of the log aside.
    package var bytesAfter: UInt64
    /// The share of the bytes that would go, 0 to 1.
    package var share: Double
    /// How far off that share may well be: two standard errors of the sample, what single keys outside it
    /// may add that have much of the log, and ``unknowable``.
    package var margin: Double
    /// Whether not all keys and fields were looked at, but a sample of them.
    package var isSampled: Bool

    /// What the estimate is off by at most in the tests that compare it with servers: for sizes and numbers
    /// of elements that the log does not tell.
    package static let unknowable = 0.05
  }

  /// Commands, and bytes of commands and annotations.
  package var commands: UInt64
  package var bytes: UInt64
  /// By their counts, the names of equal counts in their order.
  package var names: [Name]
  /// Commands that no server has and whose names are beyond the number that is kept.
  package var omittedNames: CommandTally.Count
  package var largest: CommandTally.Argument?
  /// The keys that were written most often.
  package var hottestKeys: [FrequentItems.Item]
  /// The prefixes of the keys that were written most often; see ``KeyPrefix``.
  package var hottestPrefixes: [FrequentItems.Item]
  package var timeline: WriteTimeline
  package var transactions: TransactionTally
  /// By their calls, those of equal calls by their digests.
  package var scripts: [Script]
  /// By their calls, those of equal calls by their names.
  package var functions: [Function]
  /// Scripts and functions beyond the number that is kept, each batch's once.
  package var omittedScripts: UInt64
  package var distinctKeys: RewriteSample.Estimate
  package var rewrite: Rewrite
}
