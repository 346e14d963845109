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
    _ = try differential.ask("CONFIG", "SET", "rdbcompression", "no")
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
    let span = unsafe dump.span.bytes
    var cursor = ByteCursor(span)
    let type = try cursor.readByte()
    #expect(type == 19)
    var expected: [[UInt8]] = []
    let count = try cursor.readLength()
    for _ in 0..<(2 * count) {
      let string = try cursor.readString()
      expected.append(Array(dump[string.offset..<(string.offset + string.count)]))
    }
    let found = try differential.inspect { keyspace -> [[UInt8]] in
      let place = keyspace.databases[0].find(unsafe key.bytes.span.bytes)
      let stream = try #require(try keyspace.stream(place))
      return (0..<stream.nodes.count).flatMap { index -> [[UInt8]] in
        let node = stream.node(index)
        let key = [node.key.milliseconds, node.key.sequence].flatMap { part in
          (0..<8).map { UInt8(truncatingIfNeeded: part >> (56 - 8 * $0)) }
        }
        return [key, node.pack.bytes]
      }
    }
    #expect(found == expected, "\(String(decoding: key.bytes, as: UTF8.self))")
    return expected.count / 2
  }
}
