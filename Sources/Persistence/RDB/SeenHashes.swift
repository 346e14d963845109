/// A set of 64-bit hashes for finding elements that stand in a collection twice.
///
/// It holds at most `capacity` hashes. A larger collection is walked several times, each time with
/// the hashes of one part of the hash space, so that memory does not grow with the collection.
@safe package struct SeenHashes: ~Copyable {
  /// Hashes held at once: 2²⁰ slots of 8 bytes, three quarters full.
  package static let capacity = 3 << 18

  private var slots: UnsafeMutableBufferPointer<UInt64>
  private var mask = 63
  private var held = 0
  private var passes: UInt64 = 1
  private var pass: UInt64 = 0

  package init() {
    unsafe slots = .allocate(capacity: 64)
    unsafe slots.initialize(repeating: 0)
  }

  deinit { unsafe slots.deallocate() }

  /// The number of walks that a collection of `count` elements needs.
  package static func passes(for count: UInt64) -> UInt64 {
    count / UInt64(capacity) + 1
  }

  /// Empties the set for walk number `pass` of `passes` over a collection of about `count` elements,
  /// which the caller knows to be there.
  package mutating func begin(count: UInt64, pass: UInt64 = 0, of passes: UInt64 = 1) {
    self.pass = pass
    self.passes = passes
    held = 0
    let target = Int(Swift.min(count / passes, UInt64(SeenHashes.capacity)))
    var size = 16
    while size < target &* 4 / 3 &+ 1 { size <<= 1 }
    mask = size &- 1
    if unsafe slots.count < size {
      replaceSlots(size)
    } else {
      unsafe UnsafeMutableBufferPointer(rebasing: slots[0..<size]).update(repeating: 0)
    }
  }

  /// False when the hash was there before: the caller compares the elements themselves.
  @inline(__always)
  package mutating func insert(_ hash: UInt64) -> Bool {
    if passes > 1, hash.multipliedFullWidth(by: passes).high != pass { return true }
    // Zero marks an empty slot.
    let key = hash == 0 ? 1 : hash
    var slot = Int(truncatingIfNeeded: key) & mask
    while true {
      // `mask` is below the number of slots, and the table is never full.
      let found = unsafe slots[slot]
      if found == 0 { break }
      if found == key { return false }
      slot = (slot &+ 1) & mask
    }
    unsafe slots[slot] = key
    held &+= 1
    if held &* 4 > (mask &+ 1) &* 3 { enlarge() }
    return true
  }

  @inline(never)
  private mutating func enlarge() {
    let old = unsafe slots[0...mask].filter { $0 != 0 }
    mask = mask &* 2 &+ 1
    if unsafe slots.count <= mask {
      replaceSlots(mask + 1)
    } else {
      unsafe UnsafeMutableBufferPointer(rebasing: slots[0...mask]).update(repeating: 0)
    }
    for key in old {
      var slot = Int(truncatingIfNeeded: key) & mask
      while unsafe slots[slot] != 0 { slot = (slot + 1) & mask }
      unsafe slots[slot] = key
    }
  }

  private mutating func replaceSlots(_ size: Int) {
    unsafe slots.deallocate()
    unsafe slots = .allocate(capacity: size)
    unsafe slots.initialize(repeating: 0)
  }

  /// Gives back the memory of an unusually large collection.
  package mutating func trim() {
    if unsafe slots.count > 1 << 16 { replaceSlots(64) }
    mask = 15
  }
}
