import Persistence
import TestSupport
import Testing

/// What one batch adds to the statistics, by hand-made logs.
@Suite struct CommandTallyTests {
  /// The tally of a log as one batch.
  private func tally(_ log: [UInt8], state: LogState = LogState()) throws -> CommandTally {
    var tally = CommandTally()
    var state = state
    var arguments = ArgumentTable()
    let bytes = log.raw
    var parser = CommandParser(bytes, inputEnd: UInt64(log.count))
    while !parser.cursor.isAtEnd {
      let head = try parser.next(&arguments)
      let entry =
        head.kind == .command ? CommandTable.shared.command(arguments, in: bytes) : nil
      tally.add(head, entry, arguments, in: bytes, at: 1000, state: state)
      state.follow(head, in: bytes, at: 1000)
    }
    return tally
  }

  private func names(_ tally: CommandTally) -> [String: [UInt64]] {
    let table = CommandTable.shared
    return table.entries.reduce(into: [:]) { names, entry in
      let count = tally.known[entry.index]
      if count.count > 0 { names[table.name(entry)] = [count.count, count.bytes] }
    }
  }

  private func strings(_ table: ItemTable) -> [String: [UInt64]] {
    table.items.reduce(into: [:]) {
      $0[table.string($1).description] = [$1.count, $1.bytes]
    }
  }

  /// Of a log that a server wrote: the bytes are those of its text.
  @Test func capturedLog() throws {
    let tally = try tally(CommandLog.captured)
    #expect(tally.commands == 11)
    #expect(tally.bytes == UInt64(CommandLog.captured.count))
    let expected: [String: [UInt64]] = [
      "select": [1, 23], "set": [4, 154], "pexpireat": [1, 46], "srem": [1, 28],
      "multi": [1, 15], "exec": [1, 14], "del": [1, 21], "xclaim": [1, 179],
    ]
    #expect(names(tally) == expected)
    #expect(tally.seconds == [.init(second: 1_795_335_911, writes: 8)])
    #expect(tally.transactions.count == 1 && tally.transactions.commands == 2)
    #expect(tally.transactions.largest == 2)
    let counts: [String: UInt64] = ["a": 2, "s": 1, "f": 1, "e": 1, "e2": 1, "d1": 1, "x": 1]
    #expect(strings(tally.keys).compactMapValues(\.first) == counts)
    #expect(tally.largest?.bytes == 15 && tally.largest?.key == "x")
  }

  @Test func unknownCommands() throws {
    let tally = try tally(
      CommandLog.commands(["JSON.SET", "k", "$", "1"], ["json.set", "k", "$", "2"], ["Nope"]))
    #expect(tally.commands == 3)
    #expect(
      strings(tally.unknown).mapValues { $0[0] } == ["JSON.SET": 1, "json.set": 1, "Nope": 1])
    #expect(tally.rewrite.keptBytes == tally.bytes)
  }

  @Test func subcommandsCountByThemselves() throws {
    let tally = try tally(
      CommandLog.commands(
        ["XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"], ["xgroup", "destroy", "s", "g"],
        ["XGROUP", "NONE", "s"]))
    #expect(
      names(tally).mapValues { $0[0] } == ["xgroup|create": 1, "xgroup|destroy": 1, "xgroup": 1])
  }

  /// The bytes of a command of several keys are shared among them, none is lost.
  @Test func severalKeys() throws {
    let log = CommandLog.commands(
      ["MSET", "a", "1", "b", "2", "c", "3"], ["DEL", "a", "b"],
      ["ZUNIONSTORE", "z", "2", "a", "d"])
    let tally = try tally(log)
    let keys = strings(tally.keys)
    #expect(keys.mapValues { $0[0] } == ["a": 3, "b": 2, "c": 1, "z": 1, "d": 1])
    #expect(keys.values.reduce(0) { $0 + $1[1] } == tally.bytes)
    #expect(tally.rewrite.keyedBytes == tally.bytes && tally.rewrite.keptBytes == 0)
  }

  @Test func keysOfTwoDatabasesAreTwo() throws {
    let tally = try tally(
      CommandLog.commands(["SET", "k", "1"], ["SELECT", "7"], ["SET", "k", "1"]))
    #expect(tally.keys.items.map(\.database) == [0, 7])
    #expect(tally.prefixes.items.count == 1)
  }

  @Test func longKeysAreCut() throws {
    let key = [UInt8](repeating: 0x61, count: 5000)
    let tally = try tally(CommandLog.commands(["SET", Word(key), "1"]))
    let item = try #require(tally.keys.items.first)
    #expect(item.length == 5000)
    #expect(tally.keys.string(item).count == CommandTally.mostKeptOfKey)
    #expect(tally.largest?.bytes == 5000 && tally.largest?.keyLength == 5000)
    #expect(tally.largest?.key?.count == CommandTally.mostKeptOfKey)
  }

  @Test func largestArgument() throws {
    let first = CommandLog.commands(["SET", "small", "12"])
    let tally = try tally(
      first
        + CommandLog.commands(["SELECT", "3"], ["RPUSH", "k", "abcdefghij", "x"], ["GET", "y"]))
    #expect(tally.largest?.bytes == 10 && tally.largest?.key == "k")
    #expect(tally.largest?.database == 3)
    #expect(tally.largest?.offset == 1000 + UInt64(first.count) + 23)
  }

  @Test func scripts() throws {
    let tally = try tally(
      CommandLog.commands(
        ["EVAL", "return 1", "0"], ["eval_ro", "return 1", "1", "k"], ["EVALSHA", "ABC", "0"],
        ["SCRIPT", "LOAD", "return 2"], ["FCALL", "f", "0"], ["SET", "k", "1"]))
    #expect(strings(tally.scripts.evaluated).mapValues { $0[0] } == ["return 1": 2])
    #expect(strings(tally.scripts.loaded).mapValues { $0[0] } == ["return 2": 1])
    #expect(strings(tally.scripts.called).mapValues { $0[0] } == ["ABC": 1])
    #expect(strings(tally.scripts.functions).mapValues { $0[0] } == ["f": 1])
  }

  /// A transaction that goes on from batch to batch.
  @Test func transactionsAcrossBatches() throws {
    var open = LogState()
    open.transactionStart = 5
    let set = CommandLog.commands(["SET", "a", "1"])
    var all = try tally(CommandLog.commands(["MULTI"]) + set).transactions
    all.append(try tally(set + set, state: open).transactions)
    #expect(all.count == 0)
    all.append(
      try tally(
        CommandLog.commands(["EXEC"]) + set
          + CommandLog.commands(["MULTI"], ["DISCARD"], ["MULTI"]) + set, state: open
      ).transactions)
    #expect(all.count == 1 && all.commands == 3 && all.largest == 3)
    all.append(try tally(CommandLog.commands(["exec"]), state: open).transactions)
    #expect(all.count == 2 && all.commands == 4 && all.largest == 3)
    // An EXEC without MULTI is none.
    all.append(try tally(CommandLog.commands(["EXEC"])).transactions)
    #expect(all.count == 2)
  }

  @Test func secondsAreThoseOfWrites() throws {
    var state = LogState()
    state.timestamp = 40
    let tally = try tally(
      CommandLog.commands(["SET", "a", "1"], ["SELECT", "0"], ["DEL", "a"])
        + CommandLog.text("#TS:50|#TS:x|#other|") + CommandLog.commands(["SET", "a", "1"])
        + CommandLog.text("#TS:45|"), state: state)
    #expect(
      tally.seconds == [
        .init(second: 40, writes: 2), .init(second: 50, writes: 1), .init(second: 45, writes: 0),
      ])
  }

  @Test func noTimesWithoutAnnotations() throws {
    #expect(try tally(CommandLog.commands(["SET", "a", "1"])).seconds == [])
  }

  /// Keys above the bound are counted, and tell nothing of a rewrite but their bytes.
  @Test func boundsOfTheSample() throws {
    var bounds = SampleBounds()
    bounds.keys = 0
    var tally = CommandTally(bounds)
    let log = CommandLog.commands(["SET", "a", "1"], ["FLUSHALL"])
    var arguments = ArgumentTable()
    var parser = CommandParser(log.raw, inputEnd: UInt64(log.count))
    while !parser.cursor.isAtEnd {
      let head = try parser.next(&arguments)
      let entry = CommandTable.shared.command(arguments, in: log.raw)
      tally.add(head, entry, arguments, in: log.raw, at: 0, state: LogState())
    }
    #expect(tally.keys.items.count == 1)
    #expect(tally.rewrite.events.map(\.kind) == [.flushAll])
    #expect(tally.rewrite.keyedBytes == 27)
  }
}
