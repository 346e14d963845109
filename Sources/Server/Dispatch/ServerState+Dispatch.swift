internal import Keyspace
internal import Logging
internal import NIOCore
internal import Persistence

// From a request to its reply. Source: `processCommand` and `call` of server.c, Redis 7.0.
extension ServerState {
  /// Runs a request of a client, or queues it, or refuses it.
  func dispatch(_ client: Client, _ request: Arguments) {
    let start = reply.buffer.count
    client.lastSeen = now
    client.commands += 1
    currentClient = client
    defer { currentClient = nil }
    if let replaying, request[0].equalsFolded("REPLAY") {
      replay(client, request, replaying)
    } else if let entry = lookUp(client, request), mayRun(entry, client) {
      if client.transaction != nil, !registry.options(of: entry).contains(.notQueued) {
        queue(entry, client, request)
      } else {
        call(entry, client, request)
        finishCommand()
      }
    } else {
      client.transaction?.isBroken = true
    }
    if client.replies != .on { leaveOut(client, from: start) }
  }

  /// The command that a request names. Tells the client where there is none.
  private func lookUp(
    _ client: Client, _ request: Arguments
  ) -> CommandEntry? {
    let name = request[0]
    let second = request[request.count > 1 ? 1 : 0]
    if let entry = table.command(name, second, argumentCount: request.count), registry.runs(entry) {
      client.lastCommand = entry
      guard entry.accepts(argumentCount: request.count) else {
        refuseArity(of: entry)
        return nil
      }
      return entry
    }
    if let command = table.command(name), table.holdsSubcommands(command), isOwn(command) {
      if request.count == 1 {
        refuseArity(of: command)
      } else if second.equalsFolded("HELP"), request.count == 2 {
        tellHelp(of: table.name(command))
      } else {
        reject(
          Array("ERR unknown subcommand '".utf8) + Self.shown(second, most: 128)
            + Array("'. Try \(table.name(command).uppercased()) HELP.".utf8))
      }
      return nil
    }
    reject(
      Array("ERR unknown command '".utf8) + Self.shown(name, most: 128) + Array("', ".utf8)
        + beginnings(of: request))
    endIfForeign(name, client)
    return nil
  }

  private func refuseArity(of entry: CommandEntry) {
    statistics.calls[entry.index].rejected += 1
    let message = "wrong number of arguments for '\(table.name(entry))' command"
    reject(
      entry.isExec
        ? "EXECABORT Transaction discarded because of: " + message : "ERR " + message)
  }

  /// A browser that somebody has made send requests here is not listened to: its lines could be commands.
  private func endIfForeign(_ name: RawSpan, _ client: Client) {
    guard name.equalsFolded("POST") || name.equalsFolded("HOST:") else { return }
    log.warning(
      "a client speaks HTTP, and is disconnected", metadata: ["address": "\(client.address)"])
    reply.buffer.removeAll()
    client.output.clear()
    client.isClosing = true
  }

  private func beginnings(of request: Arguments) -> [UInt8] {
    var text: [UInt8] = []
    for index in 1..<max(request.count, 1) where text.count < 128 {
      text +=
        Array("'".utf8) + Self.shown(request[index], most: 128 - text.count) + Array("' ".utf8)
    }
    return Array("with args beginning with: ".utf8) + text
  }

  /// Bytes for a message: up to a NUL, as C's functions print them.
  private static func shown(_ bytes: RawSpan, most: Int) -> [UInt8] {
    let copy = ByteString(bytes.extracting(0..<min(bytes.byteCount, most))).bytes
    return Array(copy.prefix { $0 != 0 })
  }

  private func reject(_ message: [UInt8]) {
    reply.fail(bytes: message)
    count(error: String(decoding: message, as: UTF8.self))
  }

  /// Refuses a request.
  func reject(_ message: String) {
    reply.fail(.other(message))
    count(error: message)
  }

  private func count(error message: String) {
    statistics.errorReplies += 1
    let code = message.prefix { $0 != " " }
    guard code.utf8.count <= 32,
      statistics.errors.count < 128 || statistics.errors[String(code)] != nil
    else { return }
    statistics.errors[String(code), default: 0] += 1
  }

  /// Whether a command may be run now. Tells the client where it may not.
  private func mayRun(_ entry: CommandEntry, _ client: Client) -> Bool {
    let options = registry.options(of: entry)
    let isWrite = entry.flags.contains(.write)
    let refusal: String? =
      if !client.isAuthenticated, !options.contains(.withoutPassword) {
        "NOAUTH Authentication required."
      } else if isOutOfMemory, needsMemory(entry, client, options) {
        "OOM command not allowed when used memory > 'maxmemory'."
      } else if isWrite, let refusal = writeRefusal {
        refusal
      } else if client.form == .resp2, client.isSubscriber, !options.contains(.whileSubscribed) {
        "ERR Can't execute '\(table.name(entry))': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT "
          + "/ RESET are allowed in this context"
      } else if case .loading = phase, !options.contains(.whileLoading) {
        "LOADING Redis is loading the dataset in memory"
      } else if replaying != nil, options.contains(.writesFiles) {
        "ERR this server replays, and writes no files: aof-rewrite --until writes a dump of a moment"
      } else if client.transaction != nil, options.contains(.notInTransactions) {
        "ERR Command not allowed inside a transaction"
      } else {
        nil
      }
    guard let refusal else { return true }
    statistics.calls[entry.index].rejected += 1
    // A transaction that cannot be executed is over.
    if entry.isExec {
      client.transaction = nil
      watchers.removeAll(of: client)
      reject("EXECABORT Transaction discarded because of: \(refusal.dropErrorCode)")
    } else {
      reject(refusal)
    }
    return false
  }

  /// Whether a command may take memory: one that may make something larger, one that is queued, or a transaction
  /// with such a command.
  private func needsMemory(
    _ entry: CommandEntry, _ client: Client, _ options: ServerCommand.Options
  ) -> Bool {
    guard let transaction = client.transaction else { return entry.mayGrow(table) }
    return options.contains(.notQueued)
      ? entry.isExec && transaction.commands.contains { $0.entry.mayGrow(table) } : true
  }

  /// Why writes are refused; nil when they are not.
  private var writeRefusal: String? {
    if let replaying, !replaying.allowsWrites {
      return "READONLY You can't write against a replay: --fork-at allows it in memory."
    }
    if settings.stopsWritesOnSaveError, saver.lastFailed, !settings.saveRules.isEmpty {
      return
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. "
        + "Commands that may modify the data set are disabled, because this instance is configured to report "
        + "errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check "
        + "the Redis logs for details about the RDB error."
    }
    if let failure = appendLog?.failure {
      return "MISCONF Errors writing to the AOF file: \(failure)"
    }
    return nil
  }

  private func queue(_ entry: CommandEntry, _ client: Client, _ request: Arguments) {
    let command = QueuedCommand(entry, request.table, in: request.bytes)
    client.transaction?.commands.append(command)
    client.transaction?.bytes += command.bytes.count
    reply.simple("QUEUED")
  }

  /// Runs a command that may be run.
  func call(_ entry: CommandEntry, _ client: Client, _ arguments: Arguments) {
    let start = reply.buffer.count
    let errors = statistics.errorReplies
    keyspace.selected = client.database
    reply.form = client.form == .resp3 ? .resp3 : .resp2
    reply.error = nil
    let before = keyspace.changes
    if !monitors.isEmpty { tellMonitors(client, arguments, entry) }
    if !watchers.isEmpty { noteWatched(entry, client, arguments) }
    if let command = registry[entry] {
      do throws(CommandError) {
        try command.run(self, client, arguments)
      } catch {
        reply.fail(error)
      }
    } else {
      let found = keyspace.lookups
      keyspace.run(entry, arguments, &reply)
      if entry.flags.contains(.read) {
        statistics.hits += keyspace.lookups.found - found.found
        statistics.misses += keyspace.lookups.missed - found.missed
      }
      if keyspace.changes != before { changed(by: entry, client, arguments, from: start) }
      client.database = keyspace.selected
    }
    // What was looked for in vain, or told without a change.
    if !keyspace.notes.isEmpty { tellEvents(of: entry, arguments, hasChanged: false, from: start) }
    if let error = reply.error, statistics.errorReplies == errors { count(error: error.message) }
    finish(entry, client, arguments)
  }

  private func finish(_ entry: CommandEntry, _ client: Client, _ arguments: Arguments) {
    // A command begins when the one before it has ended, or with the reading of requests.
    let end = WallClock.monotonic
    let duration = end - commandStart
    commandStart = end
    statistics.count(entry, microseconds: duration, hasFailed: reply.error != nil)
    let threshold = settings.slowlogThreshold
    guard threshold >= 0, duration >= threshold, !entry.isExec else { return }
    slowLog.add(
      (0..<arguments.count).map { ByteString(arguments[$0]) }, microseconds: duration,
      at: now / 1000, client, most: settings.slowlogLength)
  }

  // MARK: Changes

  /// Tells those who want to know that a command has changed something: watchers, waiting clients, the log.
  ///
  /// - `start`: where the reply of the command begins.
  func changed(
    by entry: CommandEntry, _ client: Client, _ arguments: Arguments, from start: Int
  ) {
    noteExpired()
    if !keyspace.tells.isEmpty { tellEvents(of: entry, arguments, hasChanged: true, from: start) }
    replaying?.isForked = true
    touch(entry, database: client.database, arguments)
    guard let appendLog else { return }
    let database = client.database
    let effect = reply.withReplies(from: start) {
      keyspace.logEffect(of: entry, arguments, reply: $0)
    }
    switch effect {
    case .verbatim where !isInTransaction && effects.isEmpty:
      appendLog.append(arguments, database: database, now: now)
      logged(by: client)
    case .verbatim:
      effects.append((database, (0..<arguments.count).map { ByteString(arguments[$0]) }))
    case .commands(let commands):
      for command in commands { effects.append((database, command)) }
    }
  }

  /// Takes over what expired while a command was run.
  func noteExpired() {
    guard !keyspace.expired.isEmpty else { return }
    for expired in keyspace.expired {
      if expired.fields == nil {
        statistics.expiredKeys += 1
        tellExpired(expired.key, database: expired.database)
      }
      watchers.touch(database: expired.database, key: expired.key)
      if appendLog != nil { effects.append((expired.database, expired.command)) }
    }
    keyspace.expired.removeAll(keepingCapacity: true)
  }

  /// Tells of the keys of a command.
  private func touch(_ entry: CommandEntry, database: Int, _ arguments: Arguments) {
    guard !watchers.isEmpty || !blocked.isEmpty else { return }
    switch table.name(entry) {
    case "flushall", "flushdb", "swapdb":
      touchDatabases(table.name(entry), database, arguments)
    default:
      entry.keys.forEachKey(in: arguments.table, of: arguments.bytes) { index in
        touch(database: database, key: ByteString(arguments[index]))
      }
      if let target = otherDatabase(entry, arguments) {
        let name = table.name(entry)
        touch(database: target, key: ByteString(arguments[name == "move" ? 1 : 2]))
      }
    }
  }

  private func touch(database: Int, key: ByteString) {
    if !watchers.isEmpty { watchers.touch(database: database, key: key) }
    if !blocked.isEmpty { blocked.signal(database: database, key: key) }
  }

  /// The database that MOVE and COPY put a key into, when it is not the selected one.
  private func otherDatabase(_ entry: CommandEntry, _ arguments: Arguments) -> Int? {
    switch table.name(entry) {
    case "move": return try? arguments.int32(at: 2)
    case "copy":
      for index in stride(from: 3, to: arguments.count - 1, by: 1)
      where arguments.isWord("DB", at: index) {
        return try? arguments.int32(at: index + 1)
      }
      return nil
    default: return nil
    }
  }

  /// Before keys of whole databases change: notes which of them are watched and there.
  private func noteWatched(_ entry: CommandEntry, _ client: Client, _ arguments: Arguments) {
    let name = table.name(entry)
    guard ["flushall", "flushdb", "swapdb"].contains(name) else { return }
    let databases = databases(of: name, client.database, arguments)
    watchers.note { database, key in
      guard databases?.contains(database) ?? true else { return false }
      // A key that is in neither place before does not change.
      let places = name == "swapdb" ? databases ?? [] : [database]
      return places.contains { number in
        unsafe keyspace.type(of: key.bytes.span.bytes, database: number) != nil
      }
    }
  }

  private func databases(of name: String, _ selected: Int, _ arguments: Arguments) -> Set<Int>? {
    switch name {
    case "flushall": nil
    case "flushdb": [selected]
    default: Set((1...2).compactMap { try? arguments.int32(at: $0) })
    }
  }

  private func touchDatabases(_ name: String, _ selected: Int, _ arguments: Arguments) {
    let databases = databases(of: name, selected, arguments)
    blocked.signalAll(databases: databases)
    watchers.touchNoted()
  }

  /// Ends what one request, or one transaction, was: logs it as a whole, and lets those go on who have waited.
  func finishCommand() {
    if !keyspace.expired.isEmpty { noteExpired() }
    logEffects()
    if !blocked.ready.isEmpty { serveBlocked() }
  }

  func logEffects() {
    guard !effects.isEmpty else { return }
    defer { effects.removeAll(keepingCapacity: true) }
    guard let appendLog else { return }
    appendLog.append(effects, now: now)
    logged(by: currentClient)
  }

  /// A command of a client stands in the log's buffer: its reply waits until it is in the file.
  private func logged(by client: Client?) {
    if let client { appendLog?.holdReplies(of: client) }
    endTurnSoon()
  }

  private func leaveOut(_ client: Client, from start: Int) {
    switch client.replies {
    case .on: break
    case .off: reply.buffer.truncate(to: start)
    case .skipNext: client.replies = .skip
    case .skip:
      reply.buffer.truncate(to: start)
      client.replies = .on
    }
  }
}

extension String {
  /// A message without the code in front.
  fileprivate var dropErrorCode: Substring {
    guard let space = firstIndex(of: " ") else { return self[...] }
    return self[index(after: space)...]
  }
}

extension CommandEntry {
  /// Whether a command may need more memory: all writes but those that only take away.
  func mayGrow(_ table: CommandTable) -> Bool {
    flags.contains(.write) && !Self.shrinking.contains(table.name(self))
  }

  private static let shrinking: Set<String> = [
    "del", "unlink", "expire", "pexpire", "expireat", "pexpireat", "persist", "flushall", "flushdb",
    "getdel", "getex", "hdel", "lpop", "rpop", "lmpop", "lrem", "ltrim", "move", "rename",
    "renamenx", "smove",
    "spop", "srem", "swapdb", "xack", "xdel", "xtrim", "xautoclaim", "xclaim", "xgroup|destroy",
    "xgroup|delconsumer", "xgroup|setid", "xreadgroup", "zpopmin", "zpopmax", "zmpop", "zrem",
    "zremrangebylex", "zremrangebyrank", "zremrangebyscore", "blpop", "brpop", "blmpop", "bzpopmin",
    "bzpopmax", "bzmpop", "hpersist", "hgetdel", "hexpire", "hpexpire", "hexpireat", "hpexpireat",
    "function|delete", "function|flush", "delifeq",
  ]
}
