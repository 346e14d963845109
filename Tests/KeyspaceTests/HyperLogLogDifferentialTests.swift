import TestSupport
import Testing

extension KeyspaceConformanceTests {
  @Test func hyperLogLogs() throws {
    let differential = try Differential(.redis7)
    var generator = CommandGenerator(seed: 6, [CommandGenerator.hyperLogLogs])
    try differential.run(&generator, commands: 15_000)
    #expect(differential.compared == 15_000)
  }
}
