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

  init(_ key: MeasuredKey, _ memory: KeyMemory, _ name: RawSpan) {
    database = key.database
    self.name = ByteString(name.extracting(first: min(name.byteCount, Self.mostNameBytes)))
    nameLength = key.nameLength
    type = key.value.layout.type
    elements = key.value.elements
    longest = key.value.longest
    expiresAt = key.expiresAt
    self.memory = memory
  }

  /// What is read over.
  static let blank = KeyRow(
    database: 0, name: ByteString([]), nameLength: 0, type: .string, elements: 0, longest: 0,
    expiresAt: nil, memory: KeyMemory(encoding: .raw, usage: 0, bytes: 0))

  private init(
    database: UInt64, name: ByteString, nameLength: UInt64, type: ValueType, elements: UInt64,
    longest: UInt64, expiresAt: Int64?, memory: KeyMemory
  ) {
    self.database = database
    self.name = name
    self.nameLength = nameLength
    self.type = type
    self.elements = elements
    self.longest = longest
    self.expiresAt = expiresAt
    self.memory = memory
  }

  /// Writes or reads it.
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    try partial.word(&database)
    var bytes = name.bytes
    try partial.text(&bytes)
    guard bytes.count <= Self.mostNameBytes else { throw .outOfRange }
    name = ByteString(bytes)
    try partial.number(&nameLength)
    try partial.choice(&type)
    try partial.number(&elements)
    try partial.number(&longest)
    try partial.optional(&expiresAt, 0) { (partial, value) throws(PartialError) in
      try partial.signed(&value)
    }
    try partial.choice(&memory.encoding)
    try partial.number(&memory.usage)
    try partial.number(&memory.bytes)
  }

  /// The order of the largest keys: by bytes, and then by what makes it the same on every run.
  static func isLarger(_ a: KeyRow, _ b: KeyRow) -> Bool {
    if a.memory.bytes != b.memory.bytes { return a.memory.bytes > b.memory.bytes }
    if a.database != b.database { return a.database < b.database }
    if a.name != b.name { return a.name < b.name }
    return a.nameLength < b.nameLength
  }
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

  /// Writes or reads them; the limit is known.
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    var rows = sorted
    try partial.list(&rows, KeyRow.blank) { (partial, row) throws(PartialError) in
      try row.exchange(&partial)
    }
    guard partial.isReading else { return }
    self = LargestKeys(limit: limit)
    for row in rows { add(row.memory.bytes) { row } }
  }

  /// The largest first.
  package var sorted: [KeyRow] {
    var copy = self
    copy.cut()
    return copy.rows
  }
}
