/// Counts the nodes of a radix tree (rax) of stream IDs, which come in ascending order.
///
/// The tree of keys of 16 bytes has a node without children for each key, a node for each place where keys
/// part, with a child for every byte that follows, and a compressed node for each stretch between those.
/// Each node is a header of 4 bytes, its bytes, padding to a multiple of 8, pointers to its children (one for
/// a compressed node), and a pointer for a key. Source: rax.h and rax.c since Redis 5.0.
struct RadixTree {
  private static let keyLength = 16

  /// A place where keys part, on the way to the last key: its depth, and its children so far.
  private struct Fork: BitwiseCopyable {
    var depth: Int
    var children: Int
  }

  private var forks = InlineArray<17, Fork>(repeating: Fork(depth: 0, children: 0))
  private var count = 0
  private var last = StreamID.zero
  private var measure = RadixTreeMeasure()

  init() {}

  /// Adds a key. One that does not ascend (which only damage brings about) is counted as if it did.
  mutating func add(_ key: StreamID, _ sizes: borrowing ElementAllocations) {
    measure.keys &+= 1
    if measure.keys == 1 {
      last = key
      return
    }
    let depth = Self.commonBytes(last, key)
    closeLeaf(before: depth, sizes)
    // Forks below the new one are complete.
    while count > 0, forks[count &- 1].depth > depth {
      let fork = forks[count &- 1]
      count &-= 1
      let parent = max(count > 0 ? forks[count &- 1].depth : -1, depth)
      add(fork, parent: parent, sizes)
    }
    if count > 0, forks[count &- 1].depth == depth {
      forks[count &- 1].children &+= 1
    } else {
      forks[count] = Fork(depth: depth, children: 2)
      count &+= 1
    }
    last = key
  }

  /// The size of the tree; an empty one has its root.
  mutating func finish(_ sizes: borrowing ElementAllocations) -> RadixTreeMeasure {
    guard measure.keys > 0 else {
      measure.nodes = 1
      measure.bytes = sizes.treeNode[4]
      return measure
    }
    closeLeaf(before: -1, sizes)
    while count > 0 {
      let fork = forks[count &- 1]
      count &-= 1
      add(fork, parent: count > 0 ? forks[count &- 1].depth : -1, sizes)
    }
    return measure
  }

  /// Counts the last key's own nodes: `depth` is how many bytes it shares with the next key.
  private mutating func closeLeaf(before depth: Int, _ sizes: borrowing ElementAllocations) {
    let parent = max(count > 0 ? forks[count &- 1].depth : -1, depth)
    addStretch(Self.keyLength &- parent &- 1, sizes)
    // A header, and a pointer to the value.
    addNode(16, sizes)
  }

  private mutating func add(
    _ fork: Fork, parent: Int, _ sizes: borrowing ElementAllocations
  ) {
    addStretch(fork.depth &- parent &- 1, sizes)
    addNode(Self.size(fork.children) &+ 8 &* UInt64(fork.children), sizes)
  }

  /// A compressed node of so many bytes, if there are any.
  private mutating func addStretch(_ bytes: Int, _ sizes: borrowing ElementAllocations) {
    guard bytes > 0 else { return }
    addNode(Self.size(bytes) &+ 8, sizes)
  }

  private mutating func addNode(_ bytes: UInt64, _ sizes: borrowing ElementAllocations) {
    measure.nodes &+= 1
    measure.bytes &+= sizes.treeNode[bytes]
  }

  /// Header and bytes, padded.
  private static func size(_ bytes: Int) -> UInt64 { (4 &+ UInt64(bytes) &+ 7) & ~7 }

  /// How many bytes two IDs have in common from the start, at most 15: equal IDs are none of a tree.
  private static func commonBytes(_ a: StreamID, _ b: StreamID) -> Int {
    let high = a.milliseconds ^ b.milliseconds
    if high != 0 { return high.leadingZeroBitCount / 8 }
    return min(8 &+ (a.sequence ^ b.sequence).leadingZeroBitCount / 8, 15)
  }
}
