import CCRC64
import Persistence
import TestSupport
import Testing

@Suite struct CRC64Tests {
  /// `FORMATS.md`, A.16.
  @Test(arguments: [
    ("", 0 as UInt64),
    ("a", 0x5FB3_5402_5B27_7B14),
    ("\0\0\0\0\0\0\0\0", 0),
    ("123456789", 0xE9C6_D914_C4B8_D9CA),
    ("The quick brown fox jumps over the lazy dog", 0xBF7E_E596_C3AA_372B),
  ])
  func knownAnswer(text: String, checksum: UInt64) {
    let bytes = Array(text.utf8)
    #expect(CRC64.update(0, bytes.raw) == checksum)
    #expect(CRC64.portable(0, bytes.raw) == checksum)
  }

  /// The smallest file of each version: magic, end opcode, and the checksum of both, little endian.
  @Test(arguments: [
    ("REDIS0005", "0C41123C0E5A91E7"), ("REDIS0006", "DCB343F05ADCF256"),
    ("REDIS0007", "B56CFE83A7431BDF"), ("REDIS0008", "F373C7CF069044FD"),
    ("REDIS0009", "9AAC7ABCFB0FAD74"), ("REDIS0010", "A9FD37FE89A77EEB"),
    ("REDIS0011", "C0228A8D74389762"), ("REDIS0012", "10D0DB4120BEF4D3"),
    ("VALKEY080", "439DA48FC1806C23"),
  ])
  func minimalFile(magic: String, trailer: String) throws {
    let bytes = Array(magic.utf8) + [0xFF]
    let stored = try #require(UInt64(trailer, radix: 16)).byteSwapped
    #expect(CRC64.update(0, bytes.raw) == stored)
    #expect(CRC64.portable(0, bytes.raw) == stored)
  }

  /// The paths in C must agree with the one in Swift, which itself must agree with one bit at a time.
  @Test(arguments: 0...15)
  func allPathsAgree(offset: Int) {
    var random = SplitMix64(seed: UInt64(offset))
    let data = random.bytes(65537 + 16)
    for length in Array(0...700) + [1023, 1024, 1025, 1279, 1280, 4095, 4096, 4097, 65537] {
      let seed: UInt64 = length % 3 == 0 ? 0 : random.next()
      let whole = data.raw
      let bytes = whole.extracting(offset..<(offset + length))
      let expected = CRC64.portable(seed, bytes)
      #expect(CRC64.update(seed, bytes) == expected)
      for level in 0...2 {
        let found = unsafe bytes.withUnsafeBytes {
          unsafe ccrc64_update_at(CInt(level), seed, $0.baseAddress, $0.count)
        }
        #expect(found == expected, "level \(level), length \(length), offset \(offset)")
      }
    }
  }

  @Test func portableAgreesWithTheDefinition() {
    var random = SplitMix64(seed: 64)
    let data = random.bytes(100)
    for length in 0...100 {
      let part = Array(data[..<length])
      var crc: UInt64 = 0
      for byte in part {
        crc ^= UInt64(byte)
        for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0x95AC_9329_AC4B_C9B5 : 0) }
      }
      #expect(CRC64.portable(0, part.raw) == crc)
    }
  }

  @Test func theBestPathIsChosen() {
    #expect((0...2).contains(ccrc64_level()))
    let none: UInt64 = 0x0123_4567_89AB_CDEF
    let same = ccrc64_update(none, nil, 0)
    #expect(same == none)
  }

  /// Folding by D bits multiplies by x^(D+63) and x^(D-1), reflected.
  @Test(arguments: [
    Fold(distance: 128, low: CCRC64_FOLD128_LO, high: CCRC64_FOLD128_HI),
    Fold(distance: 1024, low: CCRC64_FOLD1024_LO, high: CCRC64_FOLD1024_HI),
    Fold(distance: 2048, low: CCRC64_FOLD2048_LO, high: CCRC64_FOLD2048_HI),
  ])
  func foldingConstants(fold: Fold) {
    #expect(CRC64.Polynomial.powerOfX(fold.distance + 63) == fold.low)
    #expect(CRC64.Polynomial.powerOfX(fold.distance - 1) == fold.high)
  }

  struct Fold: Sendable {
    var distance: UInt64
    var low: UInt64
    var high: UInt64
  }

  @Test func combineEqualsTheWhole() {
    var random = SplitMix64(seed: 8)
    let data = random.bytes(100_000)
    for trial in 0..<300 {
      let length = trial < 20 ? trial : Int.random(in: 0...data.count, using: &random)
      let split = Int.random(in: 0...length, using: &random)
      let whole = data.raw
      let a = CRC64.update(0, whole.extracting(0..<split))
      let b = CRC64.update(0, whole.extracting(split..<length))
      let both = CRC64.update(0, whole.extracting(0..<length))
      #expect(CRC64.combine(a, b, lengthOfB: UInt64(length - split)) == both)
      #expect(CRC64.update(a, whole.extracting(split..<length)) == both)
    }
  }

  /// Lengths that no test could sum: shifting twice is shifting by the sum.
  @Test func combineWithHugeLengths() {
    let crc: UInt64 = 0xE9C6_D914_C4B8_D9CA
    let far = CRC64.combine(crc, 0, lengthOfB: 1 << 62)
    #expect(
      CRC64.combine(CRC64.combine(crc, 0, lengthOfB: 1 << 61), 0, lengthOfB: 1 << 61) == far)
    #expect(CRC64.combine(far, 5, lengthOfB: 0) == far ^ 5)
  }
}
