import TestSupport
import Testing

/// Random commands for a real server and the keyspace.
@Suite struct KeyspaceConformanceTests {
  @Test func stringsAndKeys() throws {
    let differential = try Differential(.redis7)
    var generator = CommandGenerator(
      seed: 1, [CommandGenerator.strings, CommandGenerator.strings, CommandGenerator.keys])
    try differential.run(&generator, commands: 60_000)
    #expect(differential.compared == 60_000)
  }
}
