import Keyspace
import Persistence
import TestSupport
import Testing

/// The structure of streams.
@Suite struct StreamValueTests {
  /// Random changes, compared with an array of entries.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func randomChanges(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var stream = StreamValue()
    var limits = EncodingLimits()
    limits.streamNodeSize = 400
    limits.streamNodeEntries = 20
    var model: [RDBStream.Entry] = []
    var added: UInt64 = 0
    for step in 0..<5000 {
      let index = Int.random(in: 0...max(model.count - 1, 0), using: &random)
      switch Int.random(in: 0...20, using: &random) {
      case 0...12:
        let entry = Self.entry(after: stream.lastID, &random)
        stream.append(entry, limits: limits)
        model.append(entry)
        added += 1
      case 13...16 where !model.isEmpty:
        let deletions = [stream.delete(model[index].id), stream.delete(model[index].id)]
        #expect(deletions == [true, false])
        model.remove(at: index)
      case 17:
        let most = model.count - Int.random(in: 0...min(model.count, 9), using: &random)
        _ = stream.trim(.length(UInt64(most)), isApproximate: false, limit: 0)
        model.removeFirst(model.count - most)
      case 18 where !model.isEmpty:
        let id = model[min(index, 12)].id
        _ = stream.trim(.from(id), isApproximate: false, limit: 0)
        model.removeAll { $0.id < id }
      case 19 where !model.isEmpty:
        let removed = stream.trim(
          .length(UInt64(model.count / 2)), isApproximate: true, limit: 60)
        #expect(removed <= 60)
        model.removeFirst(Int(removed))
      default:
        let ids = model.map(\.id).filter { $0 >= StreamID(3, 0) }.reversed().prefix(20)
        #expect(
          stream.entries(from: StreamID(3, 0), count: 20, backwards: true).map(\.entry.id)
            == Array(ids))
      }
      #expect(stream.length == UInt64(model.count))
      #expect(stream.firstID == model.first?.id ?? .zero)
      if step % 25 == 0 {
        #expect(stream.rdb.entries == model)
        for index in 0..<stream.nodes.count { try Self.check(stream.node(index)) }
      }
    }
    #expect(stream.entriesAdded == added)
    let copy = StreamValue(stream.rdb, limits: limits)
    #expect(copy.rdb == stream.rdb)
  }

  private static func entry(
    after id: StreamID, _ random: inout SeededRandom
  ) -> RDBStream.Entry {
    let next =
      Bool.random(using: &random)
      ? StreamID(id.milliseconds, id.sequence + 1)
      : StreamID(id.milliseconds + UInt64.random(in: 1...300, using: &random), 0)
    let names =
      [["a", "b"], ["a"], ["b", "a"], ["1", "-20"]].randomElement(using: &random) ?? []
    return RDBStream.Entry(
      id: next,
      fields: names.map { name in
        let number = Int64.random(in: -300...300, using: &random)
        let value =
          Bool.random(using: &random)
          ? NumberText.bytes(number) : random.bytes(Int.random(in: 0...60, using: &random))
        return (name: ByteString(name), value: ByteString(value))
      })
  }

  /// The node is sound, as the checker of files sees it.
  private static func check(_ node: StreamListpack) throws {
    var reader = try StreamNodeReader(unsafe node.pack.bytes.span.bytes, key: node.key)
    var live: Int64 = 0
    while let entry = try reader.next() {
      if !entry.isDeleted { live += 1 }
      try reader.skipFields(of: entry)
    }
    #expect(live == node.live)
  }

  @Test func idsNearTheEnd() {
    #expect(StreamID.max.successor == nil)
    #expect(StreamID.zero.predecessor == nil)
    #expect(StreamID(4, .max).successor == StreamID(5, 0))
    #expect(StreamID(5, 0).predecessor == StreamID(4, .max))
    var stream = StreamValue()
    stream.lastID = .max
    #expect(stream.nextID(now: 5) == nil)
    stream.lastID = StreamID(7, .max)
    #expect(stream.nextID(now: 5) == StreamID(8, 0))
    #expect(stream.nextID(now: 9) == StreamID(9, 0))
    #expect(stream.nextID(now: -1) == StreamID(8, 0))
  }

  /// Random changes of a table of IDs, compared with a dictionary.
  @Test func tableOfIDs() {
    var random = SeededRandom(seed: 5)
    var table = StreamIDTable<Int>()
    var model: [StreamID: Int] = [:]
    for step in 0..<40_000 {
      // Phases of growing at the end, of shrinking at the front, and of changes anywhere.
      let span = UInt64(1 + step % 4000)
      let id = StreamID(UInt64.random(in: 0...span, using: &random), UInt64(step % 3))
      switch (step / 4000) % 3 {
      case 0 where step % 5 != 0, 2 where step % 2 == 0:
        table.set(id, step)
        model[id] = step
      case 1 where step % 2 == 0:
        guard let first = table.first else { continue }
        let (removed, expected) = (table.remove(first.id), model.removeValue(forKey: first.id))
        #expect(removed == expected)
      default:
        let (removed, expected) = (table.remove(id), model.removeValue(forKey: id))
        #expect(removed == expected)
      }
      #expect(table.count == model.count)
      guard step % 500 == 0 else { continue }
      let sorted = model.sorted { $0.key < $1.key }
      #expect(table.first?.id == sorted.first?.key && table.last?.id == sorted.last?.key)
      var found: [StreamID] = []
      table.forEach(from: id) { element in
        found.append(element.id)
        return model[element.id] == element.content
      }
      #expect(found == sorted.map(\.key).filter { $0 >= id })
      #expect(table.element(from: id)?.id == found.first)
      for (id, value) in sorted { #expect(table[id] == value) }
    }
  }

  @Test func groupsSurviveFiles() {
    var group = StreamGroup(name: Array("g".utf8), lastID: StreamID(9, 9), entriesRead: 4)
    for (number, name) in ["zoe", "al", "mo"].enumerated() {
      let consumer = group.use(consumer: unsafe Array(name.utf8).span.bytes, now: 100)
      for id in 0..<50 {
        let id = StreamID(UInt64(id * 3 + number), 1)
        group.deliver(id, .init(deliveredAt: 7, deliveries: 2, consumer: consumer))
      }
    }
    #expect(group.rdb.consumers.map(\.name) == ["al", "mo", "zoe"])
    #expect(group.pending.count == 150)
    #expect(StreamGroup(group.rdb).rdb == group.rdb)
    let removed = group.remove(consumer: unsafe Array("mo".utf8).span.bytes)
    #expect(removed == 50)
    #expect(group.pending.count == 100 && group.consumerCount == 2)
    let created = group.create(consumer: unsafe Array("new".utf8).span.bytes, now: 1)
    #expect(created != nil)
    #expect(StreamGroup(group.rdb).rdb == group.rdb)
  }

  /// Groups of a file that is not sound: the second of a name, and what has no owner or two, is left out.
  @Test func oddGroupsAreReduced() {
    var stream = RDBStream()
    let pending = [1, 2, 3].map {
      RDBStream.Pending(id: StreamID($0, 0), deliveredAt: 5, deliveries: 1)
    }
    let consumers = [
      RDBStream.Consumer(name: "a", seenAt: 1, activeAt: 2, pending: [StreamID(1, 0)]),
      RDBStream.Consumer(
        name: "b", seenAt: 1, activeAt: 2, pending: [StreamID(1, 0), StreamID(2, 0)]),
      RDBStream.Consumer(name: "a", seenAt: 3, activeAt: 4, pending: [StreamID(9, 0)]),
    ]
    let group = RDBStream.Group(
      name: "g", lastID: .zero, entriesRead: nil, pending: pending, consumers: consumers)
    stream.groups = [group, group]
    let value = StreamValue(stream)
    #expect(value.groups.count == 1)
    #expect(value.groups[0].rdb.pending.map(\.id) == [StreamID(1, 0), StreamID(2, 0)])
    #expect(value.groups[0].rdb.consumers.map(\.pending) == [[StreamID(1, 0)], [StreamID(2, 0)]])
  }
}

extension StreamValue {
  /// Adds an entry as a file holds it.
  fileprivate mutating func append(_ entry: RDBStream.Entry, limits: EncodingLimits) {
    var bytes: [UInt8] = []
    var table: [CommandArgument] = []
    for string in entry.fields.flatMap({ [$0.name, $0.value] }) {
      table.append(CommandArgument(offset: bytes.count, count: string.count))
      bytes += string.bytes
    }
    append(
      entry.id, Arguments(table.span, in: unsafe bytes.span.bytes), fields: 0, limits: limits)
  }
}
