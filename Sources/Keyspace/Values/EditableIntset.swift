internal import Persistence

/// An intset (for the layout see `Intset`) in memory of its own that can be changed. Members never become
/// narrower again, as in a server.
package struct EditableIntset: Sendable, Equatable {
  /// The intset.
  package private(set) var bytes: [UInt8]

  /// An empty intset.
  package init() { bytes = [2, 0, 0, 0, 0, 0, 0, 0] }

  /// Takes over an intset that has been found to be valid.
  init(valid bytes: [UInt8]) { self.bytes = bytes }

  /// Members in any order; some may be there twice.
  package init(_ members: [Int64]) {
    self.init()
    let sorted = members.sorted()
    guard let first = sorted.first, let last = sorted.last else { return }
    let width = max(Self.width(of: first), Self.width(of: last))
    bytes.reserveCapacity(8 + width * sorted.count)
    bytes[0] = UInt8(width)
    var previous: Int64?
    for member in sorted where member != previous {
      insert(member, at: count)
      previous = member
    }
  }

  var isEmpty: Bool { bytes.count == 8 }

  package var count: Int {
    @inline(__always) get { (bytes.count &- 8) / width }
  }

  /// Bytes of each member: 2, 4 or 8.
  private var width: Int {
    @inline(__always) get { Int(bytes[0]) }
  }

  /// The member of a number, from the smallest, which is number 0.
  package subscript(index: Int) -> Int64 {
    @inline(__always) get { Self.read(unsafe bytes.span.bytes, index, width) }
  }

  @inline(__always)
  private static func read(_ bytes: RawSpan, _ index: Int, _ width: Int) -> Int64 {
    switch width {
    case 2: Int64(bytes.littleEndian(at: 8 &+ 2 &* index, as: Int16.self))
    case 4: Int64(bytes.littleEndian(at: 8 &+ 4 &* index, as: Int32.self))
    default: bytes.littleEndian(at: 8 &+ 8 &* index, as: Int64.self)
    }
  }

  private static func width(of member: Int64) -> Int {
    if Int16(exactly: member) != nil { return 2 }
    return Int32(exactly: member) != nil ? 4 : 8
  }

  /// Where a member is, or would be.
  private func search(_ member: Int64) -> (index: Int, isThere: Bool) {
    let span = unsafe bytes.span.bytes
    let width = width
    var low = 0
    var high = count
    // Members that come in their order are the usual case.
    if high > 0, Self.read(span, high &- 1, width) < member { return (high, false) }
    while low < high {
      let middle = (low &+ high) / 2
      let found = Self.read(span, middle, width)
      if found == member { return (middle, true) }
      if found < member { low = middle &+ 1 } else { high = middle }
    }
    return (low, false)
  }

  package func contains(_ member: Int64) -> Bool { search(member).isThere }

  /// Adds a member; false when it is there.
  package mutating func insert(_ member: Int64) -> Bool {
    let (index, isThere) = search(member)
    guard !isThere else { return false }
    let needed = Self.width(of: member)
    if needed > width { widen(to: needed) }
    insert(member, at: index)
    return true
  }

  /// Removes a member; false when it is not there.
  package mutating func remove(_ member: Int64) -> Bool {
    let (index, isThere) = search(member)
    guard isThere else { return false }
    let known = count
    bytes.removeSubrange((8 + index * width)..<(8 + (index + 1) * width))
    setCount(known - 1)
    return true
  }

  private mutating func insert(_ member: Int64, at index: Int) {
    let known = count
    let width = width
    // A quarter more than needed: doubling would leave small sets half empty.
    if bytes.capacity < bytes.count + width { bytes.reserveCapacity((bytes.count + width) * 5 / 4) }
    unsafe withUnsafeBytes(of: member.littleEndian) { word in
      let place = 8 + index * width
      unsafe bytes.insert(contentsOf: UnsafeRawBufferPointer(rebasing: word[..<width]), at: place)
    }
    setCount(known + 1)
  }

  private mutating func setCount(_ count: Int) {
    for index in 0..<4 { bytes[4 + index] = UInt8(truncatingIfNeeded: count >> (8 * index)) }
  }

  private mutating func widen(to width: Int) {
    let old = self
    bytes = []
    bytes.reserveCapacity(8 + (old.count + 1) * width)
    bytes += [UInt8(width), 0, 0, 0, 0, 0, 0, 0]
    for index in 0..<old.count {
      let word = old[index]
      for shift in 0..<width { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
    }
    setCount(old.count)
  }
}
