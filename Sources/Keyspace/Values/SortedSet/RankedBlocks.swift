/// The order of a large sorted set: blocks of up to 256 members, ascending over all of them.
///
/// What a member is, the owner knows; here it is its score and the place of its record. Searches ask
/// a question that is true of all members up to some point, and of none from there on.
package struct RankedBlocks: Sendable {
  /// A member: 12 bytes.
  package struct Item: BitwiseCopyable, Sendable {
    private var low: UInt32
    private var high: UInt32
    var place: UInt32

    @inline(__always)
    init(_ score: Double, _ place: UInt32) {
      let bits = score.bitPattern
      low = UInt32(truncatingIfNeeded: bits)
      high = UInt32(truncatingIfNeeded: bits >> 32)
      self.place = place
    }

    var score: Double {
      @inline(__always) get { Double(bitPattern: UInt64(high) << 32 | UInt64(low)) }
    }
  }

  /// A point among the members: in front of one, or behind the last one of a block.
  package struct Point: Equatable {
    var block: Int
    var index: Int
  }

  package static let largestBlock = 256

  // Firsts and sizes lie beside the blocks, where a search meets them without a look at each block.
  private var blocks: [[Item]] = []
  private var firsts: [Item] = []
  private var sizes: [UInt32] = []
  package private(set) var count = 0

  package init() {}

  /// Members that are in order already.
  package init(ascending items: [Item]) {
    var start = 0
    let number = (items.count + Self.largestBlock - 1) / Self.largestBlock
    blocks.reserveCapacity(number)
    firsts.reserveCapacity(number)
    sizes.reserveCapacity(number)
    while start < items.count {
      let end = min(start + Self.largestBlock, items.count)
      blocks.append(Array(items[start..<end]))
      firsts.append(items[start])
      sizes.append(UInt32(end - start))
      start = end
    }
    count = items.count
  }

  // MARK: Finding

  /// The point behind all members of which `isBefore` is true.
  @inline(__always)
  package func point(_ isBefore: (Item) -> Bool) -> Point {
    guard let last = blocks.last else { return Point(block: 0, index: 0) }
    // Members often come in order.
    if isBefore(last[last.count &- 1]) { return Point(block: blocks.count &- 1, index: last.count) }
    var low = 0
    var high = blocks.count
    while low < high {
      let middle = (low &+ high) / 2
      if isBefore(firsts[middle]) { low = middle &+ 1 } else { high = middle }
    }
    guard low > 0 else { return Point(block: 0, index: 0) }
    let items = blocks[low &- 1]
    // The first one is before the point.
    var start = 1
    var end = items.count
    while start < end {
      let middle = (start &+ end) / 2
      if isBefore(items[middle]) { start = middle &+ 1 } else { end = middle }
    }
    return Point(block: low &- 1, index: start)
  }

  /// The same point, in the block of the member behind it.
  package func settled(_ point: Point) -> Point {
    point.block < blocks.count && point.index == blocks[point.block].count
      ? Point(block: point.block + 1, index: 0) : point
  }

  /// The number of members before a point.
  package func rank(_ point: Point) -> Int {
    var rank = point.index
    for block in 0..<point.block { rank &+= Int(sizes[block]) }
    return rank
  }

  /// The point in front of the member of a rank; behind all for their number.
  package func point(ofRank rank: Int) -> Point {
    var left = rank
    var block = 0
    while block < blocks.count, left >= Int(sizes[block]) {
      left &-= Int(sizes[block])
      block &+= 1
    }
    return Point(block: block, index: left)
  }

  /// The member behind a point; nil at the end.
  package subscript(point: Point) -> Item? {
    guard point.block < blocks.count else { return nil }
    if point.index < blocks[point.block].count { return blocks[point.block][point.index] }
    return point.block + 1 < blocks.count ? firsts[point.block + 1] : nil
  }

  /// The scores before and behind the member behind a point; nil unless all three are in the point's block.
  package func neighbours(_ point: Point) -> (Double, Double)? {
    guard point.index > 0, point.index + 1 < blocks[point.block].count else { return nil }
    return (blocks[point.block][point.index - 1].score, blocks[point.block][point.index + 1].score)
  }

  /// Calls `body` with the members of some ranks until it says false.
  @inline(__always)
  package func walk(_ ranks: Range<Int>, reversed: Bool, _ body: (Item) -> Bool) {
    var left = ranks.count
    guard left > 0 else { return }
    var at = point(ofRank: reversed ? ranks.upperBound &- 1 : ranks.lowerBound)
    while true {
      let items = blocks[at.block]
      while reversed ? at.index >= 0 : at.index < items.count {
        guard body(items[at.index]) else { return }
        left &-= 1
        guard left > 0 else { return }
        at.index &+= reversed ? -1 : 1
      }
      at.block &+= reversed ? -1 : 1
      at.index = reversed ? blocks[at.block].count &- 1 : 0
    }
  }

  // MARK: Changing

  /// Puts a member at a point.
  package mutating func insert(_ item: Item, at point: Point) {
    count &+= 1
    guard point.block < blocks.count else { return add([item], at: point.block) }
    guard blocks[point.block].count >= Self.largestBlock else {
      return put(item, at: point)
    }
    // Members that come in order fill their blocks.
    if point.block == blocks.count &- 1, point.index == Self.largestBlock {
      return add([item], at: blocks.count)
    }
    if point.block == 0, point.index == 0 { return add([item], at: 0) }
    let half = Self.largestBlock / 2
    let upper = Array(blocks[point.block][half...])
    blocks[point.block] = Array(blocks[point.block][..<half])
    sizes[point.block] = UInt32(half)
    add(upper, at: point.block &+ 1)
    put(
      item,
      at: point.index <= half
        ? point : Point(block: point.block &+ 1, index: point.index &- half))
  }

  private mutating func put(_ item: Item, at point: Point) {
    blocks[point.block].insert(item, at: point.index)
    sizes[point.block] &+= 1
    if point.index == 0 { firsts[point.block] = item }
  }

  private mutating func add(_ items: [Item], at block: Int) {
    blocks.insert(items, at: block)
    firsts.insert(items[0], at: block)
    sizes.insert(UInt32(items.count), at: block)
  }

  /// Removes the member behind a point, which is in the point's block.
  package mutating func remove(at point: Point) {
    blocks[point.block].remove(at: point.index)
    count -= 1
    settle(point.block)
  }

  /// Gives the member behind a point, which is in the point's block, another score, where that leaves the
  /// order as it is.
  package mutating func replace(at point: Point, with item: Item) {
    blocks[point.block][point.index] = item
    if point.index == 0 { firsts[point.block] = item }
  }

  /// Removes the members of some ranks, which are inside.
  package mutating func remove(_ ranks: Range<Int>) {
    var left = ranks.count
    guard left > 0 else { return }
    count -= left
    let start = point(ofRank: ranks.lowerBound)
    var block = start.block
    if start.index > 0 {
      let end = min(blocks[block].count, start.index + left)
      blocks[block].removeSubrange(start.index..<end)
      left -= end - start.index
      block += 1
    }
    let whole = block
    while block < blocks.count, left >= blocks[block].count {
      left -= blocks[block].count
      block += 1
    }
    if left > 0 { blocks[block].removeSubrange(..<left) }
    blocks.removeSubrange(whole..<block)
    firsts.removeSubrange(whole..<block)
    sizes.removeSubrange(whole..<block)
    // The later one first: a block that is merged away must not move it.
    if whole < blocks.count { settle(whole) }
    if start.index > 0 { settle(start.block) }
  }

  /// Makes up the notes on a block that has become smaller, and joins it with a neighbour when it is small.
  private mutating func settle(_ block: Int) {
    let size = blocks[block].count
    guard size > 0 else {
      blocks.remove(at: block)
      firsts.remove(at: block)
      sizes.remove(at: block)
      return
    }
    firsts[block] = blocks[block][0]
    sizes[block] = UInt32(size)
    guard size < Self.largestBlock / 4 else { return }
    let joined = Self.largestBlock * 3 / 4
    if block + 1 < blocks.count, size + blocks[block + 1].count <= joined {
      join(block)
    } else if block > 0, size + blocks[block - 1].count <= joined {
      join(block - 1)
    }
  }

  /// Adds the block behind this one to it.
  private mutating func join(_ block: Int) {
    blocks[block] += blocks[block + 1]
    sizes[block] = UInt32(blocks[block].count)
    blocks.remove(at: block + 1)
    firsts.remove(at: block + 1)
    sizes.remove(at: block + 1)
  }

  /// Gives every member the place that `body` tells, in order.
  package mutating func replacePlaces(_ body: (Item) -> UInt32) {
    for block in blocks.indices {
      for index in blocks[block].indices {
        blocks[block][index].place = body(blocks[block][index])
      }
      firsts[block] = blocks[block][0]
    }
  }
}
