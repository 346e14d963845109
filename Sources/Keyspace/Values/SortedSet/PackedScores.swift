internal import Glibc
internal import Persistence

/// The small form of a sorted set: one block of bytes with its members ascending by score, then by bytes.
///
///     count u32le · entries
///     entry = score · length · member
///     score = 00-FA the score itself · FB i48le · FC i16le · FD i32le · FE the bits of a double
///     length = one byte, or FF and u32le
///
/// A server's listpack holds the same in more bytes and has scores as decimal text, which takes a hundred
/// times longer to read and to write; ``SortedSetValue/forEach(_:)`` gives what makes one.
package struct PackedScores: Sendable, Equatable {
  private var bytes: [UInt8]

  private static let start = 4

  /// A member in the block.
  package struct Item {
    var offset: Int
    var score: Double
    /// Offset and size of the member's bytes.
    var member: Int
    var size: Int

    /// Offset of the next one.
    var end: Int {
      @inline(__always) get { member &+ size }
    }
  }

  /// An empty block with room for so many bytes of members and scores.
  package init(reserving room: Int = 0) {
    bytes = []
    bytes.reserveCapacity(4 + room)
    bytes += [0, 0, 0, 0]
  }

  private init(unusable bytes: [UInt8]) { self.bytes = bytes }

  /// What stands in the place of a block that is being changed. It takes no memory, and is of no other use.
  package static let absent = PackedScores(unusable: [])

  /// The number of members.
  package var count: Int {
    @inline(__always) get { Int(span.load(0, as: UInt32.self)) }
  }

  package var span: RawSpan {
    @_lifetime(borrow self)
    @inline(__always)
    get { unsafe bytes.span.bytes }
  }

  @inline(__always)
  private static func item(_ bytes: RawSpan, at offset: Int) -> Item {
    let mark = bytes.load(offset, as: UInt8.self)
    var at = offset &+ 1
    let score: Double
    switch mark {
    case 0xFE:
      score = Double(bitPattern: bytes.load(at, as: UInt64.self))
      at &+= 8
    case 0xFD:
      score = Double(bytes.load(at, as: Int32.self))
      at &+= 4
    case 0xFC:
      score = Double(bytes.load(at, as: Int16.self))
      at &+= 2
    case 0xFB:
      let high = Int64(bytes.load(at &+ 4, as: Int16.self))
      score = Double(high << 32 | Int64(bytes.load(at, as: UInt32.self)))
      at &+= 6
    default: score = Double(mark)
    }
    var size = Int(bytes.load(at, as: UInt8.self))
    at &+= 1
    if size == 0xFF {
      size = Int(bytes.load(at, as: UInt32.self))
      at &+= 4
    }
    return Item(offset: offset, score: score, member: at, size: size)
  }

  // MARK: Reading

  /// Calls `body` with the members in order, from an offset on, until it says false.
  @inline(__always)
  private func walk(
    from offset: Int = PackedScores.start, _ body: (RawSpan, Item) -> Bool
  ) {
    let bytes = span
    var offset = offset
    while offset < bytes.byteCount {
      let item = Self.item(bytes, at: offset)
      guard body(bytes.extracting(item.member..<item.end), item) else { return }
      offset = item.end
    }
  }

  /// Where a member is; nil when it is not there.
  package func find(_ member: RawSpan) -> Item? {
    var found: Item?
    walk { own, item in
      guard own.isSame(as: member) else { return true }
      found = item
      return false
    }
    return found
  }

  /// Where a member is, or where it would be put with a score.
  private func locate(_ member: RawSpan, _ score: Double) -> (found: Item?, offset: Int) {
    var found: Item?
    var offset: Int?
    walk { own, item in
      if own.isSame(as: member) {
        found = item
        return false
      }
      if offset == nil,
        item.score > score || (item.score == score && own.order(member) > 0)
      {
        offset = item.offset
      }
      return true
    }
    return (found, offset ?? bytes.count)
  }

  /// The number of members before a member that is there.
  package func rank(of member: RawSpan) -> Int? {
    var rank = 0
    var isFound = false
    walk { own, item in
      isFound = own.isSame(as: member)
      if !isFound { rank &+= 1 }
      return !isFound
    }
    return isFound ? rank : nil
  }

  /// Where the members of some ranks begin; `ranks` lies inside.
  private func offsets(of ranks: Range<Int>) -> [Int] {
    var offsets: [Int] = []
    offsets.reserveCapacity(ranks.count)
    var rank = 0
    walk { _, item in
      if rank >= ranks.lowerBound { offsets.append(item.offset) }
      rank &+= 1
      return rank < ranks.upperBound
    }
    return offsets
  }

  /// Calls `body` with the members of some ranks and their scores until it says false.
  package func walk(_ ranks: Range<Int>, reversed: Bool, _ body: (RawSpan, Double) -> Bool) {
    guard !ranks.isEmpty else { return }
    guard reversed else {
      var rank = 0
      return walk { own, item in
        defer { rank &+= 1 }
        if rank >= ranks.lowerBound, !body(own, item.score) { return false }
        return rank &+ 1 < ranks.upperBound
      }
    }
    let bytes = span
    for offset in offsets(of: ranks).reversed() {
      let item = Self.item(bytes, at: offset)
      guard body(bytes.extracting(item.member..<item.end), item.score) else { return }
    }
  }

  /// The ranks from the first member that is not below a range to the last one before the first that is
  /// above.
  package func ranks(
    notBelow: (RawSpan, Double) -> Bool, notAbove: (RawSpan, Double) -> Bool
  ) -> Range<Int> {
    var rank = 0
    var first: Int?
    walk { own, item in
      if first == nil {
        if !notBelow(own, item.score) {
          rank &+= 1
          return true
        }
        first = rank
      }
      guard notAbove(own, item.score) else { return false }
      rank &+= 1
      return true
    }
    guard let first else { return 0..<0 }
    return first..<rank
  }

  /// The ranks back from the last member that is not above a range to the one behind the last before it
  /// that is below.
  package func ranksFromEnd(
    notBelow: (RawSpan, Double) -> Bool, notAbove: (RawSpan, Double) -> Bool
  ) -> Range<Int> {
    let count = count
    var end = 0
    var rank = count
    walk(0..<count, reversed: true) { own, score in
      if end == 0 {
        if !notAbove(own, score) {
          rank &-= 1
          return true
        }
        end = rank
      }
      guard notBelow(own, score) else { return false }
      rank &-= 1
      return true
    }
    return end == 0 ? 0..<0 : rank..<end
  }

  /// The first and the last member, while `body` runs. There are some.
  package func withEnds<R>(_ body: (RawSpan, RawSpan) -> R) -> R {
    var last = Self.item(span, at: Self.start)
    let first = last
    while last.end < bytes.count { last = Self.item(span, at: last.end) }
    return body(
      span.extracting(first.member..<first.end), span.extracting(last.member..<last.end))
  }

  // MARK: Changing

  /// Adds a member if it is small enough and there are not too many, or decides on the one that is there.
  ///
  /// - `update`: gives the new score of a member by its old one; nil to leave it.
  /// - Returns: whether the member is new; nil if it is, but there is no room for it here.
  package mutating func add(
    _ member: RawSpan, _ score: Double, limits: EncodingLimits, update: (Double) -> Double?
  ) -> Bool? {
    let score = limits.packed(score)
    let place = locate(member, score)
    if let found = place.found {
      if let new = update(found.score) { move(found, to: limits.packed(new), member) }
      return false
    }
    guard count < limits.sortedSetEntries, member.byteCount <= limits.sortedSetValue else {
      return nil
    }
    insert(member, score, at: place.offset)
    return true
  }

  /// Gives a member that is there another score.
  private mutating func move(_ item: Item, to score: Double, _ member: RawSpan) {
    remove(item)
    insert(member, score, at: locate(member, score).offset)
  }

  /// Where the next member that is appended will be.
  package var end: Int { bytes.count }

  /// Whether a member comes behind the one at an offset.
  package func isAscending(after offset: Int?, _ member: RawSpan, _ score: Double) -> Bool {
    guard let offset else { return true }
    let item = Self.item(span, at: offset)
    if item.score != score { return item.score < score }
    return span.extracting(item.member..<item.end).order(member) < 0
  }

  /// Adds a member that comes behind all others.
  package mutating func append(_ member: RawSpan, _ score: Double) {
    insert(member, score, at: bytes.count)
  }

  package mutating func remove(_ item: Item) {
    bytes.removeSubrange(item.offset..<item.end)
    setCount(count - 1)
  }

  /// Removes the members of some ranks, which are inside.
  package mutating func remove(_ ranks: Range<Int>) {
    guard !ranks.isEmpty else { return }
    let offsets = offsets(of: ranks)
    let end = Self.item(span, at: offsets[offsets.count - 1]).end
    bytes.removeSubrange(offsets[0]..<end)
    setCount(count - ranks.count)
  }

  private mutating func setCount(_ count: Int) {
    unsafe bytes.withUnsafeMutableBytes {
      unsafe $0.storeBytes(of: UInt32(truncatingIfNeeded: count).littleEndian, as: UInt32.self)
    }
  }

  private mutating func insert(_ member: RawSpan, _ score: Double, at offset: Int) {
    let (mark, bits, width) = Self.encode(score)
    let length = member.byteCount
    let head = 1 + width + (length < 0xFF ? 1 : 5)
    let added = head + length
    let old = bytes.count
    // A quarter more than needed: doubling would leave small collections half empty.
    if bytes.capacity < old + added { bytes.reserveCapacity((old + added) * 5 / 4) }
    bytes.append(addingCapacity: added) { output in
      unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
        unsafe buffer.baseAddress?.initialize(repeating: 0, count: added)
        initialized = added
      }
    }
    unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      let place = unsafe base + offset
      unsafe memmove(place + added, place, old - offset)
      unsafe place.storeBytes(of: mark, as: UInt8.self)
      for index in 0..<width {
        unsafe place.storeBytes(
          of: UInt8(truncatingIfNeeded: bits >> UInt64(8 * index)), toByteOffset: 1 + index,
          as: UInt8.self)
      }
      if length < 0xFF {
        unsafe place.storeBytes(of: UInt8(length), toByteOffset: 1 + width, as: UInt8.self)
      } else {
        unsafe place.storeBytes(of: 0xFF, toByteOffset: 1 + width, as: UInt8.self)
        unsafe place.storeBytes(
          of: UInt32(length).littleEndian, toByteOffset: 2 + width, as: UInt32.self)
      }
      unsafe member.withUnsafeBytes { source in
        if let start = source.baseAddress {
          unsafe (place + head).copyMemory(from: start, byteCount: length)
        }
      }
    }
    setCount(count + 1)
  }

  /// The first byte of a score, and what follows it: bits, of which so many bytes count.
  private static func encode(_ score: Double) -> (UInt8, UInt64, Int) {
    guard abs(score) < 0x1p47, let integer = Int64(exactly: score),
      integer != 0 || score.sign == .plus
    else { return (0xFE, score.bitPattern, 8) }
    let bits = UInt64(bitPattern: integer)
    switch integer {
    case 0...0xFA: return (UInt8(integer), 0, 0)
    case -0x8000...0x7FFF: return (0xFC, bits, 2)
    case -0x8000_0000...0x7FFF_FFFF: return (0xFD, bits, 4)
    default: return (0xFB, bits, 6)
    }
  }
}

extension RawSpan {
  /// Whether the bytes are those of another span. Members of one set often begin alike, so that the last byte
  /// is looked at first.
  @inline(__always)
  fileprivate func isSame(as other: RawSpan) -> Bool {
    let count = byteCount
    guard count == other.byteCount, count > 0 else { return count == other.byteCount }
    return load(count &- 1, as: UInt8.self) == other.load(count &- 1, as: UInt8.self)
      && order(other) == 0
  }
}
