internal import Persistence

// Streams: reading several, and in the name of a group. Commands that would wait do as inside MULTI.
// Source: t_stream.c of Redis 7.0.
extension Keyspace {
  /// What XREAD and XREADGROUP ask for.
  private struct ReadOptions {
    var count: Int64 = 0
    var acknowledges = true
    /// The argument that names the group; the one behind it names the consumer.
    var group: Int?
    /// The argument that is the first key.
    var keys = 0
    /// The number of keys.
    var keyCount = 0

    init(_ arguments: Arguments, _ command: String) throws(CommandError) {
      let isGroup = command == "xreadgroup"
      var index = 1
      while index < arguments.count, keys == 0 {
        let more = arguments.count - 1 - index
        if more >= 1, arguments.isWord("BLOCK", at: index) {
          index += 1
          try Self.checkTimeout(arguments, at: index)
        } else if more >= 1, arguments.isWord("COUNT", at: index) {
          index += 1
          count = max(try arguments.integer(at: index), 0)
        } else if more >= 1, arguments.isWord("STREAMS", at: index) {
          keys = index + 1
        } else if more >= 2, arguments.isWord("GROUP", at: index) {
          guard isGroup else {
            throw .text(
              "The GROUP option is only supported by XREADGROUP. You called XREAD instead.")
          }
          group = index + 1
          index += 2
        } else if arguments.isWord("NOACK", at: index) {
          guard isGroup else {
            throw .text(
              "The NOACK option is only supported by XREADGROUP. You called XREAD instead.")
          }
          acknowledges = false
        } else {
          throw .syntax
        }
        index += 1
      }
      guard keys > 0 else { throw .syntax }
      guard (arguments.count - keys) % 2 == 0 else {
        throw .text(
          "Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.")
      }
      keyCount = (arguments.count - keys) / 2
      guard !isGroup || group != nil else {
        throw .text("Missing GROUP option for XREADGROUP")
      }
    }

    private static func checkTimeout(
      _ arguments: Arguments, at index: Int
    ) throws(CommandError) {
      let time = try arguments.integer(
        at: index, or: .text("timeout is not an integer or out of range"))
      guard time >= 0 else { throw .text("timeout is negative") }
    }
  }

  mutating func xread(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try ReadOptions(arguments, "xread")
    var starts: [StreamID] = []
    for key in options.keys..<(options.keys + options.keyCount) {
      let stream = try stream(find(arguments[key]))
      let index = key + options.keyCount
      if arguments.isCharacter("$", at: index) {
        starts.append(stream?.lastID ?? .zero)
      } else if arguments.isCharacter(">", at: index) {
        throw .text(
          "The > ID can be specified only when calling XREADGROUP using the GROUP <group> "
            + "<consumer> option.")
      } else {
        starts.append(try arguments.streamID(at: index))
      }
    }
    var body = ReplyWriter(reply.form)
    var served = 0
    for (number, start) in starts.enumerated() {
      let key = options.keys + number
      guard let stream = try stream(find(arguments[key])), let next = start.successor else {
        continue
      }
      let entries = stream.entries(from: next, count: options.count)
      guard !entries.isEmpty else { continue }
      served += 1
      body.beginStream(arguments[key])
      body.entries(entries, of: stream)
    }
    reply.streams(served, body)
  }

  mutating func xreadgroup(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try ReadOptions(arguments, "xreadgroup")
    let group = options.group ?? 0
    var starts: [StreamID?] = []
    for key in options.keys..<(options.keys + options.keyCount) {
      guard let stream = try stream(find(arguments[key])),
        stream.find(group: arguments[group]) != nil
      else {
        throw .other(
          "NOGROUP No such key '\(arguments.text(key))' or consumer group "
            + "'\(arguments.text(group))' in XREADGROUP with GROUP option")
      }
      let index = key + options.keyCount
      if arguments.isCharacter("$", at: index) {
        throw .text(
          "The $ ID is meaningless in the context of XREADGROUP: you want to read the history of "
            + "this consumer by specifying a proper ID, or use the > ID to get new messages. The $ "
            + "ID would just return an empty result set.")
      }
      if arguments.isCharacter(">", at: index) {
        starts.append(nil)
      } else {
        let start = try arguments.streamID(at: index)
        // A server tells `>` by this ID.
        starts.append(start == .max ? nil : start)
      }
    }
    var body = ReplyWriter(reply.form)
    var served = 0
    let now = clock.now
    for (number, start) in starts.enumerated() {
      let key = options.keys + number
      guard let place = find(arguments[key]) else { continue }
      var isNewConsumer = false
      let isServed = try modifyStream(place) { stream in
        guard let index = stream.find(group: arguments[group]) else { return false }
        if start == nil {
          guard let top = stream.edge(backwards: true), top > stream.groups[index].lastID else {
            return false
          }
        }
        isNewConsumer = stream.groups[index].find(consumer: arguments[group + 1]) == nil
        body.beginStream(arguments[key])
        let consumer = stream.groups[index].use(consumer: arguments[group + 1], now: now)
        if let start {
          stream.replyHistory(index, consumer, after: start, options.count, now: now, &body)
        } else {
          stream.deliver(
            index, consumer, options.count, acknowledges: options.acknowledges, now: now, &body)
        }
        return true
      }
      guard isServed else { continue }
      if isNewConsumer { note(.stream, "xgroup-createconsumer", arguments[key]) }
      served += 1
      changes += 1
    }
    reply.streams(served, body)
  }
}

extension StreamValue {
  /// Gives a consumer entries that the group has not been given yet, at most so many; all for 0.
  fileprivate mutating func deliver(
    _ group: Int, _ consumer: Int, _ count: Int64, acknowledges: Bool, now: Int64,
    _ reply: inout ReplyWriter
  ) {
    guard let start = groups[group].lastID.successor else { return reply.array(0) }
    let places = entries(from: start, count: count)
    reply.entries(places, of: self)
    for place in places {
      let id = place.entry.id
      if id > groups[group].lastID { advance(group: group, to: id) }
      if acknowledges {
        groups[group].deliver(
          id, StreamGroup.Pending(deliveredAt: now, deliveries: 1, consumer: consumer))
      }
    }
    if !places.isEmpty { groups[group].set(consumer: consumer, activeAt: now) }
  }

  /// Replies with what a consumer was delivered, at most so many; all for 0. These count as deliveries, too.
  fileprivate mutating func replyHistory(
    _ group: Int, _ consumer: Int, after start: StreamID, _ count: Int64, now: Int64,
    _ reply: inout ReplyWriter
  ) {
    var ids: [StreamID] = []
    if let next = start.successor {
      groups[group][consumer].pending.forEach(from: next) { element in
        ids.append(element.id)
        return count == 0 || ids.count < count
      }
    }
    reply.array(ids.count)
    for id in ids {
      guard let place = find(id) else {
        reply.array(2)
        reply.bulk(id)
        reply.nullArray()
        continue
      }
      reply.entry(place.entry, of: node(place.node))
      groups[group].redeliver(id, at: now)
    }
    if !ids.isEmpty { groups[group].set(consumer: consumer, activeAt: now) }
  }
}

extension ReplyWriter {
  /// The name of a stream, before its entries.
  fileprivate mutating func beginStream(_ key: RawSpan) {
    // In RESP3, the streams are a map.
    if form != .resp3 { array(2) }
    bulk(key)
  }

  /// So many streams, which have been written to `body`; null where there are none.
  fileprivate mutating func streams(_ count: Int, _ body: borrowing ReplyWriter) {
    guard count > 0 else { return nullArray() }
    if form == .resp3 { map(count) } else { array(count) }
    if form != .none { buffer.append(body.buffer) }
  }
}
