extension CommandGenerator {
  package static let streams: [Maker] = streamEntries + streamEntries + streamGroups

  private static let streamEntries: [Maker] = [
    { $0.addCommand() },
    { $0.addCommand() },
    { $0.addCommand() },
    { $0.addCommand() },
    { $0.addCommand() },
    { $0.addCommand() },
    { $0.addCommand() },
    { $0.addCommand() },
    { ["XLEN", $0.key("stream")] },
    { ["XDEL", $0.key("stream"), $0.recentID()] },
    { ["XDEL", $0.key("stream"), $0.recentID(), $0.recentID(), $0.anyID()] },
    { ["XTRIM", $0.key("stream")] + $0.trimOptions() },
    { ["XTRIM", $0.key("stream"), "MAXLEN", "~", $0.integer(0...400)] },
    {
      ["XRANGE", $0.key("stream"), $0.intervalEnd("-"), $0.intervalEnd("+")]
        + $0.maybe("COUNT", $0.integer(-1...9))
    },
    {
      ["XREVRANGE", $0.key("stream"), $0.intervalEnd("+"), $0.intervalEnd("-")]
        + $0.maybe("count", $0.integer(-1...9))
    },
    { ["XRANGE", $0.key("stream"), "-", "+", $0.pick(["COUNT", "LIMIT"])] },
    { ["XREAD"] + $0.readOptions() + $0.readStreams("$") },
    { ["XSETID", $0.key("stream"), $0.recentID()] + $0.setIDOptions() },
    { $0.oneIn(9) ? ["DEL", $0.key("stream")] : ["XLEN", $0.key("stream")] },
    { ["COPY", $0.key("stream"), $0.key("stream")] },
    { ["XINFO", "STREAM", $0.key("stream")] },
    {
      ["XINFO", "STREAM", $0.key("stream"), $0.pick(["FULL", "full", "part"])]
        + $0.maybe($0.pick(["COUNT", "LIMIT"]), $0.integer(-1...9))
    },
  ]

  private static let streamGroups: [Maker] = [
    {
      ["XGROUP", "CREATE", $0.key("stream"), $0.group(), $0.groupStart()] + $0.createOptions()
    },
    { ["XGROUP", "CREATE", $0.key("stream"), $0.group(), $0.groupStart()] },
    { ["XGROUP", "SETID", $0.key("stream"), $0.group(), $0.groupStart()] + $0.createOptions() },
    { $0.oneIn(3) ? ["XGROUP", "DESTROY", $0.key("stream"), $0.group()] : ["XGROUP", "help?"] },
    { ["XGROUP", "CREATECONSUMER", $0.key("stream"), $0.group(), $0.consumer()] },
    { ["XGROUP", "DELCONSUMER", $0.key("stream"), $0.group(), $0.consumer()] },
    {
      $0.pick([
        ["XGROUP"], ["XGROUP", "nonsense", "a"], ["XINFO", "nonsense", "stream:1"], ["XINFO"],
        ["XGROUP", "CREATE", "stream:1"], ["XINFO", "GROUPS", "stream:1", "g"],
        ["XGROUP", "SETID", "stream:1", "g0", "0", "ENTRIESREAD"],
      ])
    },
    { $0.readGroup() },
    { $0.readGroup() },
    { $0.readGroup() },
    { ["XREADGROUP"] + $0.readOptions() + $0.readStreams(">") },
    { ["XACK", $0.key("stream"), $0.group(), $0.recentID(), $0.recentID()] },
    { ["XACK", $0.key("stream"), $0.group(), $0.recentID(), $0.recentID(), $0.anyID()] },
    { ["XPENDING", $0.key("stream"), $0.group()] },
    { generator in
      ["XPENDING", generator.key("stream"), generator.group()]
        + (generator.oneIn(3) ? ["IDLE", generator.idle()] : [])
        + [generator.intervalEnd("-"), generator.intervalEnd("+"), generator.integer(-1...20)]
        + (generator.oneIn(2) ? [generator.consumer()] : [])
        + (generator.oneIn(20) ? ["more"] : [])
    },
    { ["XPENDING", $0.key("stream"), $0.group(), "IDLE", "0"] + $0.maybe("-", "+") },
    { generator in
      [
        "XCLAIM", generator.key("stream"), generator.group(), generator.consumer(),
        generator.idle(),
      ]
        + (0...generator.number(0...4)).map { _ in generator.recentID() } + generator.claimOptions()
    },
    { generator in
      ["XCLAIM", generator.key("stream"), generator.group(), generator.consumer(), "0"]
        + (0...generator.number(0...4)).map { _ in generator.recentID() } + ["FORCE"]
        + generator.claimOptions()
    },
    {
      [
        "XAUTOCLAIM", $0.key("stream"), $0.group(), $0.consumer(), $0.idle(), $0.intervalEnd("-"),
      ] + $0.maybe("COUNT", $0.oneIn(9) ? $0.integer(0...9) : Word($0.number(1...9)))
        + $0.maybe($0.oneIn(9) ? "nonsense" : "JUSTID")
    },
    { ["XINFO", "GROUPS", $0.key("stream")] },
    { ["XINFO", "CONSUMERS", $0.key("stream"), $0.group()] },
  ]

  // MARK: Parts

  private mutating func addCommand() -> [Word] {
    var words: [Word] = ["XADD", key("stream")]
    if oneIn(15) { words.append("NOMKSTREAM") }
    if oneIn(12) { words += trimOptions() }
    words.append(newID())
    let names: [[Word]] = [["a", "b"], ["a", "b", "3"], ["name", "12345"], ["a"]]
    let fields = oneIn(8) ? (0...number(0...3)).map { _ in value() } : pick(names)
    for name in fields { words += [name, oneIn(40) ? value() : oneIn(2) ? member() : ""] }
    if oneIn(30) { words.removeLast() }
    return words
  }

  private mutating func newID() -> Word {
    ticks += oneIn(3) ? 1 : 2
    switch number(0...40) {
    case 0: return anyID()
    case 1: return Word("\(ticks / 4)")
    case 2: return pick(["0", "0-0", "0-*", "1-*", "-", "+", "*-1", "(1"])
    case 3...6: return Word("\(ticks / 4)-*")
    // A key of its own: these are far above all others.
    case 7: return oneIn(4) ? "*" : "0-1"
    default: return Word("\(ticks / 4)-\(ticks % 4)")
    }
  }

  private mutating func recentID() -> Word {
    if oneIn(40) { return anyID() }
    let tick = max(ticks - number(0...(oneIn(3) ? 600 : 90)), 0)
    return oneIn(10) ? Word("\(tick / 4)") : Word("\(tick / 4)-\(tick % 4)")
  }

  private mutating func anyID() -> Word {
    switch number(0...12) {
    case 0: pick(["", "abc", "1-", "-1", "1-1-1", "1--1", " 1-1", "1-01", "+1-+1", "1-1 ", "01"])
    case 1: pick(["18446744073709551615", "18446744073709551615-18446744073709551615"])
    case 2: pick(["18446744073709551616", "1-18446744073709551616", "99999999999999999999999"])
    case 3: pick(["-", "+", "*", "$", ">", "5-*"])
    case 4: Word([53, 0, 45, 49])
    case 5: Word([UInt8](repeating: 48, count: pick([100, 126, 127, 128])))
    case 6: Word("\(number(0...Int.max))-\(number(0...Int.max))")
    default: Word("\(number(0...200))-\(number(0...3))")
    }
  }

  private mutating func intervalEnd(_ usual: Word) -> Word {
    switch number(0...9) {
    case 0: anyID()
    case 1: pick(["-", "+", "(-", "(+", "(0", "(18446744073709551615-18446744073709551615", "("])
    case 2, 3: Word([40] + recentID().bytes)
    case 4...6: recentID()
    default: usual
    }
  }

  private mutating func trimOptions() -> [Word] {
    var words: [Word]
    if oneIn(2) {
      words = ["MAXLEN"] + (oneIn(2) ? ["~"] : maybe("="))
      words.append(oneIn(3) ? integer(-1...20) : Word(number(20...400)))
    } else {
      words = ["minid"] + (oneIn(2) ? ["~"] : maybe("="))
      words.append(recentID())
    }
    if oneIn(5) { words += ["LIMIT", integer(-1...200)] }
    if oneIn(40) { words += pick([["MAXLEN", "5"], ["nonsense"], ["MINID"], ["LIMIT", "0"]]) }
    return oneIn(40) ? Array(words.dropFirst()) : words
  }

  private mutating func setIDOptions() -> [Word] {
    var words: [Word] = []
    if oneIn(3) { words += ["ENTRIESADDED", integer(-1...900)] }
    if oneIn(4) { words += ["MAXDELETEDID", recentID()] }
    if oneIn(20) { words.append("nonsense") }
    return words
  }

  private mutating func group() -> Word { Word("g\(number(0...(oneIn(20) ? 9 : 1)))") }

  private mutating func consumer() -> Word { Word("c\(number(0...3))") }

  private mutating func groupStart() -> Word {
    switch number(0...5) {
    case 0: recentID()
    case 1: "$"
    case 2: oneIn(3) ? anyID() : "0-0"
    default: "0"
    }
  }

  private mutating func createOptions() -> [Word] {
    var words: [Word] = []
    if oneIn(2) { words.append("MKSTREAM") }
    if oneIn(3) { words += ["ENTRIESREAD", integer(-2...100)] }
    if oneIn(20) { words += pick([["MKSTREAM", "MKSTREAM"], ["nonsense"], ["ENTRIESREAD"]]) }
    return words
  }

  private mutating func readOptions() -> [Word] {
    var words: [Word] = []
    if oneIn(2) { words += ["COUNT", integer(-1...9)] }
    if oneIn(6) { words += ["BLOCK", oneIn(3) ? pick(["-1", "abc", "1.5"]) : "1"] }
    if oneIn(20) { words += pick([["NOACK"], ["GROUP", "g0", "c0"], ["nonsense"], ["BLOCK"]]) }
    return words
  }

  private mutating func readStreams(_ newest: Word) -> [Word] {
    let count = number(1...3)
    var words: [Word] = oneIn(30) ? [] : ["STREAMS"]
    for _ in 0..<count { words.append(key("stream")) }
    for _ in 0..<count {
      words.append(oneIn(12) ? anyID() : oneIn(2) ? newest : oneIn(2) ? "0" : recentID())
    }
    if oneIn(30) { words.removeLast() }
    return words
  }

  private mutating func readGroup() -> [Word] {
    var words: [Word] = ["XREADGROUP", "GROUP", group(), consumer()]
    if !oneIn(3) { words += ["COUNT", Word(number(0...12))] }
    if oneIn(6) { words.append("NOACK") }
    if oneIn(9) { words += ["BLOCK", "1"] }
    words += ["STREAMS", key("stream")]
    if oneIn(10) {
      words += [key("stream"), ">"]
    }
    words.append(oneIn(25) ? anyID() : oneIn(3) ? recentID() : oneIn(6) ? "0" : ">")
    return words
  }

  /// Milliseconds that no test takes, or none.
  private mutating func idle() -> Word {
    pick(["0", "0", "0", "0", "-5", "5000000", "5000000", Word(Int.max), "abc"])
  }

  private mutating func claimOptions() -> [Word] {
    var words: [Word] = []
    for _ in 0..<number(0...2) {
      switch number(0...8) {
      case 0, 1:
        words += ["IDLE", oneIn(9) ? integer(0...99) : Word(number(6_000_000...9_000_000))]
      case 2: words += ["TIME", oneIn(4) ? integer() : Word(number(1...1_000_000_000_000))]
      case 3: words += ["RETRYCOUNT", integer(0...99)]
      case 4: words.append("FORCE")
      case 5: words.append("justid")
      case 6: words += ["LASTID", oneIn(4) ? anyID() : recentID()]
      case 7: words.append(oneIn(6) ? pick(["nonsense", "TIME", ""]) : "JUSTID")
      default: words += ["RETRYCOUNT", "3"]
      }
    }
    return words
  }
}
