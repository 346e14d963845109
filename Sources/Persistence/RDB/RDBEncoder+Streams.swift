// Streams (for the layout see `StreamInspector` and `StreamNode`), in the nodes that XADD makes. Source:
// t_stream.c and rdb.c of Redis 5.0-7.4.
extension RDBEncoder {
  mutating func append(_ stream: RDBStream, as layout: ValueLayout) {
    appendNodes(of: stream.entries)
    append(countersAndGroupsOf: stream, length: UInt64(stream.entries.count), as: layout)
  }

  /// Writes a node of a stream, whose number ``append(count:)`` tells before them all: its key and its listpack
  /// as they stand.
  package mutating func append(streamNode key: StreamID, _ listpack: RawSpan) {
    buffer.append(length: 16)
    key.write(to: &buffer)
    append(string: listpack)
  }

  /// Writes what stands behind the nodes of a stream of so many entries; of its own entries it is not asked.
  package mutating func append(
    countersAndGroupsOf stream: RDBStream, length: UInt64, as layout: ValueLayout
  ) {
    buffer.append(length: length)
    append(stream.lastID)
    if layout != .stream {
      append(stream.firstID)
      append(stream.maxDeletedID)
      buffer.append(length: stream.entriesAdded)
    }
    buffer.append(length: stream.groups.count)
    for group in stream.groups { append(group, as: layout) }
  }

  private mutating func append(_ id: StreamID) {
    buffer.append(length: id.milliseconds)
    buffer.append(length: id.sequence)
  }

  private mutating func append(_ group: RDBStream.Group, as layout: ValueLayout) {
    append(group.name)
    append(group.lastID)
    // All ones say that the number is not known.
    if layout != .stream { buffer.append(length: group.entriesRead ?? .max) }
    buffer.append(length: group.pending.count)
    for pending in group.pending {
      pending.id.write(to: &buffer)
      buffer.append(littleEndian: pending.deliveredAt)
      buffer.append(length: pending.deliveries)
    }
    buffer.append(length: group.consumers.count)
    for consumer in group.consumers {
      append(consumer.name)
      buffer.append(littleEndian: consumer.seenAt)
      if layout == .stream3 { buffer.append(littleEndian: consumer.activeAt) }
      buffer.append(length: consumer.pending.count)
      for id in consumer.pending { id.write(to: &buffer) }
    }
  }

  private mutating func appendNodes(of entries: [RDBStream.Entry]) {
    var count = 0
    var start = 0
    var inNode = 0
    nodes.removeAll()
    for (index, entry) in entries.enumerated() {
      let size = entry.fields.reduce(0) { $0 + $1.name.count + $1.value.count }
      if inNode == RDBTarget.streamNodeEntries
        || (inNode > 0 && listpack.size + size >= RDBTarget.streamNodeSize)
      {
        finishNode(of: entries[start], inNode)
        count += 1
        inNode = 0
      }
      if inNode == 0 {
        start = index
        beginNode(entry)
      }
      append(entry, master: entries[start])
      inNode += 1
    }
    if inNode > 0 {
      finishNode(of: entries[start], inNode)
      count += 1
    }
    appendNodes(count)
  }

  /// Writes the master entry with the fields of the node's first entry.
  private mutating func beginNode(_ first: RDBStream.Entry) {
    listpack.begin()
    // The number of entries, known at the end; that of deleted ones.
    listpack.append(0)
    listpack.append(0)
    listpack.append(Int64(first.fields.count))
    for field in first.fields { listpack.append(field.name) }
    listpack.append(0)
  }

  private mutating func append(_ entry: RDBStream.Entry, master: RDBStream.Entry) {
    let isLikeMaster =
      entry.fields.count == master.fields.count
      && zip(entry.fields, master.fields).allSatisfy { $0.name == $1.name }
    listpack.append(isLikeMaster ? 2 : 0)
    listpack.append(Self.delta(entry.id.milliseconds, master.id.milliseconds))
    listpack.append(Self.delta(entry.id.sequence, master.id.sequence))
    let count = entry.fields.count
    if !isLikeMaster { listpack.append(Int64(count)) }
    for field in entry.fields {
      if !isLikeMaster { listpack.append(field.name) }
      listpack.append(field.value)
    }
    listpack.append(Int64(isLikeMaster ? count + 3 : 2 * count + 4))
  }

  private static func delta(_ part: UInt64, _ master: UInt64) -> Int64 {
    Int64(bitPattern: part &- master)
  }

  private mutating func finishNode(of first: RDBStream.Entry, _ count: Int) {
    listpack.finish()
    // The count is the first entry, behind a header of six bytes.
    listpack.replaceSmallInteger(at: 6, with: UInt8(count))
    nodes.append(length: 16)
    first.id.write(to: &nodes)
    strings.append(listpack.blob, to: &nodes)
  }
}

extension StreamID {
  /// Writes the 16 bytes of the ID, in which IDs are ordered as `memcmp` orders them.
  fileprivate func write(to buffer: inout ByteBuffer) {
    buffer.append(bigEndian: milliseconds)
    buffer.append(bigEndian: sequence)
  }
}
