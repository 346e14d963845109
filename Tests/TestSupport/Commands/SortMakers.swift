extension CommandGenerator {
  // Elements that are no numbers and weights that are alike are rare: of a set, their order is a server's own.
  package static let sorts: [Maker] = [
    { ["SORT", $0.numbers()] + $0.order() + $0.sortLimit() + $0.gets() + $0.sortStore() },
    { ["SORT", $0.numbers(), "ALPHA"] + $0.order() + $0.sortLimit() + $0.gets() + $0.sortStore() },
    { ["SORT", $0.texts(), "alpha"] + $0.order() + $0.sortLimit() + $0.sortStore() },
    { ["SORT", $0.texts()] + $0.order() },
    {
      ["SORT", $0.numbers(), "BY", $0.pick(["weight:*", "weights:*->w", "weight:*->none", "*"])]
        + $0.order() + $0.sortLimit() + $0.gets() + $0.sortStore()
    },
    {
      [
        "SORT", $0.numberList(), "BY",
        $0.pick(["weight:*", "weights:*->w", "weights:*->v", "no:*"]),
        "ALPHA",
      ] + $0.order() + $0.sortLimit() + $0.gets() + $0.sortStore()
    },
    {
      ["SORT", $0.ordered(), "BY", "nosort"] + $0.order() + $0.sortLimit() + $0.gets()
        + $0.sortStore()
    },
    { ["SORT", $0.numbers(), "BY", "nosort", "STORE", $0.target()] + $0.order() + $0.sortLimit() },
    { ["SORT_RO", $0.numbers()] + $0.order() + $0.sortLimit() + $0.gets() },
    { ["SORT_RO", $0.numbers()] + $0.sortStore() },
    { ["SORT", $0.numbers(), $0.pick(["LIMIT", "by", "GET", "x", "STORE"])] },
    { ["SORT", $0.pick(["weight:1", "weights:1", "nothing"])] + $0.sortStore() },
    { ["SET", Word("weight:\($0.number(0...60))"), $0.oneIn(20) ? "x" : $0.weight()] },
    { ["DEL", Word("weight:\($0.number(0...60))")] },
    { ["ZADD", "sort:zset", Word($0.number(0...9)), Word($0.number(0...60))] },
    { ["ZREM", "sort:zset", Word($0.number(0...60)), Word($0.number(0...60))] },
  ]

  private mutating func weight() -> Word {
    switch number(0...9) {
    case 0: pick(["", " 1", "0x10", "inf", "-inf", "1e3", [49, 0, 50]])
    case 1: Word("\(Double(number(-100...100)) / 8)")
    default: Word(number(-9...9))
    }
  }

  private mutating func numberList() -> Word { pick(["sort:list", "sort:long"]) }
  private mutating func ordered() -> Word { pick(["sort:list", "sort:zset", "sort:long"]) }
  private mutating func numbers() -> Word {
    pick(["sort:list", "sort:long", "sort:zset", "sort:set", "sort:intset"])
  }
  private mutating func texts() -> Word { pick(["sort:texts", "sort:textset"]) }
  private mutating func target() -> Word { Word("sorted:\(number(0...3))") }
  private mutating func order() -> [Word] { oneIn(2) ? [] : [pick(["ASC", "desc"])] }
  private mutating func sortLimit() -> [Word] {
    oneIn(2) ? [] : ["LIMIT", integer(-1...20), integer(-1...20)]
  }
  private mutating func sortStore() -> [Word] { oneIn(3) ? ["STORE", target()] : [] }
  private mutating func gets() -> [Word] {
    guard oneIn(3) else { return [] }
    return (0...number(0...1)).flatMap { _ -> [Word] in
      [
        "get",
        pick([
          "#", "weight:*", "weights:*->w", "weights:*->", "*->x", "constant", "weight:*->w", "##",
        ]),
      ]
    }
  }
}
