import Forensics
import Persistence
import TestSupport
import Testing

/// Files with damage of every kind, and bytes that are no file: no input may trap or hang a salvage, and
/// what it writes and says has to be true of one another.
@Suite(.timeLimit(.minutes(20))) struct SalvageFuzzTests {
  private static let property: FuzzTests.Property = SalvageProperties.violation

  /// Every byte of every small file set to 00 and FF, and one of its bits flipped.
  @Test func everyByte() async {
    let seeds = Seed.small
    let result = await FuzzTests.firstViolation(of: Self.property, chunks: seeds.count) {
      chunk, check in
      var random = SeededRandom(seed: UInt64(chunk))
      for (index, byte) in seeds[chunk].bytes.enumerated() {
        let flipped = byte ^ 1 << UInt8.random(in: 0...7, using: &random)
        for change in Set([0x00, 0xFF, flipped]).subtracting([byte]).sorted() {
          var bytes = seeds[chunk].bytes
          bytes[index] = change
          check(bytes)
        }
      }
    }
    #expect(result.violation == nil)
    #expect(result.checked > 10_000)
  }

  @Test func everyTruncation() async {
    let result = await FuzzTests.firstViolationOfBeginnings(of: Self.property)
    #expect(result.violation == nil)
    #expect(result.checked > 4000)
  }

  @Test func randomMutants() async {
    let result = await FuzzTests.firstViolationOfMutants(
      of: Self.property, seed: 0x5A1F_A6E1, chunks: 100, each: 100)
    #expect(result.violation == nil)
    #expect(result.checked == 100 * 100)
  }

  /// Random bytes, some of them behind a header, and bytes of which most are small numbers, opcodes and
  /// the beginnings of lengths.
  @Test func noise() async {
    let headers = ["", "REDIS0003", "REDIS0009", "REDIS0012", "VALKEY080"]
    let likely: [UInt8] = [
      0, 0, 0, 1, 1, 2, 3, 4, 5, 0x0E, 0x10, 0x12, 0x41, 0x61, 0x62, 0xC0, 0xC3, 0xFA, 0xFB, 0xFC,
      0xFE, 0xFF,
    ]
    let result = await FuzzTests.firstViolation(of: Self.property, chunks: 20) { chunk, check in
      var random = SeededRandom(seed: 0x7015E + UInt64(chunk))
      for number in 0..<200 {
        let count = Int.random(in: 0..<600, using: &random)
        let bytes = random.bytes(count)
        let header = Array(headers[number % headers.count].utf8)
        check(
          header + (number % 3 == 0 ? bytes : bytes.map { likely[Int($0) % likely.count] }))
      }
    }
    #expect(result.violation == nil)
    #expect(result.checked == 4000)
  }

  /// Damage to larger files, of which records come in many batches.
  @Test func larger() async throws {
    let files = try LabFile.fixtures().flatMap { [$0, $0.withoutChecksum()] }
    let result = await FuzzTests.firstViolation(of: Self.property, chunks: 16) { chunk, check in
      for labCase in LabCase.draw(16, of: files, seed: 100 + UInt64(chunk)) {
        check(labCase.damage.applied(to: labCase.file.bytes))
      }
    }
    #expect(result.violation == nil)
    #expect(result.checked == 256)
  }
}
