package import DequeModule
package import Persistence

/// A stream: nodes of entries in the order of their IDs, and consumer groups.
///
/// Nodes begin and end where those of a server do, since approximate trimming depends on it. Source:
/// t_stream.c of Redis 7.0.
package struct StreamValue: Sendable {
  /// By their keys. A node without live entries is there only where trimming in a node that ends in deleted
  /// ones left it.
  package private(set) var nodes: Deque<StreamListpack> = []
  /// The number of entries that are not deleted.
  package private(set) var length: UInt64 = 0
  /// The highest ID that the stream ever had.
  package var lastID = StreamID.zero
  /// The lowest ID of an entry; 0-0 without any.
  package private(set) var firstID = StreamID.zero
  /// The highest ID that XDEL deleted.
  package var maxDeletedID = StreamID.zero
  /// Entries ever added.
  package var entriesAdded: UInt64 = 0
  /// Consumer groups by their names.
  package var groups: [StreamGroup] = []

  package init() {}

  // MARK: Adding

  /// The ID that `*` stands for at a Unix time in milliseconds; nil when there is none above the last one.
  package func nextID(now: Int64) -> StreamID? {
    let milliseconds = UInt64(max(now, 0))
    return milliseconds > lastID.milliseconds ? StreamID(milliseconds, 0) : lastID.successor
  }

  /// Adds an entry, whose ID is above the last one.
  ///
  /// - `fields`: names and values in turn are the arguments from this one on.
  package mutating func append(
    _ id: StreamID, _ arguments: Arguments, fields: Int, limits: EncodingLimits
  ) {
    let size = arguments.size(from: fields)
    let tail = nodes.count - 1
    if tail < 0 || !Self.allows(nodes[tail], size, limits) {
      // A node is likely to become as large as the one before it.
      var room = size
      if tail >= 0 {
        nodes[tail].seal()
        room = min(nodes[tail].size, limits.streamNodeSize)
      }
      nodes.append(StreamListpack(key: id, arguments, fields: fields, reserving: room))
    }
    nodes[nodes.count - 1].append(id, arguments, fields: fields)
    length += 1
    entriesAdded &+= 1
    lastID = id
    if length == 1 { firstID = id }
  }

  private static func allows(
    _ node: StreamListpack, _ size: Int, _ limits: EncodingLimits
  ) -> Bool {
    guard node.size &+ size < limits.streamNodeSize else { return false }
    return limits.streamNodeEntries == 0
      || node.live &+ node.deleted < Int64(limits.streamNodeEntries)
  }

  /// Adds a node that has been found to be valid, and whose IDs are above all others. The counters of the
  /// stream are left to the caller, but for ``length`` and ``firstID``.
  package mutating func append(_ node: StreamListpack) {
    nodes.append(node)
    length += UInt64(clamping: node.live)
    if firstID == .zero, let first = edge(backwards: false) { firstID = first }
  }

  // MARK: Finding

  /// The node of a number, from 0 to below the count of ``nodes``.
  package func node(_ index: Int) -> StreamListpack { nodes[index] }

  /// An entry and the number of its node.
  package struct Place {
    package var node: Int
    package var entry: StreamListpack.Entry
  }

  /// The number of the last node whose key is at or below an ID; -1 when there is none.
  private func node(for id: StreamID) -> Int {
    var low = 0
    var high = nodes.count
    while low < high {
      let middle = (low + high) / 2
      if nodes[middle].key <= id { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }

  /// Calls `body` with each entry between two IDs, deleted ones left out, until it returns false.
  package func forEach(
    from start: StreamID = .zero, through end: StreamID = .max, backwards: Bool = false,
    _ body: (Place) -> Bool
  ) {
    guard start <= end, !nodes.isEmpty else { return }
    var index = max(node(for: backwards ? end : start), 0)
    while index >= 0, index < nodes.count {
      let node = nodes[index]
      let layout = node.layout
      var next = backwards ? node.last(layout) : node.first(layout)
      while let entry = next {
        // Deleted ones need not ascend: XSETID may have gone back behind them.
        if !entry.isDeleted {
          if backwards ? entry.id < start : entry.id > end { return }
          if entry.id >= start, entry.id <= end {
            guard body(Place(node: index, entry: entry)) else { return }
          }
        }
        next =
          backwards ? node.previous(before: entry, layout) : node.next(after: entry, layout)
      }
      index += backwards ? -1 : 1
    }
  }

  /// The entry of an ID; nil when it is not there.
  package func find(_ id: StreamID) -> Place? {
    var found: Place?
    forEach(from: id, through: id) { place in
      found = place
      return false
    }
    return found
  }

  /// The lowest ID, or the highest; nil without entries.
  package func edge(backwards: Bool) -> StreamID? {
    var found: StreamID?
    forEach(backwards: backwards) { place in
      found = place.entry.id
      return false
    }
    return found
  }

  // MARK: Deleting

  /// Deletes an entry; false when it is not there. ``firstID`` and ``maxDeletedID`` follow.
  package mutating func delete(_ id: StreamID) -> Bool {
    guard let place = find(id) else { return false }
    if nodes[place.node].live == 1 {
      nodes.remove(at: place.node)
    } else {
      nodes[place.node].mark(place.entry)
      nodes[place.node].count(deleted: 1)
    }
    length -= 1
    if id == firstID { firstID = edge(backwards: false) ?? .zero }
    maxDeletedID = max(maxDeletedID, id)
    return true
  }

  /// What trimming leaves.
  package enum Trim {
    /// At most so many entries.
    case length(UInt64)
    /// Entries from an ID on.
    case from(StreamID)
  }

  /// Removes the oldest entries and tells how many.
  ///
  /// - `isApproximate`: only whole nodes are removed.
  /// - `limit`: how many entries at most; 0 for any number.
  package mutating func trim(_ trim: Trim, isApproximate: Bool, limit: Int64) -> Int64 {
    var removed: Int64 = 0
    while let node = nodes.first {
      if case .length(let most) = trim, length <= most { break }
      let live = node.live
      if limit > 0, removed + live > limit { break }
      let isOver =
        switch trim {
        case .length(let most): length - UInt64(live) >= most
        case .from(let id): node.last(node.layout).map { $0.id < id } ?? true
        }
      if isOver {
        nodes.removeFirst()
        length -= UInt64(live)
        removed += live
        continue
      }
      if !isApproximate { removed += trimFirstNode(trim) }
      break
    }
    if removed > 0 { firstID = edge(backwards: false) ?? .zero }
    return removed
  }

  /// Marks the oldest entries of the first node as deleted.
  private mutating func trimFirstNode(_ trim: Trim) -> Int64 {
    var marked: Int64 = 0
    let layout = nodes[0].layout
    var next = nodes[0].first(layout)
    while let entry = next {
      switch trim {
      case .length(let most): if length <= most { next = nil }
      case .from(let id): if entry.id >= id { next = nil }
      }
      guard next != nil else { break }
      if !entry.isDeleted {
        nodes[0].mark(entry)
        length -= 1
        marked += 1
      }
      next = nodes[0].next(after: entry, layout)
    }
    nodes[0].count(deleted: marked)
    return marked
  }
}

extension StreamID {
  /// The highest ID that there can be.
  package static let max = StreamID(.max, .max)

  /// The next ID; nil for the highest.
  package var successor: StreamID? {
    if sequence < .max { return StreamID(milliseconds, sequence + 1) }
    return milliseconds < .max ? StreamID(milliseconds + 1, 0) : nil
  }

  /// The ID before; nil for 0-0.
  package var predecessor: StreamID? {
    if sequence > 0 { return StreamID(milliseconds, sequence - 1) }
    return milliseconds > 0 ? StreamID(milliseconds - 1, .max) : nil
  }
}
