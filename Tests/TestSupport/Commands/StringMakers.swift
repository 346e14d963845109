extension CommandGenerator {
  package static let strings: [Maker] = [
    { ["SET", $0.key("str"), $0.value()] },
    { generator in
      var words: [Word] = ["SET", generator.key("str"), generator.value()]
      for _ in 0...generator.number(0...2) { words += generator.setOption() }
      return words
    },
    { ["SETNX", $0.key("str"), $0.value()] },
    {
      [
        "SETEX", $0.key("str"), $0.oneIn(5) ? $0.integer(-20...0) : Word($0.farSeconds()),
        $0.value(),
      ]
    },
    {
      [
        "PSETEX", $0.key("str"), $0.oneIn(5) ? $0.integer(-20...0) : Word(1000 * $0.farSeconds()),
        $0.value(),
      ]
    },
    { ["GET", $0.key("str")] },
    { ["GETSET", $0.key("str"), $0.value()] },
    { ["GETDEL", $0.key("str")] },
    { ["GETEX", $0.key("str")] + ($0.oneIn(2) ? $0.setOption() : $0.maybe("PERSIST")) },
    { ["MGET", $0.key("str"), $0.key("str"), $0.key("list")] },
    { ["MSET", $0.key("str"), $0.value(), $0.key("str"), $0.value()] + $0.maybe("odd") },
    { ["MSETNX", $0.key("str"), $0.value(), "fresh:\($0.number(0...3))", $0.value()] },
    { ["STRLEN", $0.key("str")] },
    { ["APPEND", $0.key("str"), $0.value()] },
    { ["SETRANGE", $0.key("str"), $0.integer(0...100), $0.value()] },
    { ["GETRANGE", $0.key("str"), $0.integer(), $0.integer()] },
    { ["SUBSTR", $0.key("str"), $0.integer(), $0.integer()] },
    { ["INCR", $0.key("str")] },
    { ["DECR", $0.key("str")] },
    { ["INCRBY", $0.key("str"), $0.integer()] },
    { ["DECRBY", $0.key("str"), $0.integer()] },
    { ["INCRBYFLOAT", $0.key("str"), $0.double()] },
    { ["SET", $0.key("str"), $0.double()] },
    { generator in
      ["LCS", generator.key("str"), generator.key("str")] + generator.maybe("IDX")
        + generator.maybe("LEN") + generator.maybe("WITHMATCHLEN")
        + (generator.oneIn(2) ? ["MINMATCHLEN", generator.integer(0...4)] : [])
    },
  ]

  private mutating func setOption() -> [Word] {
    switch number(0...9) {
    case 0: ["NX"]
    case 1: ["XX"]
    case 2: ["GET"]
    case 3: ["KEEPTTL"]
    case 4: ["EX", oneIn(4) ? integer(-20...0) : Word(farSeconds())]
    case 5: ["PX", oneIn(4) ? integer(-20...0) : Word(1000 * farSeconds())]
    case 6: ["EXAT", Word(farTime() / 1000)]
    case 7: ["PXAT", oneIn(10) ? integer() : Word(farTime())]
    case 8: ["px"]
    default: ["get"]
    }
  }
}
