internal import Persistence

/// One database: a table of keys for each cluster slot.
struct Database: Sendable {
  /// A table for each slot; none before the first key.
  private(set) var tables: [KeyTable] = []
  /// Keys, expired ones that have not been removed among them.
  private(set) var count = 0
  /// Keys with an expiry.
  private(set) var expires = 0

  /// Where a key is.
  struct Place {
    /// The cluster slot.
    var table: Int
    /// The place in the table.
    var index: Int
  }

  @inline(__always)
  func find(_ key: RawSpan) -> Place? {
    guard count > 0 else { return nil }
    let table = HashSlot.slot(of: key)
    guard let index = tables[table].find(key, hash: KeyTable.hash(key)) else { return nil }
    return Place(table: table, index: index)
  }

  subscript(place: Place) -> Entry {
    @inline(__always) get { tables[place.table][place.index] }
  }

  /// Adds a key that is not there.
  mutating func insert(_ entry: Entry) {
    if tables.isEmpty { tables = [KeyTable](repeating: KeyTable(), count: HashSlot.count) }
    let key = entry.key
    tables[HashSlot.slot(of: key)].insert(entry, hash: KeyTable.hash(key))
    count += 1
    if entry.hasExpiry { expires += 1 }
  }

  /// Adds a key, in the place of what is there under its name. True when there was none.
  @discardableResult
  mutating func set(_ entry: Entry) -> Bool {
    let key = entry.key
    if tables.isEmpty { tables = [KeyTable](repeating: KeyTable(), count: HashSlot.count) }
    let slot = HashSlot.slot(of: key)
    let hash = KeyTable.hash(key)
    if entry.hasExpiry { expires += 1 }
    if let index = tables[slot].find(key, hash: hash) {
      if tables[slot][index].hasExpiry { expires -= 1 }
      tables[slot].replace(at: index, with: entry)
      return false
    }
    tables[slot].insert(entry, hash: hash)
    count += 1
    return true
  }

  @discardableResult
  mutating func remove(at place: Place) -> Entry {
    let entry = tables[place.table].remove(at: place.index)
    count -= 1
    if entry.hasExpiry { expires -= 1 }
    return entry
  }

  /// Changes a value where it lies. The key stays.
  @inline(__always)
  mutating func modify<R>(
    _ place: Place, _ body: (inout Value) throws(CommandError) -> R
  ) throws(CommandError) -> R {
    tables[place.table].makeUnique(at: place.index)
    return try body(&tables[place.table][place.index].value)
  }

  /// Sets when a key expires, in Unix milliseconds; -1 for never.
  mutating func setExpiry(_ expiry: Int64, at place: Place) {
    tables[place.table].makeUnique(at: place.index)
    let entry = tables[place.table][place.index]
    expires += (expiry == Entry.never ? 0 : 1) - (entry.hasExpiry ? 1 : 0)
    entry.expiresAt = expiry
  }

  mutating func removeAll() { self = Database() }

  /// Removes the keys for which `body` says so.
  mutating func removeAll(where body: (Entry) -> Bool) {
    for table in tables.indices where tables[table].count > 0 {
      let doomed = tables[table].slots.compactMap(\.entry).filter(body)
      for entry in doomed {
        if let place = find(entry.key) { remove(at: place) }
      }
    }
  }

  /// Calls `body` with every entry, slot by slot.
  func forEach(_ body: (Entry) -> Void) {
    for table in tables where table.count > 0 {
      for slot in table.slots {
        if let entry = slot.entry { body(entry) }
      }
    }
  }
}
