internal import Persistence

/// A set.
struct SetValue: Sendable {
  var members: [ByteString]
  init(_ members: [ByteString]) { self.members = members }
  var count: Int { members.count }
}
