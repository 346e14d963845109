internal import Persistence

/// The large form of a sorted set: members by their bytes, and in the order of their scores.
///
/// A member takes its own bytes, 11 for the rest of its record, 11-21 in the table and 12-24 in the order.
package struct RankedMembers: Sendable {
  private var members: ScoredMembers
  private var order = RankedBlocks()

  /// Members in any order.
  package init(_ members: ScoredMembers) {
    self.members = members
    order = Self.order(members)
  }

  package var count: Int { order.count }

  private static func order(_ members: ScoredMembers) -> RankedBlocks {
    var items: [RankedBlocks.Item] = []
    items.reserveCapacity(members.count)
    let records = members.span
    // Records lie in the order in which members came, which often is theirs.
    var offset = 4
    while offset < records.byteCount {
      let place = UInt32(truncatingIfNeeded: offset / 4)
      items.append(
        RankedBlocks.Item(Double(bitPattern: records.load(offset, as: UInt64.self)), place))
      offset = ScoredMembers.end(place, in: records)
    }
    let isBefore = { (a: RankedBlocks.Item, b: RankedBlocks.Item) -> Bool in
      if a.score != b.score { return a.score < b.score }
      let records = members.span
      return ScoredMembers.member(a.place, in: records)
        .order(ScoredMembers.member(b.place, in: records)) < 0
    }
    switch direction(items, isBefore) {
    case .ascending: break
    case .descending: items.reverse()
    case nil: items.sort(by: isBefore)
    }
    return RankedBlocks(ascending: items)
  }

  private enum Direction {
    case ascending
    case descending
  }

  private static func direction(
    _ items: [RankedBlocks.Item], _ isBefore: (RankedBlocks.Item, RankedBlocks.Item) -> Bool
  ) -> Direction? {
    guard items.count > 1 else { return .ascending }
    let isAscending = isBefore(items[0], items[1])
    for index in items.indices.dropFirst()
    where isBefore(items[index - 1], items[index]) != isAscending { return nil }
    return isAscending ? .ascending : .descending
  }

  // MARK: Finding

  package func score(of member: RawSpan) -> Double? {
    members.find(member).map { members.score($0) }
  }

  package func rank(of member: RawSpan) -> Int? {
    members.find(member).map { order.rank(point(member, members.score($0))) }
  }

  /// The point in front of a member, or of where it would be with a score.
  @inline(__always)
  private func point(_ member: RawSpan, _ score: Double) -> RankedBlocks.Point {
    let records = members.span
    return order.point { item in
      let own = item.score
      return own < score
        || (own == score && ScoredMembers.member(item.place, in: records).order(member) < 0)
    }
  }

  /// The number of members before the first of which a question is false.
  @inline(__always)
  package func rank(_ isBefore: (RawSpan, Double) -> Bool) -> Int {
    let records = members.span
    return order.rank(
      order.point { isBefore(ScoredMembers.member($0.place, in: records), $0.score) })
  }

  /// The number of members before the first whose score makes a question false.
  @inline(__always)
  package func rank(ofScore isBefore: (Double) -> Bool) -> Int {
    order.rank(order.point { isBefore($0.score) })
  }

  /// Calls `body` with the members of some ranks and their scores until it says false.
  package func walk(_ ranks: Range<Int>, reversed: Bool, _ body: (RawSpan, Double) -> Bool) {
    let records = members.span
    order.walk(ranks, reversed: reversed) { item in
      body(ScoredMembers.member(item.place, in: records), item.score)
    }
  }

  /// Calls `body` with the members that belong to a cursor, and gives the next one; 0 behind the last.
  package func scan(_ cursor: UInt64, _ body: (RawSpan, Double) -> Void) -> UInt64 {
    let records = members.span
    return members.scan(cursor) { place in
      body(ScoredMembers.member(place, in: records), members.score(place))
    }
  }

  // MARK: Changing

  /// Adds a member, or decides on the one that is there.
  ///
  /// - `update`: gives the new score of a member by its old one; nil to leave it.
  /// - Returns: whether the member is new.
  package mutating func add(
    _ member: RawSpan, _ score: Double, update: (Double) -> Double?
  ) -> Bool {
    guard let place = members.find(member) else {
      let point = point(member, score)
      order.insert(RankedBlocks.Item(score, members.insert(member, score)), at: point)
      return true
    }
    let old = members.score(place)
    if let new = update(old) { move(member, place, from: old, to: new) }
    return false
  }

  private mutating func move(
    _ member: RawSpan, _ place: UInt32, from old: Double, to new: Double
  ) {
    members.setScore(place, new)
    let before = order.settled(point(member, old))
    let item = RankedBlocks.Item(new, place)
    // Counters often stay where they are.
    if let (previous, next) = order.neighbours(before), previous < new, new < next {
      return order.replace(at: before, with: item)
    }
    order.remove(at: before)
    order.insert(item, at: point(member, new))
  }

  /// Removes a member; false when it is not there.
  package mutating func remove(_ member: RawSpan) -> Bool {
    guard let place = members.find(member) else { return false }
    order.remove(at: order.settled(point(member, members.score(place))))
    members.remove(member)
    tidy()
    return true
  }

  /// Removes the members of some ranks, which are inside.
  package mutating func remove(_ ranks: Range<Int>) {
    var places: [UInt32] = []
    places.reserveCapacity(ranks.count)
    order.walk(ranks, reversed: false) { item in
      places.append(item.place)
      return true
    }
    order.remove(ranks)
    for place in places { members.remove(at: place) }
    tidy()
  }

  /// Gives back the memory of members that are gone, once that is most of it.
  private mutating func tidy() {
    guard members.isSparse else { return }
    var kept = ScoredMembers(reserving: members.count)
    let old = members
    order.replacePlaces { item in
      kept.insert(ScoredMembers.member(item.place, in: old.span), item.score)
    }
    members = kept
  }
}
