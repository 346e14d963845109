import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// A replay that goes forward in steps comes by what a replay in one go comes to.
@Suite struct ReplayCursorTests {
  private static let logs = [
    "2.4.18-cmds.aof", "4.0.14-rewrite.aof", "6.2.16-mini-preamble.aof",
    "7.0.15-cmds.appendonlydir",
    "7.0.15-minimulti.appendonlydir", "7.2.6-tiny.appendonlydir",
  ]

  private static func path(_ log: String) -> FilePath {
    FilePath(Fixtures.folder.appendingPathComponent("aof/\(log)").path)
  }

  private static func replay(_ end: ReplayEnd = .never) -> Replay {
    var replay = Replay()
    replay.keepsGoing = true
    replay.now = 1_790_000_000_000
    replay.end = end
    return replay
  }

  private static func keyspace() -> Keyspace {
    var keyspace = Keyspace()
    keyspace.databaseLimit = Replay.databaseLimit
    return keyspace
  }

  /// The digest and the number of commands of a replay in one go.
  private static func whole(
    _ log: String, _ end: ReplayEnd
  ) -> (digest: DatasetDigest, outcome: ReplayOutcome) {
    var keyspace = keyspace()
    let outcome = replay(end).run(path(log), into: &keyspace)
    return (keyspace.digest(.complete), outcome)
  }

  @Test(arguments: logs)
  func stepsComeToTheEnd(_ log: String) throws {
    let expected = Self.whole(log, .never)
    var keyspace = Self.keyspace()
    let cursor = try ReplayCursor(Self.replay(), Self.path(log))
    var steps = 0
    var last: UInt64 = 0
    var file = ""
    while cursor.step(on: &keyspace) {
      steps += 1
      // Places rise within a file.
      if cursor.place.file == file { #expect(cursor.place.offset > last) }
      (file, last) = (cursor.place.file, cursor.place.offset)
    }
    #expect(steps > 2)
    #expect(cursor.isAtEnd)
    let digest = keyspace.digest(.complete)
    #expect(digest == expected.digest)
    #expect(cursor.outcome.commands == expected.outcome.commands)
    #expect(cursor.outcome.problemCount == expected.outcome.problemCount)
  }

  @Test(arguments: logs)
  func momentsAreThoseOfAReplay(_ log: String) throws {
    var random = SeededRandom(seed: 5)
    let size = Self.whole(log, .never).outcome.commands
    for _ in 0..<12 {
      let end = ReplayEnd.command(UInt64.random(in: 0...size, using: &random), file: nil)
      let expected = Self.whole(log, end)
      var keyspace = Self.keyspace()
      let cursor = try ReplayCursor(Self.replay(), Self.path(log))
      // On the way there, somebody has looked around.
      if Bool.random(using: &random) { cursor.step(on: &keyspace) }
      guard cursor.advance(to: end, on: &keyspace) else { continue }
      let digest = keyspace.digest(.complete)
      #expect(digest == expected.digest, "\(log) \(end)")
    }
  }

  @Test func offsetsAreThoseOfAReplay() throws {
    let log = "7.0.15-cmds.appendonlydir"
    let file = try #require(AOFLayout.find(Self.path(log)).parts.last)
    let size = try #require(file.size)
    for offset in stride(from: UInt64(0), through: size, by: 997) {
      let end = ReplayEnd.offset(offset, file: nil)
      var keyspace = Self.keyspace()
      let cursor = try ReplayCursor(Self.replay(), Self.path(log))
      #expect(cursor.advance(to: end, on: &keyspace))
      let digest = keyspace.digest(.complete)
      #expect(digest == Self.whole(log, end).digest)
      #expect(cursor.place.offset <= offset || cursor.outcome.commands == 0)
    }
  }

  /// What lies behind is not gone to.
  @Test func onlyForward() throws {
    var keyspace = Self.keyspace()
    let cursor = try ReplayCursor(Self.replay(), Self.path("7.2.6-tiny.appendonlydir"))
    #expect(cursor.advance(to: .command(4, file: nil), on: &keyspace))
    #expect(cursor.advance(to: .command(4, file: nil), on: &keyspace))
    #expect(!cursor.advance(to: .command(1, file: nil), on: &keyspace))
    #expect(cursor.advance(to: .never, on: &keyspace))
    #expect(!cursor.advance(to: .command(1, file: nil), on: &keyspace))
  }

  /// Nor from behind the last command, before anybody has seen that nothing follows.
  @Test func onlyForwardFromTheLastCommand() throws {
    let log = "7.2.6-tiny.appendonlydir"
    let total = Self.whole(log, .never).outcome.commands
    var keyspace = Self.keyspace()
    let cursor = try ReplayCursor(Self.replay(), Self.path(log))
    while cursor.outcome.commands < total {
      let hasStepped = cursor.step(on: &keyspace)
      try #require(hasStepped)
    }
    #expect(!cursor.isAtEnd)
    let back = cursor.advance(to: .command(1, file: nil), on: &keyspace)
    #expect(!back && cursor.isAtEnd)
    let on = cursor.advance(to: .never, on: &keyspace)
    #expect(on)
  }

  @Test func nextOfAKey() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(
      "log.aof",
      CommandLog.commands(
        ["SELECT", "0"], ["SET", "a", "1"], ["SET", "b", "1"], ["MULTI"], ["INCR", "b"],
        ["INCR", "a"], ["EXEC"], ["SET", "b", "9"], ["FLUSHALL"]))
    var keyspace = Self.keyspace()
    let cursor = try ReplayCursor(Self.replay(), FilePath(log.path))
    var found: [[[String]]] = []
    while cursor.advance(toNext: "a", on: &keyspace) {
      let step = try #require(cursor.lastStep)
      found.append(step.commands.map { $0.map(\.description) })
    }
    #expect(
      found == [
        [["SET", "a", "1"]], [["MULTI"], ["INCR", "b"], ["INCR", "a"], ["EXEC"]], [["FLUSHALL"]],
      ])
  }

  /// A transaction that is larger than what is read at once is whole or absent, and is one step.
  @Test func transactionsLargerThanABatch() throws {
    let folder = try TemporaryFolder()
    let value = Word([UInt8](repeating: 118, count: 1000))
    var commands: [[Word]] = [["SELECT", "0"], ["SET", "before", "1"], ["MULTI"]]
    for number in 0..<800 { commands.append(["SET", Word("key:\(number)"), value]) }
    commands += [["SET", "last", "1"], ["EXEC"], ["SET", "after", "1"]]
    let bytes = commands.flatMap { CommandLog.command($0) }
    let log = FilePath(try folder.write("log.aof", bytes).path)
    let ends: [(end: ReplayEnd, keys: Int)] = [
      (.command(3, file: nil), 1), (.command(500, file: nil), 1), (.command(804, file: nil), 1),
      (.command(805, file: nil), 802), (.command(806, file: nil), 803),
      (.offset(700_000, file: nil), 1), (.offset(UInt64(bytes.count), file: nil), 803),
    ]
    for (end, keys) in ends {
      var keyspace = Self.keyspace()
      let cursor = try ReplayCursor(Self.replay(), log)
      #expect(cursor.advance(to: end, on: &keyspace))
      #expect(keyspace.keyCount == keys, "\(end)")
      // It stands there already; behind the end, one looks anew.
      guard !cursor.isAtEnd else { continue }
      #expect(cursor.advance(to: end, on: &keyspace), "\(end)")
      #expect(keyspace.keyCount == keys, "\(end)")
    }
    var keyspace = Self.keyspace()
    let cursor = try ReplayCursor(Self.replay(), log)
    #expect(cursor.advance(toNext: "last", on: &keyspace))
    #expect(keyspace.keyCount == 802)
    #expect(cursor.lastStep?.count == 803)
    #expect(cursor.lastStep?.commands.count == 16)
    // Without its end it is not run.
    let torn = FilePath(try folder.write("torn.aof", bytes.prefix(600_000)).path)
    var second = Self.keyspace()
    let tornCursor = try ReplayCursor(Self.replay(), torn)
    #expect(tornCursor.advance(to: .never, on: &second))
    #expect(second.keyCount == 1)
    #expect(tornCursor.outcome.tail != nil)
  }

  /// An annotation in front of a command does not bring the command with it.
  @Test func annotationsAreNoCommands() throws {
    let folder = try TemporaryFolder()
    let parts: [[UInt8]] = [
      CommandLog.commands(["SELECT", "0"], ["SET", "a", "1"]), Array("#TS:1700000000\r\n".utf8),
      CommandLog.commands(["SET", "b", "1"]), Array("#TS:1700000005\r\n".utf8),
      CommandLog.commands(["SET", "c", "1"]),
    ]
    let log = FilePath(try folder.write("log.aof", parts.flatMap(\.self)).path)
    let sizes = parts.map { UInt64($0.count) }
    let ends: [(end: ReplayEnd, keys: Int)] = [
      (.command(2, file: nil), 1), (.command(3, file: nil), 2), (.command(4, file: nil), 3),
      (.offset(sizes[0] + sizes[1], file: nil), 1),
      (.offset(sizes[..<4].reduce(0, +), file: nil), 2),
      (.after(timestamp: 1_700_000_000), 2), (.after(timestamp: 1_700_000_004), 2),
      (.after(timestamp: 1_700_000_005), 3),
    ]
    for (end, keys) in ends {
      var keyspace = Self.keyspace()
      let cursor = try ReplayCursor(Self.replay(), log)
      #expect(cursor.advance(to: end, on: &keyspace), "\(end)")
      #expect(keyspace.keyCount == keys, "\(end)")
      var whole = Self.keyspace()
      var replay = Self.replay(end)
      replay.jobs = 1
      _ = replay.run(log, into: &whole)
      #expect(whole.keyCount == keys, "\(end)")
    }
  }
}
