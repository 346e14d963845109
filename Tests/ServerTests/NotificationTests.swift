import TestSupport
import Testing

/// Notifications of events in the keyspace, beside those of Redis 7.0.
@Suite struct NotificationTests {
  /// Who listens to all notifications of a server.
  private final class Listener {
    private let client: RESPClient
    /// Another than the one whose commands are told of, which may be in a transaction.
    private let marker: RESPClient
    private var marks = 0

    init(_ server: OracleServer, classes: Word) throws {
      marker = try server.connect()
      try server.command("CONFIG", "SET", "notify-keyspace-events", classes)
      client = try server.connect()
      client.setPatience(.seconds(20))
      try client.command(["PSUBSCRIBE", "__key*__:*"])
    }

    /// What has come since the last time: the channel and the message of each.
    func take() throws -> [String] {
      marks += 1
      try marker.command(["PUBLISH", "__keymark__:", Word(marks)])
      var messages: [String] = []
      while true {
        let parts = try client.next().array ?? []
        guard parts.count == 4, let channel = parts[2].bytes, let message = parts[3].bytes else {
          throw RESPError.protocolViolation("a message of \(parts.count) parts")
        }
        if channel == Array("__keymark__:".utf8) { return messages }
        messages.append("\(ByteText(channel)) \(ByteText(message))")
      }
    }
  }

  /// Compares what has come from both. False when it is not the same.
  private static func compare(_ ours: Listener, _ real: Listener, _ context: String) throws -> Bool
  {
    let (found, expected) = (try ours.take(), try real.take())
    guard found != expected else { return true }
    let place = zip(found, expected).prefix { $0 == $1 }.count
    let begin = max(place - 4, 0)
    Issue.record(
      """
      message \(place) of \(expected.count), \(context)
      ours: \(found.dropFirst(begin).prefix(10).joined(separator: "\n      "))
      real: \(expected.dropFirst(begin).prefix(10).joined(separator: "\n      "))
      """)
    return false
  }

  /// SPOP chooses, and is told of in the other test.
  @Test(arguments: SocketConformanceTests.families)
  func randomCommands(_ family: CommandFamily) throws {
    let differential = try SocketDifferential()
    let ours = try Listener(differential.ours, classes: "KEA")
    let real = try Listener(differential.real, classes: "KEA")
    var generator = family.generator(7)
    for round in 0..<30 {
      try differential.run(&generator, commands: 150, besides: ["SPOP"])
      guard try Self.compare(ours, real, "of round \(round)") else { return }
    }
    #expect(differential.differences == 0)
  }

  // MARK: Each command

  private static let plain: [[Word]] = [
    ["SET", "s", "1"], ["SET", "s", "1", "EX", "100"], ["SET", "s", "2", "KEEPTTL"],
    ["SET", "s", "2", "NX"], ["SET", "s", "2", "GET", "PXAT", "4102444800000"],
    ["SET", "t", "2", "EXAT", "1"], ["GET", "t"], ["SETEX", "s", "100", "v"],
    ["PSETEX", "s", "100000", "v"], ["SETNX", "s", "v"], ["SETNX", "s2", "v"],
    ["GETSET", "s", "5"],
    ["GETEX", "s"], ["GETEX", "s", "EX", "100"], ["GETEX", "s", "PERSIST"],
    ["GETEX", "s", "PERSIST"], ["GETEX", "s", "EXAT", "1"], ["GETDEL", "s2"], ["GETDEL", "s2"],
    ["MSET", "a", "1", "b", "2", "a", "3"], ["MSETNX", "a", "1", "c", "2"],
    ["MSETNX", "c", "1", "d", "2"], ["APPEND", "a", "x"], ["APPEND", "a", ""],
    ["SETRANGE", "a", "2", ""], ["SETRANGE", "a", "2", "xyz"], ["INCR", "n"], ["DECRBY", "n", "3"],
    ["INCRBYFLOAT", "n", "0.5"], ["SETBIT", "bits", "7", "1"], ["SETBIT", "bits", "7", "1"],
    ["BITFIELD", "bits", "GET", "u8", "0"], ["BITFIELD", "bits", "SET", "u8", "0", "1"],
    ["BITFIELD", "bits", "SET", "u8", "0", "1"], ["BITOP", "AND", "bits2", "bits", "a"],
    ["BITOP", "AND", "bits2", "none", "none2"], ["BITOP", "AND", "bits2", "none", "none2"],
    ["PFADD", "hll", "a"], ["PFADD", "hll", "a"], ["PFADD", "hll2", "b"],
    ["PFMERGE", "hll3", "hll"],
    ["PFCOUNT", "hll"], ["DEL", "a", "none", "b", "b"], ["UNLINK", "c", "d"], ["SET", "k", "v"],
    ["EXPIRE", "k", "100"], ["EXPIRE", "k", "50", "GT"], ["PERSIST", "k"], ["PERSIST", "k"],
    ["PEXPIRE", "k", "100000"], ["EXPIREAT", "k", "1"], ["SET", "k", "v"], ["RENAME", "k", "k"],
    ["RENAME", "k", "k2"], ["RENAMENX", "k2", "k"], ["SET", "k2", "v"], ["RENAMENX", "k2", "k"],
    ["RENAME", "k2", "k"], ["COPY", "k", "k2"], ["COPY", "k", "k2"],
    ["COPY", "k", "k2", "REPLACE"],
    ["COPY", "k", "k3", "DB", "2"], ["MOVE", "k2", "1"], ["MOVE", "k2", "1"],
    ["TOUCH", "k", "none"],
    ["RPUSH", "l", "3", "1", "2"], ["LPUSH", "l", "9"], ["LPUSHX", "none", "9"],
    ["RPUSHX", "l", "9"],
    ["LINSERT", "l", "BEFORE", "1", "0"], ["LINSERT", "l", "BEFORE", "none", "0"],
    ["LSET", "l", "0", "7"], ["LREM", "l", "0", "none"], ["LREM", "l", "0", "9"],
    ["LTRIM", "l", "0", "-1"], ["LTRIM", "l", "0", "3"], ["SORT", "l", "STORE", "sorted"],
    ["SORT", "none", "STORE", "sorted"], ["SORT", "none", "STORE", "sorted"],
    ["LMOVE", "l", "l", "LEFT", "RIGHT"], ["LMOVE", "l", "l2", "RIGHT", "LEFT"],
    ["RPOPLPUSH", "l2", "l3"], ["RPOPLPUSH", "l2", "l3"], ["LPOP", "l"], ["LPOP", "l", "0"],
    ["RPOP", "l", "10"], ["RPUSH", "l", "1", "2", "3"], ["BLPOP", "none", "l", "0"],
    ["BRPOP", "l", "0"], ["BLMOVE", "l", "l2", "LEFT", "LEFT", "0"],
    ["BRPOPLPUSH", "l2", "l", "0"],
    ["LMPOP", "2", "none", "l", "RIGHT"], ["RPUSH", "l", "1", "2"],
    ["BLMPOP", "0", "1", "l", "LEFT", "COUNT", "5"], ["RPUSH", "l", "1"], ["LTRIM", "l", "5", "9"],
    ["LTRIM", "l", "5", "9"], ["RPUSH", "l", "1"], ["LREM", "l", "0", "1"],
    ["SADD", "set", "a", "b"], ["SADD", "set", "a"], ["SADD", "set2", "b", "c"],
    ["SREM", "set", "none"], ["SMOVE", "set", "set2", "b"], ["SMOVE", "set", "set3", "a"],
    ["SMOVE", "set", "set3", "a"], ["SMOVE", "set3", "set3", "a"],
    ["SINTERSTORE", "out", "set2", "set3"], ["SUNIONSTORE", "out", "set2", "set3"],
    ["SDIFFSTORE", "out", "set2", "set2"], ["SPOP", "set3"], ["SPOP", "set2", "0"],
    ["SPOP", "set2", "1"], ["SPOP", "set2", "5"], ["SADD", "set", "a"], ["SREM", "set", "a"],
    ["HSET", "h", "f", "v"], ["HSET", "h", "f", "v"], ["HMSET", "h", "g", "1"],
    ["HSETNX", "h", "f", "w"], ["HSETNX", "h", "i", "1"], ["HINCRBY", "h", "i", "2"],
    ["HINCRBYFLOAT", "h", "i", "1.5"], ["HDEL", "h", "none"], ["HDEL", "h", "f"],
    ["HDEL", "h", "g", "i"], ["ZADD", "z", "1", "a", "2", "b"], ["ZADD", "z", "1", "a"],
    ["ZADD", "z", "XX", "INCR", "1", "a"], ["ZADD", "z", "NX", "CH", "5", "INCR"],
    ["ZINCRBY", "z", "1", "a"], ["ZINCRBY", "z", "0", "a"], ["ZREM", "z", "none"],
    ["ZREM", "z", "INCR"], ["GEOADD", "geo", "1", "2", "p", "1.001", "2", "q"],
    ["GEORADIUS", "geo", "1", "2", "100", "km", "STORE", "near"],
    ["GEORADIUSBYMEMBER", "geo", "p", "100", "km", "STOREDIST", "near"],
    ["GEORADIUS", "geo", "50", "2", "1", "km", "STORE", "near"],
    ["GEOSEARCHSTORE", "near", "geo", "FROMMEMBER", "p", "BYRADIUS", "10", "km"],
    ["ZUNIONSTORE", "zout", "2", "z", "geo"], ["ZINTERSTORE", "zout", "2", "z", "geo"],
    ["ZDIFFSTORE", "zout", "2", "z", "geo"], ["ZRANGESTORE", "zout", "z", "0", "-1"],
    ["ZRANGESTORE", "zout", "z", "5", "9"], ["ZREMRANGEBYRANK", "near", "0", "0"],
    ["ZREMRANGEBYSCORE", "near", "-inf", "+inf"], ["ZREMRANGEBYLEX", "geo", "-", "+"],
    ["ZPOPMIN", "z"], ["ZPOPMAX", "z"], ["ZADD", "z", "1", "a", "2", "b", "3", "c"],
    ["BZPOPMIN", "z", "0"], ["ZMPOP", "1", "z", "MAX"], ["BZMPOP", "0", "1", "z", "MIN"],
    ["ZADD", "z", "1", "a"], ["BZPOPMAX", "z", "0"], ["XADD", "x", "1-1", "f", "v"],
    ["XADD", "x", "NOMKSTREAM", "2-1", "f", "v"], ["XADD", "x", "MAXLEN", "1", "3-1", "f", "v"],
    ["XADD", "x", "MAXLEN", "5", "4-1", "f", "v"], ["XADD", "x2", "MAXLEN", "0", "4-1", "f", "v"],
    ["XTRIM", "x", "MAXLEN", "9"], ["XTRIM", "x", "MAXLEN", "1"], ["XDEL", "x", "9-9"],
    ["XGROUP", "CREATE", "x", "g", "0"], ["XGROUP", "CREATE", "x3", "g", "0", "MKSTREAM"],
    ["XGROUP", "SETID", "x", "g", "0"], ["XGROUP", "CREATECONSUMER", "x", "g", "c"],
    ["XGROUP", "CREATECONSUMER", "x", "g", "c"],
    ["XREADGROUP", "GROUP", "g", "d", "STREAMS", "x", ">"],
    ["XREADGROUP", "GROUP", "g", "d", "STREAMS", "x", "0"],
    ["XCLAIM", "x", "g", "e", "0", "4-1"], ["XAUTOCLAIM", "x", "g", "f", "0", "0"],
    ["XACK", "x", "g", "4-1"], ["XGROUP", "DELCONSUMER", "x", "g", "d"],
    ["XGROUP", "DELCONSUMER", "x", "g", "none"], ["XGROUP", "DESTROY", "x", "g"],
    ["XGROUP", "DESTROY", "x", "g"], ["XSETID", "x", "9-9"], ["XDEL", "x", "4-1"],
    ["MULTI"], ["SET", "m", "1"], ["INCR", "m"], ["DEL", "m"], ["EXEC"],
    ["SWAPDB", "0", "1"], ["FLUSHDB"], ["SET", "e", "1", "PX", "1"],
  ]

  /// Runs commands one by one on both sides, and compares what is told of each.
  private static func check(_ requests: [[Word]], classes: Word) throws {
    let differential = try SocketDifferential()
    let ours = try Listener(differential.ours, classes: classes)
    let real = try Listener(differential.real, classes: classes)
    for request in requests {
      try differential.ours.pipeline([request])
      try differential.real.pipeline([request])
      _ = try compare(ours, real, "of \(ByteText.command(request)) with \(ByteText(classes.bytes))")
    }
    #expect(try differential.ours.debugDigest() == differential.real.debugDigest())
  }

  @Test(arguments: ["KEA", "E", "", "K$", "Eg", "KElsx", "AKE", "Kt"])
  func everyCommand(_ classes: String) throws {
    try Self.check(Self.plain, classes: Word(classes))
  }

  /// A key that is new, and one that is not there.
  @Test func newAndMissedKeys() throws {
    let misses: [[Word]] = [
      ["GET", "none"], ["MGET", "none", "none2"], ["EXISTS", "none"], ["TTL", "none"],
      ["TYPE", "none"], ["STRLEN", "none"], ["LLEN", "none"], ["SMEMBERS", "none"],
      ["HGETALL", "none"], ["ZRANGE", "none", "0", "-1"], ["XLEN", "none"], ["DUMP", "none"],
      ["OBJECT", "ENCODING", "none"], ["TOUCH", "none"], ["GETBIT", "none", "1"],
      ["PFCOUNT", "none"], ["DEL", "none"], ["GETDEL", "none"], ["LPOP", "none"],
      ["GETSET", "fresh", "1"], ["GETEX", "none"], ["SET", "fresh2", "1", "GET"],
      ["SUNIONSTORE", "out", "none", "none2"], ["ZUNIONSTORE", "out", "2", "none", "none2"],
      ["ZRANGESTORE", "out", "none", "0", "-1"], ["COPY", "none", "fresh3"],
      ["XINFO", "STREAM", "none"], ["XRANGE", "none", "-", "+"], ["SCARD", "none"],
      ["SMOVE", "none", "none2", "x"], ["RENAME", "none", "x"], ["EXPIRE", "none", "1"],
    ]
    try Self.check(
      misses + Self.plain.filter { $0[0].bytes != Array("SORT".utf8) }, classes: "KEAnm")
  }

  /// A key whose time is over is told of when a command meets it, and before what that does.
  @Test func expiredKeys() throws {
    let setting: [[Word]] = [["SET", "a", "1", "PX", "1"], ["SET", "b", "1", "PX", "1"]]
    let meeting: [[Word]] = [
      ["GET", "a"], ["SET", "a", "2"], ["DEL", "b", "a"], ["INCR", "b"], ["RENAME", "a", "c"],
      ["MGET", "b", "a"], ["EXISTS", "a", "b"], ["APPEND", "a", "x"], ["LPUSH", "b", "x"],
    ]
    let differential = try SocketDifferential()
    let ours = try Listener(differential.ours, classes: "KEA")
    let real = try Listener(differential.real, classes: "KEA")
    for request in meeting {
      for server in [differential.ours, differential.real] {
        try server.pipeline([["FLUSHALL"]] + setting)
        try server.command("DEBUG", "SLEEP", "0.01")
        try server.pipeline([request])
      }
      _ = try Self.compare(ours, real, "of \(ByteText.command(request))")
    }
  }

  /// A key whose time is over is told of though nobody meets it.
  @Test func keysThatExpireByThemselves() throws {
    let server = try OracleServer.ours()
    let listener = try Listener(server, classes: "Ex")
    try server.command("SET", "a", "1", "PX", "20")
    let deadline = ContinuousClock.now + .seconds(20)
    var messages: [String] = []
    while messages.isEmpty, ContinuousClock.now < deadline { messages = try listener.take() }
    #expect(messages == ["'__keyevent@0__:expired' 'a'"])
  }

  /// Clients that wait are served after what they have waited for has been told.
  @Test func waitingClients() throws {
    let differential = try SocketDifferential()
    let ours = try Listener(differential.ours, classes: "KEA")
    let real = try Listener(differential.real, classes: "KEA")
    for words: [Word] in [
      ["BLPOP", "l", "0"], ["BLMOVE", "l", "m", "LEFT", "RIGHT", "0"],
      ["BRPOPLPUSH", "l", "m", "0"],
      ["BLMPOP", "0", "1", "l", "LEFT", "COUNT", "5"], ["BZPOPMIN", "z", "0"],
      ["BZMPOP", "0", "1", "z", "MAX"],
    ] {
      for server in [differential.ours, differential.real] {
        let client = try server.connect()
        client.enqueue(words)
        try client.sendEnqueued()
        while try server.info("clients")["blocked_clients"] != "1" {}
        try server.pipeline([["RPUSH", "l", "1", "2"], ["ZADD", "z", "1", "a"]])
        _ = try client.drain()
        try server.command("DEL", "l", "z")
      }
      _ = try Self.compare(ours, real, "of \(ByteText.command(words))")
    }
  }

  // MARK: The setting

  @Test func theSettingIsToldAsTheRealServerTellsIt() throws {
    let (real, ours) = (try OracleServer(.redis7), try OracleServer.ours())
    for classes: Word in [
      "", "KEA", "AKE", "K", "E", "Kg", "g$lshzxetd", "g$lshzxetdn", "KEn", "AnmKE", "mKE", "KKK",
      "Q",
      "KEA ", "xe",
    ] {
      let request: [Word] = ["CONFIG", "SET", "notify-keyspace-events", classes]
      #expect(try ours.pipeline([request]) == real.pipeline([request]))
      let get: [Word] = ["CONFIG", "GET", "notify-keyspace-events"]
      #expect(try ours.command(get) == real.command(get), "\(ByteText(classes.bytes))")
    }
    let started = try OracleServer.ours(arguments: ["--notify-keyspace-events", "KEA"])
    let told = try started.command("CONFIG", "GET", "notify-keyspace-events").array
    #expect(told?.last?.text == "AKE")
  }
}
