import TestSupport
import Testing

/// Random commands on lists for a real server and the keyspace.
@Suite struct ListConformanceTests {
  /// The content of all lists that commands are drawn for.
  static let readings: [[Word]] = (0...7).flatMap { index -> [[Word]] in
    [["TYPE", "list:\(index)"], ["LRANGE", "list:\(index)", "0", "-1"]]
  }

  @Test func lists() throws {
    let differential = try Differential(.redis7)
    var generator = CommandGenerator(
      seed: 11, [CommandGenerator.lists, CommandGenerator.lists, CommandGenerator.lists])
    for _ in 0..<15 {
      try differential.run(&generator, commands: 4000)
      try differential.check(Self.readings)
    }
    #expect(differential.acceptedNames.count >= 22, "\(differential.acceptedNames.sorted())")
  }
}
