extension CommandGenerator {
  package static let sets: [Maker] = [
    { ["SADD", $0.set(), $0.member()] },
    { ["SADD", $0.set(), $0.value()] },
    { generator in
      ["SADD", generator.set()] + (0...generator.number(0...9)).map { _ in generator.element() }
    },
    { ["SREM", $0.set(), $0.member()] },
    { ["SREM", $0.set(), $0.member(), $0.value(), $0.member()] },
    { ["SISMEMBER", $0.set(), $0.element()] },
    { ["SMISMEMBER", $0.set(), $0.element(), $0.element(), $0.element()] },
    { ["SCARD", $0.set()] },
    { ["SMEMBERS", $0.set()] },
    { ["SMOVE", $0.set(), $0.set(), $0.member()] },
    { ["SMOVE", $0.set(), $0.set(), $0.member()] },
    { ["SPOP", $0.set()] },
    { ["SPOP", $0.set(), $0.oneIn(3) ? $0.drawCount() : Word($0.number(0...4))] },
    { $0.oneIn(20) ? ["SPOP", $0.set(), "1", "2"] : ["SPOP", $0.set()] },
    { ["SRANDMEMBER", $0.set()] },
    { ["SRANDMEMBER", $0.set(), $0.drawCount()] + ($0.oneIn(30) ? ["x"] : []) },
    { ["SINTER"] + $0.sets() },
    { ["SUNION"] + $0.sets() },
    { ["SDIFF"] + $0.sets() },
    { ["SINTERSTORE", $0.set()] + $0.sets() },
    { ["SUNIONSTORE", $0.set()] + $0.sets() },
    { ["SDIFFSTORE", $0.set()] + $0.sets() },
    { generator in
      let sets = generator.sets()
      let count = generator.oneIn(8) ? generator.integer(-1...4) : Word(sets.count)
      return ["SINTERCARD", count] + sets
        + (generator.oneIn(2) ? ["LIMIT", generator.integer(-1...9)] : [])
        + (generator.oneIn(20) ? ["nonsense"] : [])
    },
    { ["SSCAN", $0.set(), $0.cursor()] + $0.scanOptions() },
    { $0.oneIn(4) ? ["DEL", $0.set()] : ["SCARD", $0.set()] },
    { $0.oneIn(4) ? ["RENAME", $0.set(), $0.set()] : ["SCARD", $0.set()] },
    { $0.oneIn(4) ? ["COPY", $0.set(), $0.set(), "REPLACE"] : ["SCARD", $0.set()] },
    { $0.oneIn(30) ? ["SET", $0.set(), "text"] : ["SCARD", $0.set()] },
  ]

  /// Sets of so many members that they are no longer small.
  package static let largeSets: [Maker] = [
    // Integers alone.
    { generator in
      let count = generator.number(0...(generator.oneIn(20) ? 700 : 20))
      let range = generator.pick([0...1200, -40_000...40_000, Int.min...Int.max])
      return ["SADD", "set:6"] + (0...count).map { _ in Word(generator.number(range)) }
    },
    { ["SREM", "set:6"] + (0...$0.number(0...40)).map(Word.init) },
    // Many members.
    { generator in
      let count = generator.number(0...(generator.oneIn(20) ? 300 : 20))
      return ["SADD", "set:7"] + (0...count).map { _ in Word("m\(generator.number(0...900))") }
    },
    { generator in
      let count = generator.number(0...(generator.oneIn(20) ? 500 : 20))
      return ["SREM", "set:7"] + (0...count).map { _ in Word("m\(generator.number(0...900))") }
    },
  ]

  private mutating func set() -> Word { key("set") }

  private mutating func sets() -> [Word] { (0...number(0...3)).map { _ in set() } }

  private mutating func element() -> Word { oneIn(4) ? value() : member() }
}
