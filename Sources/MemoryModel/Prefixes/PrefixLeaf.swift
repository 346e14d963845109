import Persistence

/// The place of a leaf in a ``PrefixTree``: what a partial report holds of its pattern.
package struct PrefixLeaf: Sendable, Hashable {
  /// The text of all segments, and where each one ends in it.
  package let text: [UInt8]
  package let ends: [UInt8]
  /// A bit for each segment, the lowest for the first one: it stands for all segments of its place, `*` with
  /// or without separators behind.
  package let folded: UInt8
  /// Whether all that begins so is counted here, as is then also what ends so.
  package let isClosed: Bool

  /// nil when these do not belong together: for what is read from files.
  package init?(text: [UInt8], ends: [UInt8], folded: UInt8, isClosed: Bool) {
    guard ends.count <= KeyPattern.mostSegments, Int(ends.last ?? 0) == text.count,
      Int(folded) < 1 << ends.count
    else { return nil }
    var start = 0
    for (index, end) in ends.enumerated() {
      guard Int(end) > start, Int(end) - start <= KeyPattern.mostBytes,
        folded >> UInt8(index) & 1 == 0 || text[start] == UInt8(ascii: "*")
      else { return nil }
      start = Int(end)
    }
    self.text = text
    self.ends = ends
    self.folded = folded
    self.isClosed = isClosed
  }
}

extension PrefixShape {
  /// The slot of a leaf; nil, and nothing is done, when it cannot be one of patterns of these separators.
  ///
  /// What is folded or closed in another tree becomes so here, before the keys that were the reason are
  /// there.
  mutating func slot(_ leaf: PrefixLeaf) -> UInt32? {
    guard isOfSeparators(leaf) else { return nil }
    var node = PrefixNodes.root
    var start = 0
    let bytes = unsafe leaf.text.span.bytes
    for (index, end) in leaf.ends.enumerated() {
      let isFolded = leaf.folded >> UInt8(index) & 1 != 0
      if isFolded { restrictOpen(node) }
      if nodes[node].state == .closed { break }
      let segment = bytes.extracting(start..<Int(end))
      node = isFolded ? any(node, segment, from: 1) : step(node, segment)
      start = Int(end)
    }
    if leaf.isClosed { close(node) }
    let slot = nodes[node].slot
    return slot != PrefixNodes.none ? slot : addEnd(node)
  }

  /// Whether every segment but the last ends in separators, and one that stands for all has nothing else.
  private func isOfSeparators(_ leaf: PrefixLeaf) -> Bool {
    var start = 0
    for (index, end) in leaf.ends.enumerated() {
      let isLast = index == leaf.ends.count - 1
      guard isLast || separators.contains(leaf.text[Int(end) - 1]) else { return false }
      if leaf.folded >> UInt8(index) & 1 != 0 {
        guard leaf.text[(start + 1)..<Int(end)].allSatisfy(separators.contains) else {
          return false
        }
      }
      start = Int(end)
    }
    return true
  }

  /// Calls `body` with every leaf and its slot, in the order of their segments.
  func forEachLeaf(_ body: (PrefixLeaf, UInt32) -> Void) {
    visit(PrefixNodes.root, [], [], 0, body)
  }

  private func visit(
    _ node: UInt32, _ text: [UInt8], _ ends: [UInt8], _ folded: UInt8,
    _ body: (PrefixLeaf, UInt32) -> Void
  ) {
    let found = nodes[node]
    if found.slot != PrefixNodes.none {
      let leaf = PrefixLeaf(
        text: text, ends: ends, folded: folded, isClosed: found.state == .closed)
      guard let leaf else { preconditionFailure("a leaf that cannot be") }
      body(leaf, found.slot)
    }
    for (child, segment) in nodes.sortedChildren(node) {
      let bit: UInt8 = nodes[child].kind == .literal ? 0 : 1 << UInt8(ends.count)
      let end = UInt8(text.count + segment.count)
      visit(child, text + segment, ends + [end], folded | bit, body)
    }
  }
}

extension PrefixNodes {
  /// The children of a node by the bytes of their segments.
  func sortedChildren(_ node: UInt32) -> [(node: UInt32, segment: [UInt8])] {
    var children: [(node: UInt32, segment: [UInt8])] = []
    children.reserveCapacity(Int(self[node].childCount))
    var child = self[node].firstChild
    while child != PrefixNodes.none {
      children.append((child, segment(child)))
      child = self[child].nextSibling
    }
    return children.sorted { $0.segment.lexicographicallyPrecedes($1.segment) }
  }
}
