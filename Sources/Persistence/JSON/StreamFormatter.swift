/// Writes streams (for the layout see `StreamInspector`).
///
/// The object begins with what stands behind the entries in the file, so that a reader knows the length
/// before the entries come.
enum StreamFormatter {
  /// Writes the stream at the cursor and steps over it.
  @_lifetime(cursor: copy cursor)
  static func write(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, _ decoder: inout StringDecoder,
    to writer: inout JSONWriter
  ) throws(FormatError) {
    let nodes = try cursor.readLength()
    let start = cursor.offset
    let firstLive =
      layout == .stream ? try firstLiveID(nodes, &cursor, &decoder) : nil
    cursor.offset = start
    for _ in 0..<nodes {
      try cursor.skipString()
      try cursor.skipString()
    }
    let summary = try StreamSummary(layout, &cursor, firstLive: firstLive)
    let groups = cursor.offset
    begin(summary, to: &writer)
    cursor.offset = start
    try writeNodes(nodes, &cursor, &decoder, to: &writer)
    cursor.offset = groups
    try end(layout, summary, &cursor, &decoder, to: &writer)
  }

  /// The lowest ID that is not deleted in the nodes at the cursor.
  @_lifetime(cursor: copy cursor)
  static func firstLiveID(
    _ nodes: UInt64, _ cursor: inout ByteCursor, _ decoder: inout StringDecoder
  ) throws(FormatError) -> StreamID? {
    for _ in 0..<nodes {
      let id = try StreamInspector.readNode(&cursor, &decoder) {
        (blob, key) throws(FormatError) -> StreamID? in
        var reader = try StreamNodeReader(blob, key: key)
        while let entry = try reader.next() {
          if !entry.isDeleted { return entry.id }
          try reader.skipFields(of: entry)
        }
        return nil
      }
      if let id { return id }
    }
    return nil
  }

  /// Opens the object and the array of entries.
  static func begin(_ summary: StreamSummary, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("length")
    writer.integer(summary.length)
    writer.key("last_id")
    write(summary.lastID, to: &writer)
    writer.key("first_id")
    write(summary.firstID, to: &writer)
    writer.key("max_deleted_id")
    write(summary.maxDeletedID, to: &writer)
    writer.key("entries_added")
    writer.integer(summary.entriesAdded)
    writer.key("entries")
    writer.beginArray()
  }

  /// Writes the live entries of `count` nodes.
  @_lifetime(cursor: copy cursor)
  static func writeNodes(
    _ count: UInt64, _ cursor: inout ByteCursor, _ decoder: inout StringDecoder,
    to writer: inout JSONWriter
  ) throws(FormatError) {
    for _ in 0..<count {
      try StreamInspector.readNode(&cursor, &decoder) { (blob, key) throws(FormatError) in
        try writeNode(blob, key, to: &writer)
      }
    }
  }

  private static func writeNode(
    _ blob: RawSpan, _ key: StreamID, to writer: inout JSONWriter
  ) throws(FormatError) {
    var reader = try StreamNodeReader(blob, key: key)
    while let entry = try reader.next() {
      guard !entry.isDeleted else {
        try reader.skipFields(of: entry)
        continue
      }
      writer.beginObject()
      writer.key("id")
      write(entry.id, to: &writer)
      writer.key("fields")
      writer.beginArray()
      for index in 0..<entry.fieldCount {
        let pair = try reader.nextPair(of: entry, index)
        writer.beginArray()
        BlobFormatter.write(pair.field, blob, to: &writer)
        BlobFormatter.write(pair.value, blob, to: &writer)
        writer.endArray()
      }
      try reader.finish(entry)
      writer.endArray()
      writer.endObject()
    }
  }

  /// Closes the array of entries, writes the groups at the cursor, and closes the object.
  @_lifetime(cursor: copy cursor)
  static func end(
    _ layout: ValueLayout, _ summary: StreamSummary, _ cursor: inout ByteCursor,
    _ decoder: inout StringDecoder, to writer: inout JSONWriter
  ) throws(FormatError) {
    writer.endArray()
    writer.key("groups")
    writer.beginArray()
    let groups = try cursor.readLength()
    for _ in 0..<groups {
      try writeGroup(layout, summary, &cursor, &decoder, to: &writer)
    }
    writer.endArray()
    writer.endObject()
  }

  @_lifetime(cursor: copy cursor)
  private static func writeGroup(
    _ layout: ValueLayout, _ summary: StreamSummary, _ cursor: inout ByteCursor,
    _ decoder: inout StringDecoder, to writer: inout JSONWriter
  ) throws(FormatError) {
    let bytes = cursor.bytes
    writer.beginObject()
    writer.key("name")
    writer.string(try decoder.decode(cursor.readString(), in: bytes))
    let lastID = StreamID(try cursor.readLength(), try cursor.readLength())
    writer.key("last_id")
    write(lastID, to: &writer)
    writer.key("entries_read")
    if let read = try summary.readEntriesRead(layout, lastID, &cursor) {
      writer.integer(read)
    } else {
      writer.null()
    }
    let pendingAt = cursor.offset
    let pending = try cursor.readLength()
    for _ in 0..<pending {
      try cursor.skip(24)
      _ = try cursor.readLength()
    }
    let consumers = try Consumers(layout, &cursor)
    let end = cursor.offset
    cursor.offset = pendingAt
    try writePending(&cursor, consumers, &decoder, to: &writer)
    cursor.offset = end
    try consumers.write(layout, bytes, &decoder, to: &writer)
    writer.endObject()
  }

  @_lifetime(cursor: copy cursor)
  private static func writePending(
    _ cursor: inout ByteCursor, _ consumers: Consumers, _ decoder: inout StringDecoder,
    to writer: inout JSONWriter
  ) throws(FormatError) {
    let bytes = cursor.bytes
    writer.key("pending")
    writer.beginArray()
    var owned = PendingSearch(consumers.owners.map(\.id))
    let count = try cursor.readLength()
    for _ in 0..<count {
      let at = cursor.offset
      try cursor.skip(16)
      let id = StreamID(bytes, at: at)
      writer.beginObject()
      writer.key("id")
      write(id, to: &writer)
      writer.key("consumer")
      if let index = owned.find(id)?.index {
        let owner = consumers.list[consumers.owners[index].consumer]
        writer.string(try decoder.decode(owner.name, in: bytes))
      } else {
        writer.null()
      }
      writer.key("delivered_at")
      writer.integer(try cursor.readLittleEndian(Int64.self))
      writer.key("deliveries")
      writer.integer(try cursor.readLength())
      writer.endObject()
    }
    writer.endArray()
    // Such an ID would have no place in the record.
    guard owned.isComplete else {
      throw FormatError(
        .badStream, at: cursor.offset, "a consumer owns an entry that is not pending in its group")
    }
  }

  static func write(_ id: StreamID, to writer: inout JSONWriter) {
    writer.reserve(48)
    writer.separate()
    writer.store(UInt8(ascii: "\""))
    writer.digits(id.milliseconds)
    writer.store(UInt8(ascii: "-"))
    writer.digits(id.sequence)
    writer.store(UInt8(ascii: "\""))
  }
}

/// The consumers of a group, and who owns which pending entry.
private struct Consumers {
  struct Consumer: BitwiseCopyable {
    var name: StringReference
    var seenAt: Int64
    var activeAt: Int64
  }

  var list: [Consumer] = []
  /// Ascending by ID.
  var owners: [(id: StreamID, consumer: Int)] = []

  /// Reads the consumers at the cursor, and steps over them.
  @_lifetime(cursor: copy cursor)
  init(_ layout: ValueLayout, _ cursor: inout ByteCursor) throws(FormatError) {
    let count = try cursor.readLength()
    for _ in 0..<count {
      let name = try cursor.readString()
      let seen = try cursor.readLittleEndian(Int64.self)
      let active = layout == .stream3 ? try cursor.readLittleEndian(Int64.self) : seen
      let index = list.count
      list.append(Consumer(name: name, seenAt: seen, activeAt: active))
      let owned = try cursor.readLength()
      for _ in 0..<owned {
        let at = cursor.offset
        try cursor.skip(16)
        owners.append((StreamID(cursor.bytes, at: at), index))
      }
    }
    owners.sort { $0.id < $1.id }
  }

  func write(
    _ layout: ValueLayout, _ bytes: RawSpan, _ decoder: inout StringDecoder,
    to writer: inout JSONWriter
  ) throws(FormatError) {
    writer.key("consumers")
    writer.beginArray()
    for consumer in list {
      writer.beginObject()
      writer.key("name")
      writer.string(try decoder.decode(consumer.name, in: bytes))
      writer.key("seen_at")
      writer.integer(consumer.seenAt)
      writer.key("active_at")
      writer.integer(consumer.activeAt)
      writer.endObject()
    }
    writer.endArray()
  }
}
