import Persistence

/// The nodes of a ``PrefixTree``, the text of their segments, and the table by which children are found.
///
/// It knows nothing of budgets. Nodes and slots have numbers; those of removed ones are given out again.
struct PrefixNodes: Sendable {
  struct Node: BitwiseCopyable, Sendable {
    var parent: UInt32
    /// Where the text of the segment lies.
    var text: UInt32
    var firstChild = PrefixNodes.none
    var nextSibling = PrefixNodes.none
    /// The sums of the keys whose pattern ends here, and in a closed node of all below.
    var slot = PrefixNodes.none
    var childCount: UInt16 = 0
    /// Bytes of the segment.
    var length: UInt8
    var kind: Kind
    var state = State.open
    /// The power of two of it.
    var budget: UInt8
  }

  enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// A segment of patterns.
    case literal
    /// All segments of its parent that have no separator, each the end of its pattern.
    case anyEnd
    /// All segments of its parent that end in separators.
    case anyPrefix
  }

  enum State: UInt8, BitwiseCopyable, Sendable {
    /// The children are literal.
    case open
    /// At most two children: one of the kind `anyEnd`, one of the kind `anyPrefix`.
    case folded
    /// No children: what is below is counted here.
    case closed
  }

  static let none = UInt32.max
  static let root: UInt32 = 0

  private(set) var count = 1
  /// Slots that were ever in use at a time.
  private(set) var slotCount = 0
  private(set) var nodes: [Node]
  private var firstFree = none
  private var text: [UInt8] = []
  /// Bytes of `text` that belong to no node.
  private var textRemoved = 0
  /// Open addressing; in the high half that of the hash, in the low half a node.
  private var slots: [UInt64]
  private var tabled = 0
  private var freeSlots: [UInt32] = []
  /// Unknown to whoever wrote the keys, so that nobody can make them queue up for one slot.
  private let seed = ByteHash.seed

  private static let empty = UInt64.max
  private static let fewestSlots = 64

  init(budget: UInt8) {
    nodes = [Node(parent: Self.none, text: 0, length: 0, kind: .literal, budget: budget)]
    slots = Array(repeating: Self.empty, count: Self.fewestSlots)
  }

  @inline(__always)
  subscript(_ node: UInt32) -> Node {
    get { nodes[Int(node)] }
    _modify { yield &nodes[Int(node)] }
  }

  /// Bytes of memory that all of it takes.
  var footprint: Int {
    nodes.capacity * MemoryLayout<Node>.stride + text.capacity + slots.capacity * 8
      + freeSlots.capacity * 4
  }

  /// The segment of a node.
  func segment(_ node: UInt32) -> [UInt8] {
    let start = Int(self[node].text)
    return Array(text[start..<(start + Int(self[node].length))])
  }

  /// Whether a run of separators is shorter than that behind the `*` of a node, or as long and its bytes
  /// smaller.
  func isBehind(_ node: UInt32, _ run: RawSpan) -> Bool {
    let count = Int(self[node].length) &- 1
    guard run.byteCount == count else { return run.byteCount < count }
    let start = Int(self[node].text) &+ 1
    for offset in 0..<count where run.byte(at: offset) != text[start &+ offset] {
      return run.byte(at: offset) < text[start &+ offset]
    }
    return false
  }

  // MARK: Children

  /// The child of an open node with this segment; none without.
  @inline(__always)
  func child(_ parent: UInt32, _ segment: RawSpan, _ hash: UInt64) -> UInt32 {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: hash >> 32) & mask
    while slots[slot] != Self.empty {
      let found = slots[slot]
      let node = UInt32(truncatingIfNeeded: found)
      if (found ^ hash) >> 32 == 0, nodes[Int(node)].parent == parent, equals(node, segment) {
        return node
      }
      slot = (slot &+ 1) & mask
    }
    return Self.none
  }

  /// The child of a folded node that stands for all of one kind; none without.
  @inline(__always)
  func child(_ parent: UInt32, _ kind: Kind) -> UInt32 {
    var child = self[parent].firstChild
    while child != Self.none, self[child].kind != kind { child = self[child].nextSibling }
    return child
  }

  @inline(__always)
  func hash(_ parent: UInt32, _ segment: RawSpan) -> UInt64 {
    ByteHash.hash(segment, seed: seed ^ UInt64(parent) &* 0x9e37_79b9_7f4a_7c15)
  }

  @inline(__always)
  private func equals(_ node: UInt32, _ segment: RawSpan) -> Bool {
    let count = segment.byteCount
    guard Int(nodes[Int(node)].length) == count else { return false }
    let start = Int(nodes[Int(node)].text)
    let own = unsafe text.span.bytes.extracting(start..<(start &+ count))
    return own.isEqual(to: segment)
  }

  /// Adds a child that is not there.
  mutating func insert(
    _ parent: UInt32, _ segment: RawSpan, _ kind: Kind, budget: UInt8
  ) -> UInt32 {
    let node: UInt32
    let new = Node(
      parent: parent, text: UInt32(text.count), length: UInt8(segment.byteCount), kind: kind,
      budget: budget)
    if firstFree != Self.none {
      node = firstFree
      firstFree = self[node].nextSibling
      self[node] = new
    } else {
      node = UInt32(nodes.count)
      nodes.append(new)
    }
    count += 1
    append(segment)
    link(node, below: parent)
    return node
  }

  /// Makes a node with all below it the child of another one.
  mutating func move(_ node: UInt32, below parent: UInt32) {
    self[node].parent = parent
    link(node, below: parent)
  }

  /// Takes all children off a node; they know the next one and no longer their parent.
  mutating func takeChildren(_ parent: UInt32) -> UInt32 {
    let first = self[parent].firstChild
    var child = first
    while child != Self.none {
      if self[child].kind == .literal { untable(child) }
      child = self[child].nextSibling
    }
    self[parent].firstChild = Self.none
    self[parent].childCount = 0
    return first
  }

  /// Forgets a node that has neither parent nor children.
  mutating func remove(_ node: UInt32) {
    textRemoved += Int(self[node].length)
    self[node].nextSibling = firstFree
    self[node].length = 0
    firstFree = node
    count -= 1
  }

  /// Gives a node another segment.
  mutating func replaceText(_ node: UInt32, _ segment: [UInt8]) {
    textRemoved += Int(self[node].length)
    self[node].text = UInt32(text.count)
    self[node].length = UInt8(segment.count)
    text += segment
  }

  private mutating func link(_ node: UInt32, below parent: UInt32) {
    self[node].nextSibling = self[parent].firstChild
    self[parent].firstChild = node
    self[parent].childCount += 1
    if self[node].kind == .literal { table(node) }
  }

  // MARK: Sums

  /// A slot for sums that holds nothing.
  mutating func takeSlot() -> UInt32 {
    if let slot = freeSlots.popLast() { return slot }
    slotCount += 1
    return UInt32(slotCount - 1)
  }

  mutating func giveSlot(_ slot: UInt32) { freeSlots.append(slot) }

  // MARK: Text

  private mutating func append(_ segment: RawSpan) {
    unsafe segment.withUnsafeBytes { unsafe text.append(contentsOf: $0) }
    if textRemoved > 1 << 20, 2 * textRemoved > text.count { compact() }
  }

  private mutating func compact() {
    var left: [UInt8] = []
    left.reserveCapacity(text.count - textRemoved)
    for index in nodes.indices {
      let start = Int(nodes[index].text)
      nodes[index].text = UInt32(left.count)
      left += text[start..<(start + Int(nodes[index].length))]
    }
    text = left
    textRemoved = 0
  }

  // MARK: Table

  private func hash(_ node: UInt32) -> UInt64 {
    let start = Int(self[node].text)
    let segment = unsafe text.span.bytes.extracting(start..<(start &+ Int(self[node].length)))
    return hash(self[node].parent, segment)
  }

  private mutating func table(_ node: UInt32) {
    if 4 &* tabled >= 3 &* slots.count { grow() }
    put(hash(node) & ~0xFFFF_FFFF | UInt64(node))
    tabled &+= 1
  }

  private mutating func put(_ entry: UInt64) {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: entry >> 32) & mask
    while slots[slot] != Self.empty { slot = (slot &+ 1) & mask }
    slots[slot] = entry
  }

  private mutating func untable(_ node: UInt32) {
    let mask = slots.count &- 1
    let entry = hash(node) & ~0xFFFF_FFFF | UInt64(node)
    var hole = Int(truncatingIfNeeded: entry >> 32) & mask
    while slots[hole] != entry {
      precondition(slots[hole] != Self.empty)
      hole = (hole &+ 1) & mask
    }
    // What lies behind moves up, unless it would then lie before the place where it is looked for.
    var slot = hole
    while true {
      slot = (slot &+ 1) & mask
      if slots[slot] == Self.empty { break }
      let home = Int(truncatingIfNeeded: slots[slot] >> 32) & mask
      if (slot &- home) & mask >= (slot &- hole) & mask {
        slots[hole] = slots[slot]
        hole = slot
      }
    }
    slots[hole] = Self.empty
    tabled &-= 1
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: Self.empty, count: 2 &* old.count)
    for entry in old where entry != Self.empty { put(entry) }
  }
}
