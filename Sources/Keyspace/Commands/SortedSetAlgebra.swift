internal import Persistence

// Unions, intersections and differences of sorted sets. Source: t_zset.c of Redis 7.0.
extension Keyspace {
  static let sortedSetAlgebraCommands: [(String, CommandHandler)] = [
    ("zunion", { (k, a, r) throws(CommandError) in try k.combine(a, .union, "zunion", &r) }),
    ("zinter", { (k, a, r) throws(CommandError) in try k.combine(a, .inter, "zinter", &r) }),
    ("zdiff", { (k, a, r) throws(CommandError) in try k.combine(a, .diff, "zdiff", &r) }),
    (
      "zunionstore",
      { (k, a, r) throws(CommandError) in
        try k.combine(a, .union, "zunionstore", stores: true, &r)
      }
    ),
    (
      "zinterstore",
      { (k, a, r) throws(CommandError) in
        try k.combine(a, .inter, "zinterstore", stores: true, &r)
      }
    ),
    (
      "zdiffstore",
      { (k, a, r) throws(CommandError) in try k.combine(a, .diff, "zdiffstore", stores: true, &r) }
    ),
    ("zintercard", { (k, a, r) throws(CommandError) in try k.zintercard(a, &r) }),
  ]

  private enum Combination {
    case union
    case inter
    case diff
  }

  /// What becomes of the scores of a member that is in several sets.
  private enum Aggregate {
    case sum
    case min
    case max

    /// A sum of opposite infinities is 0.
    func callAsFunction(_ a: Double, _ b: Double) -> Double {
      switch self {
      case .sum:
        let sum = a + b
        return sum.isNaN ? 0 : sum
      case .min: return b < a ? b : a
      case .max: return b > a ? b : a
      }
    }
  }

  /// A set with the factor of its scores.
  private struct WeightedSource {
    var source: ScoredSource
    var weight = 1.0

    /// 0 for what is no number: an infinity without weight.
    func weighted(_ score: Double) -> Double {
      let product = weight * score
      return product.isNaN ? 0 : product
    }
  }

  /// Reads how many keys follow, and what lies under them. Throws for another type.
  ///
  /// - `index`: the argument of the number; becomes that behind the last key.
  private mutating func sources(
    _ arguments: Arguments, _ index: inout Int, _ command: String
  ) throws(CommandError) -> [WeightedSource] {
    let stated = try arguments.integer(at: index)
    guard stated > 0 else {
      throw .text("at least 1 input key is needed for '\(command)' command")
    }
    guard stated < arguments.count - index else { throw .syntax }
    let keys = (index + 1)..<(index + 1 + Int(stated))
    index = keys.upperBound
    var sources: [WeightedSource] = []
    sources.reserveCapacity(keys.count)
    for key in keys {
      switch entry(arguments[key])?.value {
      case nil: sources.append(WeightedSource(source: .nothing))
      case .sortedSet(let set): sources.append(WeightedSource(source: .sortedSet(set)))
      case .set(let set): sources.append(WeightedSource(source: .set(set)))
      default: throw .wrongType
      }
    }
    return sources
  }

  private mutating func combine(
    _ arguments: Arguments, _ combination: Combination, _ command: String, stores: Bool = false,
    _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var index = stores ? 2 : 1
    var sources = try sources(arguments, &index, command)
    var aggregate = Aggregate.sum
    var wantsScores = false
    while index < arguments.count {
      let left = arguments.count - index
      if combination != .diff, left > sources.count, arguments.isWord("WEIGHTS", at: index) {
        for place in sources.indices {
          sources[place].weight = try arguments.double(
            at: index + 1 + place, or: .text("weight value is not a float"))
        }
        index += 1 + sources.count
      } else if combination != .diff, left >= 2, arguments.isWord("AGGREGATE", at: index) {
        aggregate = try Self.aggregate(arguments, at: index + 1)
        index += 2
      } else if !stores, arguments.isWord("WITHSCORES", at: index) {
        wantsScores = true
        index += 1
      } else {
        throw .syntax
      }
    }
    if !stores, reply.isSilent { return }
    let result =
      switch combination {
      case .union: Self.union(sources, aggregate)
      case .inter: Self.intersection(sources, aggregate)
      case .diff: Self.difference(sources)
      }
    guard stores else { return tell(result, withScores: wantsScores, &reply) }
    let set = SortedSetValue(result, limits: limits)
    store(set, at: arguments[1])
    reply.integer(set.count)
  }

  private static func aggregate(
    _ arguments: Arguments, at index: Int
  ) throws(CommandError) -> Aggregate {
    if arguments.isWord("SUM", at: index) { return .sum }
    if arguments.isWord("MIN", at: index) { return .min }
    if arguments.isWord("MAX", at: index) { return .max }
    throw .syntax
  }

  private func tell(_ result: ScoredMembers, withScores: Bool, _ reply: inout ReplyWriter) {
    let ranked = RankedMembers(result)
    let isNested = withScores && reply.form == .resp3
    reply.array(withScores && !isNested ? 2 * ranked.count : ranked.count)
    ranked.walk(0..<ranked.count, reversed: false) { member, score in
      if isNested { reply.array(2) }
      reply.bulk(member)
      if withScores { reply.double(score) }
      return true
    }
  }

  // MARK: Combining

  /// The sets, smaller ones first: the order in which scores are added up, which the last digits depend on.
  private static func bySize(_ sources: [WeightedSource]) -> [WeightedSource] {
    sources.enumerated().sorted {
      ($0.element.source.count, $0.offset) < ($1.element.source.count, $1.offset)
    }.map(\.element)
  }

  private static func union(
    _ sources: [WeightedSource], _ aggregate: Aggregate
  ) -> ScoredMembers {
    let sources = bySize(sources)
    var result = ScoredMembers(reserving: sources.last?.source.count ?? 0)
    for source in sources {
      source.source.walk { member, score in
        let score = source.weighted(score)
        if let place = result.find(member) {
          result.setScore(place, aggregate(result.score(place), score))
        } else {
          result.insert(member, score)
        }
        return true
      }
    }
    return result
  }

  private static func intersection(
    _ sources: [WeightedSource], _ aggregate: Aggregate
  ) -> ScoredMembers {
    let sources = bySize(sources)
    var result = ScoredMembers()
    guard let first = sources.first else { return result }
    first.source.walk { member, score in
      var sum = first.weighted(score)
      for other in sources.dropFirst() {
        guard let score = other.source.score(of: member) else { return true }
        sum = aggregate(sum, other.weight * score)
      }
      result.insert(member, sum)
      return true
    }
    return result
  }

  private static func difference(_ sources: [WeightedSource]) -> ScoredMembers {
    var result = ScoredMembers()
    guard let first = sources.first else { return result }
    first.source.walk { member, score in
      for other in sources.dropFirst() where other.source.score(of: member) != nil { return true }
      result.insert(member, score)
      return true
    }
    return result
  }

  private mutating func zintercard(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var index = 1
    let sources = Self.bySize(try sources(arguments, &index, "zintercard"))
    let limit = try arguments.cardinalityLimit(from: index)
    if reply.isSilent { return }
    var count: Int64 = 0
    guard let first = sources.first else { return reply.integer(0) }
    first.source.walk { member, _ in
      for other in sources.dropFirst() where other.source.score(of: member) == nil { return true }
      count += 1
      return limit == 0 || count < limit
    }
    reply.integer(count)
  }
}
