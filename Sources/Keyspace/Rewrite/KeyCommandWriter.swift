internal import Persistence

/// Writes the commands that make a key, as a server's own rewrite does. Source: aof.c of Redis 7.0 and 7.4.
struct KeyCommandWriter: ~Copyable {
  let form: CommandForm
  /// Collects what has been written.
  private let collected: Collected
  private var writer: AOFWriter<Never>

  private final class Collected {
    var bytes: [UInt8] = []
  }

  init(_ form: CommandForm) {
    self.form = form
    let collected = Collected()
    self.collected = collected
    writer = Self.writer(to: collected)
  }

  private static func writer(to collected: Collected) -> AOFWriter<Never> {
    AOFWriter { piece in
      unsafe piece.withUnsafeBytes { unsafe collected.bytes.append(contentsOf: $0) }
    }
  }

  /// The commands written since the last call, and their number.
  mutating func take() -> (bytes: [UInt8], commands: UInt64) {
    let commands = writer.commands
    var next = Self.writer(to: collected)
    swap(&writer, &next)
    next.finish()
    defer { collected.bytes = [] }
    return (collected.bytes, commands)
  }

  /// Writes a key; what the target cannot hold of it is left out.
  mutating func append(_ entry: RDBEntry) {
    let key = entry.key
    switch entry.value {
    case .string(let string): writer.append(["SET", key, string])
    case .list(let elements): append("RPUSH", key, elements)
    case .set(let members): append("SADD", key, members)
    case .hash(let fields): append(fields, key)
    case .sortedSet(let members):
      let style = form.target.scoreStyle
      append("ZADD", key, members.count, 2) { index, writer in
        let score = ScoreText.element(members[index].score, style)
        writer.append(argument: ByteString(score))
        writer.append(argument: members[index].member)
      }
    case .stream(let stream): append(stream, key)
    case .module:
      if let payload = form.target.dumpPayload(of: entry.value) {
        writer.append(["RESTORE", key, "0", payload])
      }
    }
    if let expiry = entry.expiresAt { append(expiry: expiry, key) }
  }

  private mutating func append(expiry: Int64, _ key: ByteString) {
    if form.target.hasMillisecondExpiry {
      writer.append(["PEXPIREAT", key, Self.text(expiry)])
    } else if let seconds = RDBTarget.seconds(expiry) {
      writer.append(["EXPIREAT", key, Self.text(Int64(seconds))])
    }
  }

  private static func text(_ number: Int64) -> ByteString { ByteString(NumberText.bytes(number)) }

  private mutating func append(_ command: ByteString, _ key: ByteString, _ elements: [ByteString]) {
    append(command, key, elements.count, 1) { index, writer in
      writer.append(argument: elements[index])
    }
  }

  /// Writes a command for every so many items, each of which is `width` arguments.
  private mutating func append(
    _ command: ByteString, _ key: ByteString, _ count: Int, _ width: Int,
    _ item: (Int, inout AOFWriter<Never>) -> Void
  ) {
    for start in stride(from: 0, to: count, by: form.items) {
      let end = min(start + form.items, count)
      writer.begin(2 + width * (end - start))
      writer.append(argument: command)
      writer.append(argument: key)
      for index in start..<end { item(index, &writer) }
      writer.handOverIfLarge()
    }
  }

  private mutating func append(_ fields: [RDBField], _ key: ByteString) {
    let target = form.target
    let hasLifetimes = fields.contains { target.lifetime(of: $0) != nil }
    guard hasLifetimes else {
      return append(target.version >= 2 ? "HMSET" : "HSET", key, fields.count, 2) { index, writer in
        writer.append(argument: fields[index].name)
        writer.append(argument: fields[index].value)
      }
    }
    for field in fields {
      writer.append(["HMSET", key, field.name, field.value])
      if let lifetime = target.lifetime(of: field) {
        writer.append([
          "HPEXPIREAT", key, ByteString(String(lifetime)), "FIELDS", "1", field.name,
        ])
      }
    }
  }

  // MARK: Streams

  private mutating func append(_ stream: RDBStream, _ key: ByteString) {
    let orphans = stream.orphans
    if !orphans.isEmpty {
      append(orphans: orphans, of: stream, key)
    } else if stream.entries.isEmpty {
      writer.append(["XADD", key, "MAXLEN", "0", "0-1", "x", "y"])
    }
    for entry in stream.entries {
      let fields = entry.fields.flatMap { [$0.name, $0.value] }
      writer.append(["XADD", key, Self.text(entry.id)] + fields)
    }
    var words: [ByteString] = ["XSETID", key, Self.text(stream.lastID)]
    if form.hasStreamCounters {
      words += [
        "ENTRIESADDED", ByteString(String(stream.entriesAdded)), "MAXDELETEDID",
        Self.text(stream.maxDeletedID),
      ]
    }
    writer.append(words)
    for group in stream.groups {
      if orphans.isEmpty { append(creationOf: group, key) }
      append(claimsOf: group, key, where: stream.has)
      guard form.hasCreateConsumer else { continue }
      for consumer in group.consumers where !consumer.pending.contains(where: RDBStream.canClaim) {
        writer.append(["XGROUP", "CREATECONSUMER", key, group.name, consumer.name])
      }
    }
  }

  /// Makes the groups with their pending entries whose messages are gone: XCLAIM only takes what is in the
  /// stream, and what is pending stays so when its message goes. XTRIM takes the messages away again, since
  /// unlike XDEL it does not raise the highest deleted ID, which no command lowers; and with no message
  /// left, XSETID lets the IDs begin anew.
  private mutating func append(
    orphans: [StreamID], of stream: RDBStream, _ key: ByteString
  ) {
    for id in orphans { writer.append(["XADD", key, Self.text(id), "x", "y"]) }
    for group in stream.groups {
      append(creationOf: group, key)
      append(claimsOf: group, key) { RDBStream.canClaim($0) && !stream.has($0) }
    }
    writer.append(["XTRIM", key, "MAXLEN", "0"])
    writer.append(["XSETID", key, Self.text(.zero)])
  }

  private static func text(_ id: StreamID) -> ByteString { ByteString(id.description) }

  private mutating func append(creationOf group: RDBStream.Group, _ key: ByteString) {
    var words: [ByteString] = ["XGROUP", "CREATE", key, group.name, Self.text(group.lastID)]
    if form.hasStreamCounters {
      words += ["ENTRIESREAD", ByteString(group.entriesRead.map { String($0) } ?? "-1")]
    }
    writer.append(words)
  }

  /// Makes the entries pending that are wanted, each for its consumer.
  private mutating func append(
    claimsOf group: RDBStream.Group, _ key: ByteString, where isWanted: (StreamID) -> Bool
  ) {
    let pending = Dictionary(group.pending.map { ($0.id, $0) }) { first, _ in first }
    for consumer in group.consumers {
      for id in consumer.pending.sorted() where isWanted(id) {
        guard let entry = pending[id] else { continue }
        writer.append([
          "XCLAIM", key, group.name, consumer.name, "0", Self.text(id), "TIME",
          Self.text(max(entry.deliveredAt, 0)), "RETRYCOUNT",
          Self.text(Int64(clamping: entry.deliveries)),
          "JUSTID", "FORCE",
        ])
      }
    }
  }
}
