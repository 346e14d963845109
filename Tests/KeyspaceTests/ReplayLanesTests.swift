import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// Logs that several threads replay, each with the keys of some slots: the dataset, and all that is said of
/// it, is that of one thread.
@Suite struct ReplayLanesTests {
  /// What a replay comes to.
  private struct Result: Equatable {
    var digest: String
    var keys: Int
    var commands: UInt64
    var problemCount: UInt64
    var problems: [ReplayProblem]
    var failure: ReplayOutcome.Failure?
    var stoppedAt: UInt64?
    var lastTimestamp: Int64?
  }

  private static func replay(
    _ path: URL, jobs: Int, _ change: (inout Replay) -> Void
  ) -> Result {
    var keyspace = Keyspace()
    keyspace.databaseLimit = Replay.databaseLimit
    var replay = Replay()
    replay.jobs = jobs
    change(&replay)
    let outcome = replay.run(FilePath(path.path), into: &keyspace)
    // What is loaded in front of a failure is for nobody.
    let isWhole = outcome.failure == nil
    return Result(
      digest: isWhole ? "\(keyspace.digest(.complete))" : "",
      keys: isWhole ? keyspace.keyCount : 0, commands: outcome.commands,
      problemCount: outcome.problemCount, problems: outcome.problems, failure: outcome.failure,
      stoppedAt: outcome.stoppedAt?.offset, lastTimestamp: outcome.lastTimestamp)
  }

  /// A log of some megabytes: mostly commands on single keys, in between whatever needs several.
  private static func log(
    seed: UInt64, commands: Int, refused: Bool, every rare: Int
  ) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    var log: [UInt8] = []
    var time = 1_700_000_000
    func key(_ kind: String) -> String { "\(kind)\(Int.random(in: 0..<400, using: &random))" }
    func number() -> String { String(Int.random(in: 0..<100_000, using: &random)) }
    func add(_ words: [String]) { log += CommandLog.command(words.map { Word(Array($0.utf8)) }) }
    func single() -> [String] {
      switch Int.random(in: 0..<10, using: &random) {
      case 0, 1: ["SET", key("s"), number()]
      case 2: ["INCRBY", key("n"), number()]
      case 3: ["RPUSH", key("l"), number(), number()]
      case 4: ["HSET", key("h"), number(), number()]
      case 5: ["SADD", key("e"), number(), number()]
      case 6: ["ZADD", key("z"), number(), number()]
      case 7: ["EXPIRE", key("s"), number()]
      case 8: ["LPOP", key("l")]
      default: ["APPEND", key("s"), number()]
      }
    }
    func several() -> [String] {
      switch Int.random(in: 0..<14, using: &random) {
      case 0: ["RENAME", key("l"), "l1"]
      case 1: ["RPOPLPUSH", key("l"), key("l")]
      case 2: ["SUNIONSTORE", key("e"), key("e"), key("e")]
      case 3: ["SORT", key("l"), "BY", "s*", "STORE", key("l")]
      case 4: ["MOVE", key("s"), "3"]
      case 5: ["COPY", key("z"), key("z"), "REPLACE"]
      case 6: ["SWAPDB", "0", "1"]
      case 7: ["FLUSHDB"]
      case 8: ["SMOVE", key("e"), key("e"), number()]
      case 9: ["PUBLISH", "c", "m"]
      default: ["ZUNIONSTORE", key("z"), "2", key("z"), key("z")]
      }
    }
    func shared() -> [String] {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: ["DEL", key("s"), key("l"), key("h"), key("s")]
      case 1: ["MSET", key("s"), number(), key("s"), number(), key("n"), number()]
      default: ["UNLINK", key("e"), key("z")]
      }
    }
    for _ in 0..<commands {
      switch Int.random(in: 0..<rare, using: &random) {
      case 0: add(several())
      case 1: add(shared())
      case 2: add(["SELECT", String(Int.random(in: 0...2, using: &random))])
      case 3:
        time += Int.random(in: 0...3, using: &random)
        log += Array("#TS:\(time)\r\n".utf8)
      case 4, 5, 6:
        add(["MULTI"])
        for _ in 0..<Int.random(in: 0...20, using: &random) { add(single()) }
        if Int.random(in: 0..<8, using: &random) == 0 { add(several()) }
        add(["EXEC"])
      case 7 where refused:
        switch Int.random(in: 0..<6, using: &random) {
        case 0: add(["LPUSH", key("h"), "wrong"])
        case 1: add(["NOSUCH", key("s")])
        case 2: add(["MSET", key("s"), "1", key("s")])
        case 3: add(["SELECT", "70000"])
        case 4: add(["HINCRBY", key("h"), "f", "no"])
        default: add(["SET", key("s"), "1", "NX", "XX"])
        }
      default: add(single())
      }
    }
    return log
  }

  /// Where everything succeeds, where much is refused, and where what needs all keys is frequent.
  @Test(arguments: [(1, false, 2000), (2, true, 400), (3, true, 40), (4, false, 12)])
  func anyNumberOfThreads(_ seed: UInt64, _ refused: Bool, _ rare: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "a.aof", Self.log(seed: seed, commands: 40_000, refused: refused, every: rare))
    let expected = Self.replay(path, jobs: 1) { $0.keepsGoing = true }
    #expect(expected.failure == nil && expected.keys > (rare < 40 ? 0 : 500))
    #expect(expected.problemCount > 0)
    for jobs in [2, 5] {
      #expect(Self.replay(path, jobs: jobs) { $0.keepsGoing = true } == expected)
    }
    // A bound on what is kept keeps the first ones.
    let few = Self.replay(path, jobs: 1) {
      $0.keepsGoing = true
      $0.problemLimit = 5
    }
    #expect(few.problems == Array(expected.problems.prefix(5)))
    #expect(
      Self.replay(path, jobs: 3) {
        $0.keepsGoing = true
        $0.problemLimit = 5
      } == few)
  }

  /// The first command that is refused ends the replay, wherever other threads are.
  @Test(arguments: 10...13)
  func firstRefusal(_ seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let refusal = CommandLog.commands(["SET", "x", "text"], ["INCR", "x"])
    var log = Self.log(seed: seed, commands: 30_000, refused: false, every: 5000)
    // Refused commands behind the first one: none of them is to be told.
    let again = Self.log(seed: seed + 100, commands: 20_000, refused: true, every: 100)
    log += refusal + again
    let path = try folder.write("a.aof", log)
    let expected = Self.replay(path, jobs: 1) { _ in }
    guard case .command = expected.failure else { return #expect(Bool(false), "not refused") }
    for jobs in [2, 4] { #expect(Self.replay(path, jobs: jobs) { _ in } == expected) }
  }

  /// Ends in the middle of what several threads run.
  @Test(arguments: [20, 21, 22])
  func ends(_ seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let log = Self.log(seed: seed, commands: 40_000, refused: false, every: 300)
    let path = try folder.write("a.aof", log)
    var random = SeededRandom(seed: seed)
    let latest = Self.replay(path, jobs: 1) { $0.keepsGoing = true }.lastTimestamp ?? 0
    for _ in 0..<2 {
      let ends: [ReplayEnd] = [
        .offset(UInt64.random(in: 0..<UInt64(log.count), using: &random), file: nil),
        .command(UInt64.random(in: 1..<45_000, using: &random), file: nil),
        .after(timestamp: Int64.random(in: 1_700_000_000...latest, using: &random)),
        .before("SWAPDB"),
      ]
      for end in ends {
        func change(_ replay: inout Replay) {
          replay.keepsGoing = true
          replay.end = end
        }
        let expected = Self.replay(path, jobs: 1, change)
        #expect(Self.replay(path, jobs: 2, change) == expected)
        #expect(Self.replay(path, jobs: 3, change) == expected)
      }
    }
  }

  /// What is left out on demand is left out by all threads.
  @Test func skippedCommands() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "a.aof", Self.log(seed: 30, commands: 40_000, refused: true, every: 500))
    func change(_ replay: inout Replay) {
      replay.keepsGoing = true
      for name in ["SADD", "MSET", "NOSUCH", "RENAME"] { replay.skip(name) }
    }
    let expected = Self.replay(path, jobs: 1, change)
    #expect(Self.replay(path, jobs: 2, change) == expected)
    #expect(expected != Self.replay(path, jobs: 1) { $0.keepsGoing = true })
  }
}
