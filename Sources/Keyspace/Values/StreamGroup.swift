package import Persistence

/// A consumer group of a stream. Source: t_stream.c of Redis 7.0.
package struct StreamGroup: Sendable {
  package let name: [UInt8]
  /// The last ID that was delivered.
  package var lastID: StreamID
  /// Entries read, as a logical counter; nil when it is not known.
  package var entriesRead: UInt64?
  /// Entries that were delivered and not acknowledged.
  package private(set) var pending = StreamIDTable<Pending>()
  /// Consumers by their numbers; nil for numbers that are free.
  private var slots: [StreamConsumer?] = []
  /// The numbers that are free.
  private var free: [Int] = []
  /// The numbers of the consumers in the order of their names.
  package private(set) var order: [Int] = []

  /// A delivery that waits to be acknowledged.
  package struct Pending: BitwiseCopyable, Sendable {
    /// Unix time in milliseconds of the last delivery.
    package var deliveredAt: Int64
    /// How often it was delivered.
    package var deliveries: UInt64
    /// The number of the consumer that it was delivered to.
    package var consumer: Int

    package init(deliveredAt: Int64, deliveries: UInt64, consumer: Int) {
      self.deliveredAt = deliveredAt
      self.deliveries = deliveries
      self.consumer = consumer
    }
  }

  package init(name: [UInt8], lastID: StreamID, entriesRead: UInt64?) {
    self.name = name
    self.lastID = lastID
    self.entriesRead = entriesRead
  }

  // MARK: Consumers

  package var consumerCount: Int { order.count }

  /// A consumer, by a number that is taken.
  package subscript(consumer: Int) -> StreamConsumer {
    guard let consumer = slots[consumer] else { preconditionFailure("no such consumer") }
    return consumer
  }

  /// The consumers in the order of their names.
  package var consumers: some Sequence<StreamConsumer> { order.lazy.map { self[$0] } }

  /// Where a name is, or would be, in the order.
  private func place(_ name: RawSpan) -> (index: Int, isThere: Bool) {
    NameOrder.place(name, count: order.count) { index, body in
      let name = self[order[index]].name
      return body(unsafe name.span.bytes)
    }
  }

  /// The number of the consumer of a name.
  package func find(consumer name: RawSpan) -> Int? {
    let (index, isThere) = place(name)
    return isThere ? order[index] : nil
  }

  /// Makes a consumer; nil when there is one of the name.
  ///
  /// - `now`: Unix time in milliseconds.
  package mutating func create(consumer name: RawSpan, now: Int64) -> Int? {
    let (index, isThere) = place(name)
    guard !isThere else { return nil }
    let consumer = StreamConsumer(name: ByteString(name).bytes, seenAt: now)
    let number: Int
    if let last = free.popLast() {
      number = last
      slots[last] = consumer
    } else {
      number = slots.count
      slots.append(consumer)
    }
    order.insert(number, at: index)
    return number
  }

  /// The consumer of a name, made when there is none, who has been seen now.
  package mutating func use(consumer name: RawSpan, now: Int64) -> Int {
    if let number = find(consumer: name) {
      slots[number]?.seenAt = now
      return number
    }
    return create(consumer: name, now: now) ?? 0
  }

  /// Removes a consumer with all that it was delivered, and tells how many entries that were; nil when there
  /// is none of the name.
  package mutating func remove(consumer name: RawSpan) -> Int? {
    let (index, isThere) = place(name)
    guard isThere else { return nil }
    let number = order.remove(at: index)
    let removed = self[number]
    slots[number] = nil
    free.append(number)
    removed.pending.forEach { element in
      pending.remove(element.id)
      return true
    }
    return removed.pending.count
  }

  /// Sets when a consumer was seen, and when it last got something, in Unix milliseconds.
  package mutating func set(consumer: Int, seenAt: Int64? = nil, activeAt: Int64? = nil) {
    if let seenAt { slots[consumer]?.seenAt = seenAt }
    if let activeAt { slots[consumer]?.activeAt = activeAt }
  }

  // MARK: Deliveries

  /// Gives an entry to a consumer, whoever had it before.
  package mutating func deliver(_ id: StreamID, _ delivery: Pending) {
    if let last = pending.last, last.id >= id, let old = pending[id] {
      if old.consumer != delivery.consumer {
        slots[old.consumer]?.pending.remove(id)
        slots[delivery.consumer]?.pending.set(id, ())
      }
    } else {
      slots[delivery.consumer]?.pending.set(id, ())
    }
    pending.set(id, delivery)
  }

  /// Notes that an entry was delivered once more, to the same consumer.
  package mutating func redeliver(_ id: StreamID, at now: Int64) {
    pending.update(id) { delivery in
      delivery.deliveredAt = now
      delivery.deliveries &+= 1
    }
  }

  /// Removes a delivery; false when there is none of the ID.
  package mutating func acknowledge(_ id: StreamID) -> Bool {
    guard let delivery = pending.remove(id) else { return false }
    slots[delivery.consumer]?.pending.remove(id)
    return true
  }
}

/// A consumer of a group.
package struct StreamConsumer: Sendable {
  package let name: [UInt8]
  /// Unix time in milliseconds at which it last asked.
  package var seenAt: Int64
  /// Unix time in milliseconds at which it last got something; -1 for never. (Redis 7.2.)
  package var activeAt: Int64 = -1
  /// The IDs of its deliveries.
  package var pending = StreamIDTable<Void>()

  package init(name: [UInt8], seenAt: Int64) {
    self.name = name
    self.seenAt = seenAt
  }
}

/// Names in the order of their bytes.
package enum NameOrder {
  /// Where a name is among so many, or would be.
  ///
  /// - `access`: hands out the name of a number.
  package static func place(
    _ name: RawSpan, count: Int, _ access: (Int, (RawSpan) -> Int) -> Int
  ) -> (index: Int, isThere: Bool) {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      let order = access(middle) { $0.compare(to: name) }
      if order == 0 { return (middle, true) }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return (low, false)
  }
}
