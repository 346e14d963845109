package import Persistence

extension StreamValue {
  private func place(ofGroup name: RawSpan) -> (index: Int, isThere: Bool) {
    NameOrder.place(name, count: groups.count) { index, body in
      let name = groups[index].name
      return body(unsafe name.span.bytes)
    }
  }

  /// The number of the group of a name, in ``groups``.
  package func find(group name: RawSpan) -> Int? {
    let (index, isThere) = place(ofGroup: name)
    return isThere ? index : nil
  }

  /// Adds a group; false when there is one of its name.
  package mutating func add(_ group: StreamGroup) -> Bool {
    let (index, isThere) = place(ofGroup: unsafe group.name.span.bytes)
    if !isThere { groups.insert(group, at: index) }
    return !isThere
  }

  // MARK: Counters. Source: t_stream.c of Redis 7.0.

  /// Whether an entry from an ID on may have been deleted.
  package func mayHaveTombstones(from id: StreamID) -> Bool {
    length > 0 && maxDeletedID != .zero && firstID <= maxDeletedID && id <= maxDeletedID
  }

  /// How many entries were ever added up to an ID; nil when it cannot be told.
  package func entriesRead(upTo id: StreamID) -> UInt64? {
    if entriesAdded == 0 { return 0 }
    if length == 0, id <= lastID { return entriesAdded }
    if id == lastID { return entriesAdded }
    if id > lastID { return nil }
    if maxDeletedID == .zero || maxDeletedID < firstID {
      if id < firstID { return entriesAdded &- length }
      if id == firstID { return entriesAdded &- length &+ 1 }
    }
    return nil
  }

  /// How many entries a group has not read; nil when it cannot be told.
  package func lag(of group: StreamGroup) -> Int64? {
    if entriesAdded == 0 { return 0 }
    if let read = group.entriesRead, !mayHaveTombstones(from: group.lastID) {
      return Int64(truncatingIfNeeded: entriesAdded &- read)
    }
    return entriesRead(upTo: group.lastID).map { Int64(truncatingIfNeeded: entriesAdded &- $0) }
  }

  /// Notes that a group has been given an entry that is above its last one.
  package mutating func advance(group index: Int, to id: StreamID) {
    if let read = groups[index].entriesRead, !mayHaveTombstones(from: id) {
      groups[index].entriesRead = read &+ 1
    } else if entriesAdded > 0 {
      groups[index].entriesRead = entriesRead(upTo: id)
    }
    groups[index].lastID = id
  }
}
