internal import Persistence

/// Tallies in partial reports.
extension MemoryTally {
  /// Writes or reads everything; the wishes have been exchanged before.
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    try total.exchange(&partial)
    for index in encodings.indices { try encodings[index].exchange(&partial) }
    try exchangeDatabases(&partial)
    try expiry.exchange(&partial)
    try largest.exchange(&partial)
    for index in sizes.indices { try sizes[index].exchange(&partial) }
    try exchangeSlots(&partial)
    for index in whatIfs.indices {
      try partial.number(&whatIfs[index].bytes)
      try partial.number(&whatIfs[index].keysChanged)
      try partial.number(&whatIfs[index].slowKeys)
    }
    try partial.number(&streamRoom)
    try thresholds.exchange(&partial)
    try duplicates.exchange(&partial)
    try exchangePrefixes(&partial)
  }

  private mutating func exchangeSlots(_ partial: inout PartialExchange) throws(PartialError) {
    var rows = slots.indices.filter { slots[$0].keys > 0 }
      .map { (slot: UInt64($0), sums: slots[$0]) }
    try partial.list(&rows, (slot: 0, sums: MemorySums())) { (partial, row) throws(PartialError) in
      try partial.word(&row.slot)
      try row.sums.exchange(&partial)
    }
    guard partial.isReading else { return }
    for row in rows {
      guard row.slot < UInt64(slots.count) else { throw .outOfRange }
      slots[Int(row.slot)].add(row.sums)
    }
  }

  private mutating func exchangeDatabases(_ partial: inout PartialExchange) throws(PartialError) {
    var rows = databases.sorted { $0.key < $1.key }.map { (number: $0.key, database: $0.value) }
    try partial.list(&rows, (number: 0, database: Database())) {
      (partial, row) throws(PartialError) in
      try partial.number(&row.number)
      guard row.number <= Self.mostDatabases else { throw .outOfRange }
      try row.database.sums.exchange(&partial)
      try partial.number(&row.database.expired)
    }
    guard partial.isReading else { return }
    databases = [:]
    for row in rows { databases[row.number, default: Database()].merge(row.database) }
  }

  private mutating func exchangePrefixes(_ partial: inout PartialExchange) throws(PartialError) {
    var leaves: [(leaf: LeafFields, sums: GroupSums)] = []
    if !partial.isReading {
      prefixes.forEachLeaf { leaf, sums in leaves.append((LeafFields(leaf), sums)) }
    }
    try partial.list(&leaves, (leaf: LeafFields(), sums: GroupSums())) {
      (partial, row) throws(PartialError) in
      try partial.text(&row.leaf.text)
      try partial.text(&row.leaf.ends)
      try partial.word(&row.leaf.folded)
      try partial.flag(&row.leaf.isClosed)
      try row.sums.exchange(&partial)
    }
    guard partial.isReading else { return }
    for row in leaves {
      guard let leaf = row.leaf.leaf, prefixes.add(leaf, row.sums) else { throw .outOfRange }
    }
  }
}

/// A leaf of the tree of prefixes as it stands in a partial report.
private struct LeafFields {
  var text: [UInt8] = []
  var ends: [UInt8] = []
  var folded: UInt64 = 0
  var isClosed = false

  init() {}

  init(_ leaf: PrefixLeaf) {
    text = leaf.text
    ends = leaf.ends
    folded = UInt64(leaf.folded)
    isClosed = leaf.isClosed
  }

  /// nil when it cannot be one.
  var leaf: PrefixLeaf? {
    guard let folded = UInt8(exactly: folded) else { return nil }
    return PrefixLeaf(text: text, ends: ends, folded: folded, isClosed: isClosed)
  }
}

extension Thresholds {
  mutating func exchange(_ partial: inout PartialExchange) throws(PartialError) {
    for index in savings.indices { try savings[index].exchange(&partial) }
  }
}
