import TestSupport

/// A stream of type 15, right unless told otherwise.
struct StreamMaker {
  typealias ID = (milliseconds: UInt64, sequence: UInt64)

  struct Node {
    /// The key of the node.
    var id: ID
    /// Sequence deltas of the entries.
    var entries: [UInt8]
    /// What the master entry says is alive.
    var count: UInt8?
    var deleted: UInt8 = 0
    /// What each entry says is its number of elements.
    var lpCount: UInt8 = 4
    var extra: [RDBBuilder.Entry] = []
    var keyLength = 16
  }

  struct Group {
    var name = "g"
    var pending: [ID] = []
    var consumers: [(name: String, pending: [ID])] = []
  }

  var nodes = [Node(id: (5, 0), entries: [0, 1])]
  var length: UInt64 = 2
  var last: ID = (5, 1)
  var groups: [Group] = []

  private static func identifier(_ id: ID) -> [UInt8] {
    RDBBuilder.bigEndian(id.milliseconds, 8) + RDBBuilder.bigEndian(id.sequence, 8)
  }

  var bytes: [UInt8] {
    var out = [UInt8(nodes.count)]
    for node in nodes {
      out += RDBBuilder.string(Array(Self.identifier(node.id).prefix(node.keyLength)))
      var entries: [RDBBuilder.Entry] = [
        .integer(node.count ?? UInt8(node.entries.count)), .integer(node.deleted), 1, "f", 0,
      ]
      for delta in node.entries { entries += [2, 0, .integer(delta), "v", .integer(node.lpCount)] }
      out += RDBBuilder.string(RDBBuilder.listpack(entries + node.extra))
    }
    for number in [length, last.milliseconds, last.sequence, UInt64(groups.count)] {
      out += RDBBuilder.length(number)
    }
    for group in groups {
      out += RDBBuilder.string(Array(group.name.utf8)) + [0, 0]
      out += RDBBuilder.length(UInt64(group.pending.count))
      for id in group.pending {
        out += Self.identifier(id) + RDBBuilder.littleEndian(1_700_000_000_000, 8) + [1]
      }
      out += RDBBuilder.length(UInt64(group.consumers.count))
      for consumer in group.consumers {
        out += RDBBuilder.string(Array(consumer.name.utf8))
        out += RDBBuilder.littleEndian(1_700_000_000_000, 8)
        out += RDBBuilder.length(UInt64(consumer.pending.count))
        for id in consumer.pending { out += Self.identifier(id) }
      }
    }
    return out
  }
}

extension HandMade {
  private static func stream(
    _ name: String, _ answer: Answer = .damaged, _ change: (inout StreamMaker) -> Void
  ) -> HandMade {
    var stream = StreamMaker()
    change(&stream)
    var builder = RDBBuilder()
    builder.key(15, "k")
    builder.append(stream.bytes)
    return HandMade(
      name: name, bytes: builder.finished(), answer: answer,
      code: answer == .ok ? nil : "bad-stream")
  }

  private static let owned = StreamMaker.Group(
    pending: [(5, 0)], consumers: [(name: "c", pending: [(5, 0)])])

  static let streams: [HandMade] = [
    stream("a stream", .ok) { _ in },
    stream("a stream without entries", .ok) {
      $0.nodes = []
      $0.length = 0
      $0.last = (0, 0)
    },
    stream("a stream with a group", .ok) { $0.groups = [owned] },
    stream("a stream with a pending entry that has been deleted", .ok) {
      $0.groups = [
        StreamMaker.Group(pending: [(4, 4)], consumers: [(name: "c", pending: [(4, 4)])])
      ]
    },
    stream("a wrong length of a stream") { $0.length = 3 },
    stream("a stream's last ID below its entries") { $0.last = (5, 0) },
    stream("nodes of a stream out of order") {
      $0.nodes = [
        StreamMaker.Node(id: (6, 0), entries: [0]), StreamMaker.Node(id: (5, 0), entries: [0]),
      ]
      $0.last = (6, 0)
    },
    stream("a length without nodes") { $0.nodes = [] },
    stream("a node of a stream twice") {
      $0.nodes = [
        StreamMaker.Node(id: (5, 0), entries: [0]), StreamMaker.Node(id: (5, 0), entries: [1]),
      ]
    },
    stream("a wrong count of elements in an entry") { $0.nodes[0].lpCount = 5 },
    stream("elements after the last entry") { $0.nodes[0].extra = ["x"] },
    stream("fewer entries than counted") { $0.nodes[0].count = 3 },
    stream("a node key of 15 bytes") { $0.nodes[0].keyLength = 15 },
    stream("deleted entries miscounted") {
      $0.nodes[0].count = 1
      $0.nodes[0].deleted = 1
      $0.length = 1
    },
    stream("a consumer owns what is not pending") {
      $0.groups = [StreamMaker.Group(consumers: [(name: "c", pending: [(5, 0)])])]
    },
    stream("a pending entry without a consumer") {
      $0.groups = [StreamMaker.Group(pending: [(5, 0)])]
    },
    stream("a pending entry with two consumers") {
      $0.groups = [
        StreamMaker.Group(
          pending: [(5, 0)],
          consumers: [(name: "c", pending: [(5, 0)]), (name: "d", pending: [(5, 0)])])
      ]
    },
    stream("a group twice") { $0.groups = [owned, owned] },
    stream("a consumer twice") {
      $0.groups = [
        StreamMaker.Group(
          pending: [(5, 0)], consumers: [(name: "c", pending: [(5, 0)]), (name: "c", pending: [])])
      ]
    },
    stream("a pending entry twice") {
      $0.groups = [
        StreamMaker.Group(
          pending: [(5, 0), (5, 0)], consumers: [(name: "c", pending: [(5, 0)])])
      ]
    },
  ]
}
