internal import Persistence

/// The members of a large sorted set, to be found by their bytes: a hash table with open addressing over
/// one block of records.
///
///     record = score, the bits of a double · length, one byte, or FF and u32le · member · up to 3 zeros
///
/// A record is named by its place, the fourth part of its offset, so that the block may have 16 GiB.
package struct ScoredMembers: Sendable {
  /// Records, and four bytes before them, so that no record has the place 0.
  package private(set) var records: [UInt8] = [0, 0, 0, 0]
  /// Upper half: bits of the member's hash. Lower half: the place of its record; 0 in a free slot. A power of
  /// two of slots, of which at most three in four are taken.
  private var slots: [UInt64] = []
  package private(set) var count = 0
  /// Bytes of records that have been removed.
  private var unused = 0

  package init(reserving members: Int = 0, bytes: Int = 0) {
    guard members > 0 else { return }
    slots = [UInt64](repeating: 0, count: Self.slotCount(members))
    records.reserveCapacity(4 + 12 * members + bytes)
  }

  private static func slotCount(_ members: Int) -> Int {
    var slots = 16
    while 4 * members > 3 * slots { slots *= 2 }
    return slots
  }

  // MARK: Records

  package var span: RawSpan {
    @_lifetime(borrow self)
    @inline(__always)
    get { unsafe records.span.bytes }
  }

  /// The bytes of a member, in `records`.
  @_lifetime(copy records)
  @inline(__always)
  package static func member(_ place: UInt32, in records: RawSpan) -> RawSpan {
    let offset = Int(place) &* 4
    let size = Int(records.load(offset &+ 8, as: UInt8.self))
    if size < 0xFF { return records.extracting((offset &+ 9)..<(offset &+ 9 &+ size)) }
    let long = Int(records.load(offset &+ 9, as: UInt32.self))
    return records.extracting((offset &+ 13)..<(offset &+ 13 &+ long))
  }

  /// Offset of the record behind one.
  package static func end(_ place: UInt32, in records: RawSpan) -> Int {
    Int(place) * 4 + recordSize(member(place, in: records).byteCount)
  }

  @inline(__always)
  package func score(_ place: UInt32) -> Double {
    Double(bitPattern: span.load(Int(place) &* 4, as: UInt64.self))
  }

  package mutating func setScore(_ place: UInt32, _ score: Double) {
    unsafe records.withUnsafeMutableBytes {
      unsafe $0.storeBytes(
        of: score.bitPattern.littleEndian, toByteOffset: Int(place) * 4, as: UInt64.self)
    }
  }

  private static func recordSize(_ member: Int) -> Int {
    (8 + (member < 0xFF ? 1 : 5) + member + 3) & ~3
  }

  private mutating func append(_ member: RawSpan, _ score: Double) -> UInt32 {
    let size = member.byteCount
    let added = Self.recordSize(size)
    let old = records.count
    precondition(old / 4 <= UInt32.max, "a sorted set of more than 16 GiB")
    if records.capacity < old + added {
      // Large blocks grow by half: the spare part of a doubled one is never touched, but it is asked for.
      records.reserveCapacity(old + max(added, old < 1 << 20 ? old : old / 2))
    }
    records.append(addingCapacity: added) { output in
      unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
        guard let base = buffer.baseAddress else { return }
        unsafe base.initialize(repeating: 0, count: added)
        let place = UnsafeMutableRawPointer(base)
        unsafe place.storeBytes(of: score.bitPattern.littleEndian, as: UInt64.self)
        let head: Int
        if size < 0xFF {
          unsafe place.storeBytes(of: UInt8(size), toByteOffset: 8, as: UInt8.self)
          head = 9
        } else {
          unsafe place.storeBytes(of: 0xFF, toByteOffset: 8, as: UInt8.self)
          unsafe place.storeBytes(of: UInt32(size).littleEndian, toByteOffset: 9, as: UInt32.self)
          head = 13
        }
        unsafe member.withUnsafeBytes { source in
          if let start = source.baseAddress {
            unsafe (place + head).copyMemory(from: start, byteCount: size)
          }
        }
        initialized = added
      }
    }
    return UInt32(truncatingIfNeeded: old / 4)
  }

  // MARK: Table

  /// The bits of a hash that a slot keeps. They also choose the slot: no record is needed to move one.
  @inline(__always)
  private static func tag(_ member: RawSpan) -> UInt32 {
    UInt32(truncatingIfNeeded: ByteHash.hash(member, seed: ByteHash.seed) >> 32)
  }

  /// The place of a member; nil when it is not there.
  @inline(__always)
  package func find(_ member: RawSpan) -> UInt32? {
    slot(member, Self.tag(member)).map { UInt32(truncatingIfNeeded: slots[$0]) }
  }

  private func slot(_ member: RawSpan, _ tag: UInt32) -> Int? {
    guard count > 0 else { return nil }
    let mask = slots.count &- 1
    let records = span
    var index = Int(tag) & mask
    while true {
      let slot = slots[index]
      guard slot != 0 else { return nil }
      if UInt32(truncatingIfNeeded: slot >> 32) == tag {
        let own = Self.member(UInt32(truncatingIfNeeded: slot), in: records)
        if own.byteCount == member.byteCount, own.order(member) == 0 { return index }
      }
      index = (index &+ 1) & mask
    }
  }

  /// Adds a member that is not there and tells its place.
  @discardableResult
  package mutating func insert(_ member: RawSpan, _ score: Double) -> UInt32 {
    let place = append(member, score)
    if 4 &* (count &+ 1) > 3 &* slots.count { resize(to: Self.slotCount(count + 1)) }
    Self.put(UInt64(Self.tag(member)) << 32 | UInt64(place), into: &slots)
    count &+= 1
    return place
  }

  @inline(__always)
  private static func put(_ slot: UInt64, into slots: inout [UInt64]) {
    let mask = slots.count &- 1
    var index = Int(truncatingIfNeeded: slot >> 32) & mask
    while slots[index] != 0 { index = (index &+ 1) & mask }
    slots[index] = slot
  }

  @inline(never)
  private mutating func resize(to size: Int) {
    var larger = [UInt64](repeating: 0, count: size)
    for slot in slots where slot != 0 { Self.put(slot, into: &larger) }
    slots = larger
  }

  /// Removes a member that is there.
  package mutating func remove(_ member: RawSpan) {
    guard let found = slot(member, Self.tag(member)) else { return }
    unused += Self.recordSize(member.byteCount)
    let mask = slots.count - 1
    var hole = found
    var index = found
    while true {
      index = (index + 1) & mask
      let slot = slots[index]
      guard slot != 0 else { break }
      let wanted = Int(truncatingIfNeeded: slot >> 32) & mask
      // Between the hole and here, in a circle: it stays.
      if (index - wanted) & mask < (index - hole) & mask { continue }
      slots[hole] = slot
      hole = index
    }
    slots[hole] = 0
    count -= 1
  }

  /// Removes the member of a record.
  package mutating func remove(at place: UInt32) {
    // A copy, since the table must not change while its records are looked at.
    let member = ByteString(Self.member(place, in: span))
    remove(unsafe member.bytes.span.bytes)
  }

  /// Whether more than half of the block is of no use, or nearly all of the table.
  package var isSparse: Bool {
    (unused > 4096 && 2 * unused > records.count)
      || (slots.count > 1024 && 12 * count < slots.count)
  }

  // MARK: Walks

  /// Calls `body` with the places of the members whose hashes belong to a cursor, and gives the next cursor;
  /// 0 behind the last.
  ///
  /// Cursors count with the bits of a slot's number from the highest down, so that a table that grows in
  /// between still tells each member that was there all the time. The method is that of a server's SCAN.
  package func scan(_ cursor: UInt64, _ body: (UInt32) -> Void) -> UInt64 {
    guard count > 0 else { return 0 }
    let mask = UInt64(slots.count - 1)
    let home = Int(truncatingIfNeeded: cursor & mask)
    var index = home
    while slots[index] != 0 {
      let slot = slots[index]
      if Int(truncatingIfNeeded: slot >> 32) & (slots.count - 1) == home {
        body(UInt32(truncatingIfNeeded: slot))
      }
      index = (index + 1) & (slots.count - 1)
    }
    return ((cursor | ~mask).reversedBits &+ 1).reversedBits
  }
}

extension UInt64 {
  fileprivate var reversedBits: UInt64 {
    var bits = byteSwapped
    bits = (bits >> 4) & 0x0F0F_0F0F_0F0F_0F0F | (bits & 0x0F0F_0F0F_0F0F_0F0F) << 4
    bits = (bits >> 2) & 0x3333_3333_3333_3333 | (bits & 0x3333_3333_3333_3333) << 2
    return (bits >> 1) & 0x5555_5555_5555_5555 | (bits & 0x5555_5555_5555_5555) << 1
  }
}
