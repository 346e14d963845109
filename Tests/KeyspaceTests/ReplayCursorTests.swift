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
}
