internal import Persistence

/// One database: a table of keys for each cluster slot, in groups of slots.
struct Database: Sendable {
  /// All groups, or none before the first key.
  private var groups: [SlotGroup] = []
  /// Slots that the table of a cluster slot gets with the first key of a file.
  private var room = KeyTable.leastSlots

  /// Where a key is.
  struct Place {
    /// The cluster slot.
    var slot: Int
    /// The place in the table.
    var index: Int
  }

  /// Keys, expired ones that have not been removed among them.
  var count: Int { groups.reduce(0) { $0 + $1.count } }
  /// Keys with an expiry.
  var expires: Int { groups.reduce(0) { $0 + $1.expires } }
  var isEmpty: Bool { groups.allSatisfy { $0.count == 0 } }

  /// An entry with what its place in a database depends on, so that somebody else than who made it need not look
  /// at its memory.
  struct PlacedEntry {
    /// Nil when a database has taken it.
    fileprivate(set) var entry: Entry?
    let database: Int
    let slot: Int
    let hash: UInt32
    /// Unix milliseconds; -1 for never.
    let expiresAt: Int64

    init(_ entry: Entry, database: Int) {
      self.entry = entry
      self.database = database
      slot = HashSlot.slot(of: entry.key)
      hash = KeyTable.hash(entry.key)
      expiresAt = entry.expiresAt
    }
  }

  // MARK: Reading

  @inline(__always)
  func find(_ key: RawSpan) -> Place? { findWithExpiry(key)?.place }

  /// Where a key is, and when it expires, in Unix milliseconds; -1 for never.
  @inline(__always)
  func findWithExpiry(_ key: RawSpan) -> (place: Place, expiresAt: Int64)? {
    guard !groups.isEmpty else { return nil }
    let slot = HashSlot.slot(of: key)
    let hash = KeyTable.hash(key)
    // A span lends its elements; a subscript of the array would count a reference for each step on the way.
    let groups = groups.span
    guard let (index, expiresAt) = groups[SlotGroup.group(of: slot)].find(key, hash: hash, slot)
    else { return nil }
    return (Place(slot: slot, index: index), expiresAt)
  }

  subscript(place: Place) -> Entry {
    @inline(__always) get { groups.span[SlotGroup.group(of: place.slot)][place.slot, place.index] }
  }

  /// The slots in which there may be keys; none in an empty database.
  var slots: Range<Int> { 0..<(isEmpty ? 0 : HashSlot.count) }

  /// The keys of a cluster slot.
  func table(of slot: Int) -> KeyTable {
    groups.isEmpty ? KeyTable() : groups[SlotGroup.group(of: slot)].table(of: slot)
  }

  /// Calls `body` with every entry, slot by slot.
  func forEach(_ body: (Entry) -> Void) {
    for group in groups { group.forEach(body) }
  }

  /// The keys of a group of slots whose time, in Unix milliseconds, is over. The caller removes all of them.
  mutating func expiredKeys(inGroup group: Int, _ isOver: (Int64) -> Bool) -> [ByteString] {
    groups.isEmpty ? [] : groups[group].expiredKeys(isOver)
  }

  // MARK: Changing

  /// Adds a key that is not there.
  mutating func insert(_ entry: Entry) {
    makeGroups()
    let key = entry.key
    let slot = HashSlot.slot(of: key)
    groups[SlotGroup.group(of: slot)].insert(entry, hash: KeyTable.hash(key), slot)
  }

  /// Has tables begin with the room for so many keys in all.
  mutating func expect(keys: Int) { room = KeyTable.room(for: keys / HashSlot.count) }

  /// Takes a key of which is known already where it belongs; false when it is there.
  mutating func insertNew(_ new: inout PlacedEntry) -> Bool {
    makeGroups()
    return groups[SlotGroup.group(of: new.slot)].insertNew(
      &new.entry, expiresAt: new.expiresAt, hash: new.hash, new.slot, room: room)
  }

  /// Reads the memory that ``insertNew(_:)`` will look at, which costs a wait of its own each time that it is far
  /// away; for several keys, the waits go on at once. What it returns means nothing.
  @inline(__always)
  func readAhead(_ new: PlacedEntry) -> UInt32 {
    guard !groups.isEmpty else { return 0 }
    return groups.span[SlotGroup.group(of: new.slot)].readAhead(new.slot, hash: new.hash)
  }

  /// Adds a key, in the place of what is there under its name. True when there was none.
  @discardableResult
  mutating func set(_ entry: Entry) -> Bool {
    makeGroups()
    let key = entry.key
    let slot = HashSlot.slot(of: key)
    return groups[SlotGroup.group(of: slot)].set(entry, hash: KeyTable.hash(key), slot)
  }

  @discardableResult
  mutating func remove(at place: Place) -> Entry {
    groups[SlotGroup.group(of: place.slot)].remove(place.slot, place.index)
  }

  /// Changes a value where it lies. The key stays.
  @inline(__always)
  mutating func modify<R>(
    _ place: Place, _ body: (inout Value) throws(CommandError) -> R
  ) throws(CommandError) -> R {
    try groups[SlotGroup.group(of: place.slot)].modify(place.slot, place.index, body)
  }

  /// Sets when a key expires, in Unix milliseconds; -1 for never.
  mutating func setExpiry(_ expiry: Int64, at place: Place) {
    groups[SlotGroup.group(of: place.slot)].setExpiry(expiry, place.slot, place.index)
  }

  mutating func removeAll() { self = Database() }

  /// Removes all keys, with a call of `makeWay` behind every few of them.
  mutating func removeAll(makingWay makeWay: () -> Void) {
    for group in groups.indices { groups[group].removeAll(makingWay: makeWay) }
    groups = []
  }

  /// Removes the keys for which `body` says so.
  mutating func removeAll(where body: (Entry) -> Bool) {
    for slot in slots {
      for entry in table(of: slot).slots.compactMap(\.entry) where body(entry) {
        if let place = find(entry.key) { remove(at: place) }
      }
    }
  }

  /// Exchanges every so many-th group of slots with another database.
  mutating func exchangeGroups(with other: inout Database, from first: Int, every step: Int) {
    guard !groups.isEmpty || !other.groups.isEmpty else { return }
    makeGroups()
    other.makeGroups()
    for group in stride(from: first, to: SlotGroup.count, by: step) {
      swap(&groups[group], &other.groups[group])
    }
  }

  @inline(__always)
  private mutating func makeGroups() {
    if groups.isEmpty { groups = [SlotGroup](repeating: SlotGroup(), count: SlotGroup.count) }
  }
}
