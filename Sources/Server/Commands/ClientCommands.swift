internal import Keyspace
internal import NIOCore
internal import Persistence

// CLIENT. Source: networking.c of Redis 7.0.
extension ServerState {
  static let clientCommands: [(String, ServerCommand)] = [
    (
      "client|id",
      ServerCommand(.whileLoading) { (s, c, _) throws(CommandError) in s.reply.integer(c.id) }
    ),
    (
      "client|info",
      ServerCommand(.whileLoading) { (s, c, _) throws(CommandError) in
        s.reply.verbatim(s.line(of: c) + "\n")
      }
    ),
    (
      "client|list",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in try s.clientList(a) }
    ),
    (
      "client|getname",
      ServerCommand(.whileLoading) { (s, c, _) throws(CommandError) in
        if c.name.isEmpty { s.reply.null() } else { s.reply.bulk(c.name) }
      }
    ),
    (
      "client|setname",
      ServerCommand(.whileLoading) { (s, c, a) throws(CommandError) in
        try ServerState.checkName(a.copy(2))
        c.name = a.copy(2)
        s.reply.ok()
      }
    ),
    (
      "client|setinfo",
      ServerCommand(.whileLoading) { (s, c, a) throws(CommandError) in
        let value = a.copy(3)
        guard value.allSatisfy({ (33...126).contains($0) }) else {
          throw .other(
            "ERR \(ByteString(a[2])) cannot contain spaces, newlines or special characters.")
        }
        if a.isWord("LIB-NAME", at: 2) {
          c.libraryName = value
        } else if a.isWord("LIB-VER", at: 2) {
          c.libraryVersion = value
        } else {
          throw .other("ERR Unrecognized option '\(ByteString(a[2]))'")
        }
        s.reply.ok()
      }
    ),
    (
      "client|reply",
      ServerCommand(.whileLoading) { (s, c, a) throws(CommandError) in
        if a.isWord("ON", at: 2) {
          c.replies = .on
          s.reply.ok()
        } else if a.isWord("OFF", at: 2) {
          c.replies = .off
        } else if a.isWord("SKIP", at: 2) {
          if c.replies == .on { c.replies = .skipNext }
        } else {
          throw .syntax
        }
      }
    ),
    (
      "client|no-evict",
      ServerCommand(.whileLoading) { (s, c, a) throws(CommandError) in
        guard a.isWord("ON", at: 2) || a.isWord("OFF", at: 2) else { throw .syntax }
        c.isExemptFromEviction = a.isWord("ON", at: 2)
        s.reply.ok()
      }
    ),
    (
      "client|kill",
      ServerCommand(.whileLoading) { (s, c, a) throws(CommandError) in try s.clientKill(c, a) }
    ),
    (
      "client|unblock",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in try s.clientUnblock(a) }
    ),
    (
      "client|pause",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        var all = true
        if a.count == 4 {
          guard a.isWord("ALL", at: 3) || a.isWord("WRITE", at: 3) else {
            throw .other("ERR CLIENT PAUSE mode must be WRITE or ALL")
          }
          all = a.isWord("ALL", at: 3)
        }
        let time = try a.integer(at: 2, or: .other("ERR timeout is not an integer or out of range"))
        guard time >= 0 else { throw .other("ERR timeout is negative") }
        let (end, overflow) = s.now.addingReportingOverflow(time)
        guard !overflow else { throw .other("ERR timeout is out of range") }
        s.pauseClients(until: end, all: all)
        s.reply.ok()
      }
    ),
    (
      "client|unpause",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        s.endPause()
        s.reply.ok()
      }
    ),
    (
      "client|getredir",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in s.reply.integer(-1) }
    ),
  ]

  // MARK: Telling

  /// What CLIENT LIST tells of a client.
  private func line(of client: Client) -> String {
    var flags = ""
    if client.blocked != nil { flags += "b" }
    if client.isMonitor { flags += "O" }
    if client.subscriptionCount > 0 { flags += "P" }
    if client.transaction != nil { flags += "x" }
    if client.isDirty { flags += "d" }
    if client.isExemptFromEviction { flags += "e" }
    if client.channel.remoteAddress?.ipAddress == nil { flags += "U" }
    if flags.isEmpty { flags = "N" }
    let waiting =
      (try? client.channel.syncOptions?.getOption(.bufferedWritableBytes)).flatMap { $0 } ?? 0
    let facts: [(String, String)] = [
      ("id", "\(client.id)"), ("addr", client.address), ("laddr", client.localAddress),
      ("fd", "-1"), ("name", String(decoding: client.name, as: UTF8.self)),
      ("age", "\((now - client.createdAt) / 1000)"), ("idle", "\((now - client.lastSeen) / 1000)"),
      ("flags", flags), ("db", "\(client.database)"), ("sub", "\(client.channels.count)"),
      ("psub", "\(client.patterns.count)"), ("ssub", "\(client.shardChannels.count)"),
      ("multi", "\(client.transaction?.commands.count ?? -1)"),
      ("qbuf", "\(client.unreadBytes())"), ("qbuf-free", "0"), ("argv-mem", "0"),
      ("multi-mem", "\(client.transaction?.bytes ?? 0)"), ("rbs", "0"), ("rbp", "0"),
      ("obl", "0"), ("oll", "0"), ("omem", "\(waiting + client.output.readableBytes)"),
      ("tot-mem", "\(waiting + client.output.readableBytes + client.unreadBytes())"),
      ("events", "r"), ("cmd", client.lastCommand.map { table.name($0) } ?? "NULL"),
      ("user", "default"), ("redir", "-1"),
      ("resp", client.form == .resp3 ? "3" : "2"),
    ]
    return facts.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
  }

  private func clientList(_ arguments: Arguments) throws(CommandError) {
    var chosen = clients.values.sorted { $0.id < $1.id }
    if arguments.count == 4, arguments.isWord("TYPE", at: 2) {
      let type = ByteString(arguments[3]).utf8?.lowercased() ?? ""
      switch type {
      case "normal": chosen = chosen.filter { !$0.isSubscriber }
      case "pubsub": chosen = chosen.filter(\.isSubscriber)
      case "master", "replica", "slave": chosen = []
      default: throw .other("ERR Unknown client type '\(ByteString(arguments[3]))'")
      }
    } else if arguments.count > 3, arguments.isWord("ID", at: 2) {
      var ids: Set<Int64> = []
      for index in 3..<arguments.count {
        ids.insert(try arguments.integer(at: index, or: .other("ERR Invalid client ID")))
      }
      chosen = chosen.filter { ids.contains($0.id) }
    } else if arguments.count != 2 {
      throw .syntax
    }
    reply.verbatim(chosen.map { line(of: $0) + "\n" }.joined())
  }

  // MARK: Ending

  private func clientKill(_ client: Client, _ arguments: Arguments) throws(CommandError) {
    if arguments.count == 3 {
      let address = ByteString(arguments[2]).utf8
      guard let victim = clients.values.first(where: { $0.address == address }) else {
        throw .other("ERR No such client")
      }
      kill(victim, by: client)
      return reply.ok()
    }
    var victims = clients.values.sorted { $0.id < $1.id }
    var sparesOwn = true
    var index = 2
    while index < arguments.count {
      guard index + 1 < arguments.count else { throw .syntax }
      let value = ByteString(arguments[index + 1]).utf8 ?? ""
      if arguments.isWord("ID", at: index) {
        let wrong = CommandError.other("ERR client-id should be greater than 0")
        let id = try arguments.integer(at: index + 1, or: wrong)
        guard id > 0 else { throw wrong }
        victims.removeAll { $0.id != id }
      } else if arguments.isWord("ADDR", at: index) {
        victims.removeAll { $0.address != value }
      } else if arguments.isWord("LADDR", at: index) {
        victims.removeAll { $0.localAddress != value }
      } else if arguments.isWord("TYPE", at: index) {
        switch value.lowercased() {
        case "normal": victims.removeAll(where: \.isSubscriber)
        case "pubsub": victims.removeAll { !$0.isSubscriber }
        case "master", "replica", "slave": victims = []
        default: throw .other("ERR Unknown client type '\(value)'")
        }
      } else if arguments.isWord("USER", at: index) {
        guard value == "default" else { throw .other("ERR No such user '\(value)'") }
      } else if arguments.isWord("SKIPME", at: index) {
        guard ["yes", "no"].contains(value.lowercased()) else { throw .syntax }
        sparesOwn = value.lowercased() == "yes"
      } else {
        throw .syntax
      }
      index += 2
    }
    if sparesOwn { victims.removeAll { $0 === client } }
    for victim in victims { kill(victim, by: client) }
    reply.integer(victims.count)
  }

  private func kill(_ victim: Client, by client: Client) {
    if victim === client {
      client.isClosing = true
    } else {
      victim.channel.close(mode: .all, promise: nil)
      // The channel is gone only later; nobody is to see the client until then.
      forget(victim)
    }
  }

  private func clientUnblock(_ arguments: Arguments) throws(CommandError) {
    guard arguments.count <= 4 else {
      throw .other("ERR wrong number of arguments for 'client|unblock' command")
    }
    var isError = false
    if arguments.count == 4 {
      guard arguments.isWord("TIMEOUT", at: 3) || arguments.isWord("ERROR", at: 3) else {
        throw .other("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
      }
      isError = arguments.isWord("ERROR", at: 3)
    }
    let id = try arguments.integer(at: 2)
    guard let client = clients[id], client.blocked != nil else { return reply.integer(0) }
    unblock(client) { reply in
      if isError {
        reply.fail(.other("UNBLOCKED client unblocked via CLIENT UNBLOCK"))
      } else {
        reply.nullArray()
      }
    }
    reply.integer(1)
  }

  // MARK: Pausing

  /// Stops commands, or those that write, for a time.
  struct ClientPause {
    /// Unix milliseconds.
    var end: Int64
    var stopsAll: Bool
    var timer: Scheduled<Void>?
    var waiting: [Client] = []
  }

  private func pauseClients(until end: Int64, all: Bool) {
    var pause = pause ?? ClientPause(end: end, stopsAll: all)
    pause.end = max(pause.end, end)
    pause.stopsAll = pause.stopsAll || all
    pause.timer?.cancel()
    let state = NIOLoopBound(self, eventLoop: eventLoop)
    pause.timer = eventLoop.scheduleTask(in: .milliseconds(max(pause.end - now, 0))) {
      state.value.endPause()
    }
    self.pause = pause
  }

  func endPause() {
    guard let pause else { return }
    self.pause = nil
    pause.timer?.cancel()
    tick()
    for client in pause.waiting { client.resume() }
  }

  /// Whether a client has to wait before a command is run, since clients pause.
  func holds(_ client: Client, _ request: Arguments) -> Bool {
    guard let pause else { return false }
    let name = request[0]
    let second = request[request.count > 1 ? 1 : 0]
    let entry = table.command(name, second, argumentCount: request.count)
    guard pause.stopsAll || entry?.flags.contains(.write) ?? false || isWritingExec(client, entry)
    else { return false }
    self.pause?.waiting.append(client)
    return true
  }

  private func isWritingExec(_ client: Client, _ entry: CommandEntry?) -> Bool {
    entry?.isExec ?? false
      && client.transaction?.commands.contains { $0.entry.flags.contains(.write) } ?? false
  }

  // MARK: Coming and going

  /// Takes up a client.
  func add(_ client: Client) {
    clients[client.id] = client
    statistics.connections += 1
  }

  /// Forgets a client that has gone.
  func forget(_ client: Client) {
    guard clients.removeValue(forKey: client.id) != nil else { return }
    blocked.remove(client)
    watchers.removeAll(of: client)
    subscriptions.removeAll(of: client)
    shardSubscriptions.removeAll(of: client)
    monitors.removeAll { $0 === client }
    pause?.waiting.removeAll { $0 === client }
    client.transaction = nil
    client.resume = {}
    client.unreadBytes = { 0 }
  }
}
