package import Persistence

/// Writes by time, as far as the annotations of a log tell it.
///
/// Clocks go back: `first` and `last` are the earliest and the latest second, wherever they stand.
package struct WriteTimeline: Sendable, Equatable {
  /// Unix time in seconds; nil without annotations.
  package private(set) var first: Int64?
  package private(set) var last: Int64?
  /// The annotation that stands last in the log.
  package private(set) var latest: Int64?
  /// Writes that have a time.
  package private(set) var writes: UInt64 = 0
  /// The second with the most writes, the first one of several.
  package private(set) var peak: CommandTally.Second?
  /// Writes by buckets, from that of the first second to that of the last one.
  package private(set) var buckets: [UInt64] = []

  /// A bucket has 2 to the power of this many seconds, and begins at a multiple of them.
  private var shift: Int64 = 0
  /// The number of the first bucket: its time over its width.
  private var base: Int64 = 0
  /// The run of one second that may go on.
  private var current: CommandTally.Second?

  /// Buckets at most.
  package static let mostBuckets = 120

  package init() {}

  /// Seconds of a bucket, at most 2⁵⁸: with that all 64-bit numbers fit.
  package var width: Int64 { 1 << shift }

  /// Unix time in seconds at which the first bucket begins.
  package var start: Int64 { base << shift }

  /// Writes per second from the first to the last one.
  package var mean: Double {
    guard let first, let last else { return 0 }
    return Double(writes) / (Double(last) - Double(first) + 1)
  }

  /// Adds the seconds that follow in the log.
  package mutating func add(_ seconds: [CommandTally.Second]) {
    for second in seconds { add(second) }
  }

  private mutating func add(_ second: CommandTally.Second) {
    first = min(first ?? second.second, second.second)
    last = max(last ?? second.second, second.second)
    latest = second.second
    writes += second.writes
    if current?.second == second.second {
      current?.writes += second.writes
    } else {
      current = second
    }
    if let current, current.writes > peak?.writes ?? 0 { peak = current }
    count(second)
  }

  private mutating func count(_ second: CommandTally.Second) {
    if buckets.isEmpty { base = second.second >> shift }
    while !reaches(second.second >> shift) { halve() }
    let bucket = second.second >> shift
    while bucket < base {
      buckets.insert(0, at: 0)
      base -= 1
    }
    while bucket - base >= buckets.count { buckets.append(0) }
    buckets[Int(bucket - base)] += second.writes
  }

  /// Whether the buckets with this one are not too many.
  private func reaches(_ bucket: Int64) -> Bool {
    let end = max(bucket, base + Int64(buckets.count) - 1)
    let (span, overflow) = end.subtractingReportingOverflow(min(bucket, base))
    return !overflow && span < WriteTimeline.mostBuckets
  }

  /// Makes one bucket of two.
  private mutating func halve() {
    var wider: [UInt64] = []
    let start = base >> 1
    for (index, writes) in buckets.enumerated() {
      let bucket = Int(((base + Int64(index)) >> 1) - start)
      while wider.count <= bucket { wider.append(0) }
      wider[bucket] += writes
    }
    buckets = wider
    base = start
    shift += 1
  }
}
