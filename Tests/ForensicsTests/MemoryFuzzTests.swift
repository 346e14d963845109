import TestSupport
import Testing

/// Reports on files with damage of every kind: nothing may trap or hang, and all sums have to be right.
@Suite(.timeLimit(.minutes(20))) struct MemoryFuzzTests {
  /// Every byte of every small file set to 00 and FF, and one of its bits flipped.
  @Test func everyByte() async {
    let seeds = Seed.small
    let result = await FuzzTests.firstViolation(
      of: MemoryProperties.violation, chunks: seeds.count
    ) { chunk, check in
      for (index, byte) in seeds[chunk].bytes.enumerated() {
        let changes = [0x00, 0xFF, byte ^ 1 << UInt8(index % 8)]
        for change in changes where change != byte {
          var bytes = seeds[chunk].bytes
          bytes[index] = change
          check(bytes)
        }
      }
    }
    #expect(result.violation == nil)
    #expect(result.checked > 9000)
  }

  /// Whatever is cut off at the end.
  @Test func everyTruncation() async {
    let result = await FuzzTests.firstViolationOfBeginnings(of: MemoryProperties.violation)
    #expect(result.violation == nil)
    #expect(result.checked > 3000)
  }

  @Test func randomMutants() async {
    let result = await FuzzTests.firstViolationOfMutants(
      of: MemoryProperties.violation, seed: 0x4E_0517, chunks: 100, each: 50)
    #expect(result.violation == nil)
    #expect(result.checked == 100 * 50)
  }
}
