/// Decodes streams (for the layout see `StreamInspector`).
enum StreamValueDecoder {
  @_lifetime(cursor: copy cursor)
  static func decode(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, _ decoder: inout StringDecoder
  ) throws(FormatError) -> RDBStream {
    var entries: [RDBStream.Entry] = []
    var stream = try decode(layout, &cursor, &decoder) { (blob, key) throws(FormatError) in
      try readNode(blob, key, into: &entries)
      return entries.first?.id
    }
    stream.entries = entries
    return stream
  }

  /// Decodes a stream without its entries.
  ///
  /// - `body`: gets the listpack of each node, and its key; tells the first entry that is not deleted, as soon as
  ///   there has been one.
  @_lifetime(cursor: copy cursor)
  static func decode(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, _ decoder: inout StringDecoder,
    forEachNode body: (RawSpan, StreamID) throws(FormatError) -> StreamID?
  ) throws(FormatError) -> RDBStream {
    var stream = RDBStream()
    var first: StreamID?
    let nodes = try cursor.readLength()
    for _ in 0..<nodes {
      try StreamInspector.readNode(&cursor, &decoder) { (blob, key) throws(FormatError) in
        first = try body(blob, key)
      }
    }
    let summary = try StreamSummary(layout, &cursor, firstLive: first)
    stream.length = summary.length
    stream.lastID = summary.lastID
    stream.firstID = summary.firstID
    stream.maxDeletedID = summary.maxDeletedID
    stream.entriesAdded = summary.entriesAdded
    let groups = try cursor.readLength()
    for _ in 0..<groups {
      stream.groups.append(try readGroup(layout, summary, &cursor, &decoder))
    }
    return stream
  }

  private static func readNode(
    _ blob: RawSpan, _ key: StreamID, into entries: inout [RDBStream.Entry]
  ) throws(FormatError) {
    var reader = try StreamNodeReader(blob, key: key)
    while let entry = try reader.next() {
      let fields = try readFields(of: entry, &reader)
      if !entry.isDeleted { entries.append(RDBStream.Entry(id: entry.id, fields: fields)) }
    }
  }

  /// Reads the fields of the entry that `next()` returned last; none of a deleted one.
  @_lifetime(reader: copy reader)
  static func readFields(
    of entry: StreamNodeReader.Entry, _ reader: inout StreamNodeReader
  ) throws(FormatError) -> [(name: ByteString, value: ByteString)] {
    let blob = reader.cursor.blob
    guard !entry.isDeleted else {
      try reader.skipFields(of: entry)
      return []
    }
    var fields: [(name: ByteString, value: ByteString)] = []
    for index in 0..<entry.fieldCount {
      let pair = try reader.nextPair(of: entry, index)
      fields.append((pair.field.bytes(in: blob), pair.value.bytes(in: blob)))
    }
    try reader.finish(entry)
    return fields
  }

  @_lifetime(cursor: copy cursor)
  private static func readID(_ cursor: inout ByteCursor) throws(FormatError) -> StreamID {
    StreamID(try cursor.readLength(), try cursor.readLength())
  }

  /// Reads a consumer group.
  @_lifetime(cursor: copy cursor)
  static func readGroup(
    _ layout: ValueLayout, _ summary: StreamSummary, _ cursor: inout ByteCursor,
    _ decoder: inout StringDecoder
  ) throws(FormatError) -> RDBStream.Group {
    let name = try decoder.copy(cursor.readString(), in: cursor.bytes)
    let lastID = try readID(&cursor)
    let entriesRead = try summary.readEntriesRead(layout, lastID, &cursor)
    var group = RDBStream.Group(
      name: name, lastID: lastID, entriesRead: entriesRead, pending: [], consumers: [])
    let pending = try cursor.readLength()
    for _ in 0..<pending {
      let at = cursor.offset
      try cursor.skip(16)
      group.pending.append(
        RDBStream.Pending(
          id: StreamID(cursor.bytes, at: at),
          deliveredAt: try cursor.readLittleEndian(Int64.self),
          deliveries: try cursor.readLength()))
    }
    let consumers = try cursor.readLength()
    for _ in 0..<consumers {
      let name = try decoder.copy(cursor.readString(), in: cursor.bytes)
      let seen = try cursor.readLittleEndian(Int64.self)
      let active = layout == .stream3 ? try cursor.readLittleEndian(Int64.self) : seen
      var consumer = RDBStream.Consumer(name: name, seenAt: seen, activeAt: active, pending: [])
      let owned = try cursor.readLength()
      for _ in 0..<owned {
        let at = cursor.offset
        try cursor.skip(16)
        consumer.pending.append(StreamID(cursor.bytes, at: at))
      }
      group.consumers.append(consumer)
    }
    return group
  }
}
