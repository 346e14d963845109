internal import Persistence

// Intersections, unions and differences of sets. Source: t_set.c of Redis 7.0.
extension Keyspace {
  static let setAlgebraCommands: [(String, CommandHandler)] = [
    ("sinter", { (k, a, r) throws(CommandError) in try k.combine(a, .intersection, &r) }),
    ("sunion", { (k, a, r) throws(CommandError) in try k.combine(a, .union, &r) }),
    ("sdiff", { (k, a, r) throws(CommandError) in try k.combine(a, .difference, &r) }),
    ("sinterstore", { (k, a, r) throws(CommandError) in try k.store(a, .intersection, &r) }),
    ("sunionstore", { (k, a, r) throws(CommandError) in try k.store(a, .union, &r) }),
    ("sdiffstore", { (k, a, r) throws(CommandError) in try k.store(a, .difference, &r) }),
    ("sintercard", { (k, a, r) throws(CommandError) in try k.sintercard(a, &r) }),
  ]

  private enum SetOperation {
    case intersection
    case union
    case difference
  }

  /// The sets under keys, nil for those that are not there. Throws `wrongType`.
  private mutating func sets(
    _ arguments: Arguments, _ places: Range<Int>
  ) throws(CommandError) -> [SetValue?] {
    var sets: [SetValue?] = []
    sets.reserveCapacity(places.count)
    for index in places { sets.append(try set(arguments[index])) }
    return sets
  }

  private mutating func combine(
    _ arguments: Arguments, _ operation: SetOperation, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let sets = try sets(arguments, 1..<arguments.count)
    if reply.isSilent { return }
    if operation == .intersection {
      reply.beginArray()
      var count = 0
      SetValue.forEachCommon(sets) { member in
        reply.bulk(member)
        count += 1
        return true
      }
      return reply.endSet(count)
    }
    let result = result(operation, sets)
    reply.set(result?.count ?? 0)
    result?.forEach { reply.bulk($0) }
  }

  private mutating func store(
    _ arguments: Arguments, _ operation: SetOperation, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let sets = try sets(arguments, 2..<arguments.count)
    guard let result = result(operation, sets) else {
      if remove(arguments[1]) { changes += 1 }
      return reply.integer(0)
    }
    set(arguments[1], .set(result))
    changes += 1
    reply.integer(result.count)
  }

  /// The members of a combination; nil without any.
  private func result(_ operation: SetOperation, _ sets: [SetValue?]) -> SetValue? {
    var result: SetValue?
    let limits = limits
    func add(_ member: RawSpan) {
      if result == nil { result = SetValue(first: member, limits) }
      _ = result?.insert(member, limits)
    }
    switch operation {
    case .intersection:
      SetValue.forEachCommon(sets) { member in
        add(member)
        return true
      }
    case .union:
      for set in sets { set?.forEach(add) }
    case .difference:
      return SetValue.difference(sets, limits)
    }
    return result
  }

  private mutating func sintercard(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let few = CommandError.text("numkeys should be greater than 0")
    let keys = try arguments.integer(at: 1, or: few)
    guard keys > 0 else { throw few }
    guard keys <= Int64(arguments.count - 2) else {
      throw .text("Number of keys can't be greater than number of args")
    }
    let limit = try arguments.cardinalityLimit(from: 2 + Int(keys))
    let sets = try sets(arguments, 2..<(2 + Int(keys)))
    if reply.isSilent { return }
    var count: Int64 = 0
    SetValue.forEachCommon(sets) { _ in
      count += 1
      return count != limit
    }
    reply.integer(count)
  }
}

extension SetValue {
  /// Calls `body` with the members that are in all sets, until it says false.
  fileprivate static func forEachCommon(_ sets: [SetValue?], _ body: (RawSpan) -> Bool) {
    var there = sets.compactMap { $0 }
    guard there.count == sets.count else { return }
    // Members of the smallest are looked for in the others, those first that are the least likely to
    // have them.
    there.sort { $0.count < $1.count }
    let others = there.dropFirst()
    there.first?.all { member in
      others.allSatisfy { $0.contains(member) } ? body(member) : true
    }
  }

  /// The members of the first set that are in none of the others; nil without any.
  fileprivate static func difference(
    _ sets: [SetValue?], _ limits: EncodingLimits
  ) -> SetValue? {
    guard let whole = sets.first ?? nil else { return nil }
    let others = sets.dropFirst().compactMap { $0 }
    // Either each member is looked for in the others, which as a rule ends early, or their members are
    // removed one by one.
    let searches = whole.count.multipliedReportingOverflow(by: others.count + 1)
    let removals = others.reduce(whole.count) { $0 + $1.count }
    guard !searches.overflow, searches.partialValue / 2 > removals else {
      var result: SetValue?
      whole.forEach { member in
        guard !others.contains(where: { $0.contains(member) }) else { return }
        if result == nil { result = SetValue(first: member, limits) }
        _ = result?.insert(member, limits)
      }
      return result
    }
    var left = whole
    for other in others where !left.isEmpty { other.forEach { _ = left.remove($0) } }
    // What is left may fit into a smaller form, in which a server would have made it.
    var result: SetValue?
    left.forEach { member in
      if result == nil { result = SetValue(first: member, limits) }
      _ = result?.insert(member, limits)
    }
    return result
  }
}

extension Arguments {
  /// How far SINTERCARD and ZINTERCARD are to count, by the LIMIT behind their keys; 0 for no limit.
  func cardinalityLimit(from start: Int) throws(CommandError) -> Int64 {
    var limit: Int64 = 0
    for index in stride(from: start, to: count, by: 2) {
      guard isWord("LIMIT", at: index), index + 1 < count else { throw .syntax }
      let negative = CommandError.text("LIMIT can't be negative")
      limit = try integer(at: index + 1, or: negative)
      guard limit >= 0 else { throw negative }
    }
    return limit
  }
}
