extension CommandGenerator {
  // Keys `zset:` hold what comes, keys `many:` hundreds of members, keys `few:` always the small form, and
  // keys `lex:` members of one score: what a server's skiplist tells of a range of members of different scores
  // depends on chance.
  package static let sortedSets: [Maker] = adding + ranges + removing + combining

  private static let adding: [Maker] = [
    { generator in
      var words: [Word] = ["ZADD", generator.sortedSet()] + generator.addOptions()
      for _ in 0..<generator.number(1...4) {
        words += [generator.score(), generator.oneIn(40) ? generator.value() : generator.member()]
      }
      return words + (generator.oneIn(40) ? ["odd"] : [])
    },
    { generator in
      var words: [Word] = ["ZADD", generator.many()] + generator.addOptions()
      for _ in 0..<generator.number(1...30) {
        words += [generator.score(), generator.manyMember()]
      }
      return words
    },
    { generator in
      var words: [Word] = ["ZADD", generator.few()]
      for _ in 0..<generator.number(1...3) { words += [generator.score(), generator.member()] }
      return words
    },
    { generator in
      var words: [Word] = ["ZADD", generator.lex()]
      for _ in 0..<generator.number(1...12) { words += ["0", generator.manyMember()] }
      return words
    },
    { ["ZADD", $0.sortedSet(), "INCR", $0.score(), $0.member()] },
    { ["ZINCRBY", $0.sortedSet(), $0.score(), $0.member()] },
    { ["ZINCRBY", $0.many(), $0.score(), $0.manyMember()] },
    { ["ZREM", $0.sortedSet(), $0.member()] },
    { ["ZREM", $0.many(), $0.manyMember(), $0.manyMember(), $0.manyMember()] },
    { ["ZREM", $0.lex(), $0.manyMember(), $0.manyMember()] },
    { ["ZSCORE", $0.anySortedSet(), $0.member()] },
    { ["ZMSCORE", $0.anySortedSet(), $0.member(), $0.manyMember(), $0.value()] },
    { ["ZCARD", $0.anySortedSet()] },
    { ["ZRANK", $0.anySortedSet(), $0.member()] },
    { ["ZREVRANK", $0.anySortedSet(), $0.manyMember()] },
  ]

  package static let ranksWithScores: [Maker] = [
    { ["ZADD", $0.sortedSet(), Word($0.number(-30...30)), $0.member()] },
    { ["ZREM", $0.sortedSet(), $0.member()] },
    { ["ZRANK", $0.sortedSet(), $0.member(), "WITHSCORE"] + ($0.oneIn(9) ? ["x"] : []) },
    { ["ZREVRANK", $0.sortedSet(), $0.member(), $0.oneIn(9) ? "WITHSCORES" : "withscore"] },
  ]

  private static let ranges: [Maker] = [
    { ["ZRANGE", $0.anySortedSet(), $0.integer(), $0.integer()] + $0.rangeOptions() },
    { ["ZRANGE", $0.anySortedSet(), $0.end(), $0.end(), "BYSCORE"] + $0.rangeOptions() },
    { ["ZRANGE", $0.lex(), $0.lexEnd(), $0.lexEnd(), "BYLEX"] + $0.rangeOptions() },
    { ["ZRANGE", $0.few(), $0.lexEnd(), $0.lexEnd(), "BYLEX"] + $0.maybe("REV") },
    {
      ["ZRANGESTORE", $0.sortedSet(), $0.anySortedSet(), $0.integer(), $0.integer()]
        + $0.rangeOptions()
    },
    {
      ["ZRANGESTORE", $0.sortedSet(), $0.anySortedSet(), $0.end(), $0.end(), "BYSCORE"]
        + $0.rangeOptions()
    },
    {
      ["ZRANGESTORE", $0.sortedSet(), $0.lex(), $0.lexEnd(), $0.lexEnd(), "BYLEX"]
        + $0.rangeOptions()
    },
    { ["ZREVRANGE", $0.anySortedSet(), $0.integer(), $0.integer()] + $0.maybe("WITHSCORES") },
    { ["ZRANGEBYSCORE", $0.anySortedSet(), $0.end(), $0.end()] + $0.rangeOptions() },
    { ["ZREVRANGEBYSCORE", $0.anySortedSet(), $0.end(), $0.end()] + $0.rangeOptions() },
    { ["ZRANGEBYLEX", $0.lex(), $0.lexEnd(), $0.lexEnd()] + $0.limit() },
    { ["ZREVRANGEBYLEX", $0.lex(), $0.lexEnd(), $0.lexEnd()] + $0.limit() },
    { ["ZRANGEBYLEX", $0.few(), $0.lexEnd(), $0.lexEnd()] },
    { ["ZREVRANGEBYLEX", $0.few(), $0.lexEnd(), $0.lexEnd()] },
    { ["ZCOUNT", $0.anySortedSet(), $0.end(), $0.end()] },
    { ["ZLEXCOUNT", $0.lexical(), $0.lexEnd(), $0.lexEnd()] },
    { ["ZRANDMEMBER", $0.anySortedSet()] },
    {
      [
        "ZRANDMEMBER", $0.anySortedSet(),
        $0.oneIn(20) ? $0.pick(["x", ""]) : Word($0.number(-9...9)),
      ]
        + $0.maybe("WITHSCORES")
    },
    { ["ZSCAN", $0.anySortedSet(), "0", "COUNT", "5000"] + $0.maybe("MATCH", "m*1*") },
    { ["ZSCAN", $0.few(), $0.integer(), "COUNT", $0.integer(0...1)] },
    { ["ZSCAN", $0.anySortedSet(), $0.pick(["x", "-", "", " 1", "1 ", "18446744073709551616"])] },
  ]

  private static let removing: [Maker] = [
    { ["ZREMRANGEBYRANK", $0.oneIn(2) ? $0.sortedSet() : $0.many(), $0.integer(), $0.integer()] },
    { ["ZREMRANGEBYSCORE", $0.oneIn(2) ? $0.sortedSet() : $0.many(), $0.end(), $0.nearEnd()] },
    { ["ZREMRANGEBYLEX", $0.lexical(), $0.lexEnd(), $0.lexEnd()] },
    { ["ZPOPMIN", $0.anySortedSet()] + ($0.oneIn(2) ? [$0.integer(-1...9)] : []) },
    { ["ZPOPMAX", $0.anySortedSet()] + ($0.oneIn(2) ? [$0.integer(-1...9)] : []) },
    {
      ["ZMPOP", $0.integer(1...2), $0.sortedSet(), $0.sortedSet(), $0.pick(["MIN", "max", "x"])]
        + ($0.oneIn(2) ? ["COUNT", $0.integer(0...9)] : [])
    },
    { ["BZPOPMIN", $0.anySortedSet(), "nothing", $0.timeout()] },
    { ["BZPOPMAX", "nothing", $0.anySortedSet(), $0.timeout()] },
    {
      [
        "BZMPOP", $0.timeout(), $0.integer(1...2), $0.sortedSet(), $0.sortedSet(),
        $0.pick(["MIN", "max", "x"]),
      ]
        + ($0.oneIn(2) ? ["COUNT", $0.integer(0...9)] : [])
    },
    { $0.oneIn(30) ? ["DEL", $0.anySortedSet()] : ["EXISTS", $0.anySortedSet()] },
    { ["COPY", $0.anySortedSet(), $0.sortedSet(), "REPLACE"] },
  ]

  private static let combining: [Maker] = [
    { ["ZUNION"] + $0.sources() + $0.combination() },
    { ["ZINTER"] + $0.sources() + $0.combination() },
    { ["ZDIFF"] + $0.sources() + $0.maybe("WITHSCORES") },
    { ["ZUNIONSTORE", $0.sortedSet()] + $0.sources() + $0.combination() },
    { ["ZINTERSTORE", $0.sortedSet()] + $0.sources() + $0.combination() },
    { ["ZDIFFSTORE", $0.sortedSet()] + $0.sources() + $0.maybe("WITHSCORES") },
    { ["ZINTERCARD"] + $0.sources() + ($0.oneIn(2) ? ["LIMIT", $0.integer(-1...9)] : []) },
  ]

  // MARK: Drawing

  private mutating func sortedSet() -> Word { key("zset") }
  private mutating func many() -> Word { Word("many:\(number(0...1))") }
  private mutating func few() -> Word { Word("few:\(number(0...1))") }
  private mutating func lex() -> Word { Word("lex:\(number(0...1))") }
  /// One whose ranges of members a server tells without chance.
  private mutating func lexical() -> Word { oneIn(3) ? few() : oneIn(25) ? key("str") : lex() }
  private mutating func anySortedSet() -> Word {
    switch number(0...5) {
    case 0: many()
    case 1: few()
    case 2: lex()
    default: sortedSet()
    }
  }
  private mutating func manyMember() -> Word {
    oneIn(3) ? Word(number(0...150)) : Word("m:\(number(0...500))")
  }

  private mutating func score() -> Word {
    switch number(0...11) {
    case 0: double()
    case 1: pick(["-0", "0", "inf", "-inf", "1e17", "123456789012345678", "4611686018427387904"])
    case 2: Word(number(-9_000_000_000_000_000_000...9_000_000_000_000_000_000))
    case 3: Word(number(-3_000_000_000...3_000_000_000))
    case 4: pick(["0.1", "0.3", "1e300", "-1e300", "5e-324", "250", "251", "32768"])
    default: Word(number(-30...30))
    }
  }

  private mutating func addOptions() -> [Word] {
    guard oneIn(3) else { return [] }
    return (0...number(0...2)).map { _ in pick(["NX", "XX", "GT", "lt", "CH", "CH", "INCR"]) }
  }

  private mutating func end() -> Word {
    switch number(0...9) {
    case 0: return pick(["-inf", "+inf", "inf", "(inf", "(-inf"])
    case 1: return pick(["", "(", " 3", "x", "nan", "1e400", "0x10", "3 ", "[3", [49, 0, 50]])
    case 2, 3, 4: return Word("(\(number(-30...30))")
    case 5: return double()
    default: return Word(number(-30...30))
    }
  }

  private mutating func nearEnd() -> Word { Word("\(oneIn(2) ? "(" : "")\(number(-30...0))") }

  private mutating func lexEnd() -> Word {
    switch number(0...9) {
    case 0, 1: return pick(["-", "+"])
    case 2: return pick(["", "x", "(", "[", "-x", [43, 0, 50]])
    default: return Word(Array((oneIn(2) ? "(" : "[").utf8) + manyMember().bytes)
    }
  }

  private mutating func limit() -> [Word] {
    oneIn(2) ? ["LIMIT", integer(-1...5), integer(-1...9)] : []
  }

  private mutating func rangeOptions() -> [Word] {
    (oneIn(3) ? ["WITHSCORES"] : []) + (oneIn(3) ? ["rev"] : []) + (oneIn(3) ? limit() : [])
      + (oneIn(30) ? ["BYLEX"] : []) + (oneIn(40) ? ["LIMIT", "1"] : [])
  }

  private mutating func sources() -> [Word] {
    let count = number(1...4)
    let stated = oneIn(20) ? integer(-1...6) : Word(count)
    return [stated] + (0..<count).map { _ in oneIn(8) ? key("set") : anySortedSet() }
  }

  private mutating func combination() -> [Word] {
    var words: [Word] = []
    if oneIn(3) { words += ["WEIGHTS"] + (0..<number(1...4)).map { _ in score() } }
    if oneIn(3) { words += ["AGGREGATE", pick(["SUM", "min", "MAX", "x"])] }
    if oneIn(3) { words += ["WITHSCORES"] }
    return words
  }
}
