import Persistence
import TestSupport
import Testing

@Suite struct CommandParserTests {
  private static func words(_ words: ByteString...) -> [ByteString] { words }

  @Test func capturedLog() {
    let (commands, error) = parseCommands(CommandLog.captured)
    #expect(error == nil)
    #expect(commands.count == 12)
    #expect(commands[0].timestamp == 1_795_335_911 && commands[0].arguments == nil)
    #expect(commands[0].start == 0 && commands[0].end == 16)
    #expect(commands[1].arguments == Self.words("SELECT", "0"))
    #expect(commands[2].arguments == Self.words("SET", "a", "1", "PXAT", "1795336911421"))
    #expect(commands[11].arguments?.count == 14)
    #expect(commands[11].end == CommandLog.captured.count)
    #expect(zip(commands, commands.dropFirst()).allSatisfy { $0.end == $1.start })
    #expect(commands.allSatisfy { !$0.isOdd })
  }

  @Test func bytesOfEveryValue() {
    let all = (0...255).map { UInt8($0) }
    let (commands, error) = parseCommands(
      CommandLog.commands(["SET", Word(all), []], ["SET", "\r\n", "*1\r\n$4\r\nPING\r\n"]))
    #expect(error == nil)
    #expect(
      commands.map(\.arguments) == [
        [ByteString("SET"), ByteString(all), ByteString([])],
        [ByteString("SET"), ByteString("\r\n"), ByteString("*1\r\n$4\r\nPING\r\n")],
      ])
  }

  /// Lengths of 1 to 7 digits, each at both of its ends.
  @Test(arguments: [0, 1, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999, 100_000, 1_000_000])
  func lengthsOfEveryWidth(_ length: Int) {
    let value = [UInt8](repeating: 0x78, count: length)
    let (commands, error) = parseCommands(
      CommandLog.commands(["SET", "k", Word(value)], ["PING"]))
    #expect(error == nil)
    #expect(commands.first?.arguments?.last?.count == length)
    #expect(commands.last?.arguments == Self.words("PING"))
  }

  @Test(arguments: [1, 2, 9, 10, 63, 64, 65, 99, 100, 1000, 70_000])
  func countsOfEveryWidth(_ count: Int) {
    let words = (0..<count).map { Word("a\($0)") }
    let (commands, error) = parseCommands(CommandLog.command(words) + CommandLog.command(["PING"]))
    #expect(error == nil)
    #expect(commands.first?.arguments == words.map { ByteString($0.bytes) })
    #expect(commands.last?.arguments == Self.words("PING"))
  }

  // MARK: Errors

  static let malformed: [Malformed] = {
    func log(_ text: String) -> [UInt8] { CommandLog.text(text) }
    let digits = String(repeating: "1", count: 200)
    return [
      Malformed("an inline command", log("PING|"), .badFraming, at: 0),
      Malformed("text without an end", log("PING"), .badFraming, at: 0),
      Malformed("an empty line", log("|"), .badFraming, at: 0),
      Malformed("zeros", [0, 0, 0, 0], .badFraming, at: 0),
      Malformed("an RDB", log("REDIS0011"), .badFraming, at: 0),
      Malformed("a reply", log("+OK|"), .badFraming, at: 0),
      Malformed("an argument alone", log("$4|PING|"), .badFraming, at: 0),
      Malformed("behind a command", log("*1|$4|PING|x"), .badFraming, at: 14),
      Malformed("no arguments", log("*0|"), .badLength, at: 0),
      Malformed("a negative count", log("*-5|"), .badLength, at: 0),
      Malformed("no count", log("*|"), .badLength, at: 0),
      Malformed("a letter for a count", log("*x|"), .badLength, at: 0),
      Malformed("a count and a letter", log("*1x|"), .badLength, at: 0),
      Malformed("a count and a blank", log("*1 |$4|PING|"), .badLength, at: 0),
      Malformed("a sign alone", log("*+|"), .badLength, at: 0),
      Malformed("a count of 2^31", log("*2147483648|"), .badLength, at: 0),
      Malformed("a count of 2^31 - 1", log("*2147483647|"), .truncated, at: 13),
      Malformed("a count of 2^64", log("*18446744073709551616|"), .badLength, at: 0),
      Malformed("200 digits", log("*\(digits)|"), .badLength, at: 0),
      Malformed("200 digits of a length", log("*1|$\(digits)|"), .badLength, at: 4),
      Malformed("a count too high", log("*2|$4|PING|*1|$4|PING|"), .badFraming, at: 14),
      Malformed("a count too low", log("*1|$4|ECHO|$1|x|"), .badFraming, at: 14),
      Malformed("LF alone", log("*1\n$4|PING|"), .badTerminator, at: 2),
      Malformed("LF alone behind a length", log("*1|$4\nPING|"), .badTerminator, at: 6),
      Malformed("CR alone", log("*1\r$4|PING|"), .badTerminator, at: 2),
      Malformed("no $", log("*1|PING|"), .badFraming, at: 4),
      Malformed("a null", log("*1|$-1|"), .badLength, at: 4),
      Malformed("no length", log("*1|$|PING|"), .badLength, at: 4),
      Malformed("a letter for a length", log("*1|$x|PING|"), .badLength, at: 4),
      Malformed("a length of 2^64 - 1", log("*1|$18446744073709551615|PING|"), .badLength, at: 4),
      Malformed("a length of 2^63", log("*1|$9223372036854775808|PING|"), .badLength, at: 4),
      Malformed("a length of 2^62 + 1", log("*1|$4611686018427387905|PING|"), .badLength, at: 4),
      Malformed("a length of 2^62", log("*1|$4611686018427387904|PING|"), .badLength, at: 4),
      Malformed("a length of 93 GiB", log("*1|$99999999999|PING|"), .badLength, at: 4),
      Malformed("a length of 512 MiB + 1", log("*1|$536870913|PING|"), .badLength, at: 4),
      Malformed("a length of 512 MiB", log("*1|$536870912|PING|"), .truncated, at: 16),
      Malformed("a length of 95 MiB", log("*1|$99999999|PING|"), .truncated, at: 15),
      Malformed("other bytes for CRLF", log("*1|$4|PINGXY"), .badTerminator, at: 12),
      Malformed("a length too low", log("*1|$3|PING|"), .badTerminator, at: 11),
      Malformed("a length too high", log("*1|$5|PING|*1|$4|PING|"), .badTerminator, at: 13),
      Malformed("a length too high at the end", log("*1|$5|PING|"), .truncated, at: 8),
      Malformed("an annotation cut off", log("#TS:12"), .truncated, at: 6),
      Malformed(
        "an annotation without an end", log("#" + String(repeating: "x", count: 1100)),
        .badFraming, at: 0),
      Malformed(
        "an annotation of 1024 bytes", log("#" + String(repeating: "x", count: 1021) + "|"),
        .badFraming, at: 0),
    ]
  }()

  @Test(arguments: malformed)
  func isRefused(_ malformed: Malformed) {
    let (_, error) = parseCommands(malformed.bytes)
    #expect(error.map { Fault($0) } == malformed.fault)
    #expect(error.map { !$0.description.isEmpty } == true)
  }

  /// The same errors at a place where the next eight bytes are not in the buffer, or are.
  @Test(arguments: malformed)
  func isRefusedBehindACommand(_ malformed: Malformed) {
    let before = CommandLog.command(["PING"])
    let (_, error) = parseCommands(before + malformed.bytes)
    #expect(
      error.map { Fault($0) } == Fault(malformed.fault.code, malformed.fault.offset + before.count))
  }

  @Test func saysWhatStandsThere() {
    func what(_ text: String) -> String {
      parseCommands(CommandLog.text(text)).error?.what.description ?? ""
    }
    #expect(what("SET a 1|").contains("inline"))
    #expect(what("\0\0").contains("zero"))
    #expect(what("REDIS0009").contains("RDB"))
    #expect(what("$1|a|").contains("argument"))
    #expect(what("|").contains("empty line"))
    #expect(what("-ERR|").contains("reply"))
  }

  // MARK: Forms that servers read and never write

  @Test(arguments: [
    "*+1|$4|PING|", "* 1|$4|PING|", "*\t1|$4|PING|", "*01|$4|PING|", "*1|$+4|PING|",
    "*1|$ 4|PING|", "*1|$0004|PING|",
  ])
  func oddNumbers(_ text: String) {
    let (commands, error) = parseCommands(CommandLog.text(text + "*1|$4|PING|"))
    #expect(error == nil)
    #expect(commands.map(\.arguments) == [Self.words("PING"), Self.words("PING")])
    #expect(commands.map(\.isOdd) == [true, false])
  }

  @Test func annotations() {
    let text = "#TS:1795335911|#TS:|#TS:12x|#TS:-5|#TS:18446744073709551615|#HDR:x|#|#TS:7\n"
    let (commands, error) = parseCommands(CommandLog.text(text))
    #expect(error == nil)
    #expect(commands.map(\.timestamp) == [1_795_335_911, nil, nil, nil, nil, nil, nil, 7])
    #expect(
      commands.map(\.isBadTimestamp) == [false, true, true, true, true, false, false, false])
    #expect(commands.map(\.isOdd) == [false, false, false, false, false, false, false, true])
    let longest = CommandLog.text("#" + String(repeating: "x", count: 1020) + "|")
    #expect(longest.count == 1023)
    #expect(parseCommands(longest).error == nil)
  }

  // MARK: Properties

  /// A file with every construct.
  static let varied =
    CommandLog.captured + CommandLog.text("#a note|*+1|$4|PING|")
    + CommandLog.commands(
      ["SET", [], Word([UInt8](repeating: 0, count: 300))], ["SET", "\r\n", "$1\r\n"],
      (0..<120).map { Word("word\($0)") })

  @Test func everyPrefix() {
    let whole = parseCommands(Self.varied)
    #expect(whole.error == nil)
    for count in 0...Self.varied.count {
      let prefix = Array(Self.varied[..<count])
      let (commands, error) = parseCommands(prefix)
      let expected = whole.commands.prefix { $0.end <= count }
      #expect(commands == Array(expected))
      if expected.last?.end ?? 0 == count {
        #expect(error == nil)
      } else {
        #expect(error?.code == .truncated)
        // What is asked for is never more than there really is.
        #expect((error?.expected ?? 0) > UInt64(count))
        #expect((error?.expected ?? .max) <= UInt64(Self.varied.count))
      }
    }
  }

  /// Skipping and reading see the same.
  @Test func mutantsNeverTrap() throws {
    var random = SeededRandom(seed: 0xA0F)
    let letters = Array("*$#\r\n0123456789-+ TS".utf8) + [0, 255]
    var errors: Set<FindingCode> = []
    for _ in 0..<4000 {
      var bytes = Self.varied
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[at] = letters[Int.random(in: 0..<letters.count, using: &random)]
        case 1: bytes.remove(at: at)
        default: bytes.insert(letters[Int.random(in: 0..<letters.count, using: &random)], at: at)
        }
      }
      let (commands, error) = parseCommands(bytes)
      if let error { errors.insert(error.code) }
      var parser = CommandParser(bytes.raw, inputEnd: UInt64(bytes.count))
      var ends: [Int] = []
      let skipped = fault { () throws(FormatError) in
        while !parser.cursor.isAtEnd { ends.append(try parser.skip().end) }
      }
      #expect(ends == commands.map(\.end))
      #expect(skipped == error.map { Fault($0) })
    }
    #expect(errors == [.truncated, .badFraming, .badLength, .badTerminator])
  }
}
