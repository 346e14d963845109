/// What is left of a damaged stream: sound nodes whole, of others the entries from the front up to the
/// first bad one, and the consumer groups as far as they can be read. Counters are put right.
enum StreamRemains {
  private struct Node {
    var key: StreamID
    var entries: [RDBStream.Entry]
  }

  @_lifetime(cursor: copy cursor)
  static func read(_ layout: ValueLayout, _ cursor: inout ByteCursor) -> ValueRemains? {
    guard let count = try? cursor.readLength() else { return nil }
    let first = cursor.offset
    var nodes: [Node] = []
    var searches = CompactRemains.searches
    while UInt64(nodes.count) < count, let node = readNode(&cursor, &searches) {
      nodes.append(node)
    }
    var stream = RDBStream(inOrder(nodes))
    var claimed: UInt64?
    if UInt64(nodes.count) == count {
      claimed = readTail(layout, &cursor, into: &stream)
      // An entry takes eight bytes or more.
      let most = UInt64(cursor.bytes.byteCount - first) * LZF.maximumRatio / 8
      if let length = claimed, length > most { claimed = nil }
    }
    return ValueRemains(
      value: .stream(stream), elements: stream.entries.count, claimed: claimed)
  }

  // MARK: Nodes

  /// Reads a node; nil where none can be found.
  @_lifetime(cursor: copy cursor)
  private static func readNode(_ cursor: inout ByteCursor, _ searches: inout Int) -> Node? {
    // Servers write the 16 bytes of the key in one form only, so that another length is damage; or else the
    // place is the wrong one, which the listpack tells.
    let keyAt = cursor.offset + 1
    guard (try? cursor.skip(17)) != nil else { return nil }
    var isNode = cursor.bytes.byte(at: keyAt - 1) == 16
    var node = Node(key: StreamID(cursor.bytes, at: keyAt), entries: [])
    let isThere = CompactRemains.readBlob(&cursor, &searches) { rest, claimed in
      let runs = EntryRuns(listpack: rest, claimed: claimed)
      if runs.isWhole, runs.size == claimed { isNode = true }
      let blob = rest.extracting(0..<min(runs.size, rest.byteCount))
      node.entries = entries(of: blob, key: node.key)
      return runs.size
    }
    return isThere && isNode ? node : nil
  }

  /// The entries from the front of a node's listpack on.
  private static func entries(of blob: RawSpan, key: StreamID) -> [RDBStream.Entry] {
    var entries: [RDBStream.Entry] = []
    do throws(FormatError) {
      var reader = try StreamNodeReader(damaged: blob, key: key)
      while let entry = try reader.next() {
        let fields = try StreamValueDecoder.readFields(of: entry, &reader)
        if !entry.isDeleted { entries.append(RDBStream.Entry(id: entry.id, fields: fields)) }
      }
    } catch {
      // The first bad entry, or the terminator.
    }
    return entries
  }

  /// The entries of nodes whose keys ascend, up to the first in each node that is out of order.
  private static func inOrder(_ nodes: [Node]) -> [RDBStream.Entry] {
    let order = AscendingRuns.indices(of: nodes.map(\.key))
    var entries: [RDBStream.Entry] = []
    for (place, index) in order.enumerated() {
      let node = nodes[index]
      let next = place + 1 < order.count ? nodes[order[place + 1]].key : nil
      for entry in node.entries {
        guard entry.id >= node.key, entries.last.map({ $0.id < entry.id }) ?? (entry.id > .zero),
          next.map({ entry.id < $0 }) ?? true
        else { break }
        entries.append(entry)
      }
    }
    return entries
  }

  // MARK: Counters and groups

  /// Reads what stands behind the nodes, as far as it goes, and returns the length that is stated.
  @_lifetime(cursor: copy cursor)
  private static func readTail(
    _ layout: ValueLayout, _ cursor: inout ByteCursor, into stream: inout RDBStream
  ) -> UInt64? {
    guard let summary = try? StreamSummary(layout, &cursor, firstLive: stream.entries.first?.id)
    else { return nil }
    stream.lastID = max(stream.lastID, summary.lastID)
    if layout != .stream {
      stream.maxDeletedID = min(summary.maxDeletedID, stream.lastID)
      stream.entriesAdded = max(summary.entriesAdded, stream.length)
    }
    guard let count = try? cursor.readLength() else { return summary.length }
    var decoder = StringDecoder()
    var names = Set<ByteString>()
    var left = count
    while left > 0,
      let group = try? StreamValueDecoder.readGroup(layout, summary, &cursor, &decoder)
    {
      left -= 1
      if names.insert(group.name).inserted { stream.groups.append(consistent(group)) }
    }
    return summary.length
  }

  /// A group in which every pending entry is owned by one consumer, and consumers own no other.
  private static func consistent(_ group: RDBStream.Group) -> RDBStream.Group {
    var group = group
    var names = Set<ByteString>()
    var seen = Set<StreamID>()
    var owned = Set<StreamID>()
    group.pending.removeAll { !seen.insert($0.id).inserted }
    group.consumers.removeAll { !names.insert($0.name).inserted }
    for index in group.consumers.indices {
      group.consumers[index].pending.removeAll { id in
        !seen.contains(id) || !owned.insert(id).inserted
      }
    }
    group.pending.removeAll { !owned.contains($0.id) }
    return group
  }
}
