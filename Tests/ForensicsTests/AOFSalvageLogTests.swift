import Forensics
import Persistence
import TestSupport
import Testing

/// What a salvage does with transactions and databases of which a part is lost.
@Suite struct AOFSalvageLogTests {
  private typealias Piece = (bytes: [UInt8], isKept: Bool)

  private static func sets(_ numbers: ClosedRange<Int>) -> [UInt8] {
    numbers.flatMap { CommandLog.command(["SET", Word("key:\($0)"), "value"]) }
  }

  private static func select(_ database: Int) -> [UInt8] {
    CommandLog.command(["SELECT", Word(database)])
  }

  private static let multi = CommandLog.command(["MULTI"])
  private static let exec = CommandLog.command(["EXEC"])
  private static let noise = SeededRandom.noise(300)

  @discardableResult
  private func expect(
    _ pieces: [(bytes: [UInt8], isKept: Bool)], keepsPartialTransactions: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> AOFSalvagePlan {
    let bytes = pieces.flatMap(\.bytes)
    var planner = AOFSalvagePlanner(MemoryAccess(bytes), 0..<UInt64(bytes.count))
    planner.keepsPartialTransactions = keepsPartialTransactions
    let plan = try planner.run()
    let broken = try AOFSalvageProperties.violation(
      plan, of: bytes, keepsPartialTransactions: keepsPartialTransactions)
    #expect(broken == nil, sourceLocation: sourceLocation)
    let output = try AOFSalvageProperties.written(plan, of: bytes)
    #expect(
      CommandLog.readable(output)
        == CommandLog.readable(pieces.filter(\.isKept).flatMap(\.bytes)),
      sourceLocation: sourceLocation)
    return plan
  }

  // MARK: Transactions

  /// MULTI, a gap, EXEC.
  @Test func aGapInside() throws {
    let plan = try expect([
      (Self.sets(1...3), true), (Self.multi, false), (Self.sets(4...5), false),
      (Self.noise, false), (Self.sets(6...8), false), (Self.exec, false),
      (Self.sets(9...11), true),
    ])
    #expect(
      plan.gaps.map(\.reason) == [.halfLostTransaction, .brokenFraming, .halfLostTransaction])
    #expect(plan.commandsKept == 6)
    #expect(
      plan.omittedCommands.map(\.name) == ["MULTI", "SET", "SET", "SET", "SET", "SET", "EXEC"])
    #expect(plan.omittedCommands[1].key == "key:4")
    try expect(
      [
        (Self.sets(1...3), true), (Self.multi, true), (Self.sets(4...5), true),
        (Self.noise, false), (Self.sets(6...8), true), (Self.exec, true),
        (Self.sets(9...11), true),
      ], keepsPartialTransactions: true)
  }

  @Test func anUnknownCommandInside() throws {
    try expect([
      (Self.sets(1...3), true), (Self.multi, false),
      (CommandLog.command(["SEQ", "a", "b"]), false), (Self.sets(6...8), false),
      (Self.exec, false), (Self.sets(9...11), true),
    ])
  }

  @Test func aLostMulti() throws {
    try expect([
      (Self.sets(1...3), true), (Self.noise, false), (Self.sets(6...8), false),
      (Self.exec, false), (Self.sets(9...11), true),
    ])
    let plan = try expect(
      [
        (Self.sets(1...3), true), (Self.noise, false), (Self.sets(6...8), true),
        (Self.exec, false), (Self.sets(9...11), true),
      ], keepsPartialTransactions: true)
    #expect(plan.gaps.map(\.reason) == [.brokenFraming, .unpaired])
  }

  /// MULTI, with another name.
  @Test func aBrokenMulti() throws {
    try expect([
      (Self.sets(1...3), true), (CommandLog.command(["MULTJ"]), false),
      (Self.sets(6...8), false), (Self.exec, false), (Self.sets(9...11), true),
    ])
  }

  @Test func aLostExec() throws {
    let rest: [Piece] = [(Self.multi, true), (Self.sets(9...11), true), (Self.exec, true)]
    try expect(
      [
        (Self.sets(1...3), true), (Self.multi, false), (Self.sets(4...5), false),
        (Self.noise, false), (Self.sets(6...8), true),
      ] + rest)
    try expect(
      [
        (Self.sets(1...3), true), (Self.multi, false), (Self.sets(4...5), true),
        (Self.noise, false), (Self.sets(6...8), true),
      ] + rest, keepsPartialTransactions: true)
  }

  /// Without a gap between them.
  @Test func aMultiInsideAMulti() throws {
    let rest: [Piece] = [(Self.multi, true), (Self.sets(9...11), true), (Self.exec, true)]
    let head: [Piece] = [(Self.sets(1...3), true), (Self.multi, false)]
    try expect(head + [(Self.sets(4...5), false)] + rest)
    try expect(head + [(Self.sets(4...5), true)] + rest, keepsPartialTransactions: true)
  }

  @Test func anExecAlone() throws {
    let plan = try expect([
      (Self.sets(1...3), true), (Self.exec, false), (Self.sets(4...5), true),
    ])
    #expect(plan.gaps.map(\.reason) == [.unpaired])
  }

  @Test func aTransactionAtTheEnd() throws {
    try expect([(Self.sets(1...3), true), (Self.multi, false), (Self.sets(4...5), false)])
    try expect(
      [(Self.sets(1...3), true), (Self.multi, false), (Self.sets(4...5), true)],
      keepsPartialTransactions: true)
    try expect([
      (Self.sets(1...3), true), (Self.multi, false), (Self.sets(4...5), false),
      (Self.noise, false),
    ])
  }

  /// What follows a transaction is in the database that it selected.
  @Test func aSelectInsideStays() throws {
    let plan = try expect([
      (Self.select(0), true), (Self.sets(1...3), true), (Self.multi, false),
      (Self.select(7), false), (Self.sets(4...5), false), (Self.noise, false),
      (Self.sets(6...8), false), (Self.select(3), true), (Self.exec, false),
      (Self.sets(9...11), true),
    ])
    #expect(plan.commandsKept == 8)
  }

  // MARK: Databases

  @Test func aDatabaseInDoubt() throws {
    let before = Self.select(0) + Self.sets(1...3)
    let plan = try expect([
      (before, true), (Self.noise, false), (Self.sets(6...8), true), (Self.select(2), true),
      (Self.sets(9...11), true),
    ])
    let from = UInt64(before.count + Self.noise.count)
    let doubt = try #require(plan.doubts.first)
    #expect(plan.doubts.count == 1 && doubt.database == 0 && doubt.named == nil)
    #expect(doubt.from == from && doubt.to == from + UInt64(Self.sets(6...8).count))
  }

  @Test func aPieceOfASelect() throws {
    let piece = Array(CommandLog.text("2|$6|SELECT|$1|5|*3|$3|SE"))
    let plan = try expect([
      (Self.select(0), true), (Self.sets(1...3), true), (piece, false),
      (Self.sets(6...8), true), (Self.select(2), true), (Self.sets(9...11), true),
    ])
    #expect(plan.doubts.map(\.named) == [5])
  }

  @Test func oneDatabaseIsNoDoubt() throws {
    let plan = try expect([
      (Self.select(3), true), (Self.sets(1...3), true), (Self.noise, false),
      (Self.sets(6...8), true), (Self.select(3), true), (Self.sets(9...11), true),
    ])
    #expect(plan.doubts.isEmpty)
  }

  @Test func theFirstSelectIsLost() throws {
    let plan = try expect([(Self.noise, false), (Self.sets(6...8), true)])
    #expect(plan.doubts.map(\.from) == [300])
    let cut = try expect([(Self.sets(6...8), true), (Self.select(3), true)])
    #expect(cut.doubts.map(\.from) == [0])
  }

  @Test func aSelectOfNoDatabase() throws {
    let plan = try expect([
      (Self.select(0), true), (Self.sets(1...3), true),
      (CommandLog.command(["SELECT", "x"]), false), (Self.sets(6...8), true),
      (Self.select(2), true), (Self.sets(9...11), true),
    ])
    #expect(plan.gaps.map(\.reason) == [.badDatabase])
    #expect(plan.doubts.count == 1)
  }
}
