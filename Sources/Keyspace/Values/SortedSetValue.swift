internal import Persistence

/// A sorted set.
struct SortedSetValue: Sendable {
  var members: [RDBScoredMember]
  init(_ members: [RDBScoredMember]) { self.members = members }
  var count: Int { members.count }
}
