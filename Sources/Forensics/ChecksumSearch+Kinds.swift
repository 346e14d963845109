import Persistence

extension ChecksumSearch {
  /// Kinds of damage, in the order in which they are tried.
  enum Kind: CaseIterable {
    case burst, swap, insertion, bitPair
    /// More bits than are proved by the checksum.
    case longBurst
  }

  /// What might have happened to the file.
  struct Candidates {
    /// Each is everything that was changed. Empty, too, when there are too many to tell them apart.
    var changes: [[ChecksumRepair.Change]] = []
    /// Whether there are any.
    var isFound = false
    /// How many changes were weighed.
    var weighed: UInt64 = 0

    init() {}

    /// `changes` is nil when there are too many.
    init(_ changes: [[ChecksumRepair.Change]]?, weighed: UInt64) {
      self.changes = changes ?? []
      isFound = changes?.isEmpty != true
      self.weighed = weighed
    }
  }

  /// Sizes of blocks that may have been swapped, in bytes.
  static let blockSizes: ClosedRange<UInt64> = 512...65536
  /// Pairs of blocks of one size that are compared.
  private static let pairBudget = 1 << 25
  /// Binary logarithm of the bursts that are weighed at most.
  private static let burstBudget = 44
  /// Binary logarithm of the long bursts that are weighed at most, when nothing shorter is found: an
  /// accident has odds of one in 1,024.
  private static let longBurstBudget = 54
  /// Bytes in which insertions are looked for at every offset.
  private static let insertionLimit = 4 << 20
  /// Bytes in which two bits are looked for.
  private static let bitPairLimit = 1 << 20

  /// What explains the syndrome within a range that is not empty.
  func candidates(_ kind: Kind, within range: Range<UInt64>) throws(SourceError) -> Candidates {
    switch kind {
    case .burst: try bursts(range, budget: Self.burstBudget)
    case .longBurst: try bursts(range, budget: Self.longBurstBudget)
    case .swap: swaps(range)
    case .insertion:
      range.count <= Self.insertionLimit ? try insertions(range) : blockInsertions(range)
    case .bitPair: try bitPairs(range)
    }
  }

  private func bursts(
    _ range: Range<UInt64>, budget: Int
  ) throws(SourceError) -> Candidates {
    // A burst of n bits begins at one of eight bits of a byte, ends in a 1 and has one for its first.
    let width = budget - 2 - (Int.bitWidth - (range.count - 1).leadingZeroBitCount)
    guard width > 0 else { return Candidates() }
    var changes: [[ChecksumRepair.Change]] = []
    for burst in syndrome.bursts(within: range, width: width) {
      changes.append([try change(burst)])
    }
    return Candidates(changes, weighed: UInt64(range.count) << UInt64(width + 2))
  }

  private func bitPairs(_ range: Range<UInt64>) throws(SourceError) -> Candidates {
    guard range.count <= Self.bitPairLimit else { return Candidates() }
    let bits = UInt64(8 * range.count)
    guard let pairs = syndrome.bitPairs(within: range) else {
      return Candidates(nil, weighed: bits * bits / 2)
    }
    var changes: [[ChecksumRepair.Change]] = []
    for (first, second) in pairs {
      changes.append([try change(first), try change(second)])
    }
    return Candidates(changes, weighed: bits * bits / 2)
  }

  private func change(_ burst: ErrorBurst) throws(SourceError) -> ChecksumRepair.Change {
    let pattern = burst.bytes
    let was = try Self.bytes(
      of: content, burst.offset..<(burst.offset + UInt64(pattern.count)))
    return .bytes(at: burst.offset, was: was, now: zip(was, pattern).map { $0 ^ $1 })
  }

  private func swaps(_ range: Range<UInt64>) -> Candidates {
    var changes: [[ChecksumRepair.Change]] = []
    var weighed: UInt64 = 0
    var blocks = blocks
    while Self.blockSizes.contains(blocks.blockSize) {
      let numbers = numbers(of: blocks, in: range)
      let size = blocks.blockSize
      for pair in syndrome.swaps(of: blocks, in: numbers, budget: Self.pairBudget) {
        changes.append([
          .swappedBlocks(UInt64(pair.first) * size, UInt64(pair.second) * size, size: size)
        ])
      }
      weighed += UInt64(min(numbers.count * numbers.count / 2, Self.pairBudget))
      blocks = blocks.doubled()
    }
    return Candidates(changes, weighed: weighed)
  }

  private func insertions(_ range: Range<UInt64>) throws(SourceError) -> Candidates {
    // The byte before the range is the one behind which a removal may begin.
    let part = (max(range.lowerBound, 1) - 1)..<range.upperBound
    let number = Int(part.lowerBound / blocks.blockSize)
    var state = blocks.checksum(ofFirst: number)
    try Self.read(content, UInt64(number) * blocks.blockSize..<part.lowerBound) {
      state = CRC64.update(state, $1)
    }
    let ranges = syndrome.removals(
      in: try Self.bytes(of: content, part), at: part.lowerBound, after: state)
    return insertions(ranges, weighed: UInt64(part.count * part.count / 2))
  }

  private func blockInsertions(_ range: Range<UInt64>) -> Candidates {
    let numbers = numbers(of: blocks, in: range)
    let ranges = syndrome.removals(of: blocks, in: numbers)?.map {
      UInt64($0.lowerBound) * blocks.blockSize..<UInt64($0.upperBound) * blocks.blockSize
    }
    return insertions(ranges, weighed: UInt64(numbers.count * numbers.count / 2))
  }

  private func insertions(_ ranges: [Range<UInt64>]?, weighed: UInt64) -> Candidates {
    Candidates(
      ranges?.map { [.inserted(at: $0.lowerBound, count: UInt64($0.count))] }, weighed: weighed)
  }

  /// The blocks that lie in a range as a whole.
  private func numbers(of blocks: BlockChecksums, in range: Range<UInt64>) -> Range<Int> {
    let first = Int((range.lowerBound + blocks.blockSize - 1) / blocks.blockSize)
    let end = min(Int(range.upperBound / blocks.blockSize), blocks.checksums.count)
    return first < end ? first..<end : 0..<0
  }
}
