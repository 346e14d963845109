/// A set of 64-bit hashes for finding elements that stand in a collection twice.
///
/// It holds at most `capacity` hashes. A larger collection is walked several times, each time with
/// the hashes of one part of the hash space, so that memory does not grow with the collection.
package struct SeenHashes {
  /// Hashes held at once: 2²⁰ slots of 8 bytes, three quarters full.
  package static let capacity = 3 << 18

  private var slots = [UInt64](repeating: 0, count: 64)
  private var mask: UInt64 = 63
  private var passes: UInt64 = 1
  private var pass: UInt64 = 0

  package init() {}

  /// The number of walks that a collection of `count` elements needs.
  package static func passes(for count: UInt64) -> UInt64 {
    count / UInt64(capacity) + 1
  }

  /// Empties the set for walk number `pass` of `passes` over a collection of `count` elements. A
  /// count that is only claimed does no harm: the table starts small and is enlarged as it fills.
  package mutating func begin(count: UInt64, pass: UInt64 = 0, of passes: UInt64 = 1) {
    self.pass = pass
    self.passes = passes
    held = 0
    var wanted: UInt64 = 16
    let target = Swift.min(count, 1 << 12)
    while wanted < target &* 4 / 3 &+ 1 { wanted <<= 1 }
    mask = wanted &- 1
    if slots.count < Int(wanted) {
      slots = [UInt64](repeating: 0, count: Int(wanted))
    } else {
      for index in 0..<Int(wanted) { slots[index] = 0 }
    }
  }

  private var held: UInt64 = 0

  /// False when the hash was there before: the caller compares the elements themselves.
  @inline(__always)
  package mutating func insert(_ hash: UInt64) -> Bool {
    if passes > 1, hash.multipliedFullWidth(by: passes).high != pass { return true }
    // Zero marks an empty slot.
    let key = hash == 0 ? 1 : hash
    var slot = key & mask
    while true {
      let found = slots[Int(truncatingIfNeeded: slot)]
      if found == 0 { break }
      if found == key { return false }
      slot = (slot &+ 1) & mask
    }
    slots[Int(truncatingIfNeeded: slot)] = key
    held &+= 1
    if held &* 4 > (mask &+ 1) &* 3 { enlarge() }
    return true
  }

  @inline(never)
  private mutating func enlarge() {
    let old = slots[0..<Int(mask + 1)].filter { $0 != 0 }
    let size = (mask + 1) * 2
    mask = size - 1
    slots = [UInt64](repeating: 0, count: Int(size))
    for key in old {
      var slot = key & mask
      while slots[Int(slot)] != 0 { slot = (slot + 1) & mask }
      slots[Int(slot)] = key
    }
  }

  /// Gives back the memory of an unusually large collection.
  package mutating func trim() {
    if slots.count > 1 << 16 { slots = [UInt64](repeating: 0, count: 64) }
  }
}
