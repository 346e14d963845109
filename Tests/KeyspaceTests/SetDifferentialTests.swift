import TestSupport
import Testing

extension KeyspaceConformanceTests {
  @Test func sets() throws {
    let differential = try Differential(.redis7)
    var generator = CommandGenerator(seed: 4, [CommandGenerator.sets])
    try differential.run(&generator, commands: 60_000)
    #expect(differential.compared == 60_000)
  }

  @Test func largeSets() throws {
    let differential = try Differential(.redis7)
    var generator = CommandGenerator(seed: 14, [CommandGenerator.sets, CommandGenerator.largeSets])
    try differential.run(&generator, commands: 8000, checkpoint: 1000)
    #expect(differential.compared == 8000)
  }
}
