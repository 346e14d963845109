import TestSupport
import Testing

/// Random commands on places for a real server and the keyspace.
@Suite struct GeoConformanceTests {
  @Test func places() throws {
    let differential = try Differential(.redis7)
    var generator = CommandGenerator(seed: 5, [CommandGenerator.geos])
    try differential.run(&generator, commands: 60_000)
    #expect(differential.compared >= 60_000)
  }
}
