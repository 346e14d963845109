/// Sound logs drawn from a seed, as servers of all releases write them: commands of all types, transactions,
/// several databases, annotations of time, scripts, commands of modules, and values that look like a log.
package struct AOFLabLog {
  private var random: SeededRandom
  private var bytes: [UInt8] = []
  private var time = 1_795_335_911
  private var isNested = false

  private init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// A log of about so many commands. `large`: it holds a value above 4 MiB, too.
  package static func draw(
    seed: UInt64, commands: Int, large: Bool = false
  ) throws -> AOFLabFile {
    var log = AOFLabLog(seed: seed)
    log.fill(commands, large: large ? commands / 2 : nil)
    return try AOFLabFile("log \(seed)", log.bytes)
  }

  /// So many logs of 500 to 4,000 commands; every `large`th one holds a large value.
  package static func draw(_ count: Int, seed: UInt64, large: Int = .max) throws -> [AOFLabFile] {
    try (0..<count).map { index in
      var random = SeededRandom(seed: seed &+ UInt64(index))
      return try draw(
        seed: seed &* 1009 &+ UInt64(index), commands: Int.random(in: 500...4000, using: &random),
        large: index % large == large - 1)
    }
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// True once in so many calls.
  private mutating func oneIn(_ count: Int) -> Bool { number(1...count) == 1 }

  private mutating func add(_ words: [Word]) { bytes += CommandLog.command(words) }

  private mutating func fill(_ commands: Int, large: Int?) {
    let hasTimes = oneIn(2)
    let databases = oneIn(3) ? 1 : number(2...4)
    if hasTimes { annotate() }
    add(["SELECT", "0"])
    var written = 0
    while written < commands {
      if hasTimes, oneIn(12) { annotate() }
      if databases > 1, oneIn(50) { add(["SELECT", Word(number(0...(databases - 1)))]) }
      if oneIn(30) {
        add(["MULTI"])
        for _ in 0..<number(1...8) { addCommand() }
        add(["EXEC"])
      } else {
        addCommand()
      }
      written += 1
      if written == large {
        let count = number((4 << 20)...(5 << 20))
        add(["SET", Word(key()), Word(random.bytes(count))])
      }
    }
  }

  private mutating func annotate() {
    time += number(1...5)
    bytes += Array("#TS:\(time)\r\n".utf8)
  }

  private mutating func key() -> [UInt8] {
    let kinds = ["user", "session", "cart", "queue", "stats:day", "author", "lock"]
    return Array("\(kinds[number(0...(kinds.count - 1))]):\(number(1...5000))".utf8)
  }

  private mutating func values(_ count: Int) -> [Word] { (0..<count).map { _ in Word(value()) } }

  private mutating func addCommand() {
    let key = Word(key())
    let milliseconds = Word(time * 1000 + number(0...999))
    switch number(0...31) {
    case 0...8: add(["SET", key, Word(value())])
    case 9, 10: add(["SET", key, Word(value()), "PXAT", milliseconds])
    case 11: add(["PEXPIREAT", key, milliseconds])
    case 12, 13: add(["INCR", key])
    case 14: add(["DEL", key])
    case 15: add(["RPUSH", key] + values(number(1...20)))
    case 16: add(["lpush", key, Word(value())])
    case 17: add(["SADD", key] + values(number(1...10)))
    case 18: add(["SREM", key, Word(value())])
    case 19: add(["ZADD", key, Word(number(0...100_000)), Word(value())])
    case 20, 21: add(["HSET", key] + values(2 * number(1...8)))
    case 22:
      let id = Word("\(time)\(number(100...999))-\(number(0...9))")
      add(["XADD", key, id, "field", Word(value())])
    case 23: add(["XGROUP", "CREATE", key, "workers", "$", "MKSTREAM"])
    case 24:
      add([
        "XCLAIM", key, "workers", "one", "0", "1795335912017-0", "TIME", milliseconds,
        "RETRYCOUNT", "1", "FORCE", "JUSTID", "LASTID", "1795335912017-0",
      ])
    case 25: add(["UNLINK"] + (0..<number(1...4)).map { _ in Word(self.key()) })
    case 26: add(["JSON.SET", key, "$.a[0]", Word(value())])
    case 27: add(["RESTORE", key, "0", Word(random.bytes(number(20...400))), "ABSTTL"])
    case 28: add(["APPEND", key, Word(value())])
    case 29: add(["PERSIST", key])
    case 30:
      add([
        "EVAL", "redis.call('SET', KEYS[1], ARGV[1])\r\nreturn 1", "1", key, Word(value()),
      ])
    default: add(["HDEL", key, "field"])
    }
  }

  private mutating func value() -> [UInt8] {
    switch number(0...199) {
    case 0...59: return Array("value \(number(0...1_000_000)) of a client".utf8)
    case 60...99: return Array(String(number(-100...10_000_000)).utf8)
    case 100...129: return Array("{\"id\":\(number(1...9999)),\"name\":\"Анна\",\"tags\":[]}".utf8)
    case 130...149: return random.bytes(number(1...200))
    case 150...164: return []
    case 165...179: return Array(repeating: UInt8(number(32...126)), count: number(1...600))
    case 180...189: return Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n*3 lines\r\n$5 only\r\n".utf8)
    case 190...192: return random.bytes(number(1000...20000))
    case 193...195: return CommandLog.text("*3|$3|SET|$1|k|*3|$3|SET|*3|$3|SET|$5|hel|")
    case 196: return CommandLog.command(["PUBLISH", "news", Word(number(1...99))])
    default: return isNested ? Array("deep".utf8) : nestedLog()
    }
  }

  /// A whole log, alone or in some text.
  private mutating func nestedLog() -> [UInt8] {
    var inner = AOFLabLog(seed: random.next())
    inner.isNested = true
    inner.fill(number(1...30), large: nil)
    switch number(0...3) {
    case 0: return Array("Yesterday's log:\r\n".utf8) + inner.bytes
    case 1: return Array("from ".utf8) + inner.bytes + Array("-- the end --".utf8)
    default: return inner.bytes
    }
  }
}
