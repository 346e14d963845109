internal import Persistence

/// A hash.
struct HashValue: Sendable {
  var fields: [RDBField]
  init(_ fields: [RDBField]) { self.fields = fields }
  var count: Int { fields.count }
}
