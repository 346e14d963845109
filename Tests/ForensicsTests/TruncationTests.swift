import Forensics
import Persistence
import TestSupport
import Testing

/// Whatever is cut off: a verdict comes, and it is not "sound".
@Suite struct TruncationTests {
  @Test(arguments: Seed.all)
  func theSeedItselfIsSound(_ seed: Seed) {
    let verdict = CheckProperties.verdict(seed.bytes)
    #expect(verdict.outcome == .sound)
    #expect(CheckProperties.violation(seed.bytes, random: 0) == nil)
  }

  @Test(arguments: Seed.all)
  func everyPrefix(_ seed: Seed) {
    for count in seed.bytes.indices {
      let cut = Array(seed.bytes.prefix(count))
      let verdict = CheckProperties.verdict(cut)
      #expect(verdict.outcome == .damaged, "the first \(count) bytes")
      #expect(verdict.findings.findings.contains { $0.code == .truncated || $0.code == .badLength })
      let violation = CheckProperties.violation(cut, random: UInt64(count) &* 0x9E37_79B9)
      #expect(violation == nil, "the first \(count) bytes")
    }
  }

  /// What is cut off at the front is no RDB file any more.
  @Test(arguments: Seed.small)
  func everySuffix(_ seed: Seed) {
    for count in 1..<seed.bytes.count {
      let cut = Array(seed.bytes.dropFirst(count))
      #expect(CheckProperties.verdict(cut).outcome != .sound)
    }
  }
}
