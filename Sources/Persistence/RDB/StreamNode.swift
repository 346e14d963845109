/// A node of a stream: a listpack of entries that share a template of field names.
///
///     master entry = count · deleted · num_fields · field × num_fields · 0
///     entry        = flags · ms_delta · seq_delta · [num_fields · (field · value)…] or [value …]
///                    · lp_count
///
/// `flags`: 1 deleted, 2 the fields are those of the master entry (names are then left out). IDs are
/// node key plus deltas, each part modulo 2⁶⁴ (a sequence delta may be negative). `lp_count` is the
/// number of elements of the entry before it: num_fields + 3 with the master's fields, else
/// 2 × num_fields + 4. A node is sound if and only if count + deleted entries follow and nothing else,
/// exactly `deleted` of them are flagged so, all numbers are integers in range, the master entry ends
/// in 0, and IDs ascend from the node key on. Source: t_stream.c of Redis 5.0-7.4.
struct StreamNode {
  /// Entries that are not deleted.
  var live: UInt64 = 0
  /// The lowest ID that is not deleted.
  var first: StreamID?
  /// The highest ID, deleted or not.
  var last: StreamID?

  /// Checks a node. `after` is the highest ID of the nodes before it.
  static func inspect(
    _ blob: RawSpan, key: StreamID, after: StreamID?
  ) throws(FormatError) -> StreamNode {
    var reader = try StreamNodeReader(blob, key: key)
    var node = StreamNode()
    node.last = after
    while let entry = try reader.next() {
      if let last = node.last, entry.id <= last {
        throw FormatError(.badStream, at: entry.offset, "the IDs of the stream do not ascend")
      }
      guard entry.id >= key else {
        throw FormatError(.badStream, at: entry.offset, "an entry is below the ID of its node")
      }
      node.last = entry.id
      if !entry.isDeleted {
        node.live &+= 1
        if node.first == nil { node.first = entry.id }
      }
      try reader.skipFields(of: entry)
    }
    return node
  }
}

/// Walks the entries of a stream node and checks their structure.
package struct StreamNodeReader: ~Escapable {
  package struct Entry: BitwiseCopyable {
    package var id: StreamID
    package var isDeleted: Bool
    package var hasMasterFields: Bool
    package var fieldCount: Int
    /// Offset of the entry in the blob.
    package var offset: Int
  }

  package var cursor: ListpackCursor
  /// The field names of the master entry.
  package private(set) var masterFields: [Element] = []

  private let key: StreamID
  private var remaining: Int
  private let deleted: Int
  private var deletedSoFar = 0

  /// Reads the master entry.
  @_lifetime(copy blob)
  package init(_ blob: RawSpan, key: StreamID) throws(FormatError) {
    self.key = key
    cursor = try ListpackCursor(blob)
    // Every entry takes more than 8 bytes and every field at least 2, so that no count that passes
    // can be far beyond the blob.
    let limit = Int64(blob.byteCount)
    let count = try Self.number(&cursor, 0...limit)
    deleted = Int(try Self.number(&cursor, 0...limit))
    let fields = try Self.number(&cursor, 0...limit)
    remaining = Int(count) + deleted
    try readMasterFields(fields)
  }

  /// Reads the master entry of a damaged listpack. Nothing is believed but the entries: the walk goes on to
  /// the first bad one, or to the terminator, and throws there.
  @_lifetime(copy blob)
  init(damaged blob: RawSpan, key: StreamID) throws(FormatError) {
    self.key = key
    cursor = ListpackCursor(damaged: blob, from: min(6, blob.byteCount))
    _ = try Self.element(&cursor)
    _ = try Self.element(&cursor)
    deleted = 0
    remaining = .max
    try readMasterFields(try Self.number(&cursor, 0...Int64(blob.byteCount)))
  }

  @_lifetime(self: copy self)
  private mutating func readMasterFields(_ count: Int64) throws(FormatError) {
    for _ in 0..<count { masterFields.append(try Self.element(&cursor)) }
    _ = try Self.number(&cursor, 0...0)
  }

  /// The next entry, or nil at the end. The cursor then stands at its fields, which the caller reads
  /// by `nextPair` or steps over by `skipFields`.
  @_lifetime(self: copy self)
  package mutating func next() throws(FormatError) -> Entry? {
    let at = cursor.offset
    guard remaining > 0 else {
      guard try cursor.next() == nil else {
        throw FormatError(.badStream, at: at, "the stream node holds more entries than it says")
      }
      guard deletedSoFar == deleted else {
        throw FormatError(
          .badStream, at: 0, "the stream node miscounts its deleted entries",
          expected: UInt64(deletedSoFar), found: UInt64(deleted))
      }
      return nil
    }
    remaining -= 1
    let flags = try Self.number(&cursor, 0...3)
    let milliseconds = try Self.number(&cursor, .min ... .max)
    let sequence = try Self.number(&cursor, .min ... .max)
    let hasMasterFields = flags & 2 != 0
    let count =
      hasMasterFields
      ? masterFields.count : Int(try Self.number(&cursor, 0...Int64(cursor.blob.byteCount)))
    if flags & 1 != 0 { deletedSoFar += 1 }
    return Entry(
      id: StreamID(
        key.milliseconds &+ UInt64(bitPattern: milliseconds),
        key.sequence &+ UInt64(bitPattern: sequence)),
      isDeleted: flags & 1 != 0, hasMasterFields: hasMasterFields, fieldCount: count, offset: at)
  }

  /// Steps over the fields and the count of elements that ends the entry.
  @_lifetime(self: copy self)
  package mutating func skipFields(of entry: Entry) throws(FormatError) {
    let elements = entry.hasMasterFields ? entry.fieldCount : 2 * entry.fieldCount
    for _ in 0..<elements { _ = try Self.element(&cursor) }
    try finish(entry)
  }

  /// Reads the count of elements that ends the entry.
  @_lifetime(self: copy self)
  package mutating func finish(_ entry: Entry) throws(FormatError) {
    let expected = Int64(
      entry.hasMasterFields ? entry.fieldCount + 3 : 2 * entry.fieldCount + 4)
    _ = try Self.number(&cursor, expected...expected)
  }

  /// Field and value number `index` of an entry.
  @_lifetime(self: copy self)
  package mutating func nextPair(
    of entry: Entry, _ index: Int
  ) throws(FormatError) -> (field: Element, value: Element) {
    let field = entry.hasMasterFields ? masterFields[index] : try Self.element(&cursor)
    return (field, try Self.element(&cursor))
  }

  @_lifetime(cursor: copy cursor)
  @inline(__always)
  private static func element(_ cursor: inout ListpackCursor) throws(FormatError) -> Element {
    let at = cursor.offset
    guard let element = try cursor.next() else {
      throw FormatError(.badStream, at: at, "the stream node ends inside an entry")
    }
    return element
  }

  @_lifetime(cursor: copy cursor)
  @inline(__always)
  private static func number(
    _ cursor: inout ListpackCursor, _ range: ClosedRange<Int64>
  ) throws(FormatError) -> Int64 {
    let at = cursor.offset
    let element = try element(&cursor)
    guard element.isInteger, element.integer >= range.lowerBound,
      element.integer <= range.upperBound
    else { throw wrongNumber(element, at, range) }
    return element.integer
  }

  @inline(never)
  private static func wrongNumber(
    _ element: Element, _ offset: Int, _ range: ClosedRange<Int64>
  ) -> FormatError {
    guard element.isInteger else {
      return FormatError(
        .badStream, at: offset, "the stream node has text where a number belongs")
    }
    return FormatError(
      .badStream, at: offset, "a number of the stream node is out of range",
      expected: range.lowerBound == range.upperBound ? UInt64(bitPattern: range.lowerBound) : nil,
      found: UInt64(bitPattern: element.integer))
  }
}
