/// Counts of distinct byte strings (keys, prefixes, names, scripts), in the order in which each came
/// first.
///
/// Two strings are one when their hashes are: those that a caller computes with ``StableHash``, 64 bits
/// wide. Of every string no more than `mostKept` bytes are kept, in one block of memory for all.
package struct ItemTable: Sendable {
  package struct Item: BitwiseCopyable, Sendable {
    package let hash: UInt64
    package let database: UInt64
    /// Bytes of the string, kept or not.
    package let length: UInt64
    /// How often it came.
    package var count: UInt64
    /// Bytes of the commands that it came in, or of its share in them.
    package var bytes: UInt64
    /// What the owner of the table notes of the string when it is new.
    package var note: UInt32 = 0
    /// Where the kept bytes lie.
    fileprivate var start: Int
    fileprivate let kept: Int
  }

  package private(set) var items: [Item] = []
  /// Bytes of all strings that are kept.
  package var keptBytes: Int { text.count }

  private var text: [UInt8] = []
  /// Open addressing: 1 + the number of an item, or 0. A power of two of slots, at most half of them taken.
  private var slots = [UInt32](repeating: 0, count: ItemTable.fewestSlots)
  /// Unknown to whoever wrote the file, so that nobody can make its keys queue up for one slot.
  private let secret = ByteHash.seed
  private let mostKept: Int

  private static let fewestSlots = 64

  /// An empty table that keeps no more than `mostKept` bytes of a string.
  package init(mostKept: Int) { self.mostKept = mostKept }

  /// The kept bytes of an item.
  package func string(_ item: Item) -> ByteString {
    ByteString(Array(text[item.start..<(item.start + item.kept)]))
  }

  /// Calls `body` with the kept bytes of an item.
  package func withString<R>(_ item: Item, _ body: (RawSpan) -> R) -> R {
    body(unsafe text.span.bytes.extracting(item.start..<(item.start &+ item.kept)))
  }

  /// The item of a hash.
  package func find(_ hash: UInt64) -> Item? {
    let found = slots[slot(of: hash)]
    return found == 0 ? nil : items[Int(found) &- 1]
  }

  /// Counts a string `count` times, with `bytes` of commands, and returns the number of its item.
  ///
  /// - `length`: the bytes of the string, where `string` is only what was kept of it.
  @discardableResult
  package mutating func add(
    _ string: RawSpan, length: UInt64? = nil, hash: UInt64, database: UInt64 = 0,
    count: UInt64 = 1, bytes: UInt64
  ) -> Int {
    let slot = slot(of: hash)
    let found = Int(slots[slot])
    if found > 0 {
      items[found &- 1].count &+= count
      items[found &- 1].bytes &+= bytes
      return found &- 1
    }
    let kept = Swift.min(string.byteCount, mostKept)
    items.append(
      Item(
        hash: hash, database: database, length: length ?? UInt64(string.byteCount), count: count,
        bytes: bytes, start: text.count, kept: kept))
    unsafe string.extracting(0..<kept).withUnsafeBytes { unsafe text.append(contentsOf: $0) }
    slots[slot] = UInt32(items.count)
    if 2 &* items.count > slots.count { fillSlots(2 &* slots.count) }
    return items.count &- 1
  }

  /// Notes something of an item.
  package mutating func note(_ note: UInt32, of item: Int) { items[item].note = note }

  /// Lowers all counts by `amount`, and forgets the items that nothing is left of.
  package mutating func lower(by amount: UInt64) {
    var kept = 0
    var end = 0
    for index in items.indices where items[index].count > amount {
      var item = items[index]
      item.count &-= amount
      // Strings lie in the order of their items: what is moved was not overwritten before.
      for offset in 0..<item.kept { text[end &+ offset] = text[item.start &+ offset] }
      item.start = end
      end &+= item.kept
      items[kept] = item
      kept &+= 1
    }
    items.removeLast(items.count - kept)
    text.removeLast(text.count - end)
    fillSlots(slots.count)
  }

  /// Where a hash stands, or would.
  @inline(__always)
  private func slot(of hash: UInt64) -> Int {
    let mask = slots.count &- 1
    var slot =
      Int(truncatingIfNeeded: ByteHash.fold(hash ^ secret, 0x9e37_79b9_7f4a_7c15)) & mask
    while slots[slot] != 0, items[Int(slots[slot]) &- 1].hash != hash { slot = (slot &+ 1) & mask }
    return slot
  }

  @inline(never)
  private mutating func fillSlots(_ count: Int) {
    slots = [UInt32](repeating: 0, count: count)
    for (index, item) in items.enumerated() { slots[slot(of: item.hash)] = UInt32(index + 1) }
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
