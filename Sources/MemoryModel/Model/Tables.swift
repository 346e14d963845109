internal import Glibc

/// Hash tables of which each bucket is a chain of entries: all of Redis, and Valkey up to 8.0.
enum ChainedTable {
  /// Buckets of a table of so many entries, one pointer each: a power of two, at least 4. Source: dict.c.
  static func buckets(_ entries: UInt64) -> UInt64 {
    guard entries > 4 else { return 4 }
    guard entries <= 1 << 60 else { return 1 << 60 }
    return 1 << UInt64(64 - (entries - 1).leadingZeroBitCount)
  }

  /// The share of buckets that hold an entry, when a hash spreads `load` entries to each.
  private static func share(_ load: Double) -> Double { 1 - exp(-load) }

  /// Entries that share a bucket with another one, beyond the first of each: an average.
  static func collisions(_ entries: UInt64) -> UInt64 {
    let buckets = Double(buckets(entries))
    let used = buckets * share(Double(entries) / buckets)
    return UInt64(max(0, (Double(entries) - used).rounded()))
  }

  /// Whether a table that has got its entries one by one still has the buckets of half the size beside its
  /// own: each step of an entry empties one of those that are in use.
  static func isRehashing(_ entries: UInt64, steps: Double) -> Bool {
    let old = buckets(entries) / 2
    guard old >= 4, entries > old else { return false }
    return Double(entries - old) * steps <= share(1) * Double(old)
  }
}

/// The hash tables of Valkey from 8.1 on: buckets of 7 entries, the last of which leads to another bucket
/// when there are more. Source: hashtable.c.
enum WideTable {
  /// Bytes.
  static let bucket: UInt64 = 64

  /// Buckets for so many entries, those behind full ones included, which are an average.
  static func buckets(for entries: UInt64) -> UInt64 {
    guard entries > 0 else { return 0 }
    guard entries < 1 << 56 else { return entries / 4 }
    let least = (entries * 5 - 1) / 32 + 1
    let top: UInt64 = least == 1 ? 1 : 1 << UInt64(64 - (least - 1).leadingZeroBitCount)
    return top + UInt64((Double(top) * childBuckets(Double(entries) / Double(top))).rounded())
  }

  /// Buckets behind one at the top, when so many entries come to each on average.
  private static func childBuckets(_ load: Double) -> Double {
    // As the entries are spread by a hash, their number in a bucket is distributed after Poisson.
    var probability = exp(-load)
    var sum = 0.0
    for entries in 1...64 {
      probability *= load / Double(entries)
      if entries > 7 { sum += probability * Double((entries - 7 + 5) / 6) }
    }
    return sum
  }
}

/// The levels of nodes in skip lists: each further level with a probability of 1/4.
enum SkiplistLevels {
  /// The average of what `bytes` says of a node with so many levels.
  static func average(_ bytes: (UInt64) -> UInt64) -> Double {
    var sum = 0.0
    var share = 0.75
    for level in 1...UInt64(32) {
      sum += share * Double(bytes(level))
      share /= 4
    }
    return sum
  }
}
