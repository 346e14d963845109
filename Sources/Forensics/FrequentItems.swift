package import Persistence

/// The strings that come most often in a stream of any length, in bounded memory.
///
/// The counts of Misra and Gries (1982), lowered all at once by about their median when the table is full,
/// as Anderson and others do (2017): each string's count is known within `error`, and every string that
/// came more often than that is in the table. The same stream gives the same answer in every run.
package struct FrequentItems: Sendable {
  package struct Item: Sendable, Equatable {
    /// The first bytes of the string, and its length.
    package var string: ByteString
    package var length: UInt64
    package var database: UInt64
    /// It came so often at least, and at most.
    package var atLeast: UInt64
    package var atMost: UInt64
    /// Bytes of the commands that it came in, or of its share in them, at least.
    package var bytes: UInt64

    /// Whether a string that is not in the table cannot have come as often.
    package var isCertain: Bool { atLeast > atMost - atLeast }
  }

  /// How much too low any count may be; strings that are not in the table have come no more often.
  package private(set) var error: UInt64 = 0
  /// Strings in the table.
  package var count: Int { table.items.count }
  /// Bytes of them that are kept.
  package var keptBytes: Int { table.keptBytes }

  private var table: ItemTable
  private let capacity: Int
  private let textCapacity: Int

  /// Counts of which the median is taken.
  private static let sampled = 255

  /// An empty table of at most `capacity` strings with at most `textCapacity` bytes.
  package init(capacity: Int = 8192, textCapacity: Int = 2 << 20) {
    precondition(capacity > 0 && textCapacity >= CommandTally.mostKeptOfKey)
    table = ItemTable(mostKept: CommandTally.mostKeptOfKey)
    self.capacity = capacity
    self.textCapacity = textCapacity
  }

  /// Counts the string of an item of another table, as often as `count` says.
  package mutating func add(
    _ item: ItemTable.Item, of other: borrowing ItemTable, count: UInt64, bytes: UInt64
  ) {
    other.withString(item) { string in
      _ = table.add(
        string, length: item.length, hash: item.hash, database: item.database, count: count,
        bytes: bytes)
    }
    while table.items.count > capacity || table.keptBytes > textCapacity { purge() }
  }

  /// The strings that came most often, by their counts, then their bytes and databases.
  package func top(_ most: Int) -> [Item] {
    let counts = table.items.map(\.count).sorted(by: >)
    guard most > 0, let least = counts.prefix(most).last else { return [] }
    let found = table.items.filter { $0.count >= least }.map { item in
      Item(
        string: table.string(item), length: UInt64(item.length), database: UInt64(item.database),
        atLeast: item.count, atMost: item.count + error, bytes: item.bytes)
    }
    let sorted = found.sorted { a, b in
      if a.atLeast != b.atLeast { return a.atLeast > b.atLeast }
      return a.string == b.string ? a.database < b.database : a.string < b.string
    }
    return Array(sorted.prefix(most))
  }

  /// Bytes of the strings in the table that have more than `bytes` of them and that `body` chooses by
  /// their hashes and databases.
  func bytes(
    ofThoseAbove bytes: UInt64, where body: (_ hash: UInt64, _ database: UInt64) -> Bool
  ) -> UInt64 {
    table.items.reduce(0) { sum, item in
      item.bytes > bytes && body(item.hash, UInt64(item.database)) ? sum + item.bytes : sum
    }
  }

  /// Lowers all counts by one that some of them do not exceed.
  private mutating func purge() {
    let step = max(1, table.items.count / Self.sampled)
    let counts = stride(from: 0, to: table.items.count, by: step).map { table.items[$0].count }
    let amount = counts.sorted()[counts.count / 2]
    table.lower(by: amount)
    error += amount
  }
}
