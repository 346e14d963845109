import Forensics
import Persistence
import TestSupport
import Testing

/// The repair of files of which the test knows what was done to them.
@Suite struct ChecksumRepairTests {
  /// A file of some 10 KB that repeats nothing, with the checksum of the reference implementation.
  private static let sound: [UInt8] = {
    var random = SeededRandom(seed: 1)
    var file = RDBFile("REDIS0011")
    for index in 0..<40 {
      file = file.adding(0, "key\(index)", RDBBuilder.string(random.bytes(260)))
    }
    return file.bytes
  }()

  /// The repair and the repaired file.
  private static func repair(
    _ bytes: [UInt8], within range: Range<UInt64>? = nil
  ) throws -> (repair: ChecksumRepair, bytes: [UInt8])? {
    let content = MemoryAccess(bytes)
    let size = UInt64(bytes.count)
    guard let repair = try ChecksumRepair.search(in: content, size: size, within: range) else {
      return nil
    }
    let repaired = RepairedContent(content, size: size, repair)
    return (repair, try repaired.bytes(pieceSize: 1000))
  }

  @Test func oneBit() throws {
    var bytes = Self.sound
    bytes[5000] ^= 0x10
    let found = try #require(try Self.repair(bytes))
    #expect(
      found.repair.changes == [.bytes(at: 5000, was: [bytes[5000]], now: [bytes[5000] ^ 0x10])])
    #expect(found.bytes == Self.sound)
    // 2^13.4 bytes: bursts of 28 bits, 2^30 of them at each byte.
    #expect(found.repair.weighed == 44)
  }

  @Test(arguments: [0, 4, 8, 9, 10_000])
  func oneByteAnywhere(offset: Int) throws {
    var bytes = Self.sound
    bytes[offset] ^= 0xA5
    let found = try #require(try Self.repair(bytes))
    #expect(
      found.repair.changes == [
        .bytes(at: UInt64(offset), was: [bytes[offset]], now: [Self.sound[offset]])
      ])
    #expect(found.bytes == Self.sound)
  }

  /// The opcode of the end, and every byte of the checksum.
  @Test(arguments: 1...9)
  func oneByteAtTheEnd(distance: Int) throws {
    var bytes = Self.sound
    bytes[bytes.count - distance] ^= 0x81
    #expect(try Self.repair(bytes)?.bytes == Self.sound)
  }

  /// With the digit changed the file seems to be of a version without a checksum.
  @Test func versionDigit() throws {
    var bytes = Self.sound
    bytes[7] = UInt8(ascii: "0")
    let found = try #require(try Self.repair(bytes))
    #expect(found.repair.changes == [.bytes(at: 7, was: [0x30], now: [0x31])])
    #expect(found.bytes == Self.sound)
  }

  @Test func twoBytesExchanged() throws {
    var bytes = Self.sound
    bytes.swapAt(700, 701)
    let found = try #require(try Self.repair(bytes))
    #expect(
      found.repair.changes == [
        .bytes(at: 700, was: [bytes[700], bytes[701]], now: [bytes[701], bytes[700]])
      ])
  }

  /// 36 bits are no proof in the whole file, and few enough for one in 32 bytes of it.
  @Test func aBurstInAKnownPlace() throws {
    var bytes = Self.sound
    for offset in 3000..<3004 { bytes[offset] ^= 0x91 }
    bytes[3004] ^= 0x01
    let guess = try #require(try Self.repair(bytes))
    #expect(guess.bytes == Self.sound)
    #expect(!guess.repair.isProof)
    let found = try #require(try Self.repair(bytes, within: 2990..<3022))
    #expect(found.bytes == Self.sound)
    #expect(found.repair.isProof)
    #expect(found.repair.weighed == 44)
    #expect(try Self.repair(bytes, within: 2980..<3004) == nil)
    #expect(try Self.repair(bytes, within: 3001..<3040) == nil)
  }

  @Test func twoBits() throws {
    var bytes = Self.sound
    bytes[40] ^= 0x80
    bytes[9876] ^= 0x01
    let found = try #require(try Self.repair(bytes))
    #expect(
      found.repair.changes == [
        .bytes(at: 40, was: [bytes[40]], now: [Self.sound[40]]),
        .bytes(at: 9876, was: [bytes[9876]], now: [Self.sound[9876]]),
      ])
    #expect(found.bytes == Self.sound)
  }

  @Test(arguments: [(512, 3, 4), (512, 0, 19), (1024, 2, 7), (4096, 0, 1)])
  func swappedBlocks(size: Int, first: Int, second: Int) throws {
    var bytes = Self.sound
    for index in 0..<size { bytes.swapAt(first * size + index, second * size + index) }
    let found = try #require(try Self.repair(bytes))
    #expect(
      found.repair.changes == [
        .swappedBlocks(UInt64(first * size), UInt64(second * size), size: UInt64(size))
      ])
    #expect(found.bytes == Self.sound)
  }

  @Test(arguments: [(512, 0), (512, 7), (4096, 1)])
  func doubledBlock(size: Int, number: Int) throws {
    var bytes = Self.sound
    let block = Array(bytes[(number * size)..<((number + 1) * size)])
    bytes.insert(contentsOf: block, at: (number + 1) * size)
    let found = try #require(try Self.repair(bytes))
    guard case .inserted(let offset, let count) = found.repair.changes.first else {
      Issue.record("\(found.repair)")
      return
    }
    #expect(count == UInt64(size))
    #expect((number * size...(number + 1) * size).contains(Int(offset)))
    #expect(found.bytes == Self.sound)
  }

  @Test(arguments: [(4, 3), (9, 5000), (6001, 1), (10_500, 777)])
  func insertedBytes(offset: Int, count: Int) throws {
    var random = SeededRandom(seed: UInt64(offset))
    var bytes = Self.sound
    bytes.insert(contentsOf: random.bytes(count), at: offset)
    let found = try #require(try Self.repair(bytes))
    #expect(found.bytes == Self.sound)
    let range = UInt64(offset)..<UInt64(offset + count)
    #expect(try Self.repair(bytes, within: range)?.bytes == Self.sound)
  }

  /// Any of very many runs could be taken out, which all leave the same.
  @Test func insertedInARunOfEqualBytes() throws {
    let sound = RDBFile("REDIS0009").adding(
      0, "run", RDBBuilder.string([UInt8](repeating: 0x61, count: 3000))
    ).bytes
    var bytes = sound
    bytes.insert(contentsOf: [UInt8](repeating: 0x61, count: 100), at: 1000)
    #expect(try Self.repair(bytes)?.bytes == sound)
  }

  @Test func somethingBehindTheEnd() throws {
    let bytes = Self.sound + [UInt8](repeating: 0, count: 50) + Array("rest".utf8)
    let found = try #require(try Self.repair(bytes))
    #expect(found.repair.changes == [.inserted(at: UInt64(Self.sound.count), count: 54)])
    #expect(found.bytes == Self.sound)
  }

  @Test func nothingToRepair() throws {
    #expect(try Self.repair(Self.sound) == nil)
    #expect(try Self.repair([]) == nil)
    #expect(try Self.repair(Array(Self.sound.prefix(17))) == nil)
    #expect(try Self.repair([UInt8](repeating: 0, count: 5000)) == nil)
    #expect(try Self.repair([UInt8](repeating: 0xFF, count: 5000)) == nil)
  }

  /// Neither a version without a checksum nor a stored 0 gives anything to prove with.
  @Test func noChecksum() throws {
    var old = RDBFile(version: 4).adding(0, "key", hex("05 \"value\""))
    old = old.adding(0, "other", hex("05 \"value\""))
    var bytes = old.bytes
    bytes[20] ^= 1
    #expect(try Self.repair(bytes) == nil)
    bytes = Array(Self.sound.dropLast(8)) + [UInt8](repeating: 0, count: 8)
    bytes[1000] ^= 1
    #expect(try Self.repair(bytes) == nil)
  }

  /// What is gone is not guessed.
  @Test func lostBytes() throws {
    var zeroed = Self.sound
    for offset in 4096..<8192 { zeroed[offset] = 0 }
    #expect(try Self.repair(zeroed) == nil)
    var apart = Self.sound
    apart[100] ^= 0x66
    apart[9000] ^= 0x99
    #expect(try Self.repair(apart) == nil)
    #expect(try Self.repair(Array(Self.sound.dropLast(100))) == nil)
    #expect(try Self.repair(Array(Self.sound.dropFirst(100))) == nil)
    var overwritten = Self.sound
    overwritten.replaceSubrange(1024..<1536, with: overwritten[512..<1024])
    #expect(try Self.repair(overwritten) == nil)
  }

  @Test func aFileThatShrinksMeanwhile() throws {
    var bytes = Self.sound
    bytes[5] ^= 1
    #expect(throws: SourceError.changedWhileRead(at: UInt64(bytes.count))) {
      try ChecksumRepair.search(in: MemoryAccess(bytes), size: UInt64(bytes.count + 1))
    }
  }

  /// The reader of the library reads the repaired file like any other.
  @Test func aCheckReadsTheRepairedFile() throws {
    var bytes = Self.sound
    bytes.insert(contentsOf: [1, 2, 3], at: 6000)
    let content = MemoryAccess(bytes)
    let repair = try #require(
      try ChecksumRepair.search(in: content, size: UInt64(bytes.count)))
    let repaired = RepairedContent(content, size: UInt64(bytes.count), repair)
    #expect(repaired.size == UInt64(Self.sound.count))
    let verdict = RDBCheck().run(
      MemorySource(try repaired.bytes(pieceSize: 77)), named: "repaired", size: repaired.size,
      reader: nil, content: repaired)
    #expect(verdict.status == .ok)
    #expect(verdict.keys == 40)
  }
}

extension RandomAccess {
  /// All bytes, read in pieces of that size.
  func bytes(pieceSize: Int) throws -> [UInt8] {
    var all: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: pieceSize)
    while true {
      let offset = UInt64(all.count)
      let count = try unsafe piece.withUnsafeMutableBytes { try unsafe read(at: offset, into: $0) }
      all += piece[..<count]
      if count < pieceSize { return all }
    }
  }
}
