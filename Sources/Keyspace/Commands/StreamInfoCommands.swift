internal import DequeModule
internal import Persistence

// Streams: XINFO. Source: t_stream.c of Redis 7.0.
extension Keyspace {
  /// The stream that XINFO asks about. Throws when there is none.
  private mutating func infoStream(_ arguments: Arguments) throws(CommandError) -> StreamValue {
    guard let stream = try stream(find(arguments[2])) else { throw .noSuchKey }
    return stream
  }

  mutating func groupsInfo(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let stream = try infoStream(arguments)
    reply.array(stream.groups.count)
    for group in stream.groups {
      reply.map(6)
      reply.bulk("name")
      reply.bulk(group.name)
      reply.bulk("consumers")
      reply.integer(group.consumerCount)
      reply.bulk("pending")
      reply.integer(group.pending.count)
      reply.bulk("last-delivered-id")
      reply.bulk(group.lastID)
      reply.progress(of: group, in: stream)
    }
  }

  mutating func consumersInfo(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let stream = try infoStream(arguments)
    guard let index = stream.find(group: arguments[3]) else {
      throw .noGroup(arguments, group: 3, key: 2)
    }
    let group = stream.groups[index]
    reply.array(group.consumerCount)
    for consumer in group.consumers {
      reply.map(3)
      reply.bulk("name")
      reply.bulk(consumer.name)
      reply.bulk("pending")
      reply.integer(consumer.pending.count)
      reply.bulk("idle")
      reply.integer(max(clock.now &- consumer.seenAt, 0))
    }
  }

  mutating func streamInfo(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let stream = try infoStream(arguments)
    guard arguments.count > 3 else {
      if reply.isSilent { return }
      return reply.information(of: stream)
    }
    let isKnown =
      (arguments.count == 4 || arguments.count == 6) && arguments.isWord("FULL", at: 3)
      && (arguments.count == 4 || arguments.isWord("COUNT", at: 4))
    guard isKnown else { throw .wrongSubcommand(arguments, "XINFO") }
    var count: Int64 = 10
    if arguments.count == 6 {
      let number = try arguments.integer(at: 5)
      if number >= 0 { count = number }
    }
    if !reply.isSilent { reply.fullInformation(of: stream, count: count) }
  }
}

extension ReplyWriter {
  private mutating func counters(of stream: StreamValue) {
    bulk("length")
    integer(Int64(clamping: stream.length))
    bulk("radix-tree-keys")
    integer(stream.nodes.count)
    bulk("radix-tree-nodes")
    integer(stream.radixTreeNodes)
    bulk("last-generated-id")
    bulk(stream.lastID)
    bulk("max-deleted-entry-id")
    bulk(stream.maxDeletedID)
    bulk("entries-added")
    integer(Int64(truncatingIfNeeded: stream.entriesAdded))
    bulk("recorded-first-entry-id")
    bulk(stream.firstID)
  }

  /// How far a group has read.
  fileprivate mutating func progress(of group: StreamGroup, in stream: StreamValue) {
    bulk("entries-read")
    integer(orNull: group.entriesRead.map { Int64(truncatingIfNeeded: $0) })
    bulk("lag")
    integer(orNull: stream.lag(of: group))
  }

  fileprivate mutating func information(of stream: StreamValue) {
    map(10)
    counters(of: stream)
    bulk("groups")
    integer(stream.groups.count)
    for (name, backwards) in [("first-entry", false), ("last-entry", true)] {
      bulk(name)
      if let place = stream.entries(count: 1, backwards: backwards).first {
        entry(place.entry, of: stream.node(place.node))
      } else {
        null()
      }
    }
  }

  /// - `count`: of entries and of pending ones in each list, at most; 0 for all.
  fileprivate mutating func fullInformation(of stream: StreamValue, count: Int64) {
    map(9)
    counters(of: stream)
    bulk("entries")
    entries(stream.entries(count: count), of: stream)
    bulk("groups")
    array(stream.groups.count)
    for group in stream.groups {
      map(7)
      bulk("name")
      bulk(group.name)
      bulk("last-delivered-id")
      bulk(group.lastID)
      progress(of: group, in: stream)
      bulk("pel-count")
      integer(group.pending.count)
      bulk("pending")
      pending(of: group, nil, count)
      bulk("consumers")
      array(group.consumerCount)
      for number in group.order {
        let consumer = group[number]
        map(4)
        bulk("name")
        bulk(consumer.name)
        bulk("seen-time")
        integer(consumer.seenAt)
        bulk("pel-count")
        integer(consumer.pending.count)
        bulk("pending")
        pending(of: group, number, count)
      }
    }
  }

  /// The deliveries of a group, or of one of its consumers, whose name is then left out.
  private mutating func pending(of group: StreamGroup, _ consumer: Int?, _ count: Int64) {
    let all = consumer.map { group[$0].pending.count } ?? group.pending.count
    var left = count == 0 ? all : min(all, Int(clamping: count))
    array(left)
    group.forEachPending(of: consumer) { element in
      guard left > 0 else { return false }
      left -= 1
      array(consumer == nil ? 4 : 3)
      bulk(element.id)
      if consumer == nil { bulk(group[element.content.consumer].name) }
      integer(element.content.deliveredAt)
      integer(Int64(truncatingIfNeeded: element.content.deliveries))
      return true
    }
  }
}

extension StreamValue {
  /// The nodes of the radix tree that a server holds the nodes of the stream in: inner ones where keys part,
  /// one for each run of bytes without a branch, and one for the end of each key. Source: rax.c of Redis 7.0.
  fileprivate var radixTreeNodes: Int {
    guard let first = nodes.first else { return 1 }
    var count = 0
    // Depths at which the keys up to here part, and the depth of the branch above the last key.
    var branches: [Int] = []
    var previous = first.key
    var above = -1
    for node in nodes.dropFirst() {
      let common = Self.commonBytes(previous, node.key)
      // The run of the key before ends at the deeper one of the branches beside it.
      count += Self.leaf(under: max(above, common))
      while let last = branches.last, last > common {
        branches.removeLast()
        count += Self.branch(at: last, under: max(branches.last ?? -1, common))
      }
      if branches.last != common { branches.append(common) }
      above = common
      previous = node.key
    }
    count += Self.leaf(under: above)
    while let last = branches.popLast() {
      count += Self.branch(at: last, under: branches.last ?? -1)
    }
    return count
  }

  /// A branch, and a run above it when there are bytes between it and the branch above.
  private static func branch(at depth: Int, under above: Int) -> Int {
    1 + (depth > above + 1 ? 1 : 0)
  }

  /// The end of a key, and a run above it.
  private static func leaf(under above: Int) -> Int { branch(at: 16, under: above) }

  /// The bytes that two keys begin with, of 16, the highest ones first.
  private static func commonBytes(_ a: StreamID, _ b: StreamID) -> Int {
    let high = (a.milliseconds ^ b.milliseconds).leadingZeroBitCount / 8
    return high < 8 ? high : 8 + (a.sequence ^ b.sequence).leadingZeroBitCount / 8
  }
}
