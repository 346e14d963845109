import Keyspace
import Persistence
import TestSupport
import Testing

/// Commands on streams, with known answers.
@Suite struct StreamCommandTests {
  @Test func idsFromTheClock() {
    var runner = KeyspaceRunner()
    runner.keyspace.clock = .running(now: 1000)
    var replies = [runner.run("XADD", "s", "*", "a", "1"), runner.run("XADD", "s", "*", "a", "1")]
    runner.keyspace.clock = .running(now: 999)
    replies.append(runner.run("XADD", "s", "*", "a", "1"))
    replies.append(runner.run("XADD", "s", "NOMKSTREAM", "1001-*", "a", "1"))
    replies.append(runner.run("XADD", "t", "NOMKSTREAM", "*", "a", "1"))
    #expect(replies.map(\.text) == ["1000-0", "1000-1", "1000-2", "1001-0", nil])
  }

  /// What a log of an old release holds is done as a whole: trimming has no limit there.
  @Test func approximateTrimmingOfALog() {
    var replies: [Reply] = []
    for isLoading in [true, false] {
      var runner = KeyspaceRunner()
      runner.keyspace.clock = isLoading ? .loading(now: 0) : .running(now: 0)
      for index in 1...1000 { _ = runner.run(["XADD", "s", Word("\(index)-1"), "a", "1"]) }
      _ = runner.run("XADD", "s", "MAXLEN", "~", "10", "LIMIT", "200", "1001-1", "a", "1")
      replies.append(runner.run("XLEN", "s"))
    }
    #expect(replies == [.integer(101), .integer(801)])
  }

  /// The commands in which a rewritten log holds a stream. Sources: aof.c of Redis 5.0 and 7.0.
  @Test func rewrittenStreams() {
    var runner = KeyspaceRunner()
    runner.keyspace.clock = .loading(now: 50)
    let commands: [[Word]] = [
      ["XADD", "s", "1-1", "a", "1"], ["XSETID", "s", "5-5"],
      ["XGROUP", "CREATE", "s", "g", "1-1"],
      ["XCLAIM", "s", "g", "c", "0", "1-1", "TIME", "900", "RETRYCOUNT", "3", "JUSTID", "FORCE"],
      ["XGROUP", "CREATECONSUMER", "s", "g", "idle"],
      ["XADD", "e", "MAXLEN", "0", "0-1", "x", "y"],
      ["XSETID", "e", "7-7", "ENTRIESADDED", "3", "MAXDELETEDID", "6-6"],
      ["XGROUP", "CREATE", "e", "g", "7-7", "ENTRIESREAD", "-1"],
    ]
    for command in commands {
      let reply = runner.run(command)
      if case .error(let text) = reply { Issue.record("\(text)") }
    }
    // The time of a delivery is kept although the clock that loads is behind it.
    let pending = runner.run("XPENDING", "s", "g", "-", "+", "9")
    #expect(
      pending
        == .array([
          .array([.bulk(Array("1-1".utf8)), .bulk(Array("c".utf8)), .integer(0), .integer(3)])
        ]))
    let stream = runner.stream("s")
    #expect(stream?.groups[0].pending.first?.deliveredAt == 900)
    #expect(stream?.lastID == StreamID(5, 5) && stream?.entriesAdded == 1)
    let length = runner.run("XLEN", "e")
    #expect(length == .integer(0))
    let info = runner.run("XINFO", "STREAM", "e").array?.compactMap(\.text)
    #expect(info?.contains("7-7") == true && info?.contains("6-6") == true)
  }

  @Test func subcommandsThatThereAreNot() {
    var runner = KeyspaceRunner()
    let replies = [runner.run("XGROUP", "make", "s", "g"), runner.run("xinfo", "ALL", "s")]
    #expect(
      replies == [
        .error("ERR unknown subcommand 'make'. Try XGROUP HELP."),
        .error("ERR unknown subcommand 'ALL'. Try XINFO HELP."),
      ])
  }

  /// Both times of a consumer: 7.0 knows the first, 7.2 and later both.
  @Test func timesOfConsumers() throws {
    var runner = KeyspaceRunner()
    runner.keyspace.clock = .running(now: 100)
    _ = runner.run("XADD", "s", "1-1", "a", "1")
    _ = runner.run("XGROUP", "CREATE", "s", "g", "0")
    _ = runner.run("XGROUP", "CREATECONSUMER", "s", "g", "c")
    var times = [Self.times(runner)]
    runner.keyspace.clock = .running(now: 200)
    _ = runner.run("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
    times.append(Self.times(runner))
    runner.keyspace.clock = .running(now: 300)
    _ = runner.run("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", "5")
    times.append(Self.times(runner))
    #expect(times == [[100, -1], [200, 200], [300, 200]])
  }

  private static func times(_ runner: borrowing KeyspaceRunner) -> [Int64] {
    runner.stream("s")?.groups[0].consumers.flatMap { [$0.seenAt, $0.activeAt] } ?? []
  }

  /// Replies in RESP3 have maps.
  @Test func mapsOfStreams() {
    var runner = KeyspaceRunner()
    _ = runner.run("XADD", "s", "1-1", "a", "1")
    let replies = [
      runner.bytes(.resp3, "XREAD", "STREAMS", "s", "t", "0", "0"),
      runner.bytes(.resp3, "XREAD", "STREAMS", "t", "0"),
      runner.bytes(.resp2, "XREAD", "STREAMS", "t", "0"),
      runner.bytes(.none, "XRANGE", "s", "-", "+"),
    ]
    #expect(
      replies == [
        "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n", "_\r\n",
        "*-1\r\n", "",
      ])
  }
}

extension KeyspaceRunner {
  /// Runs one command and tells the bytes of its reply.
  fileprivate mutating func bytes(_ form: ReplyWriter.Form, _ words: Word...) -> String {
    let bytes = words.flatMap(\.bytes)
    var table: [CommandArgument] = []
    var end = 0
    for word in words {
      table.append(CommandArgument(offset: end, count: word.bytes.count))
      end += word.bytes.count
    }
    let span = unsafe bytes.span.bytes
    var reply = ReplyWriter(form)
    guard let entry = CommandTable.shared.command(table[0].bytes(in: span)) else { return "" }
    keyspace.run(entry, Arguments(table.span, in: span), &reply)
    return String(decoding: ByteString(reply.buffer.bytes).bytes, as: UTF8.self)
  }
}
