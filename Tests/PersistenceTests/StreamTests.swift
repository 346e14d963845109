import Persistence
import TestSupport
import Testing

/// A stream that a test builds and then breaks.
struct StreamSpec {
  struct Node {
    var key: [UInt8]
    var entries: [CompactEntry]
    var header: Int?
  }
  struct Consumer {
    var name = "c1"
    var owned: [(UInt64, UInt64)] = []
  }
  struct Group {
    var name = "g"
    var pending: [(UInt64, UInt64)] = []
    var consumers: [Consumer] = []
  }

  /// Two nodes: 1-1 and 1-2 (deleted), and 5-0; last 5-0, first 1-1, highest deleted 1-2.
  var nodes = [
    Node(
      key: Encode.streamID(1, 1),
      entries: [
        1, 1, 1, "f", 0, /* 1-1 */ 2, 0, 0, "a", 4, /* 1-2 */ 3, 0, 1, "b", 4,
      ]),
    Node(
      key: Encode.streamID(5, 0),
      entries: [1, 0, 1, "f", 0, /* 5-0 with its own fields */ 0, 0, 0, 1, "g", 5, 6]),
  ]
  var length: UInt64 = 2
  var last: (UInt64, UInt64) = (5, 0)
  var first: (UInt64, UInt64) = (1, 1)
  var maxDeleted: (UInt64, UInt64) = (1, 2)
  var added: UInt64 = 3
  /// 1-1 is pending with c1, and 4-4, which is no longer in the stream, with c2.
  var groups = [
    Group(
      pending: [(1, 1), (4, 4)],
      consumers: [
        Consumer(owned: [(1, 1)]), Consumer(name: "c2", owned: [(4, 4)]), Consumer(name: "c3"),
      ]),
    Group(name: "h"),
  ]

  /// The value of type 15, 19 or 21.
  func bytes(type: UInt8) -> [UInt8] {
    var bytes = Encode.length(UInt64(nodes.count))
    for node in nodes {
      bytes += Encode.string(node.key)
      bytes += Encode.string(Encode.listpack(node.entries, count: node.header))
    }
    func id(_ id: (UInt64, UInt64)) -> [UInt8] { Encode.length(id.0) + Encode.length(id.1) }
    bytes += Encode.length(length) + id(last)
    if type > 15 { bytes += id(first) + id(maxDeleted) + Encode.length(added) }
    bytes += Encode.length(UInt64(groups.count))
    for group in groups {
      bytes += Encode.string(Array(group.name.utf8)) + id((5, 0))
      if type > 15 { bytes += Encode.length(.max) }
      bytes += Encode.length(UInt64(group.pending.count))
      for pending in group.pending {
        bytes += Encode.streamID(pending.0, pending.1) + hex("F5AA5902A2010000 01")
      }
      bytes += Encode.length(UInt64(group.consumers.count))
      for consumer in group.consumers {
        bytes += Encode.string(Array(consumer.name.utf8)) + hex("F5AA5902A2010000")
        if type == 21 { bytes += hex("FF×8") }
        bytes += Encode.length(UInt64(consumer.owned.count))
        for owned in consumer.owned { bytes += Encode.streamID(owned.0, owned.1) }
      }
    }
    return bytes
  }
}

/// One invariant, broken.
struct BrokenStream: Sendable, CustomStringConvertible {
  var description: String
  var code = FindingCode.badStream
  var types: [UInt8] = [15, 19, 21]
  var breaking: @Sendable (inout StreamSpec) -> Void

  init(
    _ name: String, _ code: FindingCode = .badStream, types: [UInt8] = [15, 19, 21],
    _ breaking: @escaping @Sendable (inout StreamSpec) -> Void
  ) {
    description = name
    self.code = code
    self.types = types
    self.breaking = breaking
  }
}

@Suite struct StreamTests {
  private func check(_ type: UInt8, _ stream: StreamSpec) throws(FormatError) -> ValueFacts {
    try inspect("REDIS0012", type, stream.bytes(type: type))
  }

  @Test(arguments: [15, 19, 21] as [UInt8])
  func sound(_ type: UInt8) throws {
    let facts = try check(type, StreamSpec())
    #expect(facts.elements == 2)
    #expect(facts.nodes == 2)
  }

  static let stillSound: [BrokenStream] = [
    BrokenStream("no group") { $0.groups = [] },
    BrokenStream("nothing at all") {
      $0 = StreamSpec(
        nodes: [], length: 0, last: (7, 7), first: (0, 0), maxDeleted: (0, 0), added: 1, groups: [])
    },
    BrokenStream("an unknown number of elements") { $0.nodes[0].header = 65535 },
    // Redis 7.0.15 writes a negative difference when the milliseconds grow and the sequence falls.
    BrokenStream("negative difference") {
      $0.nodes[0].entries.replaceSubrange(10..., with: [3, 1, -1, "b", 4])
      $0.maxDeleted = (2, 0)
    },
    BrokenStream("last ID ahead of the entries") { $0.last = (.max, .max) },
    BrokenStream("pending in another order") { $0.groups[0].pending.reverse() },
    BrokenStream("a group's name that is empty") { $0.groups[0].name = "" },
    BrokenStream("the same consumer in two groups") { $0.groups[1].consumers = [.init()] },
    // XSETID of a stream without entries sets the last ID to any.
    BrokenStream("highest deleted ID above the last") { $0.maxDeleted = (.max, 0) },
    BrokenStream("highest deleted ID of nought") { $0.maxDeleted = (0, 0) },
    BrokenStream("everything deleted") {
      $0.nodes.removeLast()
      $0.nodes[0].entries = [0, 2, 1, "f", 0, 3, 0, 0, "a", 4, 3, 0, 1, "b", 4]
      $0.length = 0
      $0.first = (0, 0)
    },
  ]

  @Test(arguments: stillSound)
  func sound(_ example: BrokenStream) throws {
    for type in example.types {
      var stream = StreamSpec()
      example.breaking(&stream)
      #expect(fault { () throws(FormatError) in try check(type, stream) } == nil)
    }
  }

  static let nodeRules: [BrokenStream] = [
    BrokenStream("node key of 15 bytes") { $0.nodes[0].key.removeLast() },
    BrokenStream("node key of 17 bytes") { $0.nodes[0].key.append(0) },
    BrokenStream("nodes out of order") { $0.nodes.swapAt(0, 1) },
    BrokenStream("the same node twice") { $0.nodes[1] = $0.nodes[0] },
    BrokenStream("nodes overlap") { $0.nodes[1].key = Encode.streamID(1, 2) },
    BrokenStream("no element", .badStream) { $0.nodes[0].entries = [] },
    BrokenStream("count is text") { $0.nodes[0].entries[0] = "1x" },
    BrokenStream("count is negative") { $0.nodes[0].entries[0] = -1 },
    BrokenStream("count is too small") { $0.nodes[0].entries[0] = 0 },
    BrokenStream("count is too large") { $0.nodes[0].entries[0] = 2 },
    BrokenStream("count is huge") { $0.nodes[0].entries[0] = .integer(.max) },
    BrokenStream("deleted is negative") { $0.nodes[0].entries[1] = -1 },
    BrokenStream("deleted is too small") { $0.nodes[0].entries[1] = 0 },
    BrokenStream("one deleted, one more live") {
      $0.nodes[0].entries[0] = 2
      $0.nodes[0].entries[1] = 0
    },
    BrokenStream("number of fields is negative") { $0.nodes[0].entries[2] = -1 },
    BrokenStream("number of fields is too large") { $0.nodes[0].entries[2] = 2 },
    BrokenStream("number of fields is huge") { $0.nodes[0].entries[2] = .integer(.max) },
    BrokenStream("master entry does not end in 0") { $0.nodes[0].entries[4] = 1 },
    BrokenStream("flags are text") { $0.nodes[0].entries[5] = "x" },
    BrokenStream("flags are 4") { $0.nodes[0].entries[5] = 4 },
    BrokenStream("milliseconds are text") { $0.nodes[0].entries[6] = "x" },
    BrokenStream("sequence is text") { $0.nodes[0].entries[7] = "x" },
    BrokenStream("count of the entry is wrong") { $0.nodes[0].entries[9] = 5 },
    BrokenStream("count of the entry is text") { $0.nodes[0].entries[9] = "4x" },
    BrokenStream("count of the entry with own fields") {
      $0.nodes[1].entries[$0.nodes[1].entries.count - 1] = 7
    },
    BrokenStream("number of own fields is negative") { $0.nodes[1].entries[8] = -1 },
    BrokenStream("number of own fields is too large") { $0.nodes[1].entries[8] = 2 },
    BrokenStream("elements are left over") { $0.nodes[0].entries.append(1) },
    BrokenStream("node ends in an entry") { $0.nodes[0].entries.removeLast(2) },
    BrokenStream("IDs repeat") { $0.nodes[0].entries[12] = 0 },
    BrokenStream("IDs descend") { $0.nodes[0].entries[12] = -1 },
    BrokenStream("an ID below its node") {
      $0.nodes[1].entries[7] = -1
      $0.nodes[1].entries[6] = -1
    },
    BrokenStream("listpack header", .badListpack) { $0.nodes[0].header = 3 },
  ]

  static let tailRules: [BrokenStream] = [
    BrokenStream("length is too small") { $0.length = 1 },
    BrokenStream("length is too large") { $0.length = 3 },
    BrokenStream("length without nodes") { $0.nodes = [] },
    BrokenStream("last ID is too small") { $0.last = (4, 9) },
    BrokenStream("first ID is a deleted one", types: [19, 21]) { $0.first = (1, 2) },
    BrokenStream("first ID is nought", types: [19, 21]) { $0.first = (0, 0) },
    BrokenStream("first ID is too high", types: [19, 21]) { $0.first = (5, 0) },
    BrokenStream("first ID of an empty stream", types: [19, 21]) {
      $0.nodes = []
      $0.length = 0
    },
    BrokenStream("fewer added than there are", types: [19, 21]) { $0.added = 1 },
  ]

  static let groupRules: [BrokenStream] = [
    BrokenStream("two groups of one name") { $0.groups[1].name = "g" },
    BrokenStream("two consumers of one name") { $0.groups[0].consumers[2].name = "c1" },
    BrokenStream("an entry is pending twice") {
      $0.groups[0].pending = [(1, 1), (4, 4), (4, 4)]
    },
    BrokenStream("pending twice, not side by side") {
      $0.groups[0].pending = [(4, 4), (1, 1), (4, 4)]
    },
    BrokenStream("a consumer owns what is not pending") {
      $0.groups[0].consumers[0].owned.append((2, 2))
    },
    BrokenStream("a consumer of a group without pending entries") {
      $0.groups[1].consumers = [.init(owned: [(1, 1)])]
    },
    BrokenStream("a consumer owns an entry twice") {
      $0.groups[0].consumers[0].owned = [(1, 1), (1, 1)]
    },
    BrokenStream("two owners") { $0.groups[0].consumers[1].owned = [(1, 1), (4, 4)] },
    BrokenStream("no owner") { $0.groups[0].consumers[1].owned = [] },
    BrokenStream("no consumer at all") { $0.groups[0].consumers = [] },
  ]

  @Test(arguments: nodeRules + tailRules + groupRules)
  func broken(_ example: BrokenStream) {
    for type in example.types {
      var stream = StreamSpec()
      example.breaking(&stream)
      let found = fault { () throws(FormatError) in try check(type, stream) }
      #expect(found?.code == example.code, "type \(type)")
    }
  }

  @Test func identifiers() {
    #expect(StreamID(1, 2) < StreamID(1, 3))
    #expect(StreamID(1, .max) < StreamID(2, 0))
    #expect(!(StreamID(2, 0) < StreamID(1, .max)))
    #expect(StreamID(1_526_919_030_474, 55).description == "1526919030474-55")
    let bytes = hex("00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F")
    #expect(StreamID(bytes.raw, at: 0) == StreamID(0x0001_0203_0405_0607, 0x0809_0A0B_0C0D_0E0F))
  }
}
