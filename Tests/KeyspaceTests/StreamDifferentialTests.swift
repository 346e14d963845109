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
    var nodes = 0
    for _ in 0..<15 {
      try differential.run(&generator, commands: 4000)
      try differential.check(Self.readings)
      for index in 0...7 { nodes += try compareNodes("stream:\(index)", differential) }
    }
    #expect(nodes > 100)
    #expect(differential.acceptedNames.count >= 15, "\(differential.acceptedNames.sorted())")
  }

  /// Compares the nodes of a stream with those in a server's DUMP, byte by byte, and tells how many.
  private func compareNodes(_ key: Word, _ differential: Differential) throws -> Int {
    guard try differential.ask("TYPE", key).text == "stream",
      let dump = try differential.ask("DUMP", key).bytes
    else { return 0 }
    let expected = try Self.nodes(of: dump)
    let found = try Self.nodes(of: #require(differential.runner.run("DUMP", key).bytes))
    #expect(found == expected, "\(String(decoding: key.bytes, as: UTF8.self))")
    return expected.count / 2
  }

  /// Keys and listpacks of the nodes in a payload of DUMP, in turn.
  private static func nodes(of dump: [UInt8]) throws -> [[UInt8]] {
    var cursor = ByteCursor(unsafe dump.span.bytes)
    #expect(try cursor.readByte() == 19)
    var nodes: [[UInt8]] = []
    let count = try cursor.readLength()
    for _ in 0..<(2 * count) {
      let string = try cursor.readString()
      nodes.append(Array(dump[string.offset..<(string.offset + string.count)]))
    }
    return nodes
  }
}
