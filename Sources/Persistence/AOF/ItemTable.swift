/// Counts of distinct byte strings (keys, prefixes, names, scripts), in the order in which each came
/// first.
///
/// Two strings are one when their hashes are: those that a caller computes with ``StableHash``, 64 bits
/// wide. Of every string no more than `mostKept` bytes are kept, in one block of memory for all.
package struct ItemTable: Sendable {
  package struct Item: BitwiseCopyable, Sendable {
    package let hash: UInt64
    /// How often it came.
    package var count: UInt64
    /// Bytes of the commands that it came in, or of its share in them.
    package var bytes: UInt64
    /// The number of the database; below 2³².
    package let database: UInt32
    /// What the owner of the table notes of the string when it is new.
    package var note: UInt32 = 0
    /// Bytes of the string, kept or not; below 2³².
    package let length: UInt32
    /// Where the kept bytes lie.
    fileprivate var start: UInt32
  }

  package private(set) var items: [Item] = []
  /// Bytes of all strings that are kept.
  package var keptBytes: Int { text.count }

  private var text: [UInt8] = []
  /// Open addressing, a power of two of slots, at most three quarters of them taken. The high half is that
  /// of the hash, the low half 1 + the number of an item; 0 for none.
  private var slots: [UInt64]
  /// Unknown to whoever wrote the file, so that nobody can make its keys queue up for one slot.
  private let secret = ByteHash.seed
  private let mostKept: Int
  private let room: Int

  private static let fewestSlots = 64

  /// An empty table that keeps no more than `mostKept` bytes of a string, with room for so many strings
  /// before it has to grow.
  package init(mostKept: Int, room: Int = 0) {
    self.mostKept = mostKept
    self.room = room
    var count = Self.fewestSlots
    while 3 * count < 4 * room { count *= 2 }
    slots = Array(repeating: 0, count: count)
    items.reserveCapacity(room)
    text.reserveCapacity(16 * room)
  }

  /// The kept bytes of an item.
  package func string(_ item: Item) -> ByteString { withString(item) { ByteString($0) } }

  /// Calls `body` with the kept bytes of an item.
  package func withString<R>(_ item: Item, _ body: (RawSpan) -> R) -> R {
    let start = Int(item.start)
    return body(unsafe text.span.bytes.extracting(start..<(start &+ kept(item))))
  }

  private func kept(_ item: Item) -> Int { Swift.min(Int(item.length), mostKept) }

  /// Counts a string `count` times, with `bytes` of commands, and returns the number of its item.
  ///
  /// - `length`: the bytes of the string, where `string` is only what a table like this kept of it.
  @discardableResult
  package mutating func add(
    _ string: RawSpan, length: UInt32? = nil, hash: UInt64, database: UInt32 = 0,
    count: UInt64 = 1, bytes: UInt64
  ) -> Int {
    let mask = slots.count &- 1
    var slot = firstSlot(hash)
    while slots[slot] != 0 {
      let found = slots[slot]
      let index = Int(truncatingIfNeeded: found & 0xFFFF_FFFF) &- 1
      if (found ^ hash) >> 32 == 0, items[index].hash == hash {
        items[index].count &+= count
        items[index].bytes &+= bytes
        return index
      }
      slot = (slot &+ 1) & mask
    }
    let item = Item(
      hash: hash, count: count, bytes: bytes, database: database,
      length: length ?? UInt32(clamping: string.byteCount), start: UInt32(text.count))
    items.append(item)
    unsafe string.extracting(0..<kept(item)).withUnsafeBytes {
      unsafe text.append(contentsOf: $0)
    }
    slots[slot] = Self.slot(hash, items.count &- 1)
    if 4 &* items.count > 3 &* slots.count { fillSlots(2 &* slots.count) }
    return items.count &- 1
  }

  /// Notes something of an item.
  package mutating func note(_ note: UInt32, of item: Int) { items[item].note = note }

  /// Empties the table and keeps its memory, unless that is unusually much.
  package mutating func removeAll() {
    guard items.capacity <= 4 * room, text.capacity <= 128 * room else {
      self = ItemTable(mostKept: mostKept, room: room)
      return
    }
    items.removeAll(keepingCapacity: true)
    text.removeAll(keepingCapacity: true)
    for slot in slots.indices { slots[slot] = 0 }
  }

  /// Lowers all counts by `amount`, and forgets the items that nothing is left of.
  package mutating func lower(by amount: UInt64) {
    var left = 0
    var end = 0
    var strings = text
    text = []
    unsafe strings.withUnsafeMutableBytes { strings in
      for index in items.indices where items[index].count > amount {
        var item = items[index]
        let start = Int(item.start)
        let length = kept(item)
        // Strings lie in the order of their items: what is overwritten was moved, or is forgotten.
        unsafe UnsafeMutableRawBufferPointer(rebasing: strings[end..<(end + length)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: strings[start..<(start + length)]))
        item.count &-= amount
        item.start = UInt32(end)
        items[left] = item
        end += length
        left += 1
      }
    }
    items.removeLast(items.count - left)
    strings.removeLast(strings.count - end)
    text = strings
    fillSlots(slots.count)
  }

  /// Where to begin to look for a hash.
  @inline(__always)
  private func firstSlot(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: ByteHash.fold(hash ^ secret, 0x9e37_79b9_7f4a_7c15))
      & (slots.count &- 1)
  }

  @inline(__always)
  private static func slot(_ hash: UInt64, _ index: Int) -> UInt64 {
    hash & ~0xFFFF_FFFF | UInt64(truncatingIfNeeded: index &+ 1)
  }

  @inline(never)
  private mutating func fillSlots(_ count: Int) {
    slots = [UInt64](repeating: 0, count: count)
    for (index, item) in items.enumerated() {
      var slot = firstSlot(item.hash)
      while slots[slot] != 0 { slot = (slot &+ 1) & (count &- 1) }
      slots[slot] = Self.slot(item.hash, index)
    }
  }
}

/// Hashes that are the same in every run, so that a sample chosen by them is too.
///
/// Somebody can make strings with equal hashes. To the counts these are one string, which is why nothing
/// but counts and estimates may rest on them.
package enum StableHash {
  private static let seed: UInt64 = 0x5bd1_e995_9d1b_58d3

  /// The hash of a string, of a key without its database.
  @inline(__always)
  package static func hash(_ bytes: RawSpan) -> UInt64 { ByteHash.hash(bytes, seed: seed) }

  /// The hash of a part (a field, a member) of what has the hash `whole`.
  @inline(__always)
  package static func hash(_ part: RawSpan, of whole: UInt64) -> UInt64 {
    ByteHash.hash(part, seed: seed ^ whole)
  }

  /// The hash of a key of a database by that of the key: different databases never share one.
  @inline(__always)
  package static func key(_ hash: UInt64, database: UInt64) -> UInt64 {
    hash ^ database &* 0x9e37_79b9_7f4a_7c15
  }
}
