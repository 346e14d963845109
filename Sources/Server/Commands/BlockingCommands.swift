internal import Glibc
internal import Keyspace
internal import NIOCore
internal import Persistence

// Commands that wait for keys. Source: blocked.c of Redis 7.0.
extension ServerState {
  static let blockingCommands: [(String, ServerCommand)] =
    ["blpop", "brpop", "bzpopmin", "bzpopmax", "brpoplpush", "blmove"].map { name in
      (
        name,
        ServerCommand { (s, c, a) throws(CommandError) in
          try s.runOrWait(name, c, a, timeoutAt: a.count - 1)
        }
      )
    }
    + ["blmpop", "bzmpop"].map { name in
      (
        name,
        ServerCommand { (s, c, a) throws(CommandError) in
          try s.runOrWait(name, c, a, timeoutAt: 1)
        }
      )
    }
    + ["xread", "xreadgroup"].map { name in
      (
        name,
        ServerCommand { (s, c, a) throws(CommandError) in
          try s.runOrWait(name, c, a, timeoutAt: nil)
        }
      )
    }

  /// Runs a command; where it has nothing to reply, has the client wait.
  ///
  /// - `timeoutAt`: the argument that is the timeout in seconds; nil when there may be a BLOCK with
  ///   milliseconds.
  private func runOrWait(
    _ name: String, _ client: Client, _ arguments: Arguments, timeoutAt: Int?
  ) throws(CommandError) {
    guard let entry = table.entry(named: name) else { return }
    let start = reply.buffer.count
    // What `$` means is decided now, and not when something comes.
    let command = QueuedCommand(entry, lastIDsResolved(arguments, timeoutAt))
    guard !run(command, client, from: start), reply.error == nil, !isInTransaction else { return }
    let deadline: Int64?
    if let timeoutAt {
      deadline = try Self.deadline(arguments, at: timeoutAt, now: now)
    } else {
      guard let block = blockOption(arguments) else { return }
      deadline = block == 0 ? nil : now + block
    }
    reply.buffer.truncate(to: start)
    wait(client, command, arguments, until: deadline)
  }

  /// Runs a command. False when it found nothing to reply; then null has been replied.
  private func run(_ command: QueuedCommand, _ client: Client, from start: Int) -> Bool {
    let before = keyspace.changes
    let bytes = unsafe command.bytes.span.bytes
    let arguments = Arguments(command.arguments.span, in: bytes)
    keyspace.selected = client.database
    keyspace.run(command.entry, arguments, &reply)
    if keyspace.changes != before { changed(by: command.entry, client, arguments, from: start) }
    return !reply.isNull(from: start)
  }

  /// Unix milliseconds at which the waiting ends; nil for never.
  private static func deadline(
    _ arguments: Arguments, at index: Int, now: Int64
  ) throws(CommandError) -> Int64? {
    let seconds = try arguments.double(
      at: index, or: .other("ERR timeout is not a float or out of range"))
    guard seconds > 0 else { return nil }
    let milliseconds = (seconds * 1000).rounded(.up)
    guard milliseconds < Double(Int64.max / 2) else {
      throw .other("ERR timeout is out of range")
    }
    return now + Int64(milliseconds)
  }

  /// The milliseconds behind BLOCK; nil without it.
  private func blockOption(_ arguments: Arguments) -> Int64? {
    var index = 1
    while index + 1 < arguments.count, !arguments.isWord("STREAMS", at: index) {
      if arguments.isWord("BLOCK", at: index) { return try? arguments.integer(at: index + 1) }
      index +=
        arguments.isWord("GROUP", at: index) ? 3 : arguments.isWord("COUNT", at: index) ? 2 : 1
    }
    return nil
  }

  private func lastIDsResolved(_ arguments: Arguments, _ timeoutAt: Int?) -> [ByteString] {
    var words = (0..<arguments.count).map { ByteString(arguments[$0]) }
    // For XREADGROUP it has no meaning, which the keyspace tells.
    guard timeoutAt == nil, words[0].count == "XREAD".utf8.count,
      let first = words.firstIndex(where: { Self.isStreams($0) })
    else {
      return words
    }
    let count = (words.count - first - 1) / 2
    for index in 0..<count where words[first + 1 + count + index] == "$" {
      let key = arguments[first + 1 + index]
      if let id = keyspace.lastID(ofStream: key, database: keyspace.selected) {
        words[first + 1 + count + index] = ByteString(id.description)
      } else {
        words[first + 1 + count + index] = "0-0"
      }
    }
    return words
  }

  private static func isStreams(_ word: ByteString) -> Bool {
    unsafe word.bytes.span.bytes.equalsFolded("STREAMS")
  }

  // MARK: Waiting

  private func wait(
    _ client: Client, _ command: QueuedCommand, _ arguments: Arguments, until deadline: Int64?
  ) {
    var keys: [ByteString] = []
    command.entry.keys.forEachKey(in: arguments.table, of: arguments.bytes) { index in
      let key = ByteString(arguments[index])
      if !keys.contains(key) { keys.append(key) }
    }
    // Those that move an element wait for the first key alone.
    let name = table.name(command.entry)
    if name == "brpoplpush" || name == "blmove" { keys.removeLast(keys.count - 1) }
    let timer = deadline.map { deadline in
      let client = NIOLoopBound(client, eventLoop: eventLoop)
      let state = NIOLoopBound(self, eventLoop: eventLoop)
      return eventLoop.scheduleTask(in: .milliseconds(max(deadline - now, 0))) {
        state.value.timeOut(client.value)
      }
    }
    client.blocked = BlockedCommand(
      command: command, database: client.database, keys: keys, order: blocked.nextOrder(),
      deadline: deadline, timer: timer)
    blocked.add(client)
  }

  /// Has a client wait for work in the background, which no key ends. Returns the order of its waiting, by which
  /// ``endWaiting(_:of:_:)`` knows it.
  func startWaiting(_ client: Client, _ request: Arguments) -> UInt64 {
    guard let entry = table.entry(named: "debug") else {
      preconditionFailure("DEBUG is in the table")
    }
    let order = blocked.nextOrder()
    // Nothing runs the command again, so that it makes no difference which one it is.
    client.blocked = BlockedCommand(
      command: QueuedCommand(entry, request.table, in: request.bytes),
      database: client.database, keys: [], order: order, deadline: nil, timer: nil)
    blocked.add(client)
    return order
  }

  /// Ends that waiting with a reply, unless CLIENT UNBLOCK has let the client go on.
  func endWaiting(_ client: Client, of order: UInt64, _ body: (inout ReplyWriter) -> Void) {
    if client.blocked?.order == order { unblock(client, body) }
  }

  private func timeOut(_ client: Client) {
    tick()
    unblock(client) { reply in reply.nullArray() }
  }

  /// Ends the waiting of a client with a reply.
  func unblock(_ client: Client, _ body: (inout ReplyWriter) -> Void) {
    guard client.blocked != nil else { return }
    blocked.remove(client)
    aside {
      reply.form = client.form == .resp3 ? .resp3 : .resp2
      body(&reply)
      takeReplies(for: client)
    }
    send(to: client)
    // The client may have sent more in the meantime. It is run when what runs now has come to its end.
    let client = NIOLoopBound(client, eventLoop: eventLoop)
    eventLoop.execute { client.value.resume() }
  }

  /// Writes replies to others while those to a client are not sent yet.
  func aside(_ body: () -> Void) {
    var own = ReplyWriter(reply.form)
    swap(&own, &reply)
    body()
    swap(&own, &reply)
  }

  /// Has those go on who wait for keys that have changed.
  func serveBlocked() {
    let before = currentClient
    defer { currentClient = before }
    while let key = blocked.takeReady() {
      for client in blocked.clients(for: key).sorted(by: { Self.order($0) < Self.order($1) }) {
        serve(client, key.key)
      }
    }
  }

  private static func order(_ client: Client) -> UInt64 { client.blocked?.order ?? 0 }

  /// Runs again what a client waits for, and lets it go on where that has a reply now.
  private func serve(_ client: Client, _ key: ByteString) {
    guard let waiting = client.blocked else { return }
    currentClient = client
    var isServed = false
    aside {
      reply.form = client.form == .resp3 ? .resp3 : .resp2
      reply.error = nil
      let hasReply = run(command(waiting, for: key), client, from: 0)
      isServed = hasReply && isAnswer(to: waiting)
      if isServed {
        takeReplies(for: client)
        logEffects()
      } else {
        reply.buffer.removeAll()
      }
    }
    guard isServed else { return }
    blocked.remove(client)
    send(to: client)
    let bound = NIOLoopBound(client, eventLoop: eventLoop)
    eventLoop.execute { bound.value.resume() }
  }

  /// A command that waits for several keys, for the one alone that has changed.
  private func command(_ waiting: BlockedCommand, for key: ByteString) -> QueuedCommand {
    let entry = waiting.command.entry
    var words = waiting.command.words
    guard waiting.keys.count > 1 || entry.keys.movable != .none || words.count > 3 else {
      return waiting.command
    }
    switch table.name(entry) {
    case "blpop", "brpop", "bzpopmin", "bzpopmax": words = [words[0], key, words[words.count - 1]]
    case "blmpop", "bzmpop":
      guard let count = words[2].utf8.flatMap({ Int($0) }), words.count > count + 3 else {
        return waiting.command
      }
      words = [words[0], words[1], "1", key] + words[(count + 3)...]
    case "xread", "xreadgroup":
      guard let first = words.firstIndex(where: { Self.isStreams($0) }) else {
        return waiting.command
      }
      let count = (words.count - first - 1) / 2
      guard let place = words[(first + 1)...].firstIndex(of: key), place <= first + count else {
        return waiting.command
      }
      words = words[...first] + [key, words[place + count]]
    default: return waiting.command
    }
    return QueuedCommand(entry, words)
  }

  /// Whether what has been replied to a command that waits is what it waits for. An error may be, and is put into
  /// other words.
  private func isAnswer(to waiting: BlockedCommand) -> Bool {
    guard let error = reply.error else { return true }
    let first = waiting.keys[0]
    let type = unsafe keyspace.type(of: first.bytes.span.bytes, database: waiting.database)
    switch table.name(waiting.command.entry) {
    case "xreadgroup":
      reply.buffer.removeAll()
      reply.fail(
        .other(
          type == .stream
            ? "NOGROUP the consumer group this client was blocked on no longer exists"
            : "UNBLOCKED the stream key no longer exists"))
      return true
    // There is something to move, and no list to move it to.
    case "brpoplpush", "blmove": return type == .list
    // A key of another type is none that is waited for.
    default: return error != .wrongType
    }
  }
}
