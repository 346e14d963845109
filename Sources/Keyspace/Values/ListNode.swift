package import Persistence

/// A node of a list: a listpack of elements, or one large element by itself (a plain node).
///
/// Elements are named by their offsets; the offset behind the last one is ``end``. The one element of a
/// plain node has offset 0.
package struct ListNode: Sendable {
  /// The listpack. Of a plain node, the bytes of the element and nothing else.
  package private(set) var pack: EditableListpack
  private var elements: UInt32
  /// Whether the node is one element that stands in no listpack.
  package let isPlain: Bool

  /// Bytes that an element takes at most beside its own, unless it is larger than a node.
  private static let overhead = 8

  /// Takes over a listpack of so many elements.
  package init(_ pack: EditableListpack, count: Int) {
    self.pack = pack
    elements = UInt32(truncatingIfNeeded: count)
    isPlain = false
  }

  /// A node of one element, which is plain when it is larger than a node should be.
  ///
  /// - `limit`: bytes of a node.
  package init(_ entry: RawSpan, limit: Int) {
    isPlain = Self.isLarge(entry, limit: limit)
    if isPlain {
      pack = EditableListpack(valid: unsafe entry.withUnsafeBytes { unsafe Array($0) })
    } else {
      pack = EditableListpack(reserving: entry.byteCount + Self.overhead)
      pack.append(entry)
    }
    elements = 1
  }

  /// Whether an element is a node by itself.
  package static func isLarge(_ entry: RawSpan, limit: Int) -> Bool { entry.byteCount > limit }

  /// A node of one element that is larger than a node should be.
  init(plain element: [UInt8]) {
    pack = EditableListpack(valid: element)
    elements = 1
    isPlain = true
  }

  /// Elements.
  package var count: Int { Int(elements) }
  /// Bytes of the listpack, or of the plain element.
  package var size: Int { pack.size }

  // MARK: Reading

  /// The offset of the first element.
  package var start: Int { isPlain ? 0 : EditableListpack.start }
  /// The offset behind the last element.
  package var end: Int { isPlain ? pack.size : pack.end }

  /// The element at an offset. Of a string, the offset is one in ``bytes``.
  @inline(__always)
  package func element(at offset: Int) -> Element {
    isPlain ? Element(offset: 0, count: pack.size) : pack.element(at: offset)
  }

  /// Where the element behind the one at an offset begins, or ``end``.
  @inline(__always)
  package func next(after offset: Int) -> Int { isPlain ? pack.size : pack.next(after: offset) }

  /// Where the element before an offset begins; nil before the first.
  @inline(__always)
  package func previous(before offset: Int) -> Int? {
    isPlain ? (offset > 0 ? 0 : nil) : pack.previous(before: offset)
  }

  /// The bytes in which strings lie.
  package var bytes: [UInt8] { pack.bytes }

  /// The offset of the element of a number, counted from the nearer end; ``end`` for ``count``.
  package func offset(of index: Int) -> Int {
    if isPlain { return index == 0 ? 0 : pack.size }
    if index <= count / 2 { return pack.skip(index, from: start) }
    var offset = end
    for _ in 0..<(count - index) { offset = pack.previous(before: offset) ?? start }
    return offset
  }

  // MARK: Changing

  /// Whether another element keeps the node within its limit.
  @inline(__always)
  package func allows(_ entry: RawSpan, limit: Int) -> Bool {
    !isPlain && pack.size &+ entry.byteCount &+ Self.overhead <= limit
  }

  /// Puts an element before the one at an offset, or at the end. Not into a plain node.
  @inline(__always)
  package mutating func insert(_ entry: RawSpan, at offset: Int) {
    pack.insert(entry, at: offset)
    elements &+= 1
  }

  /// Puts an element in the place of another. Not into a plain node.
  package mutating func replace(at offset: Int, with entry: RawSpan) {
    pack.replace(at: offset, with: entry)
  }

  /// Removes elements from an offset on; there are so many, and others beside them.
  package mutating func remove(at offset: Int, count removed: Int = 1) {
    pack.remove(at: offset, entries: removed)
    elements &-= UInt32(truncatingIfNeeded: removed)
  }

  /// Removes the first or the last element; there are others. Not of a plain node.
  mutating func removeEnd(isHead: Bool) {
    pack.remove(at: isHead ? start : pack.previous(before: end) ?? start)
    elements &-= 1
  }

  /// Cuts the node in two before the element at an offset, which is the first of what is returned.
  package mutating func split(at offset: Int) -> ListNode {
    let whole = pack
    var before = 0
    var at = start
    while at < offset {
      at = whole.next(after: at)
      before += 1
    }
    let tail = ListNode(whole.part(offset..<end, count: count - before), count: count - before)
    self = ListNode(whole.part(start..<offset, count: before), count: before)
    return tail
  }

  /// Adds the elements of a node that follows; false, and nothing is done, when both do not fit into one.
  package mutating func merge(_ other: ListNode, limit: Int) -> Bool {
    guard !isPlain, !other.isPlain, size + other.size <= limit else { return false }
    pack = EditableListpack.joined(pack, other.pack, count: count + other.count)
    elements += other.elements
    return true
  }

  /// Gives back memory that is kept for more elements, when that is more than a little. A plain node keeps
  /// none.
  package mutating func seal() {
    if !isPlain, pack.bytes.capacity - pack.size > pack.size / 16 + 16 {
      pack = pack.part(start..<end, count: count)
    }
  }
}

extension EditableListpack {
  /// A listpack of the entries between two offsets, of which there are so many.
  package func part(_ offsets: Range<Int>, count: Int) -> EditableListpack {
    .make(size: 7 + offsets.count, count: count) { $0 += bytes[offsets] }
  }

  /// A listpack of the entries of two, of which there are so many.
  package static func joined(
    _ a: EditableListpack, _ b: EditableListpack, count: Int
  ) -> EditableListpack {
    make(size: a.size + b.size - 7, count: count) {
      $0 += a.bytes[start..<a.end]
      $0 += b.bytes[start..<b.end]
    }
  }

  private static func make(
    size: Int, count: Int, _ fill: (inout [UInt8]) -> Void
  ) -> EditableListpack {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    for shift in stride(from: 0, to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: size >> shift))
    }
    let stated = min(count, 0xFFFF)
    bytes.append(UInt8(truncatingIfNeeded: stated))
    bytes.append(UInt8(truncatingIfNeeded: stated >> 8))
    fill(&bytes)
    bytes.append(0xFF)
    return EditableListpack(valid: bytes)
  }
}
