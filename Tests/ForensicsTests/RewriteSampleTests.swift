import Forensics
import Persistence
import TestSupport
import Testing

/// What a rewrite would leave, by logs small enough that the answer can be written down.
@Suite struct RewriteSampleTests {
  /// The bytes after a rewrite of a log, of whose keys all are in the sample.
  private func bytesAfter(_ log: [UInt8], now: Int64? = nil) throws -> UInt64 {
    try StatisticsRun().statistics(of: log, now: now).rewrite.bytesAfter
  }

  /// A log, and the commands that a rewrite of it writes.
  static let exact: [(String, [[Word]], [[Word]])] = [
    (
      "values are replaced", [["SET", "k", "long value"], ["SET", "k", "v"]], [["SET", "k", "v"]]
    ),
    ("a counter", [["INCR", "c"], ["INCR", "c"], ["INCRBY", "c", "97"]], [["SET", "c", "99"]]),
    ("what is deleted", [["SET", "k", "v"], ["RPUSH", "l", "a"], ["DEL", "k", "l"]], []),
    ("appended", [["SET", "k", "ab"], ["APPEND", "k", "cd"]], [["SET", "k", "abcd"]]),
    ("a range", [["SETRANGE", "k", "3", "xy"]], [["SET", "k", "abcde"]]),
    ("several keys", [["MSET", "a", "1", "b", "22"]], [["SET", "a", "1"], ["SET", "b", "22"]]),
    ("no reads", [["GET", "k"], ["MULTI"], ["EXEC"], ["SELECT", "0"]], []),
    (
      "a lifetime", [["SET", "k", "v", "PXAT", "4000000000000"]],
      [["SET", "k", "v"], ["PEXPIREAT", "k", "4000000000000"]]
    ),
    (
      "the last of its lifetimes",
      [["SET", "k", "v"], ["EXPIREAT", "k", "4000000000"], ["PEXPIREAT", "k", "4100000000000"]],
      [["SET", "k", "v"], ["PEXPIREAT", "k", "4100000000000"]]
    ),
    (
      "a lifetime that a value ends",
      [["SET", "k", "v", "EXAT", "4000000000"], ["SET", "k", "w"]],
      [["SET", "k", "w"]]
    ),
    (
      "a lifetime that a value leaves",
      [["SET", "k", "v", "EXAT", "4000000000"], ["SET", "k", "w", "KEEPTTL"]],
      [["SET", "k", "w"], ["PEXPIREAT", "k", "4000000000000"]]
    ),
    (
      "no lifetime", [["SET", "k", "v", "EXAT", "4000000000"], ["PERSIST", "k"]],
      [["SET", "k", "v"]]
    ),
    ("over before now", [["SET", "k", "v", "PXAT", "1600000000000"]], []),
    ("flushed", [["SET", "k", "v"], ["FLUSHALL"], ["SET", "l", "v"]], [["SET", "l", "v"]]),
    (
      "one database flushed",
      [["SET", "k", "v"], ["SELECT", "1"], ["SET", "k", "vv"], ["FLUSHDB"]], [["SET", "k", "v"]]
    ),
    (
      "databases change places",
      [
        ["SET", "k", "v"], ["SWAPDB", "0", "1"], ["SET", "k", "vvv"], ["SELECT", "1"],
        ["DEL", "k"],
      ], [["SET", "k", "vvv"]]
    ),
    (
      "renamed", [["SET", "k", "v"], ["SET", "l", "vv"], ["RENAME", "k", "l"]], [["SET", "l", "v"]]
    ),
    (
      "a name that is used again",
      [["SET", "k", "v"], ["RENAME", "k", "l"], ["SET", "k", "vv"]],
      [["SET", "k", "vv"]]
    ),
  ]

  @Test(arguments: exact)
  func strings(_ what: String, _ log: [[Word]], _ rewritten: [[Word]]) throws {
    let expected = rewritten.flatMap(CommandLog.command).count
    let found = try bytesAfter(log.flatMap(CommandLog.command), now: 1_700_000_000_000)
    #expect(found == UInt64(expected), "\(what)")
  }

  /// Collections, whose rewritten commands are told to within the digits of their heads.
  static let near: [(String, [[Word]], [[Word]])] = [
    (
      "fields are replaced", (0..<50).map { ["HSET", "h", "f\($0 % 10)", "value"] },
      [["HMSET", "h"] + (0..<10).flatMap { ["f\($0)", "value"] as [Word] }]
    ),
    (
      "members once", (0..<50).map { ["SADD", "s", "member:\($0 % 10)"] },
      [["SADD", "s"] + (0..<10).map { "member:\($0)" as Word }]
    ),
    (
      "scores", (0..<50).map { ["ZADD", "z", "NX", "CH", Word(10 + $0), "member:\($0 % 10)"] },
      [["ZADD", "z"] + (0..<10).flatMap { [Word(50 + $0), "member:\($0)"] as [Word] }]
    ),
    (
      "removed by name",
      [
        ["SADD", "s", "aaaa", "bbbb", "cccc"], ["SREM", "s", "aaaa", "none"],
        ["SADD", "s", "cccc"],
      ],
      [["SADD", "s", "bbbb", "cccc"]]
    ),
    (
      "trimmed",
      (0..<100).flatMap { [["RPUSH", "l", Word(1000 + $0)], ["LTRIM", "l", "-10", "-1"]] },
      [["RPUSH", "l"] + (0..<10).map { Word(1090 + $0) }]
    ),
    (
      "popped", (0..<100).map { ["LPUSH", "l", Word(1000 + $0)] } + [["RPOP", "l", "60"]],
      [["RPUSH", "l"] + (0..<40).map { Word(1000 + $0) }]
    ),
    (
      "cut by rank",
      (0..<100).map { ["ZADD", "z", Word(100 + $0), Word(1000 + $0)] }
        + [["ZREMRANGEBYRANK", "z", "0", "-31"]],
      [["ZADD", "z"] + (0..<30).flatMap { [Word(100 + $0), Word(1000 + $0)] }]
    ),
    (
      "all popped", [["RPUSH", "l", "a", "b"], ["LPOP", "l"], ["LPOP", "l"]], []
    ),
    (
      "an old value's fields are gone",
      [["HSET", "h", "a", "1", "b", "2"], ["DEL", "h"], ["HSET", "h", "b", "3"]],
      [["HMSET", "h", "b", "3"]]
    ),
    (
      "a stream with a limit",
      (0..<100).map { ["XADD", "x", "MAXLEN", "=", "20", Word("\(1000 + $0)-0"), "f", "v"] },
      (0..<20).map { ["XADD", "x", Word("\(1080 + $0)-0"), "f", "v"] }
        + [["XSETID", "x", "1099-0", "ENTRIESADDED", "100", "MAXDELETEDID", "1079-0"]]
    ),
    (
      "64 elements a command", [["RPUSH", "l"] + (0..<200).map { Word(1000 + $0) }],
      stride(from: 0, to: 200, by: 64).map { start in
        ["RPUSH", "l"] + (start..<min(200, start + 64)).map { Word(1000 + $0) }
      }
    ),
  ]

  @Test(arguments: near)
  func collections(_ what: String, _ log: [[Word]], _ rewritten: [[Word]]) throws {
    let expected = rewritten.flatMap(CommandLog.command).count
    let found = try bytesAfter(log.flatMap(CommandLog.command))
    #expect(abs(Int(found) - expected) <= 6 + expected / 20, "\(what): \(found), not \(expected)")
  }

  /// Relative lifetimes count from the annotation before them.
  @Test func relativeLifetimes() throws {
    let set = CommandLog.command(["SETEX", "k", "10", "v"])
    let log = CommandLog.text("#TS:1000|") + set + CommandLog.text("#TS:1010|")
    #expect(try bytesAfter(log) == 27 + 39)
    #expect(try bytesAfter(log + CommandLog.text("#TS:1011|")) == 0)
    // Without annotations nobody knows.
    #expect(try bytesAfter(set, now: .max - 1) == 27 + 46)
  }

  /// A clock that went back does not bring a key back whose lifetime `now` ends.
  @Test func nowAndAnnotations() throws {
    let log =
      CommandLog.command(["SET", "k", "v", "PXAT", "5000"]) + CommandLog.text("#TS:6|#TS:4|")
    #expect(try bytesAfter(log) > 0)
    #expect(try bytesAfter(log, now: 5001) == 0)
  }

  /// The sample and its fields stay within their bounds, whatever comes.
  @Test func memoryIsBounded() throws {
    var sample = RewriteSample(keys: 100, fields: 500)
    for round in 0..<40 {
      var tally = CommandTally()
      var log: [UInt8] = []
      for number in 0..<500 {
        log += CommandLog.commands(
          ["HSET", "h:\(number % 7)", "f:\(round):\(number)", "v"],
          ["SET", "k:\(round):\(number)", "v"],
          ["SREM", "s", "m\(number)"], ["SADD", "s", "m\(round):\(number)"])
      }
      var arguments = ArgumentTable()
      var parser = CommandParser(log.raw, inputEnd: UInt64(log.count))
      while !parser.cursor.isAtEnd {
        let head = try parser.next(&arguments)
        let entry = CommandTable.shared.command(arguments, in: log.raw)
        tally.add(head, entry, arguments, in: log.raw, at: 0, state: LogState())
      }
      sample.add(tally.rewrite)
      #expect(sample.count <= 100 && sample.fieldCount <= 500)
    }
    let distinct = sample.distinctKeys
    #expect(abs(distinct.value - 20_008) < 4 * distinct.standardError)
  }
}
