internal import Persistence

/// A stream.
struct StreamValue: Sendable {
  var stream: RDBStream
  init(_ stream: RDBStream) { self.stream = stream }
  var count: Int { stream.entries.count }
}
