/// What is left of lists that are rows of nodes: sound nodes whole, of others the sound elements.
struct QuicklistRemains: ~Copyable {
  private let layout: ValueLayout
  private var elements: [ByteString] = []
  /// Elements that the nodes so far claim to have had; nil when one of them does not say.
  private var claimed: UInt64? = 0
  private var decoder = StringDecoder()

  private init(_ layout: ValueLayout) { self.layout = layout }

  @_lifetime(cursor: copy cursor)
  static func read(_ layout: ValueLayout, _ cursor: inout ByteCursor) -> ValueRemains? {
    guard let count = try? cursor.readLength() else { return nil }
    var list = QuicklistRemains(layout)
    var left = count
    var searches = CompactRemains.searches
    while left > 0, list.readNode(&cursor, &searches) { left -= 1 }
    return ValueRemains(
      value: .list(list.elements), elements: list.elements.count,
      claimed: left == 0 ? list.claimed : nil)
  }

  /// Reads a node; false where none can be found.
  @_lifetime(cursor: copy cursor)
  private mutating func readNode(_ cursor: inout ByteCursor, _ searches: inout Int) -> Bool {
    guard !cursor.isAtEnd else { return false }
    var container: UInt64 = 2
    if layout == .listQuicklist2 {
      guard let read = try? cursor.readLength() else { return false }
      container = read
    }
    let start = cursor.offset
    var isPacked = false
    let isThere = CompactRemains.readBlob(&cursor, &searches) { rest, length in
      let runs =
        layout == .listQuicklist
        ? EntryRuns(ziplist: rest, claimed: length) : EntryRuns(listpack: rest, claimed: length)
      // What is a whole listpack is no plain element: it is the mark before it that is damaged.
      isPacked = container == 2 || runs.isWhole
      guard isPacked else { return length }
      let entries = runs.groups(of: 1)
      for entry in entries { elements.append(entry.bytes(in: rest)) }
      add(claim: runs.isWhole ? entries.count : runs.stated)
      return runs.size
    }
    if isThere, isPacked { return true }
    guard container == 1 else { return false }
    cursor.offset = start
    return readPlain(&cursor)
  }

  @_lifetime(cursor: copy cursor)
  private mutating func readPlain(_ cursor: inout ByteCursor) -> Bool {
    guard let string = try? cursor.readString(), string.length > 0 else { return false }
    if let element = try? decoder.copy(string, in: cursor.bytes) { elements.append(element) }
    add(claim: 1)
    return true
  }

  private mutating func add(claim: Int?) {
    claimed = claim.flatMap { count in claimed.map { $0 + UInt64(count) } }
  }
}
