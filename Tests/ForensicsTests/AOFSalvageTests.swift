import Forensics
import Persistence
import TestSupport
import Testing

/// What a salvage keeps of logs with one thing wrong with them, as the rules have it.
@Suite struct AOFSalvageTests {
  private static func set(_ number: Int, _ value: Word = "value") -> [UInt8] {
    CommandLog.command(["SET", Word("key:\(number)"), value])
  }

  private static func sets(_ numbers: ClosedRange<Int>) -> [UInt8] {
    numbers.flatMap { set($0) }
  }

  private static let select = CommandLog.command(["SELECT", "0"])
  private static let multi = CommandLog.command(["MULTI"])
  private static let exec = CommandLog.command(["EXEC"])
  private static let noise = SeededRandom.noise(300)

  private static func plan(
    _ bytes: [UInt8], keepsPartialTransactions: Bool = false, until: Int64? = nil
  ) throws -> AOFSalvagePlan {
    var planner = AOFSalvagePlanner(MemoryAccess(bytes), 0..<UInt64(bytes.count))
    planner.keepsPartialTransactions = keepsPartialTransactions
    planner.until = until
    let plan = try planner.run()
    let broken = try AOFSalvageProperties.violation(
      plan, of: bytes, keepsPartialTransactions: keepsPartialTransactions)
    #expect(broken == nil)
    return plan
  }

  /// A log in pieces of which some are left out, and the plan for it.
  @discardableResult
  private func expect(
    _ pieces: [(bytes: [UInt8], isKept: Bool)], keepsPartialTransactions: Bool = false,
    until: Int64? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> AOFSalvagePlan {
    let bytes = pieces.flatMap(\.bytes)
    let plan = try Self.plan(
      bytes, keepsPartialTransactions: keepsPartialTransactions, until: until)
    let output = try AOFSalvageProperties.written(plan, of: bytes)
    let wanted = pieces.filter(\.isKept).flatMap(\.bytes)
    #expect(
      CommandLog.readable(output) == CommandLog.readable(wanted), sourceLocation: sourceLocation)
    let skipped = try AOFSalvageProperties.skipped(plan, of: bytes)
    #expect(
      skipped == pieces.filter { !$0.isKept }.flatMap(\.bytes), sourceLocation: sourceLocation)
    return plan
  }

  // MARK: Sound logs

  @Test func aSoundLogStays() throws {
    let log = CommandLog.captured
    let plan = try expect([(log, true)])
    #expect(plan.gaps.isEmpty && plan.doubts.isEmpty && plan.omittedCommands.isEmpty)
    #expect(plan.commandsKept == 11)
    #expect(try expect([([], true)]).commandsKept == 0)
  }

  @Test func soundLogsOfServersStay() throws {
    let files = try AOFLabFile.fixtures()
    #expect(files.count > 20)
    for file in files + [try AOFLabLog.draw(seed: 5, commands: 1000, large: true)] {
      let plan = try Self.plan(file.bytes)
      #expect(plan.gaps.isEmpty, "\(file)")
      #expect(plan.commandsKept == UInt64(file.items.count { $0.isCommand }), "\(file)")
    }
  }

  @Test func aPartOfAFile() throws {
    let bytes = Self.noise + Self.sets(1...5) + Self.noise
    let start = UInt64(Self.noise.count)
    let range = start..<(start + UInt64(Self.sets(1...5).count))
    let plan = try AOFSalvagePlanner(MemoryAccess(bytes), range).run()
    #expect(plan.gaps.isEmpty && plan.commandsKept == 5)
    #expect(try AOFSalvageProperties.written(plan, of: bytes) == Self.sets(1...5))
  }

  // MARK: Framed, and no commands

  @Test func anUnknownCommand() throws {
    let plan = try expect([
      (Self.sets(1...2), true), (CommandLog.command(["SEQ", "key:9", "value"]), false),
      (Self.sets(3...4), true),
    ])
    #expect(plan.gaps.map(\.reason) == [.unknownCommand])
    #expect(plan.omittedCommands.map(\.name) == ["SEQ"])
  }

  @Test func aWrongNumberOfArguments() throws {
    let plan = try expect([
      (Self.sets(1...2), true), (CommandLog.command(["INCR", "counter", "1"]), false),
      (Self.sets(3...4), true),
    ])
    #expect(plan.gaps.map(\.reason) == [.wrongArity])
    #expect(plan.omittedCommands.map(\.name) == ["INCR"])
    #expect(plan.omittedCommands.map(\.key) == ["counter"])
  }

  @Test func commandsOfModulesStay() throws {
    try expect([
      (Self.set(1), true), (CommandLog.command(["JSON.SET", "doc", "$", "{}"]), true),
      (Self.noise, false), (CommandLog.command(["BF.ADD", "filter", "one"]), true),
      (CommandLog.command(["JSON.SET", "doc", "$.a", "1"]), true),
      (CommandLog.command(["TS.ADD", "series", "*", "1"]), true), (Self.sets(2...3), true),
    ])
  }

  // MARK: Broken framing

  @Test(arguments: [
    SeededRandom.noise(2000), [UInt8](repeating: 0, count: 4096),
    CommandLog.text("*3|$3|SET|*3|$3|SET|$7|hel"), CommandLog.text("|"),
    CommandLog.text("*3|$3|SET|$3|key|$9|val"),
    Array("+OK\r\n".utf8), CommandLog.text("*0|"), CommandLog.text("*-1|"),
    Array("SET a b\r\n".utf8),
  ])
  func bytesThatAreNoCommands(_ bytes: [UInt8]) throws {
    let plan = try expect([(Self.sets(1...4), true), (bytes, false), (Self.sets(5...8), true)])
    #expect(plan.gaps.map(\.reason) == [.brokenFraming])
    try expect([(bytes, false), (Self.sets(5...8), true)])
    try expect([(Self.sets(1...4), true), (bytes, false)])
  }

  @Test func fewCommandsAtTheEnd() throws {
    let end = CommandLog.command(["HSET", "hash", "field", "value"])
    try expect([(Self.sets(1...4), true), (Self.noise, false), (end, true)])
  }

  /// A server that was killed while it wrote, and then started anew.
  @Test func aTornWrite() throws {
    let torn = Self.set(3, Word([UInt8](repeating: 120, count: 100)))
    for count in [3, 6, 10, 15, 22, 27, 40, 100] {
      let plan = try expect([
        (Self.sets(1...2), true), (Array(torn.prefix(count)), false), (Self.sets(4...7), true),
      ])
      #expect(plan.gaps.count == 1)
    }
  }

  @Test(arguments: [
    ("*3", "*5"), ("$3", "$7"), ("$5\r\nval", "$9\r\nval"), ("$5\r\nval", "$50\r\nval"),
  ])
  func aDigitOfALength(was: String, now: String) throws {
    let sound = String(decoding: Self.set(3), as: UTF8.self)
    let damaged = Array(sound.replacing(was, with: now, maxReplacements: 1).utf8)
    try #require(damaged != Self.set(3))
    try expect([(Self.sets(1...2), true), (damaged, false), (Self.sets(4...7), true)])
  }

  /// The command is framed, as one with fewer arguments.
  @Test func aCountThatIsTooSmall() throws {
    let text = CommandLog.text("*3|$5|RPUSH|$4|list|$1|a|$1|b|$1|c|")
    try expect([(Self.sets(1...2), true), (text, false), (Self.sets(4...7), true)])
  }

  // MARK: Never inside an argument

  @Test(arguments: [false, true])
  func aLogInAValueWhoseHeadIsLost(isEmbedded: Bool) throws {
    let inner = Self.sets(100...140)
    let value = isEmbedded ? Array("a log:\r\n".utf8) + inner + Array("-- end".utf8) : inner
    var outer = Self.set(3, Word(value))
    for index in 0..<30 { outer[index] = 0 }
    try expect([(Self.sets(1...2), true), (outer, false), (Self.sets(4...7), true)])
    let hash = CommandLog.command(["HSET", "hash", "one", Word(value), "two", Word(value)])
    try expect([
      (Self.sets(1...2), true), (Array(hash.dropFirst(30)), false), (Self.sets(4...7), true),
    ])
  }

  /// A piece in the middle of the value is lost, or comes twice.
  @Test(arguments: [-300, -1, 1, 300])
  func aLogInAValueThatIsBroken(change: Int) throws {
    var outer = Self.set(3, Word(Self.sets(100...140)))
    let middle = outer.count / 2
    if change < 0 {
      outer.removeSubrange(middle..<(middle - change))
    } else {
      outer.insert(contentsOf: SeededRandom.noise(change), at: middle)
    }
    try expect([(Self.sets(1...2), true), (outer, false), (Self.sets(4...7), true)])
  }

  @Test func aLogInAValueThatTheFileEndsIn() throws {
    let outer = Self.set(3, Word(Self.sets(100...140)))
    for count in [outer.count / 3, outer.count / 2, outer.count - 20] {
      try expect([(Self.sets(1...2), true), (Array(outer.prefix(count)), false)])
    }
  }

  @Test func argumentsAreSteppedOver() throws {
    let outer = CommandLog.command(["HSET", "hash", "one", Word(Self.sets(100...140)), "two", "2"])
    var damaged = outer
    damaged.replaceSubrange(0..<12, with: [UInt8](repeating: 0, count: 12))
    try expect([(Self.sets(1...2), true), (damaged, false), (Self.sets(4...7), true)])
  }

  // MARK: Blocks that were written twice

  @Test(arguments: [512, 4096])
  func aBlockThatComesTwice(size: Int) throws {
    let log = Self.sets(1...600)
    let end = 4 * size + 7
    let damaged = log[..<end] + log[(end - size)..<end] + log[end...]
    let plan = try Self.plan(Array(damaged))
    #expect(plan.gaps.map(\.reason) == [.repeatedBlock])
    #expect(plan.gaps.map { Int($0.to - $0.from) } == [size])
    #expect(try AOFSalvageProperties.written(plan, of: Array(damaged)) == log)
  }

  // MARK: Annotations

  @Test func annotations() throws {
    let stamp = Array("#TS:1795335911\r\n".utf8)
    try expect([
      (stamp, true), (Self.sets(1...4), true), (Array(stamp.prefix(9)), false),
      (Self.sets(5...8), true), (Array("#TS:17953x\r\n".utf8), false), (stamp, true),
      (Self.sets(9...12), true), ([0x23] + [UInt8](repeating: 97, count: 2000), false),
      (Self.sets(13...16), true), (Array("#HDR: other\r\n".utf8), true), (Self.set(17), true),
    ])
  }

  private static func stamp(_ second: Int) -> [UInt8] { Array("#TS:\(second)\r\n".utf8) }

  @Test func upToATime() throws {
    let log: [(bytes: [UInt8], isKept: Bool)] = [
      (Self.select, true), (Self.stamp(100), true), (Self.sets(1...4), true), (Self.noise, false),
      (Self.sets(5...8), true), (Self.stamp(200), true), (Self.set(9), true),
    ]
    let plan = try expect(
      log + [(Self.stamp(201), false), (Self.sets(10...20), false), (Self.stamp(150), false)],
      until: 200)
    #expect(plan.gaps.map(\.reason) == [.brokenFraming, .afterTheTime])
    #expect(plan.bytesCut == UInt64((Self.stamp(201) + Self.sets(10...20) + Self.stamp(150)).count))
    #expect(plan.commandsKept == 10)
    // A transaction that is open there goes as a whole.
    try expect(
      log + [
        (Self.multi, false), (Self.set(10), false), (Self.stamp(201), false), (Self.exec, false),
        (Self.set(11), false),
      ], until: 200)
    try expect(log, until: 200)
  }

  /// Text that stands between few commands again and again is no value: that would end with its CRLF.
  @Test func textBetweenCommands() throws {
    let garbage = Array("garbage".utf8)
    try expect(
      (0..<50).flatMap { round in
        [(Self.sets((8 * round + 1)...(8 * round + 8)), true), (garbage, false)]
      } + [(Self.sets(1000...1008), true)])
  }

  /// Many small transactions that are no whole ones, side by side and alone.
  @Test func unpairedCommands() throws {
    let selection = CommandLog.command(["SELECT", "3"])
    let plan = try expect(
      [(Self.set(1), true)] + (0..<20).map { _ in (Self.exec, false) } + [(Self.set(2), true)]
        + (0..<20).flatMap { _ in [(Self.multi, false), (selection, false), (Self.set(3), false)] }
        + [(Self.multi, false), (selection, true), (Self.set(4), false)])
    // The last SELECT stays, for what might follow.
    #expect(plan.gaps.map(\.reason) == [.unpaired] + [.halfLostTransaction, .halfLostTransaction])
    #expect(plan.commandsKept == 3)
    #expect(plan.omittedCommands.count == 20 + 20 * 3 + 2)
  }

  // MARK: Logs in values

  /// Bytes that are lost in a log inside a value, so that the last length in it reaches over the end of the
  /// value to the end of a command behind it.
  @Test func aLogInAValueWhoseFramingGoesOn() throws {
    let text = String(repeating: "x", count: 400)
    let inner = Self.sets(1...5) + Self.set(6, Word(Array(text.utf8)))
    let outer = Self.set(100, Word(inner))
    let following = (0..<30).map { Self.set(200 + $0) }
    // So many whole commands take the place of the bytes that are lost.
    let taken = following.prefix(4).flatMap { $0 }
    // What is lost ends with the value; the last of these commands ends where the inner value would.
    let end = outer.count - 4
    let lost = (end - taken.count + 2)..<outer.count
    let left = Array(outer[..<lost.lowerBound])
    try expect([
      (Self.select, true), (Self.sets(50...60), true), (left, false),
      (following.flatMap { $0 }, true),
    ])
  }

  /// A block that was written twice inside such a value: its end by the length comes early.
  @Test func aLogInAValueThatIsLonger() throws {
    let inner = Self.sets(100...160)
    let outer = Self.set(1, Word(inner))
    let command = Self.set(100).count
    let middle = outer.count / 2 / command * command
    var longer = outer
    // The argument ends with the CRLF of one of the inner commands.
    longer.insert(contentsOf: outer[middle..<(middle + 10 * command + 2)], at: middle)
    try expect([
      (Self.select, true), (Self.sets(50...60), true), (longer, false),
      (Self.sets(200...220), true),
    ])
  }
}

extension SeededRandom {
  /// Arbitrary bytes, the same ones every time.
  static func noise(_ count: Int) -> [UInt8] {
    var random = SeededRandom(seed: 0xA0F)
    return random.bytes(count)
  }
}

extension CommandLog {
  /// The text of a log, with `|` for CRLF.
  static func readable(_ bytes: [UInt8]) -> String {
    ByteString(bytes).description.replacing("\r\n", with: "|")
  }
}
