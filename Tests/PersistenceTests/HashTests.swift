import Persistence
import TestSupport
import Testing

@Suite struct HashTests {
  private func hash(_ key: [UInt8], _ database: UInt64) -> UInt64 {
    KeyHash.hash(key.raw, database: database)
  }

  /// Every length up to a few of the hash's steps: equal bytes have equal hashes wherever they lie,
  /// and one changed byte changes the hash.
  @Test(arguments: 0...70)
  func byteHash(length: Int) {
    var random = SeededRandom(seed: UInt64(length))
    let bytes = random.bytes(length)
    let padded = random.bytes(3) + bytes + random.bytes(5)
    let inside = padded.raw.extracting(3..<(3 + length))
    let seed = random.next()
    let hash = ByteHash.hash(bytes.raw, seed: seed)
    #expect(ByteHash.hash(inside, seed: seed) == hash)
    for index in bytes.indices {
      var other = bytes
      other[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
      #expect(ByteHash.hash(other.raw, seed: seed) != hash)
    }
    let longer = bytes + [0]
    #expect(ByteHash.hash(longer.raw, seed: seed) != hash)
  }

  @Test func hashesSpread() {
    var partitions = [Int](repeating: 0, count: 256)
    for number in 0..<65_536 {
      let key = Array("user:\(number)".utf8)
      partitions[Int(ByteHash.hash(key.raw, seed: 1) >> 56)] += 1
    }
    // 256 on average; 8 standard deviations to either side.
    #expect(partitions.allSatisfy { (128...384).contains($0) })
  }

  @Test func integersNeverCollide() {
    var seen = Set<UInt64>()
    for value in (-5000...5000 as ClosedRange<Int64>) {
      #expect(seen.insert(ByteHash.hash(value, seed: 99)).inserted)
    }
    for shift in 14..<63 as Range<Int64> {
      #expect(seen.insert(ByteHash.hash(1 << shift, seed: 99)).inserted)
    }
  }

  @Test(arguments: [0, 1, 2, 15, 16, 255, 65_536, 1 << 31, 1 << 63, .max] as [UInt64])
  func databaseComesBack(_ database: UInt64) {
    var random = SeededRandom(seed: database)
    for length in 0..<40 {
      let key = random.bytes(length)
      #expect(KeyHash.database(ofHash: hash(key, database), key: key.raw) == database)
    }
  }

  @Test func equalKeysOfDifferentDatabasesDiffer() {
    let key = Array("key".utf8)
    var seen = Set<UInt64>()
    for database in 0..<20_000 as Range<UInt64> {
      #expect(seen.insert(hash(key, database)).inserted)
    }
    #expect(hash(key, 7) == hash(Array("key".utf8), 7))
  }
}
