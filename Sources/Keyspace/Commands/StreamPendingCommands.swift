internal import Persistence

// Streams: what is pending. Source: t_stream.c of Redis 7.0.
extension Keyspace {
  /// The range that XPENDING asks for.
  private struct PendingRange {
    var start: StreamID
    var end: StreamID
    var count: Int64
    /// Milliseconds since the last delivery, at least.
    var idle: Int64 = 0
    /// The argument that names the consumer.
    var consumer: Int?

    init(_ arguments: Arguments) throws(CommandError) {
      var first = 3
      if arguments.isWord("IDLE", at: 3) {
        idle = try arguments.integer(at: 4)
        guard arguments.count >= 8 else { throw .syntax }
        first = 5
      }
      count = max(try arguments.integer(at: first + 2), 0)
      start = try arguments.intervalStart(at: first)
      end = try arguments.intervalEnd(at: first + 1)
      if first + 3 < arguments.count { consumer = first + 3 }
    }
  }

  mutating func xpending(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count == 3 || (6...9).contains(arguments.count) else { throw .syntax }
    let range = arguments.count == 3 ? nil : try PendingRange(arguments)
    let stream = try stream(find(arguments[1]))
    guard let stream, let index = stream.find(group: arguments[2]) else {
      throw .noKeyOrGroup(arguments)
    }
    if reply.isSilent { return }
    let group = stream.groups[index]
    guard let range else { return reply.pendingSummary(of: group) }
    var consumer: Int?
    if let argument = range.consumer {
      consumer = group.find(consumer: arguments[argument])
      if consumer == nil { return reply.array(0) }
    }
    let now = clock.now
    var found: [StreamIDTable<StreamGroup.Pending>.Element] = []
    group.forEachPending(of: consumer, from: range.start) { element in
      guard found.count < range.count, element.id <= range.end else { return false }
      let idle = now.subtractingReportingOverflow(element.content.deliveredAt).partialValue
      if range.idle == 0 || idle >= range.idle { found.append(element) }
      return true
    }
    reply.array(found.count)
    for element in found {
      reply.array(4)
      reply.bulk(element.id)
      reply.bulk(group[element.content.consumer].name)
      reply.integer(max(now &- element.content.deliveredAt, 0))
      reply.integer(Int64(truncatingIfNeeded: element.content.deliveries))
    }
  }
}

extension StreamGroup {
  /// Calls `body` with the deliveries of the group, or of one of its consumers, from an ID on until it returns
  /// false.
  func forEachPending(
    of consumer: Int? = nil, from start: StreamID = .zero,
    _ body: (StreamIDTable<Pending>.Element) -> Bool
  ) {
    guard let consumer else { return pending.forEach(from: start, body) }
    self[consumer].pending.forEach(from: start) { owned in
      guard let delivery = pending[owned.id] else { return true }
      return body(StreamIDTable.Element(id: owned.id, content: delivery))
    }
  }
}

extension ReplyWriter {
  /// How much is pending in a group, from where to where, and for whom.
  fileprivate mutating func pendingSummary(of group: StreamGroup) {
    array(4)
    integer(group.pending.count)
    guard let first = group.pending.first, let last = group.pending.last else {
      null()
      null()
      return nullArray()
    }
    bulk(first.id)
    bulk(last.id)
    let consumers = group.consumers.filter { !$0.pending.isEmpty }
    array(consumers.count)
    for consumer in consumers {
      array(2)
      bulk(consumer.name)
      bulk(Int64(consumer.pending.count))
    }
  }
}
