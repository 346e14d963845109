package import Persistence

/// A change that makes the checksum of a damaged file right.
///
/// Of all the changes that a search weighs, a wrong one fits the checksum with a chance of one in 2^64.
/// A search that weighs few enough has therefore proved what it finds: the file is again, byte for
/// byte, what was written.
package struct ChecksumRepair: Sendable, Equatable {
  /// Offsets and counts are in bytes of the damaged file.
  package enum Change: Sendable, Equatable {
    /// Bytes that were altered in place: `was` is what the damaged file has there, `now` what was
    /// written. At most eight.
    case bytes(at: UInt64, was: [UInt8], now: [UInt8])
    /// Two blocks of `size` bytes stand in each other's place.
    case swappedBlocks(UInt64, UInt64, size: UInt64)
    /// Bytes that do not belong there. They may as well be another run of as many bytes nearby whose
    /// removal leaves the same.
    case inserted(at: UInt64, count: UInt64)
  }

  /// One change, or two for two flipped bits far from each other.
  package var changes: [Change]
  /// Binary logarithm, rounded up, of the number of changes that were weighed, at most 56: the repair
  /// is wrong with a probability of at most 2^(weighed - 64).
  package var weighed: Int

  /// Whether so few changes were weighed that the checksum proves the repair: an accident has odds of
  /// one in 65,536 or less.
  package var isProof: Bool { weighed <= 48 }

  package init(changes: [Change], weighed: Int) {
    self.changes = changes
    self.weighed = weighed
  }

  /// Looks for the damage of a whole RDB file; see ``ChecksumSearch``.
  ///
  /// - Parameters:
  ///   - content: the damaged file, of `size` bytes.
  ///   - range: where all of the damage is known to be, if that is known: less has to be weighed, so
  ///     that more can be found. With some bytes to spare on either side, better than too narrow.
  /// - Returns: nil when nothing that is looked for explains the checksum, or more than one thing does,
  ///   and when there is no checksum or it is right.
  package static func search(
    in content: any RandomAccess, size: UInt64, within range: Range<UInt64>? = nil
  ) throws(SourceError) -> ChecksumRepair? {
    try ChecksumSearch(content, size: size)?.repair(within: range)
  }
}
