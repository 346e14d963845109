/// What a ``PrefixTree`` tells to a reader: the prefixes with the largest sums, and what they leave out.
package struct PrefixReport<Sums: PrefixSums>: Sendable {
  package struct Node: Sendable {
    /// The pattern of all segments up to here, with `*` behind it where more is not told apart; that of the
    /// root is empty.
    package let prefix: [UInt8]
    /// The sums of the keys whose pattern ends here, and of those that are not told apart; nil without any.
    package let own: Sums?
    /// The sums of these and of all below.
    package let total: Sums
    /// By the order of the report, the largest first, of equal ones those whose bytes come first.
    package let children: [Node]
    /// The sums of the children that the report leaves out, and how many these are.
    package let other: Sums?
    package let otherCount: Int
  }

  package let root: Node
  /// Prefixes in the report, the root aside.
  package let count: Int
}

extension PrefixTree {
  /// The `most` prefixes of which `order` is largest, of equal ones those whose bytes come first.
  ///
  /// A prefix is told only with those that it begins with. A segment without keys that has a single child is
  /// told as one with that. No prefix has more than `depth` segments, at least 1. The same tree gives the same
  /// report.
  package func report(
    most: Int, depth: Int = .max, order: (Sums) -> UInt64
  ) -> PrefixReport<Sums> {
    var selection = PrefixSelection(tree: self, depth: depth)
    selection.take(most, order)
    return PrefixReport(root: selection.told(0), count: selection.count)
  }

  /// The sums of all keys.
  package var total: Sums { total(PrefixNodes.root) }

  /// The sums of the keys whose pattern ends at a node.
  func own(_ node: UInt32) -> Sums? {
    let slot = shape.nodes[node].slot
    return slot == PrefixNodes.none ? nil : self[slot]
  }

  func total(_ node: UInt32) -> Sums {
    var total = own(node) ?? Sums()
    add(below: node, to: &total)
    return total
  }

  private func add(below node: UInt32, to total: inout Sums) {
    var child = shape.nodes[node].firstChild
    while child != PrefixNodes.none {
      if let own = own(child) { total.add(own) }
      add(below: child, to: &total)
      child = shape.nodes[child].nextSibling
    }
  }
}

/// Takes nodes out of a tree from the largest down, each after its parent.
private struct PrefixSelection<Sums: PrefixSums> {
  private struct Entry {
    var node: UInt32
    var prefix: [UInt8]
    var total: Sums
    var rank: UInt64
    /// Segments of the prefix.
    var depth = 0
    var children: Range<Int> = 0..<0
    var isTold = false
  }

  private(set) var count = 0
  private let tree: PrefixTree<Sums>
  private let deepest: Int
  private var entries: [Entry]
  /// A heap of the entries that may come next, the first of them at the top.
  private var waiting: [Int] = []

  init(tree: PrefixTree<Sums>, depth: Int) {
    self.tree = tree
    deepest = depth
    entries = [Entry(node: PrefixNodes.root, prefix: [], total: tree.total, rank: 0)]
  }

  mutating func take(_ most: Int, _ order: (Sums) -> UInt64) {
    expand(0, order)
    while count < most, let entry = popWaiting() {
      entries[entry].isTold = true
      count += 1
      expand(entry, order)
    }
  }

  func told(_ index: Int) -> PrefixReport<Sums>.Node {
    let entry = entries[index]
    var other: Sums?
    for child in entry.children where !entries[child].isTold {
      if other == nil { other = Sums() }
      other?.add(entries[child].total)
    }
    let children = entry.children.filter { entries[$0].isTold }.sorted(by: precedes)
    let isClosed = tree.shape.nodes[entry.node].state == .closed
    let isStarred = entry.prefix.last == UInt8(ascii: "*")
    return PrefixReport.Node(
      prefix: isClosed && !isStarred ? entry.prefix + [UInt8(ascii: "*")] : entry.prefix,
      own: tree.own(entry.node), total: entry.total, children: children.map(told), other: other,
      otherCount: entry.children.count - children.count)
  }

  /// Adds the children of an entry to those that may come next.
  private mutating func expand(_ index: Int, _ order: (Sums) -> UInt64) {
    guard entries[index].depth < deepest else { return }
    let start = entries.count
    let nodes = tree.shape.nodes
    var child = nodes[entries[index].node].firstChild
    while child != PrefixNodes.none {
      var node = child
      var prefix = entries[index].prefix + nodes.segment(node)
      var depth = entries[index].depth + 1
      while depth < deepest, nodes[node].childCount == 1, nodes[node].slot == PrefixNodes.none {
        node = nodes[node].firstChild
        prefix += nodes.segment(node)
        depth += 1
      }
      let total = tree.total(node)
      entries.append(
        Entry(node: node, prefix: prefix, total: total, rank: order(total), depth: depth))
      push(entries.count - 1)
      child = nodes[child].nextSibling
    }
    entries[index].children = start..<entries.count
  }

  // MARK: Heap

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    if entries[a].rank != entries[b].rank { return entries[a].rank > entries[b].rank }
    return entries[a].prefix.lexicographicallyPrecedes(entries[b].prefix)
  }

  private mutating func push(_ entry: Int) {
    waiting.append(entry)
    var place = waiting.count - 1
    while place > 0, precedes(waiting[place], waiting[(place - 1) / 2]) {
      waiting.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private mutating func popWaiting() -> Int? {
    guard let first = waiting.first, let last = waiting.popLast() else { return nil }
    guard !waiting.isEmpty else { return first }
    waiting[0] = last
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < waiting.count {
        if precedes(waiting[child], waiting[least]) { least = child }
      }
      if least == place { return first }
      waiting.swapAt(place, least)
      place = least
    }
  }
}
