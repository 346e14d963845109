extension CommandGenerator {
  package static let hashs: [Maker] = [
    { ["HSET", $0.hash(), $0.field(), $0.value()] },
    { generator in
      ["HSET", generator.hash()] + generator.pairs(1...4) + (generator.oneIn(20) ? ["odd"] : [])
    },
    { generator in
      ["HMSET", generator.hash()] + generator.pairs(1...3) + (generator.oneIn(20) ? ["odd"] : [])
    },
    { ["HSETNX", $0.hash(), $0.field(), $0.value()] },
    { ["HGET", $0.hash(), $0.field()] },
    { ["HMGET", $0.hash(), $0.field(), $0.field(), $0.value()] },
    { ["HGETALL", $0.hash()] },
    { ["HKEYS", $0.hash()] },
    { ["HVALS", $0.hash()] },
    { ["HLEN", $0.hash()] },
    { ["HEXISTS", $0.hash(), $0.field()] },
    { ["HSTRLEN", $0.hash(), $0.field()] },
    { ["HDEL", $0.hash(), $0.field()] },
    { ["HDEL", $0.hash()] + $0.fields(1...12) },
    { ["HINCRBY", $0.hash(), $0.field(), $0.integer()] },
    { ["HINCRBYFLOAT", $0.hash(), $0.field(), $0.double()] },
    { ["HSET", $0.hash(), $0.field(), $0.double()] },
    { ["HSET", $0.hash(), $0.field(), $0.integer()] },
    { ["HRANDFIELD", $0.hash()] },
    { ["HRANDFIELD", $0.hash(), $0.drawCount()] },
    { ["HRANDFIELD", $0.hash(), $0.drawCount(), $0.oneIn(9) ? "nonsense" : "WITHVALUES"] },
    { ["HSCAN", $0.hash(), "0"] + $0.scanOptions() },
    { $0.oneIn(4) ? ["DEL", $0.hash()] : ["HLEN", $0.hash()] },
    { $0.oneIn(4) ? ["RENAME", $0.hash(), $0.hash()] : ["HLEN", $0.hash()] },
    { $0.oneIn(4) ? ["COPY", $0.hash(), $0.hash(), "REPLACE"] : ["HLEN", $0.hash()] },
    { $0.oneIn(30) ? ["SET", $0.hash(), "text"] : ["HLEN", $0.hash()] },
  ]

  /// Hashes of so many fields that they are no longer small.
  package static let largeHashs: [Maker] = [
    { ["HSET", "hash:7"] + $0.pairs(1...($0.oneIn(30) ? 700 : 20), wide: true) },
    { ["HDEL", "hash:7"] + $0.fields(1...($0.oneIn(20) ? 700 : 20), wide: true) },
  ]

  /// What Valkey refuses and Redis does not.
  package static let hashScans: [Maker] = [
    { ["HSCAN", $0.hash(), $0.cursor()] + $0.scanOptions() }
  ]

  /// Commands of Redis 7.4 and Valkey 9.
  package static let fieldLifetimes: [Maker] = [
    {
      let name = $0.pick(["HEXPIRE", "hpexpire", "HEXPIREAT", "HPEXPIREAT"] as [Word])
      let key = $0.hash()
      return [name, key, $0.lifetime(name)] + $0.fieldCondition() + $0.counted()
    },
    {
      let name = $0.pick(["HEXPIRE", "HPEXPIRE", "HEXPIREAT", "HPEXPIREAT"] as [Word])
      return [name, $0.hash(), $0.lifetime(name)] + $0.counted()
    },
    { ["HPERSIST", $0.hash()] + $0.counted() },
    { ["HTTL", $0.hash()] + $0.counted() },
    { ["HPTTL", $0.hash()] + $0.counted() },
    { ["HEXPIRETIME", $0.hash()] + $0.counted() },
    { ["HPEXPIRETIME", $0.hash()] + $0.counted() },
    { ["HGETDEL", $0.hash()] + $0.counted() },
    { ["HGETEX", $0.hash()] + $0.fieldOptions() + $0.counted() },
    { ["HGETEX", $0.hash()] + $0.fieldOptions() + $0.fieldOptions() + $0.counted() },
    { ["HSETEX", $0.hash()] + $0.fieldOptions() + $0.counted(words: 2) },
    { ["HSETEX", $0.hash()] + $0.fieldOptions() + $0.fieldOptions() + $0.counted(words: 2) },
  ]

  package mutating func hash() -> Word { key("hash") }

  /// One of a few dozen fields.
  package mutating func field(wide: Bool = false) -> Word {
    wide ? Word("f\(number(0...1200))") : member()
  }

  mutating func fields(_ count: ClosedRange<Int>, wide: Bool = false) -> [Word] {
    (0..<number(count)).map { _ in field(wide: wide) }
  }

  mutating func pairs(_ count: ClosedRange<Int>, wide: Bool = false) -> [Word] {
    (0..<number(count)).flatMap { _ in [field(wide: wide), oneIn(3) ? value() : member()] }
  }

  /// A number of elements to draw.
  mutating func drawCount() -> Word {
    oneIn(25)
      ? pick([Word(Int.max), Word(Int.max / 2 + 1), Word(Int.max / 2), "x", "", "1.5"])
      : Word(number(-8...30))
  }

  mutating func cursor() -> Word {
    oneIn(8) ? pick(["", "+0", "-0", " 0", "abc", "1a", "99999999999999999999"]) : "0"
  }

  mutating func scanOptions() -> [Word] {
    var words: [Word] = oneIn(2) ? ["COUNT", "1000000"] : []
    if oneIn(3) { words += ["MATCH", pick(["*", "", "member:*", "[0-9]*", "f1?", "*2"])] }
    if oneIn(10) { words += ["COUNT", integer(-1...20)] }
    if oneIn(30) { words.append(pick(["MATCH", "nonsense", "COUNT"])) }
    return words
  }

  /// FIELDS, their number, and fields, as a rule.
  private mutating func counted(words: Int = 1) -> [Word] {
    let fields = (0..<number(1...4)).flatMap { _ in
      [field()] + (words == 2 ? [value()] : [])
    }
    let count = oneIn(15) ? integer(-1...5) : Word(fields.count / words)
    let rest: [Word] = oneIn(30) ? [pick(["NX", "EX", "5", "odd"])] : []
    return [oneIn(20) ? pick(["fields", "nonsense"]) : "FIELDS", count] + fields + rest
  }

  private mutating func lifetime(_ name: Word) -> Word {
    if oneIn(12) { return integer(-3...0) }
    switch String(decoding: name.bytes, as: UTF8.self).uppercased() {
    case "HEXPIRE": return Word(farSeconds())
    case "HPEXPIRE": return Word(1000 * farSeconds())
    case "HEXPIREAT": return Word(farTime() / 1000)
    default: return Word(farTime())
    }
  }

  private mutating func fieldCondition() -> [Word] {
    switch number(0...9) {
    case 0: ["NX"]
    case 1: ["XX"]
    case 2: ["GT"]
    case 3: ["lt"]
    case 4: ["XX", "GT"]
    case 5: ["NX", "LT"]
    case 6: ["GT", "LT"]
    case 7: ["nonsense"]
    default: []
    }
  }

  private mutating func fieldOptions() -> [Word] {
    switch number(0...13) {
    case 0: ["NX"]
    case 1: ["XX"]
    case 2: ["FNX"]
    case 3: ["fxx"]
    case 4, 5: ["EX", oneIn(5) ? integer(-2...0) : Word(farSeconds())]
    case 6: ["PX", oneIn(5) ? integer(-2...0) : Word(1000 * farSeconds())]
    case 7: ["EXAT", oneIn(5) ? integer(-2...2) : Word(farTime() / 1000)]
    case 8: ["PXAT", oneIn(5) ? integer(-2...2) : Word(farTime())]
    case 9: ["KEEPTTL"]
    case 10: ["PERSIST"]
    case 11: oneIn(5) ? ["EX"] : []
    default: []
    }
  }
}
