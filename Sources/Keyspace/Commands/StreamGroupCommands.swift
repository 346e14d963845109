internal import Persistence

// Streams: consumer groups. Source: t_stream.c of Redis 7.0.
extension Keyspace {
  // MARK: XGROUP

  mutating func createGroup(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var makesStream = false
    var entriesRead: UInt64?
    var index = 5
    while index < arguments.count {
      if arguments.isWord("MKSTREAM", at: index) {
        makesStream = true
        index += 1
      } else {
        entriesRead = try Self.entriesRead(arguments, at: index)
        index += 2
      }
    }
    let place = find(arguments[2])
    let known = try stream(place).map { ($0.lastID, $0.find(group: arguments[3]) != nil) }
    guard known != nil || makesStream else { throw Self.noStream }
    guard arguments.count <= 8 else { throw .wrongSubcommand(arguments, "XGROUP") }
    let id =
      arguments.isCharacter("$", at: 4) ? known?.0 ?? .zero : try arguments.streamID(at: 4)
    let group = StreamGroup(
      name: arguments.copy(3), lastID: id, entriesRead: entriesRead)
    if let place {
      guard known?.1 != true else {
        throw .other("BUSYGROUP Consumer Group name already exists")
      }
      try modifyStream(place) { _ = $0.add(group) }
    } else {
      var stream = StreamValue()
      _ = stream.add(group)
      insert(arguments[2], .stream(Box(stream)))
    }
    changes += 1
    reply.ok()
  }

  private static let noStream = CommandError.text(
    "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the "
      + "MKSTREAM option to create an empty stream automatically.")

  /// ENTRIESREAD and the number behind it; nil for -1, which says that it is not known.
  private static func entriesRead(
    _ arguments: Arguments, at index: Int
  ) throws(CommandError) -> UInt64? {
    guard arguments.isWord("ENTRIESREAD", at: index), index + 1 < arguments.count else {
      throw .wrongSubcommand(arguments, "XGROUP")
    }
    let number = try arguments.integer(at: index + 1)
    guard number >= -1 else { throw .text("value for ENTRIESREAD must be positive or -1") }
    return number < 0 ? nil : UInt64(number)
  }

  /// The place of a stream. Throws when there is none, and unless it may be missing, when there is no such
  /// group.
  private mutating func groupPlace(
    _ arguments: Arguments, mayBeMissing: Bool = false
  ) throws(CommandError) -> Database.Place {
    guard let place = find(arguments[2]), let stream = try stream(place) else {
      throw Self.noStream
    }
    guard mayBeMissing || stream.find(group: arguments[3]) != nil else {
      throw .noGroup(arguments, group: 3, key: 2)
    }
    return place
  }

  mutating func setGroupID(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var entriesRead: UInt64?
    for index in stride(from: 5, to: arguments.count, by: 2) {
      entriesRead = try Self.entriesRead(arguments, at: index)
    }
    let place = try groupPlace(arguments)
    guard arguments.count <= 7 else { throw .wrongSubcommand(arguments, "XGROUP") }
    try modifyStream(place) { (stream) throws(CommandError) in
      guard let group = stream.find(group: arguments[3]) else { return }
      stream.groups[group].lastID =
        arguments.isCharacter("$", at: 4) ? stream.lastID : try arguments.anyStreamID(at: 4)
      stream.groups[group].entriesRead = entriesRead
    }
    changes += 1
    reply.ok()
  }

  mutating func destroyGroup(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let place = try groupPlace(arguments, mayBeMissing: true)
    let isThere = try modifyStream(place) { stream in
      guard let group = stream.find(group: arguments[3]) else { return false }
      stream.groups.remove(at: group)
      return true
    }
    if isThere { changes += 1 }
    reply.integer(isThere ? 1 : 0)
  }

  mutating func createConsumer(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let place = try groupPlace(arguments)
    let now = clock.now
    let isNew = try modifyStream(place) { stream in
      guard let group = stream.find(group: arguments[3]) else { return false }
      return stream.groups[group].create(consumer: arguments[4], now: now) != nil
    }
    if isNew { changes += 1 }
    reply.integer(isNew ? 1 : 0)
  }

  mutating func deleteConsumer(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let place = try groupPlace(arguments)
    let pending = try modifyStream(place) { stream -> Int? in
      guard let group = stream.find(group: arguments[3]) else { return nil }
      return stream.groups[group].remove(consumer: arguments[4])
    }
    if pending != nil { changes += 1 }
    reply.integer(pending ?? 0)
  }

  // MARK: XACK

  mutating func xack(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = find(arguments[1]),
      try stream(place)?.find(group: arguments[2]) != nil
    else { return reply.integer(0) }
    for index in 3..<arguments.count { _ = try arguments.streamID(at: index) }
    let acknowledged = try modifyStream(place) { (stream) throws(CommandError) in
      guard let group = stream.find(group: arguments[2]) else { return 0 }
      var acknowledged = 0
      for index in 3..<arguments.count
      where stream.groups[group].acknowledge(try arguments.streamID(at: index)) {
        acknowledged += 1
      }
      return acknowledged
    }
    changes += UInt64(acknowledged)
    reply.integer(acknowledged)
  }
}

extension CommandError {
  /// There is no such group, of a stream that is there.
  static func noGroup(_ arguments: Arguments, group: Int, key: Int) -> CommandError {
    .other(
      "NOGROUP No such consumer group '\(arguments.text(group))' for key name "
        + "'\(arguments.text(key))'")
  }

  /// There is no such group, or no such stream.
  static func noKeyOrGroup(_ arguments: Arguments) -> CommandError {
    .other(
      "NOGROUP No such key '\(arguments.text(1))' or consumer group '\(arguments.text(2))'")
  }
}
