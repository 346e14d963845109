/// Reads the values of streams.
enum RecordStreamReader {
  private enum Member: Int, MemberName {
    case length, lastID, firstID, maxDeletedID, entriesAdded, entries, groups
    static let names: [StaticString] = [
      "length", "last_id", "first_id", "max_deleted_id", "entries_added", "entries", "groups",
    ]
  }

  static func read(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> RDBStream {
    var stream = RDBStream()
    var members = try ObjectMembers<Member>(opening: &tokens)
    while let member = try members.next(&tokens) {
      switch member {
      case .length: stream.length = try tokens.readUnsigned()
      case .lastID: stream.lastID = try readID(&tokens)
      case .firstID: stream.firstID = try readID(&tokens)
      case .maxDeletedID: stream.maxDeletedID = try readID(&tokens)
      case .entriesAdded: stream.entriesAdded = try tokens.readUnsigned()
      case .entries:
        try tokens.expect(.beginArray)
        while try tokens.hasElement(.beginObject) {
          stream.entries.append(try readEntry(&tokens, &strings))
        }
      case .groups:
        try tokens.expect(.beginArray)
        while try tokens.hasElement(.beginObject) {
          stream.groups.append(try readGroup(&tokens, &strings))
        }
      }
    }
    try members.require(
      .length, .lastID, .firstID, .maxDeletedID, .entriesAdded, .entries, .groups)
    return stream
  }

  private static func readID(_ tokens: inout JSONTokenizer) throws(JSONReadError) -> StreamID {
    try tokens.expect(.string)
    let text = tokens.text
    var dash = 0
    while dash < text.byteCount, text.byte(at: dash) != UInt8(ascii: "-") { dash &+= 1 }
    guard dash < text.byteCount,
      let milliseconds = NumberText.unsigned(text.extracting(0..<dash)),
      let sequence = NumberText.unsigned(text.extracting((dash &+ 1)..<text.byteCount))
    else {
      throw tokens.refusal("an ID of two integers with \"-\"", found: tokens.quotedText)
    }
    return StreamID(milliseconds, sequence)
  }

  // MARK: Entries

  private enum EntryMember: Int, MemberName {
    case id, fields
    static let names: [StaticString] = ["id", "fields"]
  }

  private static func readEntry(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> RDBStream.Entry {
    var entry = RDBStream.Entry(id: .zero, fields: [])
    var members = ObjectMembers<EntryMember>(tokens)
    while let member = try members.next(&tokens) {
      switch member {
      case .id: entry.id = try readID(&tokens)
      case .fields:
        try tokens.expect(.beginArray)
        while try tokens.hasElement(.beginArray) {
          let name = try strings.read(&tokens)
          let value = try strings.read(&tokens)
          try tokens.expect(.endArray)
          entry.fields.append((name, value))
        }
      }
    }
    try members.require(.id, .fields)
    return entry
  }

  // MARK: Groups

  private enum GroupMember: Int, MemberName {
    case name, lastID, entriesRead, pending, consumers
    static let names: [StaticString] = ["name", "last_id", "entries_read", "pending", "consumers"]
  }

  private static func readGroup(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> RDBStream.Group {
    var group = RDBStream.Group(
      name: ByteString([]), lastID: .zero, entriesRead: nil, pending: [], consumers: [])
    var owners: [ByteString?] = []
    var members = ObjectMembers<GroupMember>(tokens)
    while let member = try members.next(&tokens) {
      switch member {
      case .name: group.name = try strings.read(&tokens)
      case .lastID: group.lastID = try readID(&tokens)
      case .entriesRead: group.entriesRead = try readEntriesRead(&tokens)
      case .pending:
        try tokens.expect(.beginArray)
        while try tokens.hasElement(.beginObject) {
          let (pending, owner) = try readPending(&tokens, &strings)
          group.pending.append(pending)
          owners.append(owner)
        }
      case .consumers:
        try tokens.expect(.beginArray)
        while try tokens.hasElement(.beginObject) {
          group.consumers.append(try readConsumer(&tokens, &strings))
        }
      }
    }
    try members.require(.name, .lastID, .entriesRead, .pending, .consumers)
    try handOut(owners, in: &group, members.place)
    return group
  }

  private static func readEntriesRead(
    _ tokens: inout JSONTokenizer
  ) throws(JSONReadError) -> UInt64? {
    switch try tokens.next() {
    case .null: return nil
    case .number:
      if let count = tokens.unsigned { return count }
      throw tokens.refusal("an integer of 64 bits or null", found: tokens.quotedText)
    default: throw tokens.refusal("an integer of 64 bits or null")
    }
  }

  private enum PendingMember: Int, MemberName {
    case id, consumer, deliveredAt, deliveries
    static let names: [StaticString] = ["id", "consumer", "delivered_at", "deliveries"]
  }

  private static func readPending(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> (pending: RDBStream.Pending, owner: ByteString?) {
    var pending = RDBStream.Pending(id: .zero, deliveredAt: 0, deliveries: 0)
    var owner: ByteString?
    var members = ObjectMembers<PendingMember>(tokens)
    while let member = try members.next(&tokens) {
      switch member {
      case .id: pending.id = try readID(&tokens)
      case .consumer:
        switch try tokens.next() {
        case .null: break
        case .string: owner = try strings.bytes(tokens)
        default: throw tokens.refusal("the name of a consumer or null")
        }
      case .deliveredAt: pending.deliveredAt = try tokens.readSigned()
      case .deliveries: pending.deliveries = try tokens.readUnsigned()
      }
    }
    try members.require(.id, .consumer, .deliveredAt, .deliveries)
    return (pending, owner)
  }

  private enum ConsumerMember: Int, MemberName {
    case name, seenAt, activeAt
    static let names: [StaticString] = ["name", "seen_at", "active_at"]
  }

  private static func readConsumer(
    _ tokens: inout JSONTokenizer, _ strings: inout RecordStrings
  ) throws(JSONReadError) -> RDBStream.Consumer {
    var consumer = RDBStream.Consumer(name: ByteString([]), seenAt: 0, activeAt: 0, pending: [])
    var members = ObjectMembers<ConsumerMember>(tokens)
    while let member = try members.next(&tokens) {
      switch member {
      case .name: consumer.name = try strings.read(&tokens)
      case .seenAt: consumer.seenAt = try tokens.readSigned()
      case .activeAt: consumer.activeAt = try tokens.readSigned()
      }
    }
    try members.require(.name, .seenAt, .activeAt)
    return consumer
  }

  /// Gives each consumer the IDs that it owns, ascending as in a file.
  private static func handOut(
    _ owners: [ByteString?], in group: inout RDBStream.Group, _ place: JSONPlace
  ) throws(JSONReadError) {
    var places: [ByteString: Int] = [:]
    for (index, consumer) in group.consumers.enumerated() {
      guard places.updateValue(index, forKey: consumer.name) == nil else {
        throw JSONReadError(
          .wrongValue, at: place, expected: "each consumer of the group once",
          found: "another \"\(consumer.name)\"")
      }
    }
    for (pending, owner) in zip(group.pending, owners) {
      guard let owner else { continue }
      guard let index = places[owner] else {
        throw JSONReadError(
          .wrongValue, at: place, expected: "a consumer of the group as the owner of \(pending.id)",
          found: "\"\(owner)\"")
      }
      group.consumers[index].pending.append(pending.id)
    }
    for index in group.consumers.indices { group.consumers[index].pending.sort() }
  }
}
