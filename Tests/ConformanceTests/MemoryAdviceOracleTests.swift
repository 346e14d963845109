import MemoryModel
import Persistence
import TestSupport
import Testing

/// The advice of memory-report against a real server: every word of it has a dataset for which it must come,
/// and one for which it must not. Where it says what would be saved, the advice is followed, and the memory
/// of the server compared.
@Suite struct MemoryAdviceOracleTests {
  typealias Case = MemoryLab.AdviceCase

  private static let lab = Result { try MemoryLab(.redis7) }

  /// The savings of `Case.actions`, within a tenth.
  @Test(arguments: AdviceData.followed)
  func savesWhatItSays(_ example: Case) throws {
    try Self.expectTrue(try Self.lab.get().follow(example))
  }

  @Test(arguments: AdviceData.stuck)
  func savesWhatItSaysByLoading(_ example: Case) throws {
    try Self.expectTrue(try Self.lab.get().followByLoading(example))
  }

  @Test func savesWhatItSaysByExpiry() throws {
    try Self.expectTrue(try Self.lab.get().followByExpiry(AdviceData.expired))
  }

  private static func expectTrue(_ followed: MemoryLab.Followed) throws {
    #expect(followed.measured > followed.before / 20, "\(followed)")
    #expect(abs(followed.difference) < 0.1, "\(followed.difference) \(followed)")
  }

  /// The keys of a pattern, and nothing about what it saves.
  @Test func jsonThatCouldBeHashes() throws {
    let advice = try Self.lab.get().advice(on: AdviceData.json)
    let found = try #require(advice.first { $0.code == .jsonValues })
    #expect(found.keys == 2000 && found.savedBytes == 0)
    #expect(found.prefixes.map(\.description) == ["order:*"])
  }

  /// Data like those for which advice must come, but for what it is about.
  @Test(arguments: AdviceData.quiet)
  func saysNothing(_ example: Case) throws {
    let advice = try Self.lab.get().advice(on: example.commands)
    #expect(!advice.contains { $0.code == example.code }, "\(advice)")
  }

  /// Shards are compared in `MemoryOracleTests`.
  @Test func everyAdviceHasItsData() {
    let loud = AdviceData.followed + AdviceData.stuck + [AdviceData.expired]
    let expected = Set(Advice.Code.allCases)
    let compared: Set<Advice.Code> = [.shardHashes, .shardSets, .jsonValues]
    #expect(Set(loud.map(\.code)).union(compared) == expected)
    #expect(Set(AdviceData.quiet.map(\.code)) == expected)
  }
}
