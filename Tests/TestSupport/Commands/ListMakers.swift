extension CommandGenerator {
  package static let lists: [Maker] = [
    { $0.pushCommand("LPUSH") },
    { $0.pushCommand("RPUSH") },
    { $0.pushCommand("RPUSH") },
    { ["LPUSHX", $0.key("list"), $0.value(), $0.member()] },
    { ["RPUSHX", $0.key("list"), $0.value()] },
    { ["LPOP", $0.key("list")] + $0.maybe($0.oneIn(9) ? "300" : $0.integer(-1...6)) },
    { ["RPOP", $0.key("list")] + $0.maybe($0.oneIn(9) ? "300" : $0.integer(-1...6)) },
    { ["LPOP", $0.key("list"), "1", "1"] },
    { ["LLEN", $0.key("list")] },
    { ["LINDEX", $0.key("list"), $0.listIndex()] },
    { ["LSET", $0.key("list"), $0.listIndex(), $0.listElement()] },
    { ["LSET", $0.key("list"), $0.listIndex(), $0.listElement()] },
    {
      [
        "LINSERT", $0.key("list"), $0.pick(["BEFORE", "after", "AFTER", "before", "beside"]),
        $0.member(), $0.listElement(),
      ]
    },
    {
      [
        "LINSERT", $0.key("list"), $0.pick(["BEFORE", "after"]), Word($0.number(0...40)),
        $0.value(),
      ]
    },
    { ["LRANGE", $0.key("list"), $0.listIndex(), $0.listIndex()] },
    { ["LTRIM", $0.key("list"), $0.listStart(), $0.listEnd()] },
    { ["LTRIM", $0.key("list"), $0.oneIn(9) ? $0.listIndex() : $0.listStart(), $0.listEnd()] },
    { ["LREM", $0.key("list"), $0.oneIn(2) ? $0.integer(-3...3) : "0", $0.member()] },
    { ["LREM", $0.key("list"), $0.integer(-3...3), $0.value()] },
    { generator in
      var words: [Word] = ["LPOS", generator.key("list"), generator.member()]
      for _ in 0..<generator.number(0...3) {
        words += generator.positionOption()
      }
      return words
    },
    { ["RPOPLPUSH", $0.key("list"), $0.key("list")] },
    { ["LMOVE", $0.key("list"), $0.key("list"), $0.listEdge(), $0.listEdge()] },
    { ["LMPOP"] + $0.multiplePop() },
    { ["BLPOP", $0.key("list"), $0.key("list"), $0.timeout()] },
    { ["BRPOP", $0.key("list"), $0.timeout()] },
    { ["BRPOPLPUSH", $0.key("list"), $0.key("list"), $0.timeout()] },
    { ["BLMOVE", $0.key("list"), $0.key("list"), $0.listEdge(), $0.listEdge(), $0.timeout()] },
    { ["BLMPOP", $0.timeout()] + $0.multiplePop() },
    { $0.oneIn(12) ? ["DEL", $0.key("list")] : ["LLEN", $0.key("list")] },
    { ["COPY", $0.key("list"), $0.key("list")] + $0.maybe("REPLACE") },
  ]

  private mutating func pushCommand(_ name: Word) -> [Word] {
    var words = [name, key("list")]
    for _ in 0...number(0...(oneIn(10) ? 200 : 5)) { words.append(listElement()) }
    return words
  }

  /// A value, now and then one that is larger than a node.
  private mutating func listElement() -> Word {
    switch number(0...60) {
    case 0: Word(random.bytes(number(8000...9000)))
    case 1: Word([UInt8](repeating: 120, count: number(3000...8300)))
    default: value()
    }
  }

  private mutating func listIndex() -> Word {
    oneIn(3) ? integer(-500...500) : integer(-8...8)
  }

  private mutating func listStart() -> Word {
    oneIn(30) ? integer(-20...400) : integer(-400...3)
  }

  private mutating func listEnd() -> Word { oneIn(30) ? integer(-20...400) : integer(-4 ... -1) }

  private mutating func listEdge() -> Word {
    oneIn(12) ? pick(["LEFTS", "", "up"]) : pick(["LEFT", "RIGHT", "left", "Right"])
  }

  mutating func timeout() -> Word {
    oneIn(6)
      ? pick(["-1", "abc", "1e300", "inf", "-inf", "nan", "", "-0.0001", "1e17", "9e15"]) : "0.001"
  }

  private mutating func multiplePop() -> [Word] {
    let count = number(1...3)
    let stated: Word = oneIn(12) ? pick(["0", "-1", "abc", "9", "2", "1"]) : Word(count)
    var words = [stated]
    for _ in 0..<count { words.append(key("list")) }
    if !oneIn(15) { words.append(listEdge()) }
    if oneIn(2) { words += ["COUNT", oneIn(5) ? integer(-1...2) : Word(number(1...9))] }
    if oneIn(20) { words += pick([["COUNT", "1"], ["nonsense"], ["COUNT"]]) }
    return words
  }

  private mutating func positionOption() -> [Word] {
    switch number(0...8) {
    // Not the lowest integer, with which the arithmetic of a server overflows.
    case 0...2: ["RANK", oneIn(9) ? pick(["0", "abc", Word(Int.max)]) : Word(number(-4...4))]
    case 3...5: ["count", integer(-1...4)]
    case 6, 7: ["MAXLEN", integer(-1...60)]
    default: pick([["RANK"], ["nonsense", "1"], ["COUNT", "0"]])
    }
  }
}
