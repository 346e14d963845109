import Persistence
import TestSupport
import Testing

/// The arithmetic of damage, against files that are damaged and summed by the reference.
@Suite struct ChecksumSyndromeTests {
  /// Bytes that end in their own checksum.
  private static let sound: [UInt8] = {
    var random = SeededRandom(seed: 7)
    let bytes = random.bytes(3000)
    return bytes + ReferenceCRC64.stored(bytes)
  }()

  private static func syndrome(_ bytes: [UInt8]) throws -> ChecksumSyndrome {
    try #require(
      ChecksumSyndrome(
        checksum: ReferenceCRC64.checksum(bytes), fileSize: UInt64(bytes.count)))
  }

  @Test func aSoundFileHasNone() {
    #expect(ReferenceCRC64.checksum(Self.sound) == 0)
    #expect(ChecksumSyndrome(checksum: 0, fileSize: 3008) == nil)
  }

  @Test func dividingByPowersOfX() {
    var random = SeededRandom(seed: 8)
    for exponent in Array(0...200) + (0..<50).map({ _ in random.next() }) {
      let product = CRC64.Polynomial.multiply(
        CRC64.Polynomial.powerOfX(exponent), CRC64.Polynomial.inversePowerOfX(exponent))
      #expect(product == CRC64.Polynomial.one, "\(exponent)")
    }
  }

  /// XORed in anywhere, the word of that place makes the file sound.
  @Test(arguments: [0, 1, 1500, 2999, 3000])
  func aWordForEveryPlace(offset: Int) throws {
    var bytes = Self.sound
    bytes[77] ^= 3
    bytes[2000] ^= 0xC0
    let word = try Self.syndrome(bytes).word(at: UInt64(offset))
    for index in 0..<8 { bytes[offset + index] ^= UInt8(truncatingIfNeeded: word >> (8 * index)) }
    #expect(ReferenceCRC64.checksum(bytes) == 0)
  }

  /// In every part of the four that are walked side by side, and in what is left of a division by 4.
  @Test(arguments: [0, 1, 700, 752, 1503, 1504, 2256, 3003, 3005, 3007])
  func burst(offset: Int) throws {
    for width in [1, 8, 9, 16, 20] {
      var bytes = Self.sound
      var pattern: UInt64 = (1 | 1 << UInt64(width - 1)) << 2
      while pattern & 0xFF == 0 { pattern >>= 1 }
      let burst = ErrorBurst(offset: UInt64(offset), pattern: pattern)
      guard offset + burst.bytes.count <= bytes.count else { continue }
      for (index, byte) in burst.bytes.enumerated() { bytes[offset + index] ^= byte }
      let syndrome = try Self.syndrome(bytes)
      #expect(syndrome.bursts(within: 0..<3008, width: width) == [burst])
      #expect(
        syndrome.bursts(within: 0..<3007, width: 20)
          == (offset + burst.bytes.count <= 3007 ? [burst] : []))
      let range = UInt64(offset)..<UInt64(offset + burst.bytes.count)
      #expect(syndrome.bursts(within: range, width: 40) == [burst])
      if width > 1 {
        #expect(syndrome.bursts(within: 0..<3008, width: width - 1).isEmpty)
      }
      if offset > 0 {
        #expect(syndrome.bursts(within: 0..<UInt64(offset), width: 20).isEmpty)
      }
    }
  }

  @Test func bitPairs() throws {
    for (first, second) in [(0, 8 * 3008 - 1), (5, 6), (100, 20_000), (23_000, 23_064)] {
      var bytes = Self.sound
      for bit in [first, second] { bytes[bit / 8] ^= 1 << UInt8(bit % 8) }
      let pairs = try #require(try Self.syndrome(bytes).bitPairs(within: 0..<3008))
      let expected = [first, second].map {
        ErrorBurst(offset: UInt64($0 / 8), pattern: 1 << UInt64($0 % 8))
      }
      #expect(pairs.map { [$0, $1] } == [expected])
      let some = try #require(try Self.syndrome(bytes).bitPairs(within: 0..<10))
      #expect(some.map { [$0, $1] } == (second < 80 ? [expected] : []))
    }
  }

  @Test func removals() throws {
    var bytes = Self.sound
    bytes.insert(contentsOf: Array("between".utf8), at: 1234)
    let syndrome = try Self.syndrome(bytes)
    #expect(try #require(syndrome.removals(in: bytes, at: 0, after: 0)) == [1234..<1241])
    let part = Array(bytes[1000..<1300])
    let state = ReferenceCRC64.checksum(bytes[..<1000])
    #expect(try #require(syndrome.removals(in: part, at: 1000, after: state)) == [1234..<1241])
    #expect(try #require(syndrome.removals(in: part, at: 1000, after: state ^ 1)).isEmpty)
    let before = Array(bytes[..<1240])
    #expect(try #require(syndrome.removals(in: before, at: 0, after: 0)).isEmpty)
  }

  private static func blocks(_ bytes: [UInt8], size: Int) -> BlockChecksums {
    BlockChecksums(
      blockSize: UInt64(size),
      checksums: (0..<(bytes.count / size)).map {
        ReferenceCRC64.checksum(bytes[($0 * size)..<(($0 + 1) * size)])
      })
  }

  @Test func blockChecksums() {
    let small = Self.blocks(Self.sound, size: 100)
    #expect(small.doubled().checksums == Self.blocks(Self.sound, size: 200).checksums)
    #expect(small.doubled().blockSize == 200)
    #expect(small.doubled().doubled().checksums.count == 7)
    #expect(small.checksum(ofFirst: 0) == 0)
    #expect(small.checksum(ofFirst: 13) == ReferenceCRC64.checksum(Self.sound[..<1300]))
  }

  @Test func swappedBlocks() throws {
    var bytes = Self.sound
    for index in 0..<64 { bytes.swapAt(3 * 64 + index, 40 * 64 + index) }
    let syndrome = try Self.syndrome(bytes)
    let blocks = Self.blocks(bytes, size: 64)
    let pair = BlockPair(first: 3, second: 40)
    #expect(syndrome.swaps(of: blocks, in: 0..<47, budget: 5000) == [pair])
    #expect(syndrome.swaps(of: blocks, in: 3..<41, budget: 5000) == [pair])
    #expect(syndrome.swaps(of: blocks, in: 4..<47, budget: 5000).isEmpty)
    // Neighbours up to 36 blocks apart only.
    #expect(syndrome.swaps(of: blocks, in: 0..<47, budget: 47 * 36).isEmpty)
    #expect(syndrome.swaps(of: blocks, in: 0..<47, budget: 47 * 37) == [pair])
  }

  @Test func removedBlocks() throws {
    var bytes = Self.sound
    var random = SeededRandom(seed: 9)
    bytes.insert(contentsOf: random.bytes(192), at: 640)
    let syndrome = try Self.syndrome(bytes)
    let blocks = Self.blocks(bytes, size: 64)
    let count = blocks.checksums.count
    #expect(try #require(syndrome.removals(of: blocks, in: 0..<count)) == [10..<13])
    #expect(try #require(syndrome.removals(of: blocks, in: 10..<13)) == [10..<13])
    #expect(try #require(syndrome.removals(of: blocks, in: 11..<count)).isEmpty)
    #expect(try #require(syndrome.removals(of: blocks, in: 0..<12)).isEmpty)
  }
}
