import Persistence
import TestSupport
import Testing

@Suite struct AOFWriterTests {
  private func written(_ work: (inout AOFWriter<Never>) -> Void) -> (bytes: [UInt8], pieces: [Int])
  {
    var pieces: [[UInt8]] = []
    var writer = AOFWriter { (piece: RawSpan) in
      pieces.append(unsafe piece.withUnsafeBytes { unsafe Array($0) })
    }
    work(&writer)
    let count = writer.count
    writer.finish()
    let bytes = pieces.flatMap { $0 }
    #expect(UInt64(bytes.count) == count)
    return (bytes, pieces.map(\.count))
  }

  @Test func commands() {
    let (bytes, _) = written { writer in
      writer.annotate(timestamp: 1_795_335_911)
      writer.annotate(timestamp: 1_795_335_911)
      writer.select(database: 0)
      writer.append(["SET", "a", ""])
      writer.select(database: 0)
      writer.select(database: 15)
      writer.append([ByteString([0, 13, 10, 255])])
      #expect(writer.commands == 4)
    }
    let expected =
      CommandLog.text(
        "#TS:1795335911|*2|$6|SELECT|$1|0|*3|$3|SET|$1|a|$0||*2|$6|SELECT|$2|15|*1|$4|")
      + [0, 13, 10, 255, 13, 10]
    #expect(bytes == expected)
  }

  /// What was parsed and is written again is the same file.
  @Test func whatWasReadIsWrittenAgain() throws {
    let bytes = CommandLog.captured
    var parser = CommandParser(bytes.raw, inputEnd: UInt64(bytes.count))
    var table = ArgumentTable()
    var out: [UInt8] = []
    var writer = AOFWriter { (piece: RawSpan) in
      out += unsafe piece.withUnsafeBytes { unsafe Array($0) }
    }
    while !parser.cursor.isAtEnd {
      let head = try parser.next(&table)
      if let time = head.timestamp {
        writer.annotate(timestamp: time)
      } else {
        writer.append(table, in: bytes.raw)
      }
    }
    writer.finish()
    #expect(out == bytes)
  }

  @Test func framedCommands() {
    let framed = CommandLog.commands(["SELECT", "3"], ["SET", "a", "1"])
    let (bytes, _) = written { writer in
      writer.append(framed: framed.raw, commands: 2, databaseAfter: 3)
      writer.select(database: 3)
      writer.append(["PING"])
      #expect(writer.commands == 3)
    }
    #expect(bytes == framed + CommandLog.command(["PING"]))
  }

  @Test func pieces() {
    let large = [UInt8](repeating: 7, count: 200_000)
    let (bytes, pieces) = written { writer in
      for number in 0..<5000 { writer.append(["SET", ByteString("key:\(number)"), "value"]) }
      writer.append(["SET", "large", ByteString(large)])
      writer.append(framed: CommandLog.command(["SET", "a", Word(large)]).raw, commands: 1)
    }
    #expect(pieces.dropLast().allSatisfy { $0 >= 64 << 10 } && pieces.count > 3)
    let parsed = parseCommands(bytes)
    #expect(parsed.error == nil && parsed.commands.count == 5002)
  }

  @Test func failureIsPassedOn() {
    struct Full: Error {}
    var writer = AOFWriter<Full> { (_: RawSpan) throws(Full) in throw Full() }
    #expect(throws: Full.self) {
      try writer.append(["SET", ByteString([UInt8](repeating: 1, count: 70_000))])
    }
  }
}
