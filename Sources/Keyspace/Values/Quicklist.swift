package import DequeModule
internal import Persistence

/// A long list: a deque of nodes of bounded size, none of them empty.
///
/// A list of Redis from 3.2 on is made so. Where nodes end is of no account for what commands answer, but
/// each node is one that a server may have. Source: quicklist.c of Redis 7.0.
package struct Quicklist: Sendable {
  package private(set) var nodes: Deque<ListNode>
  /// Elements.
  package private(set) var count: Int

  package init() {
    nodes = []
    count = 0
  }

  /// A list of one node.
  package init(_ node: ListNode) {
    nodes = [node]
    count = node.count
  }

  /// An element, by its node and its offset there; with ``ListNode/end`` as offset, the place behind the
  /// last element of the node.
  package struct Place {
    var node: Int
    var offset: Int
  }

  /// Where the element of a number is, counted from the nearer end. There has to be one.
  package func place(of index: Int) -> Place {
    if index < count / 2 {
      var node = 0
      var left = index
      while left >= nodes[node].count {
        left -= nodes[node].count
        node += 1
      }
      return Place(node: node, offset: nodes[node].offset(of: left))
    }
    var node = nodes.count - 1
    // Elements from this node on.
    var behind = nodes[node].count
    while count - behind > index {
      node -= 1
      behind += nodes[node].count
    }
    return Place(node: node, offset: nodes[node].offset(of: index - (count - behind)))
  }

  // MARK: Adding

  /// Adds an element at an end.
  ///
  /// - `limit`: bytes of a node.
  @inline(__always)
  package mutating func push(_ entry: RawSpan, atHead: Bool, limit: Int) {
    count &+= 1
    let edge = atHead ? 0 : nodes.count &- 1
    if edge >= 0, edge < nodes.count, nodes[edge].allows(entry, limit: limit) {
      nodes[edge].insert(entry, at: atHead ? EditableListpack.start : nodes[edge].end)
    } else {
      addNode(ListNode(entry, limit: limit), atHead: atHead)
    }
  }

  @inline(never)
  private mutating func addNode(_ node: ListNode, atHead: Bool) {
    if !nodes.isEmpty { nodes[atHead ? 0 : nodes.count - 1].seal() }
    if atHead { nodes.prepend(node) } else { nodes.append(node) }
  }

  /// Adds a node that is not empty at the end.
  mutating func append(_ node: ListNode) {
    count += node.count
    nodes.append(node)
  }

  /// Puts an element before a place.
  package mutating func insert(_ entry: RawSpan, at place: Place, limit: Int) {
    count += 1
    let node = place.node
    let isLarge = ListNode.isLarge(entry, limit: limit)
    if nodes[node].allows(entry, limit: limit) {
      nodes[node].insert(entry, at: place.offset)
    } else if place.offset == nodes[node].start {
      if !isLarge, node > 0, nodes[node - 1].allows(entry, limit: limit) {
        nodes[node - 1].insert(entry, at: nodes[node - 1].end)
      } else {
        nodes.insert(ListNode(entry, limit: limit), at: node)
      }
    } else if place.offset == nodes[node].end {
      if !isLarge, node + 1 < nodes.count, nodes[node + 1].allows(entry, limit: limit) {
        nodes[node + 1].insert(entry, at: EditableListpack.start)
      } else {
        nodes.insert(ListNode(entry, limit: limit), at: node + 1)
      }
    } else {
      split(at: place, around: entry, limit: limit)
    }
  }

  /// Cuts a node in two and puts an element between both parts, or into one of them.
  private mutating func split(at place: Place, around entry: RawSpan, limit: Int) {
    let node = place.node
    let tail = nodes[node].split(at: place.offset)
    nodes.insert(tail, at: node + 1)
    var last = node + 1
    if tail.size < nodes[node].size, tail.allows(entry, limit: limit) {
      nodes[last].insert(entry, at: EditableListpack.start)
    } else if nodes[node].allows(entry, limit: limit) {
      nodes[node].insert(entry, at: nodes[node].end)
    } else {
      nodes.insert(ListNode(entry, limit: limit), at: last)
      last += 1
    }
    // Else every insertion would leave smaller nodes.
    merge(behind: last, limit: limit)
    merge(behind: node - 1, limit: limit)
  }

  /// Makes one of a node and the next one when they fit.
  private mutating func merge(behind node: Int, limit: Int) {
    guard node >= 0, node + 1 < nodes.count else { return }
    if nodes[node].merge(nodes[node + 1], limit: limit) { nodes.remove(at: node + 1) }
  }

  /// Puts an element in the place of another.
  package mutating func replace(at place: Place, with entry: RawSpan, limit: Int) {
    let node = place.node
    if nodes[node].count == 1 {
      nodes[node] = ListNode(entry, limit: limit)
      return
    }
    let old = nodes[node].next(after: place.offset) - place.offset
    if nodes[node].size - old + entry.byteCount + 8 <= limit {
      nodes[node].replace(at: place.offset, with: entry)
    } else {
      nodes[node].remove(at: place.offset)
      count -= 1
      insert(entry, at: place, limit: limit)
    }
  }

  // MARK: Removing

  /// Removes so many elements from the one of a number on; there are so many.
  package mutating func remove(from index: Int, count removed: Int) {
    guard removed > 0 else { return }
    if removed == 1, index == 0 || index == count - 1 { return removeEnd(isHead: index == 0) }
    let first = place(of: index)
    count -= removed
    var left = removed
    var node = first.node
    if first.offset > nodes[node].start {
      // Elements of the node that stay in front are those before the offset.
      var before = 0
      var at = nodes[node].start
      while at < first.offset {
        at = nodes[node].next(after: at)
        before += 1
      }
      let part = min(left, nodes[node].count - before)
      nodes[node].remove(at: first.offset, count: part)
      left -= part
      node += 1
    }
    let whole = node
    while left > 0, node < nodes.count, nodes[node].count <= left {
      left -= nodes[node].count
      node += 1
    }
    if left > 0 { nodes[node].remove(at: nodes[node].start, count: left) }
    nodes.removeSubrange(whole..<node)
  }

  /// Removes the first or the last element.
  private mutating func removeEnd(isHead: Bool) {
    count -= 1
    let node = isHead ? 0 : nodes.count - 1
    if nodes[node].count == 1 {
      if isHead { nodes.removeFirst() } else { nodes.removeLast() }
    } else {
      nodes[node].removeEnd(isHead: isHead)
    }
  }

  /// Removes one element and tells where the one behind it is; of the last one of a node, that is the start
  /// of the next node, which need not exist.
  package mutating func remove(at place: Place) -> Place {
    count -= 1
    if nodes[place.node].count == 1 {
      nodes.remove(at: place.node)
      return Place(node: place.node, offset: place.node < nodes.count ? start(place.node) : 0)
    }
    nodes[place.node].remove(at: place.offset)
    if place.offset < nodes[place.node].end { return place }
    let next = place.node + 1
    return Place(node: next, offset: next < nodes.count ? start(next) : 0)
  }

  private func start(_ node: Int) -> Int { nodes[node].start }
}
