import TestSupport
import Testing

extension KeyspaceConformanceTests {
  @Test func hashes() throws {
    let differential = try Differential(.redis7)
    var generator = CommandGenerator(seed: 2, [CommandGenerator.hashs, CommandGenerator.hashScans])
    try differential.run(&generator, commands: 60_000)
    #expect(differential.compared == 60_000)
  }

  @Test func fieldLifetimes() throws {
    let differential = try Differential(.valkey9)
    var generator = CommandGenerator(
      seed: 3,
      [CommandGenerator.hashs, CommandGenerator.fieldLifetimes, CommandGenerator.fieldLifetimes])
    try differential.run(&generator, commands: 60_000)
    #expect(differential.compared == 60_000)
  }

  @Test func largeHashes() throws {
    let differential = try Differential(.redis7)
    var generator = CommandGenerator(
      seed: 12, [CommandGenerator.hashs, CommandGenerator.largeHashs])
    try differential.run(&generator, commands: 8000, checkpoint: 1000)
    #expect(differential.compared == 8000)
  }
}
