internal import Persistence

// Sorted sets. Source: t_zset.c of Redis 7.0, and of 7.2 for what only that has.
extension Keyspace {
  static let sortedSetCommands: [(String, CommandHandler)] =
    sortedSetMemberCommands + sortedSetRangeCommands + sortedSetPopCommands
    + sortedSetAlgebraCommands

  private static let sortedSetMemberCommands: [(String, CommandHandler)] = [
    ("zadd", { (k, a, r) throws(CommandError) in try k.zadd(a, [], &r) }),
    ("zincrby", { (k, a, r) throws(CommandError) in try k.zadd(a, .increment, &r) }),
    ("zrem", { (k, a, r) throws(CommandError) in try k.zrem(a, &r) }),
    ("zscore", { (k, a, r) throws(CommandError) in try k.zscore(a, &r) }),
    ("zmscore", { (k, a, r) throws(CommandError) in try k.zmscore(a, &r) }),
    ("zcard", { (k, a, r) throws(CommandError) in try k.zcard(a, &r) }),
    ("zrank", { (k, a, r) throws(CommandError) in try k.zrank(a, fromEnd: false, &r) }),
    ("zrevrank", { (k, a, r) throws(CommandError) in try k.zrank(a, fromEnd: true, &r) }),
    ("zrandmember", { (k, a, r) throws(CommandError) in try k.zrandmember(a, &r) }),
    ("zscan", { (k, a, r) throws(CommandError) in try k.zscan(a, &r) }),
  ]

  // MARK: Adding and removing

  /// The options of ZADD.
  struct AddOptions: OptionSet {
    let rawValue: UInt8
    static let onlyIfAbsent = AddOptions(rawValue: 1)
    static let onlyIfPresent = AddOptions(rawValue: 2)
    static let onlyIfGreater = AddOptions(rawValue: 4)
    static let onlyIfLess = AddOptions(rawValue: 8)
    static let countChanged = AddOptions(rawValue: 16)
    static let increment = AddOptions(rawValue: 32)

    /// Reads options from an argument on, which becomes that of the first one behind them.
    mutating func read(_ arguments: Arguments, _ index: inout Int) {
      while index < arguments.count {
        let word = arguments[index]
        // Scores have no such first letters, and most commands no options.
        guard word.byteCount == 2 || word.byteCount == 4 else { return }
        if word.equalsFolded("NX") {
          insert(.onlyIfAbsent)
        } else if word.equalsFolded("XX") {
          insert(.onlyIfPresent)
        } else if word.equalsFolded("CH") {
          insert(.countChanged)
        } else if word.equalsFolded("INCR") {
          insert(.increment)
        } else if word.equalsFolded("GT") {
          insert(.onlyIfGreater)
        } else if word.equalsFolded("LT") {
          insert(.onlyIfLess)
        } else {
          return
        }
        index += 1
      }
    }

    func check(pairs: Int) throws(CommandError) {
      if isSuperset(of: [.onlyIfAbsent, .onlyIfPresent]) {
        throw .text("XX and NX options at the same time are not compatible")
      }
      if isSuperset(of: [.onlyIfGreater, .onlyIfAbsent])
        || isSuperset(of: [.onlyIfLess, .onlyIfAbsent])
        || isSuperset(of: [.onlyIfGreater, .onlyIfLess])
      {
        throw .text("GT, LT, and/or NX options at the same time are not compatible")
      }
      if contains(.increment), pairs > 1 {
        throw .text("INCR option supports a single increment-element pair")
      }
    }
  }

  /// Adds members by the rules of options, and counts.
  private struct Adder {
    let options: AddOptions
    let limits: EncodingLimits
    var added = 0
    var updated = 0
    /// The score of the last one; nil when the options kept it from being set.
    var score: Double?
    /// Whether a sum was no number.
    var failed = false

    init(_ options: AddOptions, _ limits: EncodingLimits) {
      self.options = options
      self.limits = limits
    }

    /// Adds members as ``Keyspace/add(_:from:step:scores:_:_:)`` is told.
    mutating func add(
      _ arguments: Arguments, from first: Int, step: Int, _ scores: (Double, [Double]),
      to set: inout SortedSetValue
    ) {
      add(arguments[first], scores.0, to: &set)
      var index = first + step
      for score in scores.1 {
        add(arguments[index], score, to: &set)
        index += step
      }
    }

    private mutating func add(_ member: RawSpan, _ score: Double, to set: inout SortedSetValue) {
      self.score = nil
      if options.contains(.onlyIfPresent), set.score(of: member) == nil { return }
      let isNew = set.add(member, score, limits: limits) { update($0, score) }
      if isNew {
        added += 1
        self.score = score
      }
    }

    private mutating func update(_ old: Double, _ score: Double) -> Double? {
      if options.contains(.onlyIfAbsent) { return nil }
      let new = options.contains(.increment) ? old + score : score
      if new.isNaN {
        failed = true
        return nil
      }
      if options.contains(.onlyIfLess), new >= old { return nil }
      if options.contains(.onlyIfGreater), new <= old { return nil }
      self.score = new
      guard new != old else { return nil }
      updated += 1
      return new
    }
  }

  private mutating func zadd(
    _ arguments: Arguments, _ fixed: AddOptions, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var options = fixed
    var first = 2
    options.read(arguments, &first)
    let left = arguments.count - first
    guard left > 0, left % 2 == 0 else { throw .syntax }
    try options.check(pairs: left / 2)
    // All scores are looked at before the first member is added. Most commands have one.
    let score = try arguments.double(at: first)
    var others: [Double] = []
    if left > 2 { others.reserveCapacity(left / 2 - 1) }
    for index in stride(from: first + 2, to: arguments.count, by: 2) {
      others.append(try arguments.double(at: index))
    }
    try add(arguments, from: first + 1, step: 2, scores: (score, others), options, &reply)
  }

  /// Adds members, whose scores are given, as ZADD does, and replies.
  ///
  /// - `scores`: that of the first member, and those of the others.
  /// - `first`, `step`: the argument of the first member, and how many arguments lie between two.
  mutating func add(
    _ arguments: Arguments, from first: Int, step: Int, scores: (Double, [Double]),
    _ options: AddOptions, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var adder = Adder(options, limits)
    if let place = find(arguments[1]) {
      try modifySortedSet(place) { (set) throws(CommandError) in
        adder.add(arguments, from: first, step: step, scores, to: &set)
      }
    } else if !options.contains(.onlyIfPresent) {
      var set = SortedSetValue(reserving: arguments.size(from: first))
      adder.add(arguments, from: first, step: step, scores, to: &set)
      insert(arguments[1], .sortedSet(set))
    }
    if adder.failed { throw .notANumber }
    changes += UInt64(adder.added + adder.updated)
    if options.contains(.increment) {
      if let score = adder.score { reply.double(score) } else { reply.null() }
    } else {
      reply.integer(
        options.contains(.countChanged) ? adder.added + adder.updated : adder.added)
    }
  }

  private mutating func zrem(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = find(arguments[1]) else { return reply.integer(0) }
    var removed = 0
    try modifySortedSet(place) { (set) throws(CommandError) in
      for index in 2..<arguments.count where set.remove(arguments[index]) {
        removed += 1
        if set.isEmpty { break }
      }
    }
    changes += UInt64(removed)
    reply.integer(removed)
  }

  // MARK: Reading

  private mutating func zscore(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let score = try sortedSet(arguments[1])?.score(of: arguments[2]) else {
      return reply.null()
    }
    reply.double(score)
  }

  private mutating func zmscore(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let set = try sortedSet(arguments[1])
    reply.array(arguments.count - 2)
    for index in 2..<arguments.count {
      if let score = set?.score(of: arguments[index]) { reply.double(score) } else { reply.null() }
    }
  }

  private mutating func zcard(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    reply.integer(try sortedSet(arguments[1])?.count ?? 0)
  }

  private mutating func zrank(
    _ arguments: Arguments, fromEnd: Bool, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count <= 4 else { throw .wrongArity(fromEnd ? "zrevrank" : "zrank") }
    let wantsScore = arguments.count == 4
    if wantsScore, !arguments.isWord("WITHSCORE", at: 3) { throw .syntax }
    guard let set = try sortedSet(arguments[1]), let rank = set.rank(of: arguments[2]) else {
      return wantsScore ? reply.nullArray() : reply.null()
    }
    if wantsScore { reply.array(2) }
    reply.integer(fromEnd ? set.count - 1 - rank : rank)
    if wantsScore { reply.double(set.score(of: arguments[2]) ?? 0) }
  }
}
