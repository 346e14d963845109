internal import DequeModule
package import Persistence

extension StreamValue {
  /// A stream as a file holds it, in nodes that XADD would make of its entries.
  ///
  /// What a sound file does not have is left out: a second group or consumer of a name, a pending entry without
  /// an owner or with two.
  package init(_ stream: RDBStream, limits: EncodingLimits = EncodingLimits()) {
    self.init()
    var bytes = ByteBuffer()
    var table: [CommandArgument] = []
    for entry in stream.entries {
      bytes.removeAll()
      table.removeAll(keepingCapacity: true)
      for field in entry.fields {
        for string in [field.name, field.value] {
          table.append(CommandArgument(offset: bytes.count, count: string.count))
          bytes.append(string)
        }
      }
      append(entry.id, Arguments(table.span, in: bytes.bytes), fields: 0, limits: limits)
    }
    addFacts(of: stream)
  }

  /// Takes the counters and groups of a stream as a file holds it, whose entries are there.
  mutating func addFacts(of stream: RDBStream) {
    lastID = max(stream.lastID, lastID, edge(backwards: true) ?? .zero)
    maxDeletedID = stream.maxDeletedID
    entriesAdded = stream.entriesAdded
    for group in stream.groups { _ = add(StreamGroup(group)) }
  }

  /// The stream as a file holds it.
  package var rdb: RDBStream {
    var stream = RDBStream()
    stream.entries.reserveCapacity(Int(clamping: length))
    forEach { place in
      var fields: [(name: ByteString, value: ByteString)] = []
      nodes[place.node].forEachField(of: place.entry) { name, value, blob in
        fields.append((name.bytes(in: blob), value.bytes(in: blob)))
      }
      stream.entries.append(RDBStream.Entry(id: place.entry.id, fields: fields))
      return true
    }
    addFacts(to: &stream)
    return stream
  }

  /// The counters and groups as a file holds them, without the entries.
  var rdbFacts: RDBStream {
    var stream = RDBStream()
    addFacts(to: &stream)
    return stream
  }

  private func addFacts(to stream: inout RDBStream) {
    stream.length = length
    stream.lastID = lastID
    stream.firstID = firstID
    stream.maxDeletedID = maxDeletedID
    stream.entriesAdded = entriesAdded
    stream.groups = groups.map(\.rdb)
  }
}

extension StreamGroup {
  /// A group as a file holds it.
  package init(_ group: RDBStream.Group) {
    self.init(name: group.name.bytes, lastID: group.lastID, entriesRead: group.entriesRead)
    var deliveries = StreamIDTable<Pending>()
    for pending in group.pending {
      deliveries.set(
        pending.id,
        Pending(deliveredAt: pending.deliveredAt, deliveries: pending.deliveries, consumer: 0))
    }
    for consumer in group.consumers {
      guard
        let number = create(
          consumer: unsafe consumer.name.bytes.span.bytes, now: consumer.seenAt)
      else { continue }
      set(consumer: number, activeAt: consumer.activeAt)
      for id in consumer.pending {
        guard var delivery = deliveries.remove(id) else { continue }
        delivery.consumer = number
        deliver(id, delivery)
      }
    }
  }

  /// The group as a file holds it.
  package var rdb: RDBStream.Group {
    var group = RDBStream.Group(
      name: ByteString(name), lastID: lastID, entriesRead: entriesRead)
    group.pending.reserveCapacity(pending.count)
    pending.forEach { element in
      group.pending.append(
        RDBStream.Pending(
          id: element.id, deliveredAt: element.content.deliveredAt,
          deliveries: element.content.deliveries))
      return true
    }
    for consumer in consumers {
      var owned: [StreamID] = []
      owned.reserveCapacity(consumer.pending.count)
      consumer.pending.forEach { element in
        owned.append(element.id)
        return true
      }
      group.consumers.append(
        RDBStream.Consumer(
          name: ByteString(consumer.name), seenAt: consumer.seenAt, activeAt: consumer.activeAt,
          pending: owned))
    }
    return group
  }
}
