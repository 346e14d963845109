internal import Keyspace
internal import Persistence

// Commands on the connection. Source: networking.c and acl.c of Redis 7.0.
extension ServerState {
  static let connectionCommands: [(String, ServerCommand)] = [
    (
      "ping",
      ServerCommand(.whileSubscribed) { (s, c, a) throws(CommandError) in try s.ping(c, a) }
    ),
    (
      "echo",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in s.reply.bulk(a[1]) }
    ),
    (
      "select",
      ServerCommand(.whileLoading) { (s, c, a) throws(CommandError) in
        let number = try a.int32(at: 1)
        guard s.keyspace.select(number) else { throw .other("ERR DB index is out of range") }
        c.database = number
        s.reply.ok()
      }
    ),
    (
      "quit",
      ServerCommand([.withoutPassword, .whileLoading, .notQueued, .whileSubscribed]) {
        (s, c, _) throws(CommandError) in
        s.reply.ok()
        c.isClosing = true
      }
    ),
    (
      "reset",
      ServerCommand([.withoutPassword, .whileLoading, .notQueued, .whileSubscribed]) {
        (s, c, _) throws(CommandError) in s.reset(c)
      }
    ),
    (
      "auth",
      ServerCommand([.withoutPassword, .whileLoading]) { (s, c, a) throws(CommandError) in
        try s.auth(c, a)
      }
    ),
    (
      "hello",
      ServerCommand([.withoutPassword, .whileLoading]) { (s, c, a) throws(CommandError) in
        try s.hello(c, a)
      }
    ),
    (
      "role",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        s.reply.array(3)
        s.reply.bulk("master")
        s.reply.integer(0)
        s.reply.array(0)
      }
    ),
    (
      "lolwut",
      ServerCommand { (s, _, _) throws(CommandError) in
        s.reply.verbatim("Redis ver. \(ServerState.version)\n")
      }
    ),
    (
      "monitor",
      ServerCommand(.whileLoading) { (s, c, _) throws(CommandError) in
        if !c.isMonitor {
          c.isMonitor = true
          s.monitors.append(c)
        }
        s.reply.ok()
      }
    ),
    (
      "time",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        let time = WallClock.microseconds
        s.reply.array(2)
        s.reply.bulk(time / 1_000_000)
        s.reply.bulk(time % 1_000_000)
      }
    ),
    (
      "wait",
      ServerCommand { (s, _, a) throws(CommandError) in
        _ = try a.integer(at: 1)
        let timeout = try a.integer(
          at: 2, or: .other("ERR timeout is not an integer or out of range"))
        guard timeout >= 0 else { throw .other("ERR timeout is negative") }
        // Nobody follows this server.
        s.reply.integer(0)
      }
    ),
  ]

  private func ping(_ client: Client, _ arguments: Arguments) throws(CommandError) {
    guard arguments.count <= 2 else {
      throw .other("ERR wrong number of arguments for 'ping' command")
    }
    if client.form == .resp2, client.isSubscriber {
      reply.array(2)
      reply.bulk("pong")
      if arguments.count == 2 { reply.bulk(arguments[1]) } else { reply.bulk("") }
    } else if arguments.count == 2 {
      reply.bulk(arguments[1])
    } else {
      reply.simple("PONG")
    }
  }

  private func reset(_ client: Client) {
    client.transaction = nil
    watchers.removeAll(of: client)
    subscriptions.removeAll(of: client)
    shardSubscriptions.removeAll(of: client)
    monitors.removeAll { $0 === client }
    client.isMonitor = false
    client.database = 0
    client.form = .resp2
    client.name = []
    client.replies = .on
    client.isAuthenticated = settings.requirePassword.isEmpty
    reply.form = .resp2
    reply.simple("RESET")
  }

  private static let wrongPassword = CommandError.other(
    "WRONGPASS invalid username-password pair or user is disabled.")

  private func auth(_ client: Client, _ arguments: Arguments) throws(CommandError) {
    guard arguments.count <= 3 else { throw .syntax }
    guard arguments.count == 3 || !settings.requirePassword.isEmpty else {
      throw .other(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
          + "configuration is correct?")
    }
    try authenticate(
      client, user: arguments.count == 3 ? arguments.copy(1) : nil,
      password: arguments.copy(arguments.count - 1))
    reply.ok()
  }

  private func authenticate(
    _ client: Client, user: [UInt8]?, password: [UInt8]
  ) throws(CommandError) {
    let isKnown = user.map { $0 == Array("default".utf8) } ?? true
    // A user without a password takes any.
    let wanted = settings.requirePassword
    guard isKnown, wanted.isEmpty || Self.isEqual(password, wanted) else {
      throw Self.wrongPassword
    }
    client.isAuthenticated = true
  }

  /// Compares in a time that does not tell how much is right.
  private static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    var difference: UInt8 = a.count == b.count ? 0 : 1
    for index in a.indices { difference |= a[index] ^ (index < b.count ? b[index] : 0) }
    return difference == 0
  }

  private func hello(_ client: Client, _ arguments: Arguments) throws(CommandError) {
    var version: Int64?
    var name: [UInt8]?
    var login: (user: [UInt8], password: [UInt8])?
    if arguments.count > 1 {
      let number = try arguments.integer(
        at: 1, or: .other("ERR Protocol version is not an integer or out of range"))
      guard number == 2 || number == 3 else {
        throw .other("NOPROTO unsupported protocol version")
      }
      version = number
    }
    var index = 2
    while index < arguments.count {
      let more = arguments.count - 1 - index
      if arguments.isWord("AUTH", at: index), more >= 2 {
        login = (arguments.copy(index + 1), arguments.copy(index + 2))
        index += 2
      } else if arguments.isWord("SETNAME", at: index), more >= 1 {
        name = arguments.copy(index + 1)
        try Self.checkName(arguments.copy(index + 1))
        index += 1
      } else {
        let option = ByteString(arguments[index])
        throw .other("ERR Syntax error in HELLO option '\(option)'")
      }
      index += 1
    }
    if let login { try authenticate(client, user: login.user, password: login.password) }
    guard client.isAuthenticated else {
      throw .other(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> "
          + "<pass> option can be used to authenticate the client and select the RESP protocol version "
          + "at the same time")
    }
    if let name { client.name = name }
    if let version { client.form = version == 3 ? .resp3 : .resp2 }
    reply.form = client.form == .resp3 ? .resp3 : .resp2
    reply.map(7)
    reply.bulk("server")
    reply.bulk("redis")
    reply.bulk("version")
    reply.bulk(Self.version)
    reply.bulk("proto")
    reply.integer(client.form == .resp3 ? 3 : 2)
    reply.bulk("id")
    reply.integer(client.id)
    reply.bulk("mode")
    reply.bulk("standalone")
    reply.bulk("role")
    reply.bulk("master")
    reply.bulk("modules")
    reply.array(0)
  }

  /// The release whose replies and files are those of this server.
  static let version = measure.fullRelease

  /// Throws for a name that would break the lines of CLIENT LIST.
  static func checkName(_ name: [UInt8]) throws(CommandError) {
    guard name.allSatisfy({ (33...126).contains($0) }) else {
      throw .other(
        "ERR Client names cannot contain spaces, newlines or special characters.")
    }
  }
}
