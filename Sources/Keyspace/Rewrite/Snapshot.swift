package import Persistence

/// A dataset as it was at a moment: it shares all values with the keyspace until those change.
package struct Snapshot: Sendable {
  private(set) var databases: [Database]
  /// The code of the libraries of functions, in the order of their names.
  package let functions: [ByteString]

  /// Keys in all databases.
  package var keyCount: Int { databases.reduce(0) { $0 + $1.count } }

  /// Forgets all keys, and gives back the memory of what has been changed since, with a call of `makeWay` every
  /// now and then.
  package mutating func removeAll(makingWay makeWay: () -> Void) {
    for number in databases.indices { databases[number].removeAll(makingWay: makeWay) }
  }

  /// Keeps the values in memory until the process ends.
  func leak() { _ = unsafe Unmanaged.passRetained(Holder(self)) }

  private final class Holder {
    let snapshot: Snapshot
    init(_ snapshot: Snapshot) { self.snapshot = snapshot }
  }

  /// Calls `body` with every key, database by database, slot by slot, in the order of their names.
  package func forEach(_ body: (RDBEntry) -> Void) {
    for (number, database) in databases.enumerated() {
      for slot in database.slots {
        database.table(of: slot).forEachSorted { body($0.rdbEntry(database: number)) }
      }
    }
  }
}

extension Keyspace {
  /// The dataset as it is now. Costs next to nothing, at any size.
  package func snapshot() -> Snapshot {
    Snapshot(databases: databases, functions: sortedFunctions)
  }

  /// Removes all keys but those that are selected, and all functions where any key is to be left out.
  ///
  /// A key is as large as its record in an RDB file of the release; of a limit, the first keys are kept in the
  /// order in which a rewrite writes them.
  package mutating func keep(_ selection: KeySelection) {
    guard !selection.selectsEverything || selection.limit != nil else { return }
    let selector = KeySelector(selection)
    var encoder = RDBEncoder(target: release)
    for number in databases.indices {
      databases[number].removeAll { entry in
        var size: UInt64 = 0
        if selection.largerThan != nil {
          encoder.buffer.removeAll()
          encoder.append(entry.rdbEntry(database: number))
          size = UInt64(encoder.buffer.count)
        }
        return !selector.includes(
          key: entry.key, database: UInt64(number), type: entry.value.type,
          expiresAt: entry.hasExpiry ? entry.expiresAt : nil, size: size)
      }
    }
    if let limit = selection.limit { keep(first: limit) }
  }

  private mutating func keep(first limit: UInt64) {
    var left = limit
    for number in databases.indices {
      for slot in databases[number].slots {
        let table = databases[number].table(of: slot)
        var surplus: [ByteString] = []
        table.forEachSorted { entry in
          if left > 0 { left -= 1 } else { surplus.append(ByteString(entry.key)) }
        }
        for key in surplus {
          if let place = unsafe databases[number].find(key.bytes.span.bytes) {
            databases[number].remove(at: place)
          }
        }
      }
    }
  }
}

extension KeyTable {
  /// Calls `body` with the entries in the order of their keys, which no seed changes.
  func forEachSorted(_ body: (Entry) -> Void) {
    guard count > 0 else { return }
    // The table keeps the entries alive. To count references in every comparison takes longer than to compare.
    var entries: [Unmanaged<Entry>] = unsafe []
    unsafe entries.reserveCapacity(count)
    for slot in slots {
      if let entry = slot.entry { unsafe entries.append(.passUnretained(entry)) }
    }
    unsafe entries.sort { a, b in
      unsafe a._withUnsafeGuaranteedRef { first in
        unsafe b._withUnsafeGuaranteedRef { first.key.compare(to: $0.key) < 0 }
      }
    }
    withExtendedLifetime(self) {
      unsafe entries.forEach { unsafe $0._withUnsafeGuaranteedRef(body) }
    }
  }
}
