/// The ID of a stream entry: milliseconds and a sequence number. In files, as raw 16 bytes, both parts
/// are big-endian.
public struct StreamID: Hashable, Comparable, Sendable, CustomStringConvertible, BitwiseCopyable {
  /// Unix time in milliseconds, as a rule.
  public var milliseconds: UInt64
  /// The number within the millisecond.
  public var sequence: UInt64

  /// An ID of two parts.
  public init(_ milliseconds: UInt64, _ sequence: UInt64) {
    self.milliseconds = milliseconds
    self.sequence = sequence
  }

  /// 0-0, which no entry has.
  public static let zero = StreamID(0, 0)

  /// First by milliseconds, then by sequence.
  @inline(__always)
  public static func < (a: StreamID, b: StreamID) -> Bool {
    a.milliseconds != b.milliseconds
      ? a.milliseconds < b.milliseconds : a.sequence < b.sequence
  }

  /// `milliseconds-sequence`.
  public var description: String { "\(milliseconds)-\(sequence)" }

  package init(_ bytes: RawSpan, at offset: Int) {
    milliseconds = bytes.bigEndian(at: offset, as: UInt64.self)
    sequence = bytes.bigEndian(at: offset + 8, as: UInt64.self)
  }
}

/// Checks streams.
///
///     stream   = LEN nodes · nodes × (STR nodekey · STR listpack)
///                LEN length · LEN last_ms · LEN last_seq
///                [from type 19: LEN first_ms · first_seq · maxdel_ms · maxdel_seq · entries_added]
///                LEN groups · groups × group
///     group    = STR name · LEN last_ms · LEN last_seq · [from type 19: LEN entries_read]
///                LEN pel · pel × (raw ID · i64le delivery time · LEN delivery count)
///                LEN consumers · consumers × consumer
///     consumer = STR name · i64le seen time · [type 21: i64le active time] · LEN pel · pel × raw ID
///
/// A stream is sound if and only if: node keys are 16 bytes and ascend; every node is sound
/// (`StreamNode`); IDs ascend over the nodes; `length` is the number of live entries; no ID is above
/// `last_id`; `first_id` is the lowest live ID (0-0 without any); `entries_added` is at least
/// `length`; names of groups, and of consumers in a group, are distinct; pending IDs of a group are distinct, each owned by exactly one consumer, and consumers
/// own no other. A pending ID that is no longer in the stream is normal. Sources: t_stream.c and rdb.c
/// of Redis 5.0-7.4.
struct StreamInspector {
  let nodes: UInt64
  private var live: UInt64 = 0
  private var first: StreamID?
  private var last: StreamID?
  private var previousKey: StreamID?

  init(nodes: UInt64) { self.nodes = nodes }

  var facts: ValueFacts { ValueFacts(elements: live, nodes: nodes) }

  /// Checks the next nodes.
  @_lifetime(cursor: copy cursor)
  mutating func inspectNodes(
    _ count: UInt64, _ cursor: inout ByteCursor, _ decoder: inout StringDecoder
  ) throws(FormatError) {
    for _ in 0..<count {
      let keyAt = cursor.offset
      let key = try Self.readNodeKey(&cursor, &decoder)
      if let previousKey, key <= previousKey {
        throw FormatError(.badStream, at: keyAt, "the nodes of the stream are not in order")
      }
      previousKey = key
      let string = try cursor.readString()
      let blob = try decoder.decode(string, in: cursor.bytes)
      do throws(FormatError) {
        let node = try StreamNode.inspect(blob, key: key, after: last)
        live &+= node.live
        if first == nil { first = node.first }
        last = node.last
      } catch {
        throw error.inside(string)
      }
    }
  }

  /// Checks what follows the nodes.
  @_lifetime(cursor: copy cursor)
  func inspectTail(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, _ decoder: inout StringDecoder
  ) throws(FormatError) {
    try inspectCounters(layout, &cursor)
    try Self.inspectGroups(layout, &cursor, &decoder)
  }

  /// Reads the node at the cursor and steps over it; `body` gets its listpack, and its key.
  @_lifetime(cursor: copy cursor)
  static func readNode<Result>(
    _ cursor: inout ByteCursor, _ decoder: inout StringDecoder,
    _ body: (RawSpan, StreamID) throws(FormatError) -> Result
  ) throws(FormatError) -> Result {
    let key = try readNodeKey(&cursor, &decoder)
    let string = try cursor.readString()
    let blob = try decoder.decode(string, in: cursor.bytes)
    do throws(FormatError) {
      return try body(blob, key)
    } catch {
      throw error.inside(string)
    }
  }

  @_lifetime(cursor: copy cursor)
  static func readNodeKey(
    _ cursor: inout ByteCursor, _ decoder: inout StringDecoder
  ) throws(FormatError) -> StreamID {
    let string = try cursor.readString()
    let key = try decoder.decode(string, in: cursor.bytes)
    guard key.byteCount == 16 else {
      throw FormatError(
        .badStream, at: string.offset, "the key of a stream node is no ID", expected: 16,
        found: UInt64(key.byteCount))
    }
    return StreamID(key, at: 0)
  }

  @_lifetime(cursor: copy cursor)
  private func inspectCounters(
    _ layout: ValueLayout, _ cursor: inout ByteCursor
  ) throws(FormatError) {
    let at = cursor.offset
    let length = try cursor.readLength()
    guard length == live else {
      throw FormatError(
        .badStream, at: at, "the length of the stream is not its number of entries",
        expected: live, found: length)
    }
    let lastAt = cursor.offset
    let statedLast = StreamID(try cursor.readLength(), try cursor.readLength())
    if let last, last > statedLast {
      throw FormatError(.badStream, at: lastAt, "the last ID is below an entry of the stream")
    }
    guard layout != .stream else { return }
    let firstAt = cursor.offset
    let statedFirst = StreamID(try cursor.readLength(), try cursor.readLength())
    guard statedFirst == first ?? .zero else {
      throw FormatError(.badStream, at: firstAt, "the first ID is not that of the first entry")
    }
    // The highest deleted ID. XSETID may have set the last ID below it.
    _ = StreamID(try cursor.readLength(), try cursor.readLength())
    let addedAt = cursor.offset
    let added = try cursor.readLength()
    guard added >= length else {
      throw FormatError(
        .badStream, at: addedAt, "fewer entries were ever added than the stream has",
        expected: length, found: added)
    }
  }

  @_lifetime(cursor: copy cursor)
  private static func inspectGroups(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, _ decoder: inout StringDecoder
  ) throws(FormatError) {
    let groups = try cursor.readLength()
    var names = Set<ByteString>()
    for _ in 0..<groups {
      let at = cursor.offset
      let name = try decoder.copy(cursor.readString(), in: cursor.bytes)
      guard names.insert(name).inserted else {
        throw FormatError(.badStream, at: at, "two consumer groups have the same name")
      }
      for _ in 0..<(layout == .stream ? 2 : 3) { _ = try cursor.readLength() }
      var pending = try PendingEntries(&cursor)
      try inspectConsumers(layout, &cursor, &decoder, &pending)
    }
  }

  @_lifetime(cursor: copy cursor)
  private static func inspectConsumers(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, _ decoder: inout StringDecoder,
    _ pending: inout PendingEntries
  ) throws(FormatError) {
    let consumers = try cursor.readLength()
    var names = Set<ByteString>()
    for _ in 0..<consumers {
      let at = cursor.offset
      let name = try decoder.copy(cursor.readString(), in: cursor.bytes)
      guard names.insert(name).inserted else {
        throw FormatError(.badStream, at: at, "two consumers of a group have the same name")
      }
      try cursor.skip(layout == .stream3 ? 16 : 8)
      let owned = try cursor.readLength()
      for _ in 0..<owned {
        let idAt = cursor.offset
        let id = StreamID(cursor.bytes, at: idAt)
        try cursor.skip(16)
        try pending.own(id, at: idAt)
      }
    }
    try pending.checkAllOwned(at: cursor.offset)
  }
}

/// The pending entries of one consumer group, and which of them a consumer owns.
struct PendingEntries {
  private var search: PendingSearch

  /// Reads the group's list. Servers write it in ascending order; another order is put right, since
  /// only a repeated ID is damage.
  @_lifetime(cursor: copy cursor)
  init(_ cursor: inout ByteCursor) throws(FormatError) {
    let at = cursor.offset
    let count = try cursor.readLength()
    var ids: [StreamID] = []
    var ascends = true
    for _ in 0..<count {
      let id = StreamID(cursor.bytes, at: cursor.offset)
      try cursor.skip(24)
      _ = try cursor.readLength()
      if let last = ids.last, id <= last { ascends = false }
      ids.append(id)
    }
    if !ascends { ids.sort() }
    for index in ids.indices.dropFirst() where ids[index] == ids[index - 1] {
      throw FormatError(.badStream, at: at, "an entry is pending twice in a consumer group")
    }
    search = PendingSearch(ids)
  }

  /// Gives an entry to a consumer.
  mutating func own(_ id: StreamID, at offset: Int) throws(FormatError) {
    guard let entry = search.find(id) else {
      throw FormatError(
        .badStream, at: offset, "a consumer owns an entry that is not pending in its group")
    }
    guard entry.isFirst else {
      throw FormatError(.badStream, at: offset, "a pending entry has two owners")
    }
  }

  /// Throws when an entry has no owner.
  func checkAllOwned(at offset: Int) throws(FormatError) {
    guard search.isComplete else {
      throw FormatError(
        .badStream, at: offset, "pending entries of a consumer group have no consumer",
        expected: UInt64(search.count), found: UInt64(search.found))
    }
  }
}
