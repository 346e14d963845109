/// The checksums, each started from 0, of blocks of equal size that follow one another from the start
/// of a file on. What is left at the end is no block.
package struct BlockChecksums: Sendable {
  /// Bytes of a block.
  package private(set) var blockSize: UInt64
  package private(set) var checksums: [UInt64]

  package init(blockSize: UInt64, checksums: [UInt64] = []) {
    self.blockSize = blockSize
    self.checksums = checksums
  }

  /// Adds the next block.
  package mutating func append(_ checksum: UInt64) { checksums.append(checksum) }

  /// The checksum of the first `count` blocks together.
  package func checksum(ofFirst count: Int) -> UInt64 {
    let shift = PolynomialMultiplier(by: CRC64.Polynomial.powerOfX(8 * blockSize))
    return checksums.prefix(count).reduce(0) { shift.times($0) ^ $1 }
  }

  /// The same for blocks of twice the size.
  package func doubled() -> BlockChecksums {
    let shift = PolynomialMultiplier(by: CRC64.Polynomial.powerOfX(8 * blockSize))
    let pairs = (0..<(checksums.count / 2)).map {
      shift.times(checksums[2 * $0]) ^ checksums[2 * $0 + 1]
    }
    return BlockChecksums(blockSize: 2 * blockSize, checksums: pairs)
  }
}

/// Two blocks, by their numbers from the start of the file.
package struct BlockPair: Sendable, Equatable {
  package var first: Int
  package var second: Int

  package init(first: Int, second: Int) {
    self.first = first
    self.second = second
  }
}

extension ChecksumSyndrome {
  /// The pairs of blocks, among those with numbers in `range`, that explain the syndrome when they are
  /// put in each other's place.
  ///
  /// Compares at most `budget` pairs, at some two nanoseconds each: where there are more, each block
  /// with its nearest neighbours.
  package func swaps(
    of blocks: BlockChecksums, in range: Range<Int>, budget: Int
  ) -> [BlockPair] {
    precondition(UInt64(range.upperBound) * blocks.blockSize <= fileSize)
    guard range.count > 1 else { return [] }
    let checksums = blocks.checksums
    // With the checksums a and b of two blocks, the distance d between them in bytes, and r bytes
    // behind the first one, a swap has the checksum (a + b) × (1 + x^-8d) × x^8r.
    let wanted = blockEnds(blocks, range)
    let distances = min(range.count - 1, max(1, budget / range.count))
    let step = CRC64.Polynomial.inversePowerOfX(8 * blocks.blockSize)
    var shift = CRC64.Polynomial.one
    var found: [BlockPair] = []
    for distance in 1...distances {
      shift = CRC64.Polynomial.multiply(shift, step)
      let factor = PolynomialMultiplier(by: shift ^ CRC64.Polynomial.one)
      for index in range.lowerBound..<(range.upperBound - distance) {
        let difference = checksums[index] ^ checksums[index &+ distance]
        if factor.times(difference) == wanted[index &- range.lowerBound] {
          found.append(BlockPair(first: index, second: index + distance))
        }
      }
    }
    return found
  }

  /// The words that explain the syndrome at the end of each block.
  private func blockEnds(_ blocks: BlockChecksums, _ range: Range<Int>) -> [UInt64] {
    let shift = PolynomialMultiplier(by: CRC64.Polynomial.powerOfX(8 * blocks.blockSize))
    var word = word(at: UInt64(range.lowerBound) * blocks.blockSize)
    return range.map { _ in
      word = shift.times(word)
      return word
    }
  }

  /// The runs of whole blocks, among those with numbers in `range`, whose removal makes the checksum
  /// right; nil when there are too many. A run that begins with the first block of the file is none.
  ///
  /// Of removals that leave the same bytes only the first one is meant.
  package func removals(
    of blocks: BlockChecksums, in range: Range<Int>
  ) -> [Range<Int>]? {
    precondition(UInt64(range.upperBound) * blocks.blockSize <= fileSize)
    guard range.upperBound > 1 else { return [] }
    let checksums = blocks.checksums
    let range = max(range.lowerBound, 1)..<range.upperBound
    let shift = PolynomialMultiplier(by: CRC64.Polynomial.powerOfX(8 * blocks.blockSize))
    var state = blocks.checksum(ofFirst: range.lowerBound)
    var starts: [UInt64] = []
    var ends: [UInt64] = []
    for (index, wanted) in zip(range, blockEnds(blocks, range)) {
      starts.append(state)
      state = shift.times(state) ^ checksums[index]
      ends.append(state ^ wanted)
    }
    let meetings = StateMeetings.find(ListedStates(starts), ListedStates(ends), limit: 64) {
      let (from, to) = (range.lowerBound + $0.first, range.lowerBound + $0.second + 1)
      guard from < to else { return false }
      return from == range.lowerBound || checksums[from - 1] != checksums[to - 1]
    }
    return meetings?.map { range.lowerBound + $0.first..<range.lowerBound + $0.second + 1 }
  }
}

/// States that are held.
private struct ListedStates: StateSequence {
  private let states: [UInt64]
  private var at = 0

  init(_ states: [UInt64]) { self.states = states }

  var count: Int { states.count }

  mutating func next() -> UInt64 {
    defer { at &+= 1 }
    return states[at]
  }
}
