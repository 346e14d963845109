package import Persistence

/// A sorted set: members with scores, in the order of scores, then of bytes.
package struct SortedSetValue: Sendable {
  /// How members are held: as a server's listpack or its skiplist. The large form never goes back to the small
  /// one by itself.
  private enum Form: Sendable {
    case small(PackedScores)
    case large(Box<RankedMembers>)
  }

  private var form: Form

  /// No members.
  package init() { form = .small(PackedScores()) }

  /// No members, and room for some that take so many bytes as arguments of a command.
  package init(reserving bytes: Int) { form = .small(PackedScores(reserving: min(bytes, 2048))) }

  package init(small: PackedScores) { form = .small(small) }

  package init(large: RankedMembers) { form = .large(Box(large)) }

  /// Members in any order, each of them once, in the form that a server has after loading them.
  package init(_ members: [RDBScoredMember], limits: EncodingLimits = EncodingLimits()) {
    var builder = SortedSetBuilder(limits: limits, keepsNegativeZeros: true)
    for member in members {
      builder.append(unsafe member.member.bytes.span.bytes, member.score)
    }
    self = builder.finish()
  }

  /// All members, ascending.
  package var members: [RDBScoredMember] {
    var members: [RDBScoredMember] = []
    members.reserveCapacity(count)
    forEach { members.append(RDBScoredMember(member: ByteString($0), score: $1)) }
    return members
  }

  package var isEmpty: Bool { count == 0 }

  package var count: Int {
    switch form {
    case .small(let packed): packed.count
    case .large(let ranked): ranked.content.count
    }
  }

  /// Whether a server holds it as a listpack.
  package var isSmall: Bool {
    if case .small = form { true } else { false }
  }

  // MARK: Reading

  package func score(of member: RawSpan) -> Double? {
    switch form {
    case .small(let packed): packed.find(member)?.score
    case .large(let ranked): ranked.content.score(of: member)
    }
  }

  /// The number of members before one; nil when it is not there.
  package func rank(of member: RawSpan) -> Int? {
    switch form {
    case .small(let packed): packed.rank(of: member)
    case .large(let ranked): ranked.content.rank(of: member)
    }
  }

  /// Calls `body` with all members, ascending, and their scores.
  package func forEach(_ body: (RawSpan, Double) -> Void) { forEach(0..<count, body) }

  /// Calls `body` with the members of some ranks, which are inside, and their scores.
  package func forEach(
    _ ranks: Range<Int>, reversed: Bool = false, _ body: (RawSpan, Double) -> Void
  ) {
    walk(ranks, reversed: reversed) {
      body($0, $1)
      return true
    }
  }

  /// Calls `body` with the members of some ranks, which are inside, and their scores, until it says false.
  package func walk(_ ranks: Range<Int>, reversed: Bool = false, _ body: (RawSpan, Double) -> Bool)
  {
    switch form {
    case .small(let packed): packed.walk(ranks, reversed: reversed, body)
    case .large(let ranked): ranked.content.walk(ranks, reversed: reversed, body)
    }
  }

  /// The ranks of the members whose scores are in a range.
  package func ranks(_ range: ScoreRange) -> Range<Int> {
    guard !range.isEmpty else { return 0..<0 }
    switch form {
    case .small(let packed):
      return packed.ranks(
        notBelow: { range.isNotBelow($1) }, notAbove: { range.isNotAbove($1) })
    case .large(let ranked):
      let start = ranked.content.rank(ofScore: { !range.isNotBelow($0) })
      let end = ranked.content.rank(ofScore: { range.isNotAbove($0) })
      return start..<max(start, end)
    }
  }

  /// The ranks of the members that are in a range.
  ///
  /// Where scores differ, members are in no order of their own. Of the small form, the answer is then that of
  /// a server, which depends on the end that it begins at; of the large one, a server's own depends on
  /// chance.
  package func ranks(_ range: borrowing LexRange, fromEnd: Bool = false) -> Range<Int> {
    guard !isEmpty, !range.isEmpty else { return 0..<0 }
    switch form {
    case .small(let packed):
      guard packed.withEnds({ range.isNotAbove($0) && range.isNotBelow($1) }) else { return 0..<0 }
      return fromEnd
        ? packed.ranksFromEnd(
          notBelow: { member, _ in range.isNotBelow(member) },
          notAbove: { member, _ in range.isNotAbove(member) })
        : packed.ranks(
          notBelow: { member, _ in range.isNotBelow(member) },
          notAbove: { member, _ in range.isNotAbove(member) })
    case .large(let ranked):
      let start = ranked.content.rank { member, _ in !range.isNotBelow(member) }
      let end = ranked.content.rank { member, _ in range.isNotAbove(member) }
      return start..<max(start, end)
    }
  }

  /// Calls `body` with the members that belong to a cursor of ZSCAN, and gives the next one; 0 behind the
  /// last. The small form is told as a whole.
  package func scan(_ cursor: UInt64, _ body: (RawSpan, Double) -> Void) -> UInt64 {
    switch form {
    case .small:
      forEach(body)
      return 0
    case .large(let ranked): return ranked.content.scan(cursor, body)
    }
  }

  // MARK: Changing

  /// Adds a member, or decides on the one that is there.
  ///
  /// - `update`: gives the new score of a member by its old one; nil to leave it.
  /// - Returns: whether the member is new.
  @inline(__always)
  package mutating func add(
    _ member: RawSpan, _ score: Double, limits: EncodingLimits, update: (Double) -> Double?
  ) -> Bool {
    if case .small(var packed) = form {
      form = .small(.absent)
      let isNew = packed.add(member, score, limits: limits, update: update)
      form = .small(packed)
      if let isNew { return isNew }
      enlarge()
    }
    guard case .large(var ranked) = form else { return false }
    form = .small(.absent)
    defer { form = .large(ranked) }
    return ranked.content.add(member, score, update: update)
  }

  /// Removes a member; false when it is not there.
  package mutating func remove(_ member: RawSpan) -> Bool {
    switch form {
    case .small(var packed):
      guard let found = packed.find(member) else { return false }
      form = .small(.absent)
      packed.remove(found)
      form = .small(packed)
      return true
    case .large(var ranked):
      form = .small(.absent)
      defer { form = .large(ranked) }
      return ranked.content.remove(member)
    }
  }

  /// Removes the members of some ranks, which are inside.
  package mutating func remove(_ ranks: Range<Int>) {
    switch form {
    case .small(var packed):
      form = .small(.absent)
      packed.remove(ranks)
      form = .small(packed)
    case .large(var ranked):
      form = .small(.absent)
      ranked.content.remove(ranks)
      form = .large(ranked)
    }
  }

  /// Gives it the large form, whatever its size.
  package mutating func enlarge() {
    guard case .small(let packed) = form else { return }
    var members = ScoredMembers(reserving: packed.count + 1)
    packed.walk(0..<packed.count, reversed: false) { member, score in
      if members.find(member) == nil { members.insert(member, score) }
      return true
    }
    form = .large(Box(RankedMembers(members)))
  }
}
