import Persistence

/// Which patterns a ``PrefixTree`` tells apart: a tree of their segments in bounded memory.
///
/// Continuations of a node are its children and, where patterns end in it, that end. Let `ways` be their
/// number rounded up to a power of two. Every node has a budget of leaves (ends of patterns at and below it):
/// the root 65,536, a child that of its parent by the `ways` of the parent, and no less than 1. A node with
/// more continuations than its budget, or than 4,096 (both are ``PrefixBounds``),
///
/// - is *folded* when its budget is at least 4: its children become two, one for all segments that end in
///   separators, with the union of their subtrees and a 4,096th of the budget, and one for those that do not,
///   which are ends of patterns;
/// - is *closed* when its budget is below 4: it has no children any more, what is below is counted in it. So
///   is a folded node whose budget becomes so small.
///
/// **The tree depends on the set of patterns alone.** With further patterns no node has fewer continuations,
/// and none a larger budget, since the `ways` of an open node are at most the number by which a folded one of
/// that budget divides it; so by induction from the root, what is folded or closed for some of the patterns
/// is folded or closed, or lies below what is closed, for all of them. Hence the tree of some patterns has
/// forgotten only what the tree of all must not know, and whether the others come one by one or as a tree,
/// and in whatever order, folding what their trees have folded and applying the budgets leads to the one
/// tree that the rules give for all patterns, from the root down.
///
/// **The bound.** The leaves at and below a node are no more than its budget: an open node has at most `ways`
/// continuations of one `ways`th of it, a closed one is one leaf, and a folded one has an end, a child that
/// is an end and one of a 4,096th of the budget, or of 1. So there are at most 65,536 leaves, and with at
/// most eight segments 524,289 nodes.
struct PrefixShape: Sendable {
  /// The power of two of the budget below which a node is closed, not folded.
  private static let leastFolded: UInt8 = 2

  /// Sums of one slot that go to another; the first one is free afterwards.
  struct Merge: BitwiseCopyable {
    var from: UInt32
    var into: UInt32
  }

  private(set) var nodes: PrefixNodes
  let separators: KeySeparators
  let bounds: PrefixBounds
  /// To be done in this order, before the next pattern is added.
  private var merges: [Merge] = []

  init(_ separators: KeySeparators, _ bounds: PrefixBounds) {
    nodes = PrefixNodes(budget: bounds.leaves)
    self.separators = separators
    self.bounds = bounds
  }

  /// What became of the sums while patterns were added. The slots that it frees are given out again.
  mutating func takeMerges() -> [Merge] {
    guard !merges.isEmpty else { return [] }
    let taken = merges
    merges = []
    for merge in taken { nodes.giveSlot(merge.from) }
    return taken
  }

  var hasMerges: Bool { !merges.isEmpty }

  // MARK: Adding

  /// The slot of a pattern's end.
  @inline(__always)
  mutating func slot(_ pattern: borrowing KeyPattern) -> UInt32 {
    var node = PrefixNodes.root
    var start = 0
    let bytes = pattern.bytes
    for index in 0..<pattern.segmentCount {
      if nodes[node].state == .closed { break }
      let end = pattern.end(index)
      node = step(node, bytes.extracting(start..<end))
      start = end
    }
    let slot = nodes[node].slot
    return slot != PrefixNodes.none ? slot : addEnd(node)
  }

  /// The child of a node that is not closed for a segment, unless the node is closed by it: then itself.
  @inline(__always)
  mutating func step(_ node: UInt32, _ segment: RawSpan) -> UInt32 {
    if nodes[node].state == .open {
      let child = nodes.child(node, segment, nodes.hash(node, segment))
      if child != PrefixNodes.none { return child }
    }
    return stepAnew(node, segment)
  }

  @inline(never)
  private mutating func stepAnew(_ node: UInt32, _ segment: RawSpan) -> UInt32 {
    if nodes[node].state == .open {
      addContinuation(node)
      if nodes[node].state == .open {
        let before = childBudget(node)
        let budget = childBudget(node, more: 1)
        let child = nodes.insert(node, segment, .literal, budget: budget)
        if budget != before { settleChildren(node) }
        return child
      }
    }
    if nodes[node].state == .closed { return node }
    return any(node, segment, from: segment.byteCount &- separators.trailing(segment))
  }

  /// The child of a folded node for a segment, whose separators begin at `start`.
  mutating func any(_ node: UInt32, _ segment: RawSpan, from start: Int) -> UInt32 {
    let run = segment.extracting(start..<segment.byteCount)
    let kind: PrefixNodes.Kind = run.byteCount == 0 ? .anyEnd : .anyPrefix
    let child = nodes.child(node, kind)
    guard child != PrefixNodes.none else {
      let text = starred(run)
      return nodes.insert(node, unsafe text.span.bytes, kind, budget: childBudget(node))
    }
    // Of their separators the fewest are told, the smallest bytes of as many: the same in any order.
    if nodes.isBehind(child, run) { nodes.replaceText(child, starred(run)) }
    return child
  }

  private func starred(_ run: RawSpan) -> [UInt8] {
    [UInt8(ascii: "*")] + ByteString(run).bytes
  }

  /// The slot of a node that gets the end of its first pattern.
  @inline(never)
  mutating func addEnd(_ node: UInt32) -> UInt32 {
    if nodes[node].state == .open {
      addContinuation(node)
      if nodes[node].state == .closed { return nodes[node].slot }
    }
    let before = childBudget(node)
    let slot = nodes.takeSlot()
    nodes[node].slot = slot
    if childBudget(node) != before { settleChildren(node) }
    return slot
  }

  // MARK: Budgets

  private func continuations(_ node: UInt32) -> Int {
    Int(nodes[node].childCount) + (nodes[node].slot == PrefixNodes.none ? 0 : 1)
  }

  /// The power of two of the budget that the children of a node have, with so many more continuations.
  private func childBudget(_ node: UInt32, more: Int = 0) -> UInt8 {
    let ways =
      nodes[node].state == .folded ? bounds.ways : Self.powerOfTwo(continuations(node) + more)
    return nodes[node].budget - min(ways, nodes[node].budget)
  }

  private static func powerOfTwo(_ count: Int) -> UInt8 {
    UInt8(Int.bitWidth - max(count - 1, 0).leadingZeroBitCount)
  }

  /// Folds or closes an open node when it cannot have one more continuation.
  private mutating func addContinuation(_ node: UInt32) {
    if isBeyond(node, continuations(node) + 1) { restrict(node) }
  }

  private func isBeyond(_ node: UInt32, _ count: Int) -> Bool {
    count > 1 << Int(min(nodes[node].budget, bounds.ways))
  }

  /// Applies the budget of a node, which has become smaller, to it and below.
  private mutating func settle(_ node: UInt32) {
    switch nodes[node].state {
    case .closed: return
    case .folded: if nodes[node].budget < Self.leastFolded { return close(node) }
    case .open: if isBeyond(node, continuations(node)) { return restrict(node) }
    }
    settleChildren(node)
  }

  /// Gives the children of a node the budget that they have now. It becomes smaller no more than 16 times,
  /// which is how often any node is come to.
  private mutating func settleChildren(_ node: UInt32) {
    let budget = childBudget(node)
    var child = nodes[node].firstChild
    while child != PrefixNodes.none {
      let next = nodes[child].nextSibling
      lower(child, to: budget)
      child = next
    }
  }

  private mutating func lower(_ node: UInt32, to budget: UInt8) {
    guard nodes[node].budget > budget else { return }
    nodes[node].budget = budget
    settle(node)
  }

  // MARK: Folding

  /// Folds or closes a node that is open.
  mutating func restrict(_ node: UInt32) {
    if nodes[node].budget < Self.leastFolded { close(node) } else { fold(node) }
  }

  /// Folds or closes a node, unless it is folded or closed.
  mutating func restrictOpen(_ node: UInt32) {
    if nodes[node].state == .open { restrict(node) }
  }

  private mutating func fold(_ node: UInt32) {
    var child = nodes.takeChildren(node)
    nodes[node].state = .folded
    while child != PrefixNodes.none {
      let next = nodes[child].nextSibling
      place(child, below: node)
      child = next
    }
  }

  mutating func close(_ node: UInt32) {
    guard nodes[node].state != .closed else { return }
    let first = nodes.takeChildren(node)
    nodes[node].state = .closed
    if nodes[node].slot == PrefixNodes.none { nodes[node].slot = nodes.takeSlot() }
    pour(first, into: nodes[node].slot)
  }

  /// Sums up what is at nodes in a row and below them, and removes them.
  private mutating func pour(_ first: UInt32, into slot: UInt32) {
    var node = first
    while node != PrefixNodes.none {
      let next = nodes[node].nextSibling
      pour(nodes.takeChildren(node), into: slot)
      if nodes[node].slot != PrefixNodes.none {
        merges.append(Merge(from: nodes[node].slot, into: slot))
      }
      nodes.remove(node)
      node = next
    }
  }

  /// Puts a node without parent below one that is folded or closed, or below one that is open.
  private mutating func place(_ child: UInt32, below node: UInt32) {
    let segment = nodes.segment(child)
    let bytes = unsafe segment.span.bytes
    var twin = PrefixNodes.none
    if nodes[node].state == .open {
      twin = nodes.child(node, bytes, nodes.hash(node, bytes))
      if twin == PrefixNodes.none {
        addContinuation(node)
        if nodes[node].state == .open {
          let before = childBudget(node)
          nodes.move(child, below: node)
          let budget = childBudget(node)
          return budget != before ? settleChildren(node) : lower(child, to: budget)
        }
      }
    }
    if nodes[node].state == .folded {
      let start =
        nodes[child].kind == .literal ? segment.count - separators.trailing(bytes) : 1
      twin = any(node, bytes, from: start)
    }
    guard nodes[node].state != .closed else {
      nodes[child].nextSibling = PrefixNodes.none
      return pour(child, into: nodes[node].slot)
    }
    absorb(child, into: twin)
  }

  /// Unites a node without parent with one whose budget is no larger.
  private mutating func absorb(_ node: UInt32, into twin: UInt32) {
    switch nodes[node].state {
    case .open: break
    case .folded: restrictOpen(twin)
    case .closed: close(twin)
    }
    if nodes[node].slot != PrefixNodes.none {
      let slot = nodes[twin].slot
      let end = slot != PrefixNodes.none ? slot : addEnd(twin)
      merges.append(Merge(from: nodes[node].slot, into: end))
    }
    var child = nodes.takeChildren(node)
    while child != PrefixNodes.none {
      let next = nodes[child].nextSibling
      place(child, below: twin)
      child = next
    }
    nodes.remove(node)
  }
}
