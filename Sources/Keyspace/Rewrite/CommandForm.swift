internal import Persistence

/// Which commands and forms of commands the log of a release may hold.
struct CommandForm {
  let target: RDBTarget

  /// Items that a server puts into one command (`AOF_REWRITE_ITEMS_PER_CMD`); before Redis 2.4, commands took
  /// one.
  var items: Int { target.version >= 2 ? 64 : 1 }
  /// `ENTRIESADDED`, `MAXDELETEDID` and `ENTRIESREAD`.
  var hasStreamCounters: Bool { target.hasStreamCounters }
  /// `XGROUP CREATECONSUMER` of Redis 6.2.
  var hasCreateConsumer: Bool { target.version >= 10 || target.name == "redis-6.2" }

  /// What a log of this release cannot tell of a key, and an RDB can.
  func losses(of entry: RDBEntry) -> [ConversionLoss] {
    var losses = target.losses(of: entry).filter { loss in
      switch loss.what {
      // The log of no release has these, nor does a server's own rewrite.
      case .idle, .frequency, .consumerActivity: false
      default: true
      }
    }
    guard case .stream(let stream) = entry.value, !losses.contains(where: \.isWhole) else {
      return losses
    }
    for group in stream.groups {
      let unclaimable = group.pending.count { !RDBStream.canClaim($0.id) }
      if unclaimable > 0 {
        losses.append(ConversionLoss(.orphanedPending(group: group.name, unclaimable)))
      }
      let untellable = group.pending.count { RDBStream.canClaim($0.id) && !$0.isTellable }
      if untellable > 0 {
        losses.append(ConversionLoss(.deliveries(group: group.name, untellable)))
      }
      guard !hasCreateConsumer else { continue }
      for consumer in group.consumers where !consumer.pending.contains(where: RDBStream.canClaim) {
        losses.append(
          ConversionLoss(.idleConsumer(group: group.name, consumer: consumer.name)))
      }
    }
    return losses
  }
}

extension RDBStream {
  /// Whether commands can make an entry of this ID pending: no message has 0-0, not even for a while.
  static func canClaim(_ id: StreamID) -> Bool { id != .zero }

  /// The IDs of pending entries whose messages are gone, ascending, but for one that cannot be claimed.
  var orphans: [StreamID] {
    let ids = groups.flatMap { group in group.pending.lazy.map(\.id).filter { !has($0) } }
    return Set(ids).filter(Self.canClaim).sorted()
  }

  /// Whether an entry of this ID is there.
  func has(_ id: StreamID) -> Bool {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].id == id
  }
}

extension RDBStream.Pending {
  /// Whether XCLAIM takes the time and the number of deliveries.
  var isTellable: Bool { deliveredAt >= 0 && deliveries <= UInt64(Int64.max) }
}
