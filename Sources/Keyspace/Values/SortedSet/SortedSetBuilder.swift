internal import Persistence

/// Makes a sorted set of members that come in any order, in the form that a server gives it.
package struct SortedSetBuilder {
  private let limits: EncodingLimits
  /// Whether -0 stays what it is while a server would have a listpack: so it does when it loads one.
  private let keepsNegativeZeros: Bool
  /// Whether a server would still have a listpack.
  private var isSmall: Bool
  private var packed = PackedScores()
  /// Where the last member is in `packed`.
  private var last: Int?
  private var members: ScoredMembers?

  /// - `count`: the number of members to come, when a server knows it, too.
  package init(limits: EncodingLimits, count: Int = 0, keepsNegativeZeros: Bool = false) {
    self.limits = limits
    isSmall = count <= limits.sortedSetEntries
    self.keepsNegativeZeros = keepsNegativeZeros || limits.keepsNegativeZeros
  }

  /// Adds a member. One that has come before is passed over, as a rule.
  package mutating func append(_ member: RawSpan, _ score: Double) {
    let count = members?.count ?? packed.count
    isSmall =
      isSmall && count < limits.sortedSetEntries && member.byteCount <= limits.sortedSetValue
    let score = isSmall && !keepsNegativeZeros ? score + 0 : score
    if isSmall, members == nil, packed.isAscending(after: last, member, score) {
      last = packed.end
      return packed.append(member, score)
    }
    if members == nil { spill() }
    if members?.find(member) == nil { members?.insert(member, score) }
  }

  private mutating func spill() {
    var table = ScoredMembers(reserving: packed.count + 1)
    packed.walk(0..<packed.count, reversed: false) { member, score in
      if table.find(member) == nil { table.insert(member, score) }
      return true
    }
    packed = PackedScores()
    members = table
  }

  package mutating func finish() -> SortedSetValue {
    guard let members else { return SortedSetValue(small: packed) }
    return SortedSetValue(members, limits: limits)
  }
}

extension SortedSetValue {
  /// Members in any order, in the form that a server gives to as many that are as long.
  package init(_ members: ScoredMembers, limits: EncodingLimits) {
    let ranked = RankedMembers(members)
    var isSmall = ranked.count <= limits.sortedSetEntries
    if isSmall {
      ranked.walk(0..<ranked.count, reversed: false) { member, _ in
        isSmall = member.byteCount <= limits.sortedSetValue
        return isSmall
      }
    }
    guard isSmall else {
      self.init(large: ranked)
      return
    }
    var packed = PackedScores()
    ranked.walk(0..<ranked.count, reversed: false) { member, score in
      packed.append(member, limits.packed(score))
      return true
    }
    self.init(small: packed)
  }
}
