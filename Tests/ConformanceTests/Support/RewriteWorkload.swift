import TestSupport

/// What clients of a server may do, as commands: of each kind much of the log would not be left by a
/// rewrite, for another reason.
enum RewriteWorkload: String, CaseIterable, Sendable {
  case counters, overwrites, lists, deletes, cappedCollections, leaderboards, objects, manyKeys
  case databases, queues, strings, renames

  var commands: [[Word]] {
    var random = SeededRandom(seed: 7)
    switch self {
    case .counters: return (0..<20_000).map { counter($0, &random) }
    case .overwrites:
      return (0..<20_000).map { _ in
        ["SET", "user:\(below(2000, &random))", value(20..<200, &random)]
      }
    case .lists:
      return (0..<20_000).map { number in
        ["RPUSH", "log:\(below(100, &random))", "line \(number)", value(5..<60, &random)]
      }
    case .deletes: return (0..<20_000).map { deletion($0, &random) }
    case .cappedCollections: return (0..<10_000).flatMap { capped($0, &random) }
    case .leaderboards: return (0..<20_000).map { score($0, &random) }
    case .objects: return (0..<8000).flatMap { object($0, &random) }
    case .manyKeys:
      return (0..<60_000).map { _ in
        let key = below(30_000, &random)
        return key % 3 == 0
          ? ["HSET", "h:\(key)", "f\(below(6, &random))", value(5..<40, &random)]
          : ["SET", "s:\(key)", value(5..<80, &random)]
      }
    case .databases: return (0..<20_000).map { database($0, &random) }
    case .queues: return (0..<10_000).flatMap { queue($0, &random) }
    case .strings: return (0..<15_000).map { string($0, &random) }
    case .renames: return (0..<300).flatMap { rename($0, &random) }
    }
  }

  private func below(_ bound: UInt64, _ random: inout SeededRandom) -> UInt64 {
    random.next(upperBound: bound)
  }

  private func value(_ sizes: Range<Int>, _ random: inout SeededRandom) -> Word {
    Word(random.bytes(Int.random(in: sizes, using: &random)))
  }

  private func counter(_ number: Int, _ random: inout SeededRandom) -> [Word] {
    switch number % 3 {
    case 0: ["INCR", "page:\(below(500, &random))"]
    case 1: ["INCRBY", "bytes:\(below(200, &random))", Word(below(1000, &random))]
    default: ["HINCRBY", "day:\(below(20, &random))", "hour\(below(24, &random))", "1"]
    }
  }

  private func deletion(_ number: Int, _ random: inout SeededRandom) -> [Word] {
    let key = "session:\(below(3000, &random))"
    switch number % 5 {
    case 0, 1: return ["SET", Word(key), value(30..<100, &random), "EX", "86400"]
    case 2: return ["SET", Word("lock:\(number)"), "1", "PX", "1"]
    case 3: return ["DEL", Word(key)]
    default: return ["EXPIRE", Word(key), "3600"]
    }
  }

  private func capped(_ number: Int, _ random: inout SeededRandom) -> [[Word]] {
    let key = below(20, &random)
    if number % 2 == 0 {
      return [
        ["LPUSH", "recent:\(key)", value(10..<50, &random)], ["LTRIM", "recent:\(key)", "0", "99"],
      ]
    }
    if number % 4 == 1 {
      return [
        ["XADD", "events:\(key)", "MAXLEN", "50", "*", "kind", "click", "at", Word(number)]
      ]
    }
    return [
      ["ZADD", "top:\(key)", Word(below(100_000, &random)), "player:\(number)"],
      ["ZREMRANGEBYRANK", "top:\(key)", "0", "-31"],
    ]
  }

  private func score(_ number: Int, _ random: inout SeededRandom) -> [Word] {
    let member = Word("player:\(below(3000, &random))")
    switch number % 4 {
    case 0: return ["ZADD", "board", Word(below(1_000_000, &random)), member]
    case 1: return ["ZINCRBY", "board:weekly", Word(below(50, &random)), member]
    case 2: return ["SADD", "online", member]
    default: return ["SREM", "online", member]
    }
  }

  private func object(_ number: Int, _ random: inout SeededRandom) -> [[Word]] {
    let key = Word("object:\(below(1500, &random))")
    return [
      ["MULTI"],
      ["HSET", key, "name", value(8..<20, &random), "seen", Word(number)],
      ["HSET", key, "field\(below(10, &random))", value(10..<30, &random)],
      ["EXEC"],
    ]
  }

  private func database(_ number: Int, _ random: inout SeededRandom) -> [Word] {
    switch number {
    case 5000: return ["FLUSHALL"]
    case 12_000: return ["SWAPDB", "0", "1"]
    case 14_000: return ["FLUSHDB"]
    default: break
    }
    return number % 500 == 0
      ? ["SELECT", Word(number / 500 % 3)]
      : ["SET", "k:\(below(4000, &random))", value(10..<50, &random)]
  }

  private func queue(_ number: Int, _ random: inout SeededRandom) -> [[Word]] {
    let push: [Word] = ["LPUSH", "jobs:\(number % 4)", value(40..<120, &random)]
    return number % 10 == 0 ? [push] : [push, ["RPOP", "jobs:\(number % 4)"]]
  }

  private func string(_ number: Int, _ random: inout SeededRandom) -> [Word] {
    switch number % 4 {
    case 0: ["APPEND", "text:\(below(100, &random))", value(5..<30, &random)]
    case 1: ["SETBIT", "bits:\(below(20, &random))", Word(below(20_000, &random)), "1"]
    case 2: ["SETRANGE", "part:\(below(20, &random))", Word(below(500, &random)), "abcdef"]
    default: ["MSET", "a:\(below(300, &random))", Word(number), "b:\(below(300, &random))", "x"]
    }
  }

  private func rename(_ number: Int, _ random: inout SeededRandom) -> [[Word]] {
    let members = (0..<30).map { _ in
      ["ZADD", "building", Word(below(1000, &random)), Word("item:\(below(500, &random))")]
        as [Word]
    }
    return [["DEL", "building"]] + members + [["RENAME", "building", "ranking:\(number % 5)"]]
  }
}
