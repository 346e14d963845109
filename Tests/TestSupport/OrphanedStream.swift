package import Persistence

/// A stream of which pending entries have lost their messages.
package struct OrphanedStream: Sendable, CustomStringConvertible {
  package var description: String
  package var stream: RDBStream

  /// Orphans at all places where they may be.
  package static let all: [OrphanedStream] = [
    make("below", live: [5, 7], orphans: [1, 2]),
    make("between", live: [1, 5, 9], orphans: [2, 3, 7], maxDeleted: StreamID(8, 0)),
    make(
      "above", live: [1, 2], orphans: [3, 4], last: StreamID(4, 0), maxDeleted: StreamID(4, 0)),
    make("above the last ID", live: [1, 2], orphans: [8], last: StreamID(2, 0)),
    make("alone", live: [], orphans: [3, 6], last: StreamID(9, 1), maxDeleted: StreamID(6, 0)),
    make("alone in what never had one", live: [], orphans: [3]),
    largest,
    twoGroups,
  ]

  private static var largest: OrphanedStream {
    var made = make("of the largest ID", live: [1], orphans: [2])
    let largest = StreamID(.max, .max)
    made.stream.groups[0].pending.append(pending(largest))
    made.stream.groups[0].consumers[1].pending.append(largest)
    return made
  }

  /// Groups that share orphans, with a consumer that owns orphans alone and one that owns nothing.
  private static var twoGroups: OrphanedStream {
    var made = make("in two groups", live: [2, 6], orphans: [1, 4], maxDeleted: StreamID(4, 0))
    let ids = [StreamID(1, 0), StreamID(3, 5), StreamID(6, 0)]
    made.stream.groups.append(
      RDBStream.Group(
        name: "h", lastID: StreamID(6, 0), entriesRead: nil, pending: ids.map(pending),
        consumers: [
          consumer("idle", []), consumer("orphans", [ids[0], ids[1]]), consumer("x", [ids[2]]),
        ]))
    return made
  }

  /// A stream with a group that was given everything; orphans and the others have two owners.
  private static func make(
    _ name: String, live: [UInt64], orphans: [UInt64], last: StreamID? = nil,
    maxDeleted: StreamID = .zero
  ) -> OrphanedStream {
    var stream = RDBStream(
      live.map { RDBStream.Entry(id: StreamID($0, 0), fields: [("f", ByteString("v\($0)"))]) })
    if let last { stream.lastID = last }
    stream.maxDeletedID = maxDeleted
    stream.entriesAdded = UInt64(live.count + orphans.count)
    let all = (live + orphans).sorted()
    let owned = [all.filter { $0 % 2 == 0 }, all.filter { $0 % 2 == 1 }]
    stream.groups = [
      RDBStream.Group(
        name: "g", lastID: stream.lastID, entriesRead: UInt64(all.count),
        pending: all.map { pending(StreamID($0, 0)) },
        consumers: [
          consumer("even", owned[0].map { StreamID($0, 0) }),
          consumer("odd", owned[1].map { StreamID($0, 0) }),
        ])
    ]
    return OrphanedStream(description: name, stream: stream)
  }

  private static func pending(_ id: StreamID) -> RDBStream.Pending {
    RDBStream.Pending(
      id: id, deliveredAt: 1_700_000_000_000 + Int64(id.milliseconds % 1000),
      deliveries: 1 + id.milliseconds % 5)
  }

  private static func consumer(_ name: ByteString, _ ids: [StreamID]) -> RDBStream.Consumer {
    RDBStream.Consumer(
      name: name, seenAt: 1_700_000_000_000, activeAt: 1_700_000_000_000, pending: ids)
  }
}
