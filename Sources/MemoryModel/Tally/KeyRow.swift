package import Persistence

/// A key by itself: one of the largest, or a line of a table of all keys.
package struct KeyRow: Sendable, Equatable {
  /// Bytes of a name that are kept; names have up to 512 MB.
  package static let mostNameBytes = 4096

  package var database: UInt64
  /// The first bytes of its name.
  package var name: ByteString
  /// Bytes of the whole name.
  package var nameLength: UInt64
  package var type: ValueType
  package var elements: UInt64
  /// Bytes of the longest element.
  package var longest: UInt64
  /// Unix time in milliseconds.
  package var expiresAt: Int64?
  package var memory: KeyMemory

  init(_ key: MeasuredKeyFacts, _ name: RawSpan) {
    database = key.measured.database
    self.name = ByteString(name.extracting(first: min(name.byteCount, Self.mostNameBytes)))
    nameLength = key.measured.nameLength
    type = key.measured.value.layout.type
    elements = key.measured.value.elements
    longest = key.measured.value.longest
    expiresAt = key.measured.expiresAt
    memory = key.memory
  }

  /// The order of the largest keys: by bytes, and then by what makes it the same on every run.
  static func isLarger(_ a: KeyRow, _ b: KeyRow) -> Bool {
    if a.memory.bytes != b.memory.bytes { return a.memory.bytes > b.memory.bytes }
    if a.database != b.database { return a.database < b.database }
    if a.name != b.name { return a.name < b.name }
    return a.nameLength < b.nameLength
  }
}

/// What is known of a key once it has been measured and estimated.
struct MeasuredKeyFacts {
  var measured: MeasuredKey
  var memory: KeyMemory
}

/// The largest keys, as many as are wanted.
package struct LargestKeys: Sendable, Equatable {
  package let limit: Int
  /// The largest first, once they are asked for; meanwhile up to twice as many as wanted.
  private var rows: [KeyRow] = []
  /// Bytes that a key has to have to be among them.
  private var least: UInt64 = 0

  package init(limit: Int) { self.limit = limit }

  /// Adds a key; `row` is only made for one that may be among the largest.
  @inline(__always)
  mutating func add(_ bytes: UInt64, _ row: () -> KeyRow) {
    if bytes >= least, limit > 0 { insert(row()) }
  }

  package mutating func merge(_ other: LargestKeys) {
    for row in other.rows { add(row.memory.bytes) { row } }
  }

  private mutating func insert(_ row: KeyRow) {
    rows.append(row)
    if rows.count >= 2 * limit + 16 { cut() }
  }

  private mutating func cut() {
    rows.sort(by: KeyRow.isLarger)
    if rows.count > limit { rows.removeLast(rows.count - limit) }
    if rows.count == limit { least = rows.last?.memory.bytes ?? 0 }
  }

  /// The largest first.
  package var sorted: [KeyRow] {
    var copy = self
    copy.cut()
    return copy.rows
  }
}
