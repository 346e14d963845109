import TestSupport
import Testing

/// Random commands for servers of other releases than the one whose errors the keyspace has. What such a server
/// refuses is not in its log; what it takes has the same effect here, and the same reply.
@Suite struct ReleaseConformanceTests {
  struct Family: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var seed: UInt64
    var makers: [[CommandGenerator.Maker]]

    init(_ name: String, seed: UInt64, _ makers: [CommandGenerator.Maker]...) {
      (testDescription, self.seed, self.makers) = (name, seed, makers)
    }
  }

  static let families = [
    Family("strings", seed: 101, CommandGenerator.strings, CommandGenerator.keys),
    Family("bits", seed: 102, CommandGenerator.bits, CommandGenerator.hyperLogLogs),
    Family("lists", seed: 103, CommandGenerator.lists),
    Family("sets", seed: 104, CommandGenerator.sets, CommandGenerator.largeSets),
    Family("hashes", seed: 105, CommandGenerator.hashs, CommandGenerator.largeHashs),
    Family("sorted sets", seed: 106, CommandGenerator.sortedSets),
    Family("places", seed: 107, CommandGenerator.geos),
    Family("streams", seed: 108, CommandGenerator.streams),
  ]

  @Test(arguments: [Oracle.redis62, .valkey9], families)
  func acceptedCommands(_ oracle: Oracle, _ family: Family) throws {
    let differential = try Differential(oracle, isLogged: true)
    // Redis 6.2 claims messages that are gone by it, and logs that as XCLAIM: see `LogConformanceTests`.
    if oracle == .redis62 { differential.unsent = ["XAUTOCLAIM"] }
    var generator = CommandGenerator(seed: family.seed, family.makers)
    try differential.run(&generator, commands: 10_000)
    #expect(differential.compared > 5000, "\(differential.refused) refused")
  }
}
