internal import Persistence

/// A list.
struct ListValue: Sendable {
  var elements: [ByteString]
  init(_ elements: [ByteString]) { self.elements = elements }
  var count: Int { elements.count }
}
