package import Persistence

/// What a rewrite came to.
package struct RewriteReport: Sendable {
  /// Something that the target cannot hold.
  package struct Loss: Sendable, Equatable {
    package var database: Int
    package var key: ByteString
    package var loss: ConversionLoss
  }

  /// Keys that were written.
  package var keys: UInt64 = 0
  /// Keys that the target cannot hold.
  package var leftOut: UInt64 = 0
  /// Libraries of functions that the target cannot hold.
  package var functionsLeftOut: UInt64 = 0
  /// The first losses of keys, in the order of the output.
  package var losses: [Loss] = []
  /// All of these.
  package var lossCount: UInt64 = 0
  /// Streams that were written without counters that servers of the target do not keep: no loss.
  package var streamsWithoutCounters: UInt64 = 0
  /// Bytes that were written, before any compression of the file.
  package var bytes: UInt64 = 0

  package init() {}

  /// Whether anything is not in the output as it was.
  package var isLossy: Bool { lossCount > 0 || functionsLeftOut > 0 }

  mutating func add(_ chunk: EncodedChunk, limit: Int) {
    keys += chunk.keys
    leftOut += chunk.leftOut
    lossCount += UInt64(chunk.losses.count)
    losses += chunk.losses.prefix(max(0, limit - losses.count))
    streamsWithoutCounters += chunk.streamsWithoutCounters
  }
}

/// The keys of some slots of a database, encoded.
struct EncodedChunk: Sendable {
  var bytes: [UInt8] = []
  var keys: UInt64 = 0
  var leftOut: UInt64 = 0
  /// Commands, of a log.
  var commands: UInt64 = 0
  var losses: [RewriteReport.Loss] = []
  var streamsWithoutCounters: UInt64 = 0

  /// Counts a key that was written, or with a loss of the whole, was not.
  mutating func add(_ losses: [ConversionLoss], of entry: Entry, in database: Int) {
    guard !losses.isEmpty else {
      keys += 1
      return
    }
    if losses.contains(where: \.isStreamCounter) { streamsWithoutCounters += 1 }
    self.losses += losses.lazy.filter { !$0.isBookkeeping }.map {
      RewriteReport.Loss(database: database, key: ByteString(entry.key), loss: $0)
    }
    if losses.contains(where: \.isWhole) { leftOut += 1 } else { keys += 1 }
  }
}
