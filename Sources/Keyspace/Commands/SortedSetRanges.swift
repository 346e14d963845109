internal import Persistence

// Ranges of sorted sets. Source: t_zset.c of Redis 7.0.
extension Keyspace {
  static let sortedSetRangeCommands: [(String, CommandHandler)] = [
    ("zrange", { (k, a, r) throws(CommandError) in try k.zrange(a, RangeForm(), &r) }),
    (
      "zrevrange",
      { (k, a, r) throws(CommandError) in try k.zrange(a, RangeForm(.rank, isReversed: true), &r) }
    ),
    (
      "zrangebyscore",
      { (k, a, r) throws(CommandError) in
        try k.zrange(a, RangeForm(.score, isReversed: false), &r)
      }
    ),
    (
      "zrevrangebyscore",
      { (k, a, r) throws(CommandError) in try k.zrange(a, RangeForm(.score, isReversed: true), &r) }
    ),
    (
      "zrangebylex",
      { (k, a, r) throws(CommandError) in try k.zrange(a, RangeForm(.lex, isReversed: false), &r) }
    ),
    (
      "zrevrangebylex",
      { (k, a, r) throws(CommandError) in try k.zrange(a, RangeForm(.lex, isReversed: true), &r) }
    ),
    ("zrangestore", { (k, a, r) throws(CommandError) in try k.zrangestore(a, &r) }),
    ("zcount", { (k, a, r) throws(CommandError) in try k.zcount(a, .score, &r) }),
    ("zlexcount", { (k, a, r) throws(CommandError) in try k.zcount(a, .lex, &r) }),
    ("zremrangebyrank", { (k, a, r) throws(CommandError) in try k.zremrange(a, .rank, &r) }),
    ("zremrangebyscore", { (k, a, r) throws(CommandError) in try k.zremrange(a, .score, &r) }),
    ("zremrangebylex", { (k, a, r) throws(CommandError) in try k.zremrange(a, .lex, &r) }),
  ]

  /// What the ends of a range are.
  enum RangeKind {
    case rank
    case score
    case lex
  }

  /// What the name of a command says of a range; nil for what options say.
  private struct RangeForm {
    var kind: RangeKind?
    var isReversed: Bool?

    init() {}

    init(_ kind: RangeKind, isReversed: Bool) {
      self.kind = kind
      self.isReversed = isReversed
    }
  }

  /// The options of ZRANGE and its relatives.
  private struct RangeOptions {
    var kind: RangeKind
    var isReversed: Bool
    var wantsScores = false
    var offset: Int64 = 0
    /// Below 0 for all.
    var limit: Int64 = -1

    init(
      _ arguments: Arguments, from start: Int, _ form: RangeForm, stores: Bool
    ) throws(CommandError) {
      var form = form
      var index = start
      while index < arguments.count {
        if !stores, arguments.isWord("WITHSCORES", at: index) {
          wantsScores = true
        } else if arguments.isWord("LIMIT", at: index), index + 2 < arguments.count {
          offset = try arguments.integer(at: index + 1)
          limit = try arguments.integer(at: index + 2)
          index += 2
        } else if form.isReversed == nil, arguments.isWord("REV", at: index) {
          form.isReversed = true
        } else if form.kind == nil, arguments.isWord("BYLEX", at: index) {
          form.kind = .lex
        } else if form.kind == nil, arguments.isWord("BYSCORE", at: index) {
          form.kind = .score
        } else {
          throw .syntax
        }
        index += 1
      }
      kind = form.kind ?? .rank
      isReversed = form.isReversed ?? false
      if limit != -1, kind == .rank {
        throw .text(
          "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
      }
      if wantsScores, kind == .lex {
        throw .text("syntax error, WITHSCORES not supported in combination with BYLEX")
      }
    }

    /// Ranks of a range from which the options leave some, in their direction.
    func limited(_ ranks: Range<Int>) -> Range<Int> {
      guard kind != .rank else { return ranks }
      guard offset >= 0, offset < ranks.count else { return 0..<0 }
      let left = ranks.count - Int(offset)
      let count = limit < 0 ? left : Int(min(Int64(left), limit))
      return isReversed
        ? (ranks.upperBound - Int(offset) - count)..<(ranks.upperBound - Int(offset))
        : (ranks.lowerBound + Int(offset))..<(ranks.lowerBound + Int(offset) + count)
    }
  }

  /// A sorted set and the ranks that a range has in it; nil when there is no such key.
  ///
  /// - `min`, `max`: the arguments that the ends are.
  private mutating func ranks(
    _ key: RawSpan, _ arguments: Arguments, min: Int, max: Int, _ kind: RangeKind,
    isReversed: Bool = false
  ) throws(CommandError) -> (place: Database.Place, set: SortedSetValue, ranks: Range<Int>)? {
    switch kind {
    case .rank:
      let start = try arguments.integer(at: min)
      let end = try arguments.integer(at: max)
      guard let place = find(key) else { return nil }
      let set = try sortedSet(at: place)
      let ranks = Self.ranks(start, end, count: set.count)
      return (
        place, set,
        isReversed ? (set.count - ranks.upperBound)..<(set.count - ranks.lowerBound) : ranks
      )
    case .score:
      let range = try ScoreRange(arguments[min], arguments[max])
      guard let place = find(key) else { return nil }
      let set = try sortedSet(at: place)
      return (place, set, set.ranks(range))
    case .lex:
      let range = try LexRange(arguments[min], arguments[max])
      guard let place = find(key) else { return nil }
      let set = try sortedSet(at: place)
      return (place, set, set.ranks(range, fromEnd: isReversed))
    }
  }

  /// The ranks from one to another, both of which belong to them, and count from the end when they are below
  /// 0.
  private static func ranks(_ start: Int64, _ end: Int64, count: Int) -> Range<Int> {
    let first = max(start < 0 ? start + Int64(count) : start, 0)
    let last = min(end < 0 ? end + Int64(count) : end, Int64(count) - 1)
    guard first <= last else { return 0..<0 }
    return Int(first)..<(Int(last) + 1)
  }

  // MARK: Commands

  private mutating func zrange(
    _ arguments: Arguments, _ form: RangeForm, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try RangeOptions(arguments, from: 4, form, stores: false)
    let swaps = options.isReversed && options.kind != .rank
    guard
      let (_, set, all) = try ranks(
        arguments[1], arguments, min: swaps ? 3 : 2, max: swaps ? 2 : 3, options.kind,
        isReversed: options.isReversed)
    else { return reply.array(0) }
    if reply.isSilent { return }
    let ranks = options.limited(all)
    let isNested = options.wantsScores && reply.form == .resp3
    reply.array(options.wantsScores && !isNested ? 2 * ranks.count : ranks.count)
    set.forEach(ranks, reversed: options.isReversed) { member, score in
      if isNested { reply.array(2) }
      reply.bulk(member)
      if options.wantsScores { reply.double(score) }
    }
  }

  private mutating func zrangestore(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try RangeOptions(arguments, from: 5, RangeForm(), stores: true)
    let swaps = options.isReversed && options.kind != .rank
    var builder = SortedSetBuilder(limits: limits)
    if let (_, set, all) = try ranks(
      arguments[2], arguments, min: swaps ? 4 : 3, max: swaps ? 3 : 4, options.kind,
      isReversed: options.isReversed)
    {
      let ranks = options.limited(all)
      builder = SortedSetBuilder(limits: limits, count: options.kind == .rank ? ranks.count : 0)
      set.forEach(ranks, reversed: options.isReversed) { builder.append($0, $1) }
    }
    let result = builder.finish()
    store(result, at: arguments[1])
    reply.integer(result.count)
  }

  private mutating func zcount(
    _ arguments: Arguments, _ kind: RangeKind, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    reply.integer(
      try ranks(arguments[1], arguments, min: 2, max: 3, kind)?.ranks.count ?? 0)
  }

  private mutating func zremrange(
    _ arguments: Arguments, _ kind: RangeKind, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let (place, ranks) = try place(arguments, kind), !ranks.isEmpty else {
      return reply.integer(0)
    }
    try modifySortedSet(place) { (set) throws(CommandError) in set.remove(ranks) }
    changes += UInt64(ranks.count)
    reply.integer(ranks.count)
  }

  /// The set itself must not be held while it is changed: it would be copied.
  private mutating func place(
    _ arguments: Arguments, _ kind: RangeKind
  ) throws(CommandError) -> (Database.Place, Range<Int>)? {
    try ranks(arguments[1], arguments, min: 2, max: 3, kind).map { ($0.place, $0.ranks) }
  }
}
