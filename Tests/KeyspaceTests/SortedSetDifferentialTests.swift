import TestSupport
import Testing

/// Random commands on sorted sets for real servers and the keyspace.
@Suite struct SortedSetConformanceTests {
  @Test func sortedSets() throws {
    let differential = try Differential(.redis7)
    for index in 0...7 {
      var random = SeededRandom(seed: UInt64(index))
      let members = (0...(10 * index)).map { _ in
        index % 2 == 0
          ? Word(Int.random(in: 0...40, using: &random))
          : Word("member:\(Int.random(in: 0...40, using: &random))")
      }
      try differential.fill(["SADD", "set:\(index)"] + members)
    }
    var generator = CommandGenerator(seed: 3, [CommandGenerator.sortedSets])
    try differential.run(&generator, commands: 60_000)
    #expect(differential.compared >= 60_000)
  }

  /// What only later releases have.
  @Test func ranksWithScores() throws {
    let differential = try Differential(.valkey9)
    var generator = CommandGenerator(seed: 4, [CommandGenerator.ranksWithScores])
    try differential.run(&generator, commands: 3000)
    #expect(differential.compared == 3000)
  }
}
