internal import Persistence

/// The tables of some cluster slots that follow each other, in one database.
///
/// Groups keep databases of few keys small, and let a snapshot share all tables but those of the groups that
/// have changed since.
struct SlotGroup: Sendable {
  /// How many groups a database has.
  static let count = 128

  /// A table for each slot of the group; none before the first key.
  private var tables: [KeyTable] = []
  /// Keys.
  private(set) var count = 0
  /// Keys with an expiry.
  private(set) var expires = 0
  /// Unix milliseconds before which no key expires; the first one may do so later.
  private var earliestExpiry = Int64.max

  private static let slots = HashSlot.count / count

  /// The group that a slot belongs to.
  @inline(__always)
  static func group(of slot: Int) -> Int { slot / slots }

  /// Where a key is in the table of its slot, and when it expires.
  @inline(__always)
  func find(_ key: RawSpan, hash: UInt32, _ slot: Int) -> (index: Int, expiresAt: Int64)? {
    let tables = tables.span
    guard !tables.isEmpty else { return nil }
    return tables[slot % Self.slots].find(key, hash: hash)
  }

  /// The entry at a place in the table of a slot.
  subscript(slot: Int, index: Int) -> Entry {
    @inline(__always) get { tables.span[slot % Self.slots][index] }
  }

  /// Reads the memory that ``insertNew(_:expiresAt:hash:_:room:)`` will look at. What it returns means nothing.
  @inline(__always)
  func readAhead(_ slot: Int, hash: UInt32) -> UInt32 {
    let tables = tables.span
    return tables.isEmpty ? 0 : tables[slot % Self.slots].readAhead(hash)
  }

  func table(of slot: Int) -> KeyTable {
    tables.isEmpty ? KeyTable() : tables[slot % Self.slots]
  }

  func forEach(_ body: (Entry) -> Void) {
    for table in tables where table.count > 0 {
      for slot in table.slots {
        if let entry = slot.entry { body(entry) }
      }
    }
  }

  /// Adds a key that is not there.
  mutating func insert(_ entry: Entry, hash: UInt32, _ slot: Int) {
    let expiresAt = entry.expiresAt
    var entry: Entry? = entry
    _ = insertNew(&entry, expiresAt: expiresAt, hash: hash, slot, room: KeyTable.leastSlots)
  }

  /// Takes a key that expires at a time; false when it is there.
  mutating func insertNew(
    _ entry: inout Entry?, expiresAt: Int64, hash: UInt32, _ slot: Int, room: Int
  ) -> Bool {
    makeTables()
    guard tables[slot % Self.slots].insertNew(&entry, hash: hash, room: room) else { return false }
    count &+= 1
    if expiresAt != Entry.never { noteExpiry(expiresAt) }
    return true
  }

  private mutating func noteExpiry(_ time: Int64) {
    expires &+= 1
    earliestExpiry = min(earliestExpiry, time)
  }

  /// The keys whose time is over, all of which the caller removes. Looks at none while that cannot be.
  mutating func expiredKeys(_ isOver: (Int64) -> Bool) -> [ByteString] {
    guard expires > 0, isOver(earliestExpiry) else { return [] }
    var keys: [ByteString] = []
    var earliest = Int64.max
    forEach { entry in
      guard entry.hasExpiry else { return }
      if isOver(entry.expiresAt) {
        keys.append(ByteString(entry.key))
      } else {
        earliest = min(earliest, entry.expiresAt)
      }
    }
    earliestExpiry = earliest
    return keys
  }

  /// Adds a key, in the place of what is there under its name. True when there was none.
  mutating func set(_ entry: Entry, hash: UInt32, _ slot: Int) -> Bool {
    makeTables()
    let table = slot % Self.slots
    guard let (index, expiresAt) = find(entry.key, hash: hash, slot) else {
      insert(entry, hash: hash, slot)
      return true
    }
    if entry.hasExpiry { noteExpiry(entry.expiresAt) }
    if expiresAt != Entry.never { expires &-= 1 }
    tables[table].replace(at: index, with: entry)
    return false
  }

  mutating func remove(_ slot: Int, _ index: Int) -> Entry {
    let entry = tables[slot % Self.slots].remove(at: index)
    count &-= 1
    if entry.hasExpiry { expires &-= 1 }
    return entry
  }

  /// Removes all keys, with a call of `makeWay` behind those of every slot.
  mutating func removeAll(makingWay makeWay: () -> Void) {
    var tables = tables
    self = SlotGroup()
    while tables.popLast() != nil { makeWay() }
  }

  /// Changes a value where it lies.
  @inline(__always)
  mutating func modify<R>(
    _ slot: Int, _ index: Int, _ body: (inout Value) throws(CommandError) -> R
  ) throws(CommandError) -> R {
    let table = slot % Self.slots
    tables[table].makeUnique(at: index)
    return try body(&tables[table][index].value)
  }

  /// Sets when a key expires, in Unix milliseconds; -1 for never.
  mutating func setExpiry(_ expiry: Int64, _ slot: Int, _ index: Int) {
    let table = slot % Self.slots
    tables[table].makeUnique(at: index)
    let entry = tables[table][index]
    if expiry != Entry.never { noteExpiry(expiry) }
    if entry.hasExpiry { expires -= 1 }
    entry.expiresAt = expiry
  }

  @inline(__always)
  private mutating func makeTables() {
    if tables.isEmpty { tables = [KeyTable](repeating: KeyTable(), count: Self.slots) }
  }
}
