/// What is summed up for keys of one pattern.
package protocol PrefixSums: Sendable {
  /// The sums of no keys.
  init()
  /// Adds the sums of other keys. The order in which that is done must not matter.
  mutating func add(_ other: Self)
}

/// How much a ``PrefixTree`` tells apart, in powers of two.
package struct PrefixBounds: Sendable, Equatable {
  /// Patterns of all.
  let leaves: UInt8
  /// Segments behind one beginning.
  let ways: UInt8

  /// 65,536 patterns, and 4,096 segments at a place.
  package static let standard = PrefixBounds(leaves: 16, ways: 12)

  package init(leaves: UInt8, ways: UInt8) {
    precondition((1...leaves).contains(ways) && leaves <= Self.mostLeaves)
    self.leaves = leaves
    self.ways = ways
  }

  /// What numbers of nodes and children have room for.
  private static var mostLeaves: UInt8 { 16 }
}

/// The sums of keys by their patterns and by all beginnings of these, in bounded memory.
///
/// What does not fit is folded by rules that depend on the set of keys alone, see `PrefixShape`: the same
/// keys give the same tree in any order, and however they were divided among trees that are merged. 4,096
/// distinct beginnings are told apart, with 16 patterns each. There are at most 65,536 sums; all else takes
/// less than 42 MB (half a million nodes of 28 bytes, their table, and texts, half of which may be waste),
/// and 0.2 MB at the beginning.
package struct PrefixTree<Sums: PrefixSums>: Sendable {
  private(set) var shape: PrefixShape
  /// By slots.
  private var sums: [Sums] = []
  private var recent = RecentPatterns()

  package var separators: KeySeparators { shape.separators }
  package var bounds: PrefixBounds { shape.bounds }
  /// Patterns told apart, and beginnings of patterns.
  package var nodeCount: Int { shape.nodes.count }
  /// Bytes of memory that the tree takes, without what sums refer to.
  package var footprint: Int {
    shape.nodes.footprint + sums.capacity * MemoryLayout<Sums>.stride + RecentPatterns.footprint
  }

  /// A tree of no keys, for patterns of these separators.
  package init(_ separators: KeySeparators = .colon, _ bounds: PrefixBounds = .standard) {
    shape = PrefixShape(separators, bounds)
  }

  /// Adds keys of a pattern: `change` adds them to its sums.
  @inline(__always)
  package mutating func add(_ pattern: borrowing KeyPattern, _ change: (inout Sums) -> Void) {
    let hash = recent.hash(pattern)
    let slot = recent.slot(pattern, hash) ?? newSlot(pattern, hash)
    change(&sums[Int(slot)])
  }

  /// Adds a leaf of another tree; false, and nothing is done, when that had other separators.
  package mutating func add(_ leaf: PrefixLeaf, _ added: Sums) -> Bool {
    guard let slot = shape.slot(leaf) else { return false }
    settleSums()
    sums[Int(slot)].add(added)
    return true
  }

  /// Adds all of another tree of the same separators and bounds.
  package mutating func merge(_ other: PrefixTree) {
    precondition(other.separators == separators && other.bounds == bounds)
    other.forEachLeaf { leaf, sums in
      let isAdded = add(leaf, sums)
      precondition(isAdded)
    }
  }

  /// Calls `body` with every leaf and its sums, in the order of their segments. Those of a tree, added to an
  /// empty one in any order, make the same tree.
  package func forEachLeaf(_ body: (PrefixLeaf, Sums) -> Void) {
    shape.forEachLeaf { leaf, slot in body(leaf, sums[Int(slot)]) }
  }

  /// The sums of a slot.
  subscript(_ slot: UInt32) -> Sums { sums[Int(slot)] }

  @inline(never)
  private mutating func newSlot(_ pattern: borrowing KeyPattern, _ hash: UInt64) -> UInt32 {
    let slot = shape.slot(pattern)
    if slot >= sums.count || shape.hasMerges { settleSums() }
    recent.note(pattern, hash, slot)
    return slot
  }

  @inline(never)
  private mutating func settleSums() {
    while sums.count < shape.nodes.slotCount { sums.append(Sums()) }
    // A slot stays that of its patterns until it is merged with another one.
    if shape.hasMerges { recent.removeAll() }
    for merge in shape.takeMerges() {
      sums[Int(merge.into)].add(sums[Int(merge.from)])
      sums[Int(merge.from)] = Sums()
    }
  }
}
