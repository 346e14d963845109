internal import Persistence

// Effects of commands on streams: of those that make IDs, trim about as much as they are told, or deliver.
extension Keyspace {
  static let streamEffects: [(String, EffectHandler)] = [
    ("xadd", { (k, a, reply) in k.xaddEffect(a, reply) }),
    ("xtrim", { (k, a, _) in k.xtrimEffect(a) }),
    ("xreadgroup", { (k, a, reply) in k.xreadgroupEffect(a, reply) }),
    ("xclaim", { (k, a, _) in k.xclaimEffect(a) }),
    ("xautoclaim", { (k, a, reply) in k.xautoclaimEffect(a, reply) }),
  ]

  private func storedStream(_ key: RawSpan) -> StreamValue? {
    guard case .stream(let box) = storedEntry(key)?.value else { return nil }
    return box.content
  }

  private func xaddEffect(_ arguments: Arguments, _ reply: RawSpan) -> LogEffect {
    guard let id = ReplyNode(reply).bytes, let stream = storedStream(arguments[1]),
      let options = try? TrimOptions(arguments, adds: true)
    else { return .verbatim }
    var command: [ByteString] = ["XADD", arguments.word(1)]
    // What was trimmed by nodes is trimmed to the number of entries that are left.
    if options.trim != nil { command += ["MAXLEN", "=", ByteString(decimal: stream.length)] }
    return .commands([command + [id] + arguments.words(from: options.fields)])
  }

  private func xtrimEffect(_ arguments: Arguments) -> LogEffect {
    guard let stream = storedStream(arguments[1]) else { return .verbatim }
    return .commands([
      ["XTRIM", arguments.word(1), "MAXLEN", "=", ByteString(decimal: stream.length)]
    ])
  }

  private func xreadgroupEffect(_ arguments: Arguments, _ reply: RawSpan) -> LogEffect {
    // XREADGROUP has its GROUP somewhere before STREAMS.
    var index = 1
    while index < arguments.count, !arguments.isWord("GROUP", at: index) { index += 1 }
    guard index + 2 < arguments.count else { return .verbatim }
    let (group, consumer) = (arguments.word(index + 1), arguments.word(index + 2))
    var pairs: [(key: ByteString, entries: [ReplyNode])] = []
    let nodes = ReplyNode(reply).elements
    if reply.byteCount > 0, reply.byte(at: 0) == UInt8(ascii: "%") {
      for index in stride(from: 0, to: nodes.count - 1, by: 2) {
        if let key = nodes[index].bytes { pairs.append((key, nodes[index + 1].elements)) }
      }
    } else {
      for node in nodes where node.elements.count == 2 {
        if let key = node.elements[0].bytes { pairs.append((key, node.elements[1].elements)) }
      }
    }
    var commands: [[ByteString]] = []
    for (key, entries) in pairs {
      let ids = entries.compactMap { $0.elements.first?.bytes }
      commands += deliveries(key, group, consumer, ids)
    }
    return .commands(commands)
  }

  private func xclaimEffect(_ arguments: Arguments) -> LogEffect {
    var ids: [ByteString] = []
    for index in 5..<max(arguments.count, 5) {
      guard (try? arguments.streamID(at: index)) != nil else { break }
      ids.append(arguments.word(index))
    }
    return .commands(
      deliveries(arguments.word(1), arguments.word(2), arguments.word(3), ids))
  }

  private func xautoclaimEffect(_ arguments: Arguments, _ reply: RawSpan) -> LogEffect {
    let nodes = ReplyNode(reply).elements
    guard nodes.count == 3 else { return .verbatim }
    let claimed = nodes[1].elements.compactMap { $0.bytes ?? $0.elements.first?.bytes }
    let forgotten = nodes[2].elements.compactMap(\.bytes)
    return .commands(
      deliveries(arguments.word(1), arguments.word(2), arguments.word(3), claimed + forgotten))
  }

  /// Commands that make what is pending of some entries, and the position of a group, as they are now.
  ///
  /// An ID that is not pending any more is acknowledged. XGROUP SETID sets the position; XCLAIM with LASTID could
  /// only raise it, and leaves the counter of entries read.
  private func deliveries(
    _ key: ByteString, _ groupName: ByteString, _ consumer: ByteString, _ ids: [ByteString]
  ) -> [[ByteString]] {
    guard let stream = unsafe storedStream(key.bytes.span.bytes),
      let index = unsafe stream.find(group: groupName.bytes.span.bytes)
    else { return [] }
    let group = stream.groups[index]
    var commands: [[ByteString]] = []
    if unsafe group.find(consumer: consumer.bytes.span.bytes) != nil {
      commands.append(["XGROUP", "CREATECONSUMER", key, groupName, consumer])
    }
    for text in ids {
      guard let id = unsafe StreamIDText.parse(text.bytes.span.bytes, missing: 0)?.id else {
        continue
      }
      guard let pending = group.pending[id] else {
        commands.append(["XACK", key, groupName, text])
        continue
      }
      // XCLAIM would have a delivery whose message is gone forgotten. That has not changed.
      guard stream.find(id) != nil else { continue }
      commands.append([
        "XCLAIM", key, groupName, ByteString(group[pending.consumer].name), "0", text, "TIME",
        ByteString(decimal: pending.deliveredAt), "RETRYCOUNT",
        ByteString(decimal: pending.deliveries), "FORCE", "JUSTID",
      ])
    }
    var position: [ByteString] = [
      "XGROUP", "SETID", key, groupName, ByteString(group.lastID.description),
    ]
    position += ["ENTRIESREAD", group.entriesRead.map { ByteString(decimal: $0) } ?? "-1"]
    return commands + [position]
  }
}
