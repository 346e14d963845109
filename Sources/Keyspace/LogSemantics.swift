package import Persistence

/// What a release means by commands where that is not what Redis 7.0 means: a log is read by whom it was
/// written for.
package struct LogSemantics: Sendable {
  /// SORT leaves elements of equal numbers in the order that they had. Redis 2.6 and later put them in the order
  /// of their bytes.
  var sortKeepsTies = false
  /// DECRBY by -2^63 adds -2^63. Redis 7.0 and later refuse it.
  var decrementTakesMinimum = false
  /// XCLAIM takes pending entries whose messages are gone. Redis 7.0 and later acknowledge them.
  var claimTakesOrphans = false
  /// A small sorted set keeps a score of -0, in its ziplist. In a listpack of Redis 7.0 and later it is 0.
  var keepsNegativeZeros = false
  /// LSET takes the lower 32 bits of an index, since Redis 7.2 (`listTypeReplaceAtIndex` of t_list.c).
  var truncatesIndexes = false

  /// As Redis 7.0.
  package init() {}

  package init(_ release: RDBTarget) {
    // SORT: 2.6 has RDB version 6, 7.0 has 10, 7.2 and Valkey have 11 and more.
    sortKeepsTies = release.version < 6
    decrementTakesMinimum = release.version < 10
    claimTakesOrphans = release.version < 10
    keepsNegativeZeros = release.version < 10
    truncatesIndexes = release.version > 10
  }
}
