import TestSupport
import Testing

extension KeyspaceConformanceTests {
  @Test func bits() throws {
    let differential = try Differential(.redis7)
    var generator = CommandGenerator(seed: 5, [CommandGenerator.bits])
    try differential.run(&generator, commands: 60_000)
    #expect(differential.compared == 60_000)
  }
}
