internal import DequeModule
package import Persistence

/// A list: one listpack while it is small, then a quicklist.
///
/// It becomes a quicklist when it would be larger than a node, and a listpack again when what is left is
/// one node of at most half that size, as in a server of 7.2 and later. (In 7.0 every list is a quicklist;
/// a listpack is then one with a single node.) Source: t_list.c of Redis 7.2.
package enum ListValue: Sendable {
  case listpack(EditableListpack)
  case quicklist(Box<Quicklist>)

  /// An empty list.
  package init() { self = .listpack(EditableListpack()) }

  /// An empty list with room for elements of so many bytes, in so many.
  package init(reserving bytes: Int, count: Int, limit: Int) {
    // Two bytes beside each short element; no more than a node, whatever is stated.
    self = .listpack(EditableListpack(reserving: min(bytes &+ 2 &* count, limit)))
  }

  /// A list of elements.
  ///
  /// - `limit`: bytes of a node.
  package init(_ elements: [ByteString], limit: Int = EncodingLimits().listNodeSize) {
    let size = elements.reduce(0) { $0 &+ $1.count }
    self.init(reserving: size, count: elements.count, limit: limit)
    prepare(adding: size, limit: limit)
    for element in elements { push(unsafe element.bytes.span.bytes, atHead: false, limit: limit) }
  }

  /// The elements in their order.
  package var elements: [ByteString] {
    var elements: [ByteString] = []
    elements.reserveCapacity(count)
    forEach { elements.append(ByteString($0)) }
    return elements
  }

  package var count: Int {
    switch self {
    case .listpack(let pack): pack.count
    case .quicklist(let list): list.content.count
    }
  }

  package var isEmpty: Bool { count == 0 }

  /// What holds the value's memory while that is changed.
  private static var taken: ListValue { .listpack(EditableListpack(valid: [])) }

  // MARK: Nodes

  /// The number of nodes.
  package var nodeCount: Int {
    switch self {
    case .listpack: 1
    case .quicklist(let list): list.content.nodes.count
    }
  }

  /// A node, to be read or written to a file. The listpack of a small list is its only one, which may be
  /// empty.
  package func node(_ index: Int) -> ListNode {
    switch self {
    case .listpack(let pack): ListNode(pack, count: pack.count)
    case .quicklist(let list): list.content.nodes[index]
    }
  }

  /// Where the element of a number is. There has to be one.
  package func place(of index: Int) -> Quicklist.Place {
    switch self {
    case .listpack: Quicklist.Place(node: 0, offset: node(0).offset(of: index))
    case .quicklist(let list): list.content.place(of: index)
    }
  }

  // MARK: Changing

  /// Makes the list one that can take so many bytes of elements more.
  package mutating func prepare(adding bytes: Int, limit: Int) {
    guard case .listpack(let pack) = self, pack.size &+ bytes > limit else { return }
    self = .quicklist(
      Box(pack.isEmpty ? Quicklist() : Quicklist(ListNode(pack, count: pack.count))))
  }

  /// Adds an element at an end. ``prepare(adding:limit:)`` was told of it.
  package mutating func push(_ entry: RawSpan, atHead: Bool, limit: Int) {
    switch self {
    case .listpack(var pack):
      self = Self.taken
      pack.insert(entry, at: atHead ? EditableListpack.start : pack.end)
      self = .listpack(pack)
    case .quicklist(var list):
      self = Self.taken
      list.content.push(entry, atHead: atHead, limit: limit)
      self = .quicklist(list)
    }
  }

  /// Puts an element before a place.
  package mutating func insert(_ entry: RawSpan, at place: Quicklist.Place, limit: Int) {
    prepare(adding: entry.byteCount, limit: limit)
    change(
      { $0.insert(entry, at: place.offset) }, { $0.insert(entry, at: place, limit: limit) })
  }

  /// Puts an element in the place of another.
  package mutating func replace(at place: Quicklist.Place, with entry: RawSpan, limit: Int) {
    prepare(adding: entry.byteCount, limit: limit)
    change(
      { $0.replace(at: place.offset, with: entry) },
      { $0.replace(at: place, with: entry, limit: limit) })
    settle(limit: limit)
  }

  /// Removes so many elements from the one of a number on; there are so many.
  package mutating func remove(from index: Int, count removed: Int, limit: Int) {
    guard removed > 0 else { return }
    change(
      { pack in
        let offset = ListNode(pack, count: pack.count).offset(of: index)
        if index + removed == pack.count {
          pack.truncate(at: offset)
        } else {
          pack.remove(at: offset, entries: removed)
        }
      }, { $0.remove(from: index, count: removed) })
    settle(limit: limit)
  }

  /// Removes an element and tells where the one behind it is, or would be.
  package mutating func remove(at place: Quicklist.Place) -> Quicklist.Place {
    var next = place
    change({ $0.remove(at: place.offset) }, { next = $0.remove(at: place) })
    return next
  }

  /// Makes a listpack again of a quicklist that has become small.
  package mutating func settle(limit: Int) {
    guard case .quicklist(let list) = self, list.content.nodes.count == 1 else { return }
    let node = list.content.nodes[0]
    if !node.isPlain, node.size <= limit / 2 { self = .listpack(node.pack) }
  }

  /// Changes the one or the other form, held by nobody else.
  private mutating func change(
    _ small: (inout EditableListpack) -> Void, _ large: (inout Quicklist) -> Void
  ) {
    switch self {
    case .listpack(var pack):
      self = Self.taken
      small(&pack)
      self = .listpack(pack)
    case .quicklist(var list):
      self = Self.taken
      large(&list.content)
      self = .quicklist(list)
    }
  }
}
