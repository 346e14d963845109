package import Persistence

// Streams. Source: t_stream.c of Redis 7.0.
extension Keyspace {
  static let streamCommands: [(String, CommandHandler)] = [
    ("xadd", { (k, a, r) throws(CommandError) in try k.xadd(a, &r) }),
    ("xtrim", { (k, a, r) throws(CommandError) in try k.xtrim(a, &r) }),
    ("xlen", { (k, a, r) throws(CommandError) in try k.xlen(a, &r) }),
    ("xdel", { (k, a, r) throws(CommandError) in try k.xdel(a, &r) }),
    ("xsetid", { (k, a, r) throws(CommandError) in try k.xsetid(a, &r) }),
    ("xrange", { (k, a, r) throws(CommandError) in try k.xrange(a, backwards: false, &r) }),
    ("xrevrange", { (k, a, r) throws(CommandError) in try k.xrange(a, backwards: true, &r) }),
    ("xread", { (k, a, r) throws(CommandError) in try k.xread(a, &r) }),
    ("xreadgroup", { (k, a, r) throws(CommandError) in try k.xreadgroup(a, &r) }),
    ("xack", { (k, a, r) throws(CommandError) in try k.xack(a, &r) }),
    ("xpending", { (k, a, r) throws(CommandError) in try k.xpending(a, &r) }),
    ("xclaim", { (k, a, r) throws(CommandError) in try k.xclaim(a, &r) }),
    ("xautoclaim", { (k, a, r) throws(CommandError) in try k.xautoclaim(a, &r) }),
    ("xgroup", { (_, a, _) throws(CommandError) in throw .unknownSubcommand(a, "XGROUP") }),
    ("xgroup|create", { (k, a, r) throws(CommandError) in try k.createGroup(a, &r) }),
    ("xgroup|setid", { (k, a, r) throws(CommandError) in try k.setGroupID(a, &r) }),
    ("xgroup|destroy", { (k, a, r) throws(CommandError) in try k.destroyGroup(a, &r) }),
    ("xgroup|createconsumer", { (k, a, r) throws(CommandError) in try k.createConsumer(a, &r) }),
    ("xgroup|delconsumer", { (k, a, r) throws(CommandError) in try k.deleteConsumer(a, &r) }),
    ("xinfo", { (_, a, _) throws(CommandError) in throw .unknownSubcommand(a, "XINFO") }),
    ("xinfo|stream", { (k, a, r) throws(CommandError) in try k.streamInfo(a, &r) }),
    ("xinfo|groups", { (k, a, r) throws(CommandError) in try k.groupsInfo(a, &r) }),
    ("xinfo|consumers", { (k, a, r) throws(CommandError) in try k.consumersInfo(a, &r) }),
  ]

  // MARK: Access

  /// The stream at a place; nil where there is no key. Throws `wrongType`.
  func stream(_ place: Database.Place?) throws(CommandError) -> StreamValue? {
    guard let place else { return nil }
    guard case .stream(let box) = databases[selected][place].value else { throw .wrongType }
    return box.content
  }

  /// Changes a stream where it lies. Throws `wrongType`, and what `body` throws.
  @inline(__always)
  mutating func modifyStream<R>(
    _ place: Database.Place, _ body: (inout StreamValue) throws(CommandError) -> R
  ) throws(CommandError) -> R {
    try databases[selected].modify(place) { (value) throws(CommandError) in
      guard case .stream(var box) = value else { throw .wrongType }
      value = .integer(0)
      defer { value = .stream(box) }
      return try body(&box.content)
    }
  }

  // MARK: Entries

  private mutating func xlen(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    reply.integer(Int64(clamping: try stream(find(arguments[1]))?.length ?? 0))
  }

  private mutating func xdel(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = find(arguments[1]) else { return reply.integer(0) }
    _ = try stream(place)
    for index in 2..<arguments.count { _ = try arguments.streamID(at: index) }
    let deleted = try modifyStream(place) { (stream) throws(CommandError) in
      var deleted = 0
      for index in 2..<arguments.count where stream.delete(try arguments.streamID(at: index)) {
        deleted += 1
      }
      return deleted
    }
    changes += UInt64(deleted)
    reply.integer(deleted)
  }

  private mutating func xsetid(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let id = try arguments.streamID(at: 2)
    var entriesAdded: Int64?
    var maxDeletedID = StreamID.zero
    var index = 3
    while index < arguments.count {
      guard index + 1 < arguments.count else { throw .syntax }
      if arguments.isWord("ENTRIESADDED", at: index) {
        entriesAdded = try arguments.integer(at: index + 1)
        if let entriesAdded, entriesAdded < 0 { throw .text("entries_added must be positive") }
      } else if arguments.isWord("MAXDELETEDID", at: index) {
        maxDeletedID = try arguments.streamID(at: index + 1)
        guard id >= maxDeletedID else {
          throw .text(
            "The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
        }
      } else {
        throw .syntax
      }
      index += 2
    }
    guard let place = find(arguments[1]) else { throw .noSuchKey }
    try modifyStream(place) { (stream) throws(CommandError) in
      if let top = stream.edge(backwards: true) {
        guard id >= top else {
          throw .text("The ID specified in XSETID is smaller than the target stream top item")
        }
        guard stream.length <= UInt64(entriesAdded ?? .max) else {
          throw .text(
            "The entries_added specified in XSETID is smaller than the target stream length")
        }
      }
      stream.lastID = id
      if let entriesAdded { stream.entriesAdded = UInt64(entriesAdded) }
      if maxDeletedID != .zero { stream.maxDeletedID = maxDeletedID }
    }
    changes += 1
    reply.ok()
  }

  private mutating func xrange(
    _ arguments: Arguments, backwards: Bool, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let start = try arguments.intervalStart(at: backwards ? 3 : 2)
    let end = try arguments.intervalEnd(at: backwards ? 2 : 3)
    var count: Int64?
    var index = 4
    while index < arguments.count {
      guard arguments.isWord("COUNT", at: index), index + 1 < arguments.count else {
        throw .syntax
      }
      count = max(try arguments.integer(at: index + 1), 0)
      index += 2
    }
    guard let stream = try stream(find(arguments[1])) else { return reply.array(0) }
    guard count != 0 else { return reply.nullArray() }
    if reply.isSilent { return }
    reply.entries(
      stream.entries(from: start, through: end, count: count ?? 0, backwards: backwards),
      of: stream)
  }
}

extension StreamValue {
  /// The entries between two IDs, at most so many; all for 0.
  package func entries(
    from start: StreamID = .zero, through end: StreamID = .max, count: Int64 = 0,
    backwards: Bool = false
  ) -> [Place] {
    var found: [Place] = []
    forEach(from: start, through: end, backwards: backwards) { place in
      found.append(place)
      return count == 0 || found.count < count
    }
    return found
  }
}

extension ReplyWriter {
  /// An array of entries of a stream.
  mutating func entries(_ places: [StreamValue.Place], of stream: StreamValue) {
    array(places.count)
    for place in places { entry(place.entry, of: stream.node(place.node)) }
  }
}

extension CommandError {
  /// What a server says of a subcommand that a command does not hold.
  static func unknownSubcommand(_ arguments: Arguments, _ command: String) -> CommandError {
    text("unknown subcommand '\(arguments.text(1).prefix(128))'. Try \(command) HELP.")
  }

  /// What a server says of a subcommand that is called with other arguments than it takes.
  static func wrongSubcommand(_ arguments: Arguments, _ command: String) -> CommandError {
    text(
      "unknown subcommand or wrong number of arguments for '\(arguments.text(1).prefix(128))'. "
        + "Try \(command) HELP.")
  }
}

extension Arguments {
  /// An argument as part of a message.
  func text(_ index: Int) -> String { ByteString(self[index]).description }
}
