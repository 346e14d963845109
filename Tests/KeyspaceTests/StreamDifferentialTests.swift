import Keyspace
import Persistence
import TestSupport
import Testing

/// Random commands on streams for a real server and the keyspace.
@Suite struct StreamConformanceTests {
  /// The content of all streams that commands are drawn for.
  static let readings: [[Word]] = (0...7).flatMap { index -> [[Word]] in
    [
      ["TYPE", "stream:\(index)"], ["XRANGE", "stream:\(index)", "-", "+"],
      ["XREVRANGE", "stream:\(index)", "+", "-"],
      ["XINFO", "STREAM", "stream:\(index)", "FULL", "COUNT", "0"],
    ]
  }

  @Test func streams() throws {
    let differential = try Differential(.redis7)
    var generator = CommandGenerator(seed: 21, [CommandGenerator.streams])
    for _ in 0..<15 {
      try differential.run(&generator, commands: 4000)
      try differential.check(Self.readings)
    }
    #expect(differential.acceptedNames.count >= 15, "\(differential.acceptedNames.sorted())")
  }
}
