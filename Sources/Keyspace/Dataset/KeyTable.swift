internal import Persistence

/// The keys of one cluster slot in one database: a hash table with open addressing.
///
/// A copy shares the entries until one of both changes; so a snapshot of a dataset costs next to nothing,
/// and a write behind it copies the one table that it touches, and the entry.
struct KeyTable: Sendable {
  // `@unchecked Sendable`: an entry that another holder shares is copied before a change.
  struct Slot: @unchecked Sendable {
    /// The hash of the key, which saves most looks at entries.
    var hash: UInt32 = 0
    var entry: Entry?
  }

  /// A power of two of slots, of which at most three in four are taken; none in an empty table.
  private(set) var slots: [Slot] = []
  private var taken: UInt32 = 0
  /// One less than the number of slots. The head of the array, which knows it, too, lies elsewhere than most slots.
  private var mask: UInt32 = 0

  var count: Int { Int(taken) }

  /// Slots of a table of which nothing is known.
  static let leastSlots = 4

  /// Slots, a power of two, in which so many keys find room.
  static func room(for keys: Int) -> Int {
    var room = leastSlots
    while 3 * room < 4 * keys { room *= 2 }
    return room
  }

  /// Where a key is, among the slots, and when it expires; nil when it is not there.
  @inline(__always)
  func find(_ key: RawSpan, hash: UInt32) -> (index: Int, expiresAt: Int64)? {
    guard taken > 0 else { return nil }
    let mask = Int(mask)
    // In bounds by the mask.
    return unsafe slots.withUnsafeBufferPointer { slots in
      var index = Int(truncatingIfNeeded: hash) & mask
      while true {
        guard unsafe slots[index].entry != nil else { return nil }
        if unsafe slots[index].hash == hash, let entry = unsafe slots[index].entry,
          Self.isSame(entry.key, key)
        {
          return (index, entry.expiresAt)
        }
        index = (index &+ 1) & mask
      }
    }
  }

  /// Reads the slot in which a search for a key begins. What it returns means nothing.
  @inline(__always)
  func readAhead(_ hash: UInt32) -> UInt32 {
    guard taken > 0 else { return 0 }
    return slots.span[Int(truncatingIfNeeded: hash) & Int(mask)].hash
  }

  /// Takes an entry; false when there is one of its name. Its memory is looked at only where that is to be doubted.
  ///
  /// - `room`: slots that the table gets with its first entry, a power of two.
  mutating func insertNew(_ entry: inout Entry?, hash: UInt32, room: Int) -> Bool {
    if 4 &* (count &+ 1) > 3 &* slots.count { grow(to: max(room, 2 &* slots.count)) }
    let mask = slots.count &- 1
    var index = Int(truncatingIfNeeded: hash) & mask
    while slots[index].entry != nil {
      if slots[index].hash == hash, let other = slots[index].entry, let entry,
        Self.isSame(other.key, entry.key)
      {
        return false
      }
      index = (index &+ 1) & mask
    }
    slots[index].hash = hash
    swap(&slots[index].entry, &entry)
    taken &+= 1
    return true
  }

  /// Whether two keys are the same. Calls nothing, so that nothing has to be kept alive meanwhile.
  @inline(__always)
  private static func isSame(_ a: RawSpan, _ b: RawSpan) -> Bool {
    let count = a.byteCount
    guard count == b.byteCount else { return false }
    var offset = 0
    // In bounds by the conditions, as both have as many bytes.
    while offset &+ 8 <= count {
      let x = unsafe a.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
      let y = unsafe b.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
      if x != y { return false }
      offset &+= 8
    }
    while offset < count {
      let x = unsafe a.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
      let y = unsafe b.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
      if x != y { return false }
      offset &+= 1
    }
    return true
  }

  /// The entry in a slot that is taken.
  subscript(index: Int) -> Entry {
    @inline(__always) get {
      guard let entry = slots.span[index].entry else {
        preconditionFailure("no entry in this slot")
      }
      return entry
    }
  }

  /// Puts another entry of the same key into a slot that is taken.
  mutating func replace(at index: Int, with entry: Entry) { slots[index].entry = entry }

  /// Makes sure that nobody else holds the entry in a slot.
  @inline(__always)
  mutating func makeUnique(at index: Int) {
    if !isKnownUniquelyReferenced(&slots[index].entry), let entry = slots[index].entry {
      slots[index].entry = entry.copy()
    }
  }

  /// Removes what is in a slot, and moves what follows so that no search ends too early.
  mutating func remove(at place: Int) -> Entry {
    let removed = self[place]
    let mask = slots.count - 1
    var hole = place
    var index = place
    while true {
      index = (index + 1) & mask
      guard slots[index].entry != nil else { break }
      let wanted = Int(slots[index].hash) & mask
      // Between the hole and here, in a circle: it stays.
      if (index - wanted) & mask < (index - hole) & mask { continue }
      slots[hole] = slots[index]
      hole = index
    }
    slots[hole] = Slot()
    taken -= 1
    if taken == 0 { self = KeyTable() }
    return removed
  }

  @inline(never)
  private mutating func grow(to count: Int) {
    var old = [Slot](repeating: Slot(), count: count)
    swap(&old, &slots)
    let mask = slots.count - 1
    self.mask = UInt32(mask)
    for place in old.indices where old[place].entry != nil {
      var index = Int(old[place].hash) & mask
      while slots[index].entry != nil { index = (index + 1) & mask }
      // A copy would count a reference in the entry, which lies elsewhere.
      swap(&slots[index], &old[place])
    }
  }

  /// The hash by which keys are found.
  @inline(__always)
  static func hash(_ key: RawSpan) -> UInt32 {
    UInt32(truncatingIfNeeded: ByteHash.hash(key, seed: ByteHash.seed) >> 32)
  }
}
