internal import Persistence

/// A pattern of SORT: a key in which the first `*` stands for the element, with `->` and a field where it is one of
/// a hash; or `#` for the element itself.
struct SortPattern {
  private let text: [UInt8]
  /// Where the `*` is; nil without one.
  private let star: Int?
  /// Where the field begins, behind the arrow; nil for a string.
  private let field: Int?

  init(_ pattern: RawSpan) {
    let bytes = ByteString(pattern).bytes
    // For a server, which looks for these in a C string, a zero byte is the end.
    let searched = bytes.prefix { $0 != 0 }
    text = bytes
    star = searched.firstIndex(of: UInt8(ascii: "*"))
    let arrow = star.flatMap { star in
      searched.indices.dropFirst(star + 1).first {
        searched[$0...].starts(with: Array("->".utf8))
      }
    }
    field = arrow.flatMap { $0 + 2 < searched.count ? $0 + 2 : nil }
  }

  /// Whether it is one key, whatever the element.
  var isConstant: Bool { star == nil }

  /// Whether it is the element itself.
  var isElement: Bool {
    text.first == UInt8(ascii: "#") && (text.count == 1 || text[1] == 0)
  }

  /// The key that an element stands for; nil for a constant.
  func key(for element: ByteString) -> ByteString? {
    guard let star else { return nil }
    let end = field.map { $0 - 2 } ?? text.count
    return ByteString(text[..<star] + element.bytes + text[(star + 1)..<end])
  }

  /// The field of a hash; nil for a string.
  var fieldName: ByteString? { field.map { ByteString(Array(text[$0...])) } }
}

extension Keyspace {
  /// What a pattern stands for with an element; nil when there is none, or it is of another type.
  mutating func value(_ pattern: SortPattern, _ element: ByteString) -> ByteString? {
    if pattern.isElement { return element }
    guard let key = pattern.key(for: element) else { return nil }
    do throws(CommandError) {
      guard let name = pattern.fieldName else {
        return try entry(unsafe key.bytes.span.bytes).map { (entry) throws(CommandError) in
          ByteString(try entry.string())
        }
      }
      return try hash(unsafe key.bytes.span.bytes)?.content.withValue(
        of: unsafe name.bytes.span.bytes
      ) { ByteString($0) }
    } catch {
      return nil
    }
  }
}

extension Value {
  /// The elements that SORT sorts; nil for a value that has none. Those of lists and sorted sets in their
  /// order.
  var sortElements: [ByteString]? {
    switch self {
    case .list(let list): return list.elements
    case .set(let set): return set.members
    case .sortedSet(let set):
      var members: [ByteString] = []
      members.reserveCapacity(set.count)
      set.forEach { member, _ in members.append(ByteString(member)) }
      return members
    default: return nil
    }
  }

  /// A list of elements.
  static func list(of elements: [ByteString]) -> Value { .list(ListValue(elements)) }
}
