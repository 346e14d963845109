import Persistence
import TestSupport
import Testing

/// What is taken for a command at an arbitrary place of a content. Expectations come from the protocol
/// (`*arguments`, `$bytes`, CRLF behind each) and from the commands that servers have and log.
@Suite struct CommandWeigherTests {
  private static func weigh(
    _ bytes: [UInt8], at place: UInt64 = 0, end: UInt64? = nil
  ) throws -> WeighedCommand? {
    try CommandWeigher(MemoryAccess(bytes), end: end ?? UInt64(bytes.count)).weigh(at: place)
  }

  private static func weigh(_ words: [Word]) throws -> WeighedCommand? {
    try weigh(CommandLog.command(words))
  }

  // MARK: Commands

  /// Commands that servers write to a log, in either case, and with subcommands.
  @Test(
    arguments: [
      ["SET", "k", "v"], ["set", "k", ""], ["SELECT", "0"], ["MULTI"], ["EXEC"],
      ["HSET", "h", "a", "1", "b", "2"], ["PEXPIREAT", "k", "1795335961447"], ["FLUSHALL"],
      ["XGROUP", "CREATE", "x", "g", "$"], ["xgroup", "destroy", "x", "g"],
      ["FUNCTION", "LOAD", "#!lua name=l\n"],
    ] as [[Word]])
  func aWholeCommand(_ words: [Word]) throws {
    let bytes = CommandLog.command(words)
    let noise = Array("*$\r\n".utf8)
    let found = try #require(try Self.weigh(noise + bytes + noise, at: 4))
    #expect(found.start == 4)
    #expect(found.end == UInt64(4 + bytes.count))
    #expect(found.isKnown)
  }

  @Test(
    arguments: [
      // Too few arguments, too many, none.
      ["SET", "k"], ["SELECT", "0", "1"], ["MULTI", "x"], ["XGROUP", "DESTROY", "x"],
      // Commands that change nothing, and those that are about the server.
      ["GET", "k"], ["HGETALL", "h"], ["KEYS", "*"], ["PING"], ["INFO"], ["CONFIG", "GET", "save"],
      ["FUNCTION", "STATS"], ["XINFO", "STREAM", "x"],
      // A command that has subcommands, without one, and with one that there is not.
      ["XGROUP"], ["XGROUP", "FOO", "x", "g"],
      // Names that no server has.
      ["FOO", "k"], ["", "k"], ["SET ", "k", "v"],
      [Word([UInt8](repeating: 0x53, count: 65)), "k"],
    ] as [[Word]])
  func whatNoServerLogs(_ words: [Word]) throws {
    #expect(try Self.weigh(words) == nil)
  }

  @Test(arguments: ["JSON.SET", "ft.add", "a-b_1.c2"] as [Word])
  func aNameOfAModule(_ name: Word) throws {
    let found = try #require(try Self.weigh([name, "k"]))
    #expect(!found.isKnown)
    #expect(found.end == UInt64(CommandLog.command([name, "k"]).count))
  }

  @Test(arguments: [".set", "json set", "json.s€t", "json.set\n"] as [Word])
  func noNameOfAModule(_ name: Word) throws {
    #expect(try Self.weigh([name, "k"]) == nil)
  }

  /// More that has to be in its place is more evidence, and a name of the table more than one of a module.
  @Test func evidence() throws {
    func evidence(_ words: [Word]) throws -> Int { try #require(try Self.weigh(words)).evidence }
    #expect(try evidence(["DEL", "a", "b"]) > evidence(["DEL", "a"]))
    #expect(try evidence(["DEL", "a"]) > evidence(["MULTI"]))
    #expect(try evidence(["DEL", "a"]) > evidence(["x.del", "a"]))
    // It does not grow without bound.
    let many = [Word](repeating: "k", count: 1000)
    #expect(try evidence(["DEL"] + many) == evidence(["DEL"] + many.dropLast(500)))
  }

  // MARK: Framing

  @Test(arguments: [
    // No plain number of arguments or bytes.
    "*03|$3|SET|$1|k|$1|v|", "*+3|$3|SET|$1|k|$1|v|", "*-3|$3|SET|$1|k|$1|v|", "*|$3|SET|",
    "*3|$03|SET|$1|k|$1|v|", "*3|$3|SET|$-1|k|$1|v|", "*0|",
    // Another end of a line, or another length than is said.
    "*3\n$3\nSET\n$1\nk\n$1\nv\n", "*3|$3|SET|$1|k|$2|v|", "*3|$3|SET|$1|k|$1|vv|",
    "*3|$3|SET|$0|k|$1|v|", "*3|$2|SET|$1|k|$1|v|", "*3|$4|SET|$1|k|$1|v|",
    // Something else where an argument should be.
    "*3|$3|SET|:1|$1|v|", "$3|SET|$1|k|$1|v|", "+OK|", "", "|",
  ])
  func brokenFraming(_ text: String) throws {
    #expect(try Self.weigh(CommandLog.text(text)) == nil)
  }

  /// The end of the content, or of what is looked at, anywhere inside.
  @Test(arguments: [["HSET", "hash", "field", "value"], ["JSON.SET", "k", "$", "1"]] as [[Word]])
  func theEndInTheMiddle(_ words: [Word]) throws {
    let bytes = CommandLog.command(words)
    for count in bytes.indices {
      #expect(try Self.weigh(Array(bytes.prefix(count))) == nil, "\(count)")
      #expect(try Self.weigh(bytes, end: UInt64(count)) == nil, "\(count)")
    }
    #expect(try Self.weigh(bytes, at: UInt64(bytes.count)) == nil)
    #expect(try Self.weigh(bytes, at: .max) == nil)
    #expect(try Self.weigh(bytes) != nil)
  }

  @Test func annotations() throws {
    let found = try #require(try Self.weigh(CommandLog.text("#TS:1795335911|*1|")))
    #expect(found.start == 0 && found.end == 16 && !found.isKnown)
    for text in ["#TS:|", "#TS:12x|", "#TS:1795335911", "#TS:1795335911\n", "#text|", "#"] {
      #expect(try Self.weigh(CommandLog.text(text)) == nil, "\(text)")
    }
  }

  /// Of a command with more arguments than are looked at, 1024, the end is not known.
  @Test(arguments: [1023, 1024, 1025, 5000])
  func manyArguments(_ count: Int) throws {
    let bytes = CommandLog.command(["DEL"] + (1..<count).map { Word("key:\($0)") })
    let found = try #require(try Self.weigh(bytes))
    #expect(found.end == (count <= 1024 ? UInt64(bytes.count) : nil))
    #expect(found.isKnown)
  }

  /// Servers read commands of 2³¹ − 1 arguments at most.
  @Test func theMostArguments() throws {
    let arguments =
      CommandLog.text("$3|DEL|") + (0..<1100).flatMap { _ in CommandLog.text("$1|k|") }
    let most = try #require(try Self.weigh(CommandLog.text("*2147483647|") + arguments))
    #expect(most.end == nil && most.isKnown)
    #expect(try Self.weigh(CommandLog.text("*2147483648|") + arguments) == nil)
  }

  // MARK: Numbers and arguments

  @Test(
    arguments: [
      ("$0|", 0, 4), ("$7|", 7, 4), ("$10|", 10, 5), ("$9999999999999|", 9_999_999_999_999, 16),
    ] as [(String, UInt64, UInt64)])
  func aNumber(text: String, number: UInt64, end: UInt64) throws {
    let bytes = CommandLog.text("ab" + text)
    let weigher = CommandWeigher(MemoryAccess(bytes), end: UInt64(bytes.count))
    let found = try weigher.number(UInt8(ascii: "$"), at: 2)
    #expect(found?.number == number && found?.end == 2 + end)
    let other = try weigher.number(UInt8(ascii: "*"), at: 2)
    #expect(other == nil)
  }

  @Test(arguments: [
    "$|", "$x|", "$01|", "$00|", "$-1|", "$1 |", "$1\n", "$1\r", "$1", "$", "",
    "$10000000000000|",
  ])
  func noNumber(_ text: String) throws {
    let bytes = CommandLog.text(text)
    let weigher = CommandWeigher(MemoryAccess(bytes), end: UInt64(bytes.count))
    let found = try weigher.number(UInt8(ascii: "$"), at: 0)
    #expect(found == nil)
  }

  @Test func anArgument() throws {
    // The first holds line ends, the second is empty, the others are said to be too short and too long.
    let bytes = CommandLog.text("*1|$7|a|b|c|$0|||$2|abc|$9|abc|")
    let weigher = CommandWeigher(MemoryAccess(bytes), end: UInt64(bytes.count))
    let first = try weigher.argument(at: 4)
    #expect(first?.header == 4 && first?.start == 8 && first?.count == 7 && first?.end == 17)
    let empty = try weigher.argument(at: 17)
    #expect(empty?.start == 21 && empty?.count == 0 && empty?.end == 23)
    for place in [0, 5, 23, 25, 34, 43, UInt64.max] {
      let found = try weigher.argument(at: place)
      #expect(found == nil, "\(place)")
    }
  }

  // MARK: Places

  @Test(
    arguments: [
      ("text *3|", 5, "*"), ("a$b$1|", 3, "$"), ("##TS:1|", 1, "#"), ("**$#*0", 4, "*"),
      ("#S#T", 2, "#"), ("$9", 0, "$"),
    ] as [(String, UInt64, Character)])
  func aMark(text: String, place: UInt64, first: Character) throws {
    let bytes = CommandLog.text(text)
    let weigher = CommandWeigher(MemoryAccess(bytes), end: UInt64(bytes.count))
    let found = try weigher.nextMark(in: 0..<UInt64(bytes.count))
    #expect(found?.place == place && found?.first == first.asciiValue)
    let behind = try weigher.nextMark(in: (place + 1)..<UInt64(bytes.count))
    #expect(behind == nil)
    let before = try weigher.nextMark(in: 0..<place)
    #expect(before == nil)
  }

  @Test(arguments: ["", "*", "text", "*a$-#t", "$", "**"])
  func noMark(_ text: String) throws {
    let bytes = CommandLog.text(text)
    let weigher = CommandWeigher(MemoryAccess(bytes), end: UInt64(bytes.count))
    let found = try weigher.nextMark(in: 0..<UInt64(bytes.count))
    #expect(found == nil)
  }

  /// A command that lies across the end of what is in memory: 4096 bytes from where it was looked at, or 256 KiB
  /// from where a mark was looked for.
  @Test(arguments: [4096, ContentWindow.usualCapacity, 2 * ContentWindow.usualCapacity])
  func acrossTheEdge(_ edge: Int) throws {
    let command = CommandLog.command(["XGROUP", "CREATE", "stream", "group", "$"])
    for place in (edge - command.count - 1)...(edge + 1) {
      let bytes = [UInt8](repeating: 0x2E, count: place) + command + Array("..".utf8)
      let weigher = CommandWeigher(MemoryAccess(bytes), end: UInt64(bytes.count))
      // Brings the beginning into memory.
      _ = try weigher.byte(at: 0)
      let early = try weigher.weigh(at: UInt64(place))
      #expect(early?.end == UInt64(place + command.count), "\(place)")
      let mark = try weigher.nextMark(in: 0..<UInt64(bytes.count))
      #expect(mark?.place == UInt64(place) && mark?.first == UInt8(ascii: "*"))
      let found = try weigher.weigh(at: UInt64(place))
      #expect(found?.end == UInt64(place + command.count), "\(place)")
    }
  }

  /// An argument larger than all that is in memory is stepped over.
  @Test func aLargeArgument() throws {
    let value = [UInt8](repeating: 0x2A, count: 3 * ContentWindow.usualCapacity)
    let bytes = CommandLog.commands(["SET", "k", Word(value)], ["DEL", "k"])
    let weigher = CommandWeigher(MemoryAccess(bytes), end: UInt64(bytes.count))
    let end = UInt64(CommandLog.command(["SET", "k", Word(value)]).count)
    let first = try weigher.weigh(at: 0)
    #expect(first?.end == end)
    let second = try weigher.weigh(at: end)
    #expect(second?.end == UInt64(bytes.count))
  }
}
