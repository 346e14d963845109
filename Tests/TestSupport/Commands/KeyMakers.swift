extension CommandGenerator {
  package static let keys: [Maker] = [
    { ["DEL", $0.anyKey()] },
    { ["UNLINK", $0.anyKey(), $0.anyKey()] },
    { ["EXISTS", $0.anyKey(), $0.anyKey()] },
    { ["TOUCH", $0.anyKey(), $0.anyKey()] },
    { ["TYPE", $0.anyKey()] },
    { ["RENAME", $0.anyKey(), $0.sameFamily()] },
    { ["RENAMENX", $0.anyKey(), $0.anyKey()] },
    { generator in
      ["COPY", generator.anyKey(), generator.anyKey()] + generator.maybe("REPLACE")
        + (generator.oneIn(3) ? ["DB", generator.integer(0...3)] : [])
    },
    { ["MOVE", $0.anyKey(), $0.integer(0...3)] },
    { ["PERSIST", $0.anyKey()] },
    {
      ["EXPIRE", $0.anyKey(), $0.oneIn(8) ? $0.integer(-5...0) : Word($0.farSeconds())]
        + $0.condition()
    },
    {
      ["PEXPIRE", $0.anyKey(), $0.oneIn(8) ? $0.integer(-5...0) : Word(1000 * $0.farSeconds())]
        + $0.condition()
    },
    {
      ["EXPIREAT", $0.anyKey(), $0.oneIn(8) ? $0.integer() : Word($0.farTime() / 1000)]
        + $0.condition()
    },
    {
      ["PEXPIREAT", $0.anyKey(), $0.oneIn(8) ? $0.integer() : Word($0.farTime())] + $0.condition()
    },
    { ["TTL", $0.anyKey()] },
    { ["PTTL", $0.anyKey()] },
    { ["EXPIRETIME", $0.anyKey()] },
    { ["PEXPIRETIME", $0.anyKey()] },
    { _ in ["DBSIZE"] },
    { $0.oneIn(3) ? ["SELECT", $0.integer(0...3)] : ["SELECT", "0"] },
    { $0.oneIn(5) ? ["SWAPDB", $0.integer(0...3), $0.integer(0...3)] : ["DBSIZE"] },
    { $0.oneIn(60) ? ["FLUSHDB"] : $0.oneIn(100) ? ["FLUSHALL", "ASYNC"] : ["DBSIZE"] },
    { ["KEYS", $0.pick(["*", "str:*", "*:[0-3]", "h?ll*", "nothing"])] },
  ]

  package mutating func anyKey() -> Word {
    let families = ["str", "list", "set", "hash", "zset", "stream", "hll", "bits", "geo"]
    return key(pick(families))
  }

  private mutating func sameFamily() -> Word { anyKey() }

  private mutating func condition() -> [Word] {
    switch number(0...11) {
    case 0: ["NX"]
    case 1: ["XX"]
    case 2: ["GT"]
    case 3: ["LT"]
    case 4: ["XX", "GT"]
    case 5: ["NX", "LT"]
    case 6: ["gt", "lt"]
    case 7: ["nonsense"]
    default: []
    }
  }
}
