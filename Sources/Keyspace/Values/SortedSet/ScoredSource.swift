internal import Persistence

/// What ZUNION, ZINTER and ZDIFF take members from: a sorted set, a set, whose members all have the score 1, or
/// nothing.
enum ScoredSource {
  case nothing
  case sortedSet(SortedSetValue)
  case set(SetValue)

  var count: Int {
    switch self {
    case .nothing: 0
    case .sortedSet(let set): set.count
    case .set(let set): set.count
    }
  }

  func score(of member: RawSpan) -> Double? {
    switch self {
    case .nothing: nil
    case .sortedSet(let set): set.score(of: member)
    case .set(let set): set.contains(member) ? 1 : nil
    }
  }

  /// Calls `body` with all members and their scores until it says false.
  func walk(_ body: (RawSpan, Double) -> Bool) {
    switch self {
    case .nothing: break
    case .sortedSet(let set): set.walk(0..<set.count, body)
    case .set(let set): set.all { body($0, 1) }
    }
  }
}
