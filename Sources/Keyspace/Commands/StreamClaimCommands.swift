internal import Persistence

// Streams: pending entries from one consumer to another. Source: t_stream.c of Redis 7.0.
extension Keyspace {
  /// The options of XCLAIM.
  private struct ClaimOptions {
    /// Milliseconds since the last delivery, at least.
    var idle: Int64
    /// The arguments that are IDs.
    var ids: Range<Int>
    var creates = false
    var repliesIDs = false
    /// Unix milliseconds of the delivery; nil for now.
    var deliveredAt: Int64?
    var deliveries: Int64?
    var lastID = StreamID.zero

    init(_ arguments: Arguments, now: Int64) throws(CommandError) {
      idle = max(
        try arguments.integer(at: 4, or: .text("Invalid min-idle-time argument for XCLAIM")), 0)
      var index = 5
      while index < arguments.count,
        StreamIDText.parse(arguments[index], missing: 0) != nil
      { index += 1 }
      ids = 5..<index
      while index < arguments.count {
        if arguments.isWord("FORCE", at: index) {
          creates = true
        } else if arguments.isWord("JUSTID", at: index) {
          repliesIDs = true
        } else {
          try readNumber(arguments, at: index, now: now)
          index += 1
        }
        index += 1
      }
    }

    private mutating func readNumber(
      _ arguments: Arguments, at index: Int, now: Int64
    ) throws(CommandError) {
      let hasMore = index + 1 < arguments.count
      if hasMore, arguments.isWord("IDLE", at: index) {
        let idle = try arguments.integer(
          at: index + 1, or: .text("Invalid IDLE option argument for XCLAIM"))
        deliveredAt = now &- idle
      } else if hasMore, arguments.isWord("TIME", at: index) {
        deliveredAt = try arguments.integer(
          at: index + 1, or: .text("Invalid TIME option argument for XCLAIM"))
      } else if hasMore, arguments.isWord("RETRYCOUNT", at: index) {
        deliveries = try arguments.integer(
          at: index + 1, or: .text("Invalid RETRYCOUNT option argument for XCLAIM"))
      } else if hasMore, arguments.isWord("LASTID", at: index) {
        lastID = try arguments.streamID(at: index + 1)
      } else {
        throw .text("Unrecognized XCLAIM option '\(arguments.text(index))'")
      }
    }
  }

  mutating func xclaim(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = find(arguments[1]),
      try stream(place)?.find(group: arguments[2]) != nil
    else { throw .noKeyOrGroup(arguments) }
    let now = clock.now
    let options = try ClaimOptions(arguments, now: now)
    // A time to come is none. What stands in a log has been looked at when it was written, by another clock.
    let isBogus =
      options.deliveredAt.map { $0 < 0 || ($0 > now && !clock.isLoading) } ?? true
    let deliveredAt = isBogus ? now : options.deliveredAt ?? now
    let takesOrphans = semantics.claimTakesOrphans
    var body = ReplyWriter(reply.form)
    var isNewConsumer = false
    let (claimed, changed) = try modifyStream(place) { (stream) throws(CommandError) in
      guard let group = stream.find(group: arguments[2]) else { return (0, 0) }
      let consumers = stream.groups[group].consumerCount
      defer { isNewConsumer = stream.groups[group].consumerCount > consumers }
      var claim = StreamClaim(group: group, consumer: nil, now: now, deliveredAt: deliveredAt)
      claim.idle = options.idle
      claim.repliesIDs = options.repliesIDs
      claim.deliveries = options.deliveries
      if options.lastID > stream.groups[group].lastID {
        stream.groups[group].lastID = options.lastID
        claim.changed += 1
      }
      for index in options.ids {
        let id = try arguments.streamID(at: index)
        let entry = stream.find(id)
        if entry == nil, !takesOrphans {
          claim.forget(id, &stream)
          continue
        }
        let delivery = stream.groups[group].pending[id]
        guard delivery != nil || (options.creates && entry != nil) else { continue }
        claim.take(id, entry, delivery, for: arguments[3], &stream, &body)
      }
      return (claim.claimed, claim.changed)
    }
    changes += UInt64(changed)
    if isNewConsumer { note(.stream, "xgroup-createconsumer", arguments[1]) }
    reply.array(claimed)
    if !reply.isSilent { reply.buffer.append(body.buffer) }
  }

  mutating func xautoclaim(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let idle = max(
      try arguments.integer(at: 4, or: .text("Invalid min-idle-time argument for XAUTOCLAIM")), 0)
    let start = try arguments.intervalStart(at: 5)
    var count: Int64 = 100
    var repliesIDs = false
    var index = 6
    while index < arguments.count {
      if arguments.isWord("COUNT", at: index), index + 1 < arguments.count {
        let wrong = CommandError.text("COUNT must be > 0")
        count = try arguments.integer(at: index + 1, or: wrong)
        guard count > 0, count <= Int64.max / 16 else { throw wrong }
        index += 1
      } else if arguments.isWord("JUSTID", at: index) {
        repliesIDs = true
      } else {
        throw .syntax
      }
      index += 1
    }
    guard let place = find(arguments[1]),
      try stream(place)?.find(group: arguments[2]) != nil
    else { throw .noKeyOrGroup(arguments) }
    let now = clock.now
    var body = ReplyWriter(reply.form)
    var isNewConsumer = false
    let (claim, next) = try modifyStream(place) { stream in
      let group = stream.find(group: arguments[2]) ?? 0
      let consumers = stream.groups[group].consumerCount
      defer { isNewConsumer = stream.groups[group].consumerCount > consumers }
      var claim = StreamClaim(group: group, consumer: nil, now: now, deliveredAt: now)
      claim.idle = idle
      claim.repliesIDs = repliesIDs
      var next = stream.groups[group].pending.element(from: start)
      var attempts = count * 10
      var left = count
      while let element = next, attempts > 0, left > 0 {
        attempts -= 1
        if let entry = stream.find(element.id) {
          let id = element.id
          if claim.take(id, entry, element.content, for: arguments[3], &stream, &body) { left -= 1 }
        } else {
          claim.forget(element.id, &stream)
          left -= 1
        }
        next = element.id.successor.flatMap { stream.groups[group].pending.element(from: $0) }
      }
      return (claim, next?.id ?? .zero)
    }
    changes += UInt64(claim.changed)
    if isNewConsumer { note(.stream, "xgroup-createconsumer", arguments[1]) }
    reply.array(3)
    reply.bulk(next)
    reply.array(claim.claimed)
    if !reply.isSilent { reply.buffer.append(body.buffer) }
    reply.array(claim.forgotten.count)
    for id in claim.forgotten { reply.bulk(id) }
  }
}

/// What XCLAIM and XAUTOCLAIM do with one entry after another.
private struct StreamClaim {
  /// The number of the group.
  let group: Int
  /// The number of the consumer, once something is claimed for it.
  var consumer: Int?
  /// Unix times in milliseconds.
  let now: Int64
  let deliveredAt: Int64
  var idle: Int64 = 0
  var repliesIDs = false
  /// The number of deliveries to set; nil to count one more, but for replies with IDs alone.
  var deliveries: Int64?

  var claimed = 0
  var changed = 0
  /// IDs that were pending and are in the stream no longer.
  var forgotten: [StreamID] = []

  init(group: Int, consumer: Int?, now: Int64, deliveredAt: Int64) {
    self.group = group
    self.consumer = consumer
    self.now = now
    self.deliveredAt = deliveredAt
  }

  /// Gives an entry to the consumer unless it was delivered too short a time ago.
  ///
  /// - `place`: where it is; nil when it is gone.
  /// - `old`: its delivery; nil when it was not pending.
  @discardableResult
  mutating func take(
    _ id: StreamID, _ place: StreamValue.Place?, _ old: StreamGroup.Pending?, for name: RawSpan,
    _ stream: inout StreamValue, _ reply: inout ReplyWriter
  ) -> Bool {
    if let old, idle > 0,
      now.subtractingReportingOverflow(old.deliveredAt).partialValue < idle
    {
      return false
    }
    let consumer = consumer ?? stream.groups[group].use(consumer: name, now: now)
    if self.consumer == nil {
      self.consumer = consumer
      stream.groups[group].set(consumer: consumer, activeAt: now)
    }
    // An entry that becomes pending by this is counted as one that was delivered before.
    var count = old?.deliveries ?? 1
    if let deliveries, deliveries >= 0 {
      count = UInt64(deliveries)
    } else if !repliesIDs {
      count &+= 1
    }
    stream.groups[group].deliver(
      id, StreamGroup.Pending(deliveredAt: deliveredAt, deliveries: count, consumer: consumer))
    if repliesIDs {
      reply.bulk(id)
    } else if let place {
      reply.entry(place.entry, of: stream.node(place.node))
    } else {
      reply.null()
    }
    claimed += 1
    changed += 1
    return true
  }

  /// An ID whose entry is no longer in the stream is no longer pending.
  mutating func forget(_ id: StreamID, _ stream: inout StreamValue) {
    guard stream.groups[group].acknowledge(id) else { return }
    forgotten.append(id)
    changed += 1
  }
}
