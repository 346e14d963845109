internal import Persistence

/// What INFO counts.
struct ServerStatistics {
  var connections: UInt64 = 0
  var rejectedConnections: UInt64 = 0
  var commands: UInt64 = 0
  /// Pieces that were read from and written to connections.
  var reads: UInt64 = 0
  var writes: UInt64 = 0
  var bytesReceived: UInt64 = 0
  var bytesSent: UInt64 = 0
  var expiredKeys: UInt64 = 0
  var outputLimitDisconnections: UInt64 = 0
  var queryLimitDisconnections: UInt64 = 0
  var hits: UInt64 = 0
  var misses: UInt64 = 0
  /// Bytes that the process held at most, as far as somebody looked.
  var peakMemory: UInt64 = 0
  /// Commands of the last second, and when that began.
  var perSecond = 0
  var sampleStart: Int64 = 0
  var sampleCommands: UInt64 = 0
  /// By the place in the command table.
  var calls: [CommandCalls]
  /// Error replies, by their codes.
  var errors: [String: UInt64] = [:]
  var errorReplies: UInt64 = 0

  struct CommandCalls {
    var calls: UInt64 = 0
    var microseconds: Int64 = 0
    var rejected: UInt64 = 0
    var failed: UInt64 = 0
  }

  init() {
    calls = [CommandCalls](repeating: CommandCalls(), count: CommandTable.shared.entries.count)
  }

  /// Counts a command that was run.
  @inline(__always)
  mutating func count(_ entry: CommandEntry, microseconds: Int64, hasFailed: Bool) {
    calls[entry.index].calls += 1
    calls[entry.index].microseconds += microseconds
    if hasFailed { calls[entry.index].failed += 1 }
  }

  /// Counts the commands of every second.
  mutating func sample(now: Int64) {
    let passed = now - sampleStart
    guard passed >= 1000 else { return }
    perSecond = sampleStart == 0 ? 0 : Int(commands - sampleCommands) * 1000 / Int(passed)
    sampleStart = now
    sampleCommands = commands
  }
}
