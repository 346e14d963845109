internal import Keyspace
internal import Persistence

// Transactions. Source: multi.c of Redis 7.0.
extension ServerState {
  static let transactionCommands: [(String, ServerCommand)] = [
    (
      "multi",
      ServerCommand([.notQueued, .whileLoading]) { (s, c, _) throws(CommandError) in
        guard c.transaction == nil else { throw .other("ERR MULTI calls can not be nested") }
        c.transaction = Client.Transaction()
        s.reply.ok()
      }
    ),
    (
      "exec",
      ServerCommand([.notQueued, .whileLoading]) { (s, c, _) throws(CommandError) in
        try s.exec(c)
      }
    ),
    (
      "discard",
      ServerCommand([.notQueued, .whileLoading]) { (s, c, _) throws(CommandError) in
        guard c.transaction != nil else { throw .other("ERR DISCARD without MULTI") }
        s.endTransaction(of: c)
        s.reply.ok()
      }
    ),
    (
      "watch",
      ServerCommand([.notQueued, .whileLoading]) { (s, c, a) throws(CommandError) in
        guard c.transaction == nil else {
          throw .other("ERR WATCH inside MULTI is not allowed")
        }
        for index in 1..<a.count {
          s.watchers.add(
            c, database: c.database, key: ByteString(a[index]),
            wasExpired: s.keyspace.isExpired(a[index], database: c.database))
        }
        s.reply.ok()
      }
    ),
    (
      "unwatch",
      ServerCommand(.whileLoading) { (s, c, _) throws(CommandError) in
        s.watchers.removeAll(of: c)
        s.reply.ok()
      }
    ),
  ]

  private func endTransaction(of client: Client) {
    client.transaction = nil
    watchers.removeAll(of: client)
  }

  private func exec(_ client: Client) throws(CommandError) {
    guard let transaction = client.transaction else {
      throw .other("ERR EXEC without MULTI")
    }
    let isDirty = client.isDirty || hasExpiredWatches(client)
    watchers.removeAll(of: client)
    // It counts as open while it is run.
    defer { client.transaction = nil }
    guard !transaction.isBroken else {
      throw .other("EXECABORT Transaction discarded because of previous errors.")
    }
    guard !isDirty else { return reply.nullArray() }
    isInTransaction = true
    reply.array(transaction.commands.count)
    for command in transaction.commands {
      let bytes = unsafe command.bytes.span.bytes
      call(command.entry, client, Arguments(command.arguments.span, in: bytes))
    }
    isInTransaction = false
    reply.error = nil
  }

  /// Whether the time of a watched key is over: it is as if it had been removed, if it was there before.
  private func hasExpiredWatches(_ client: Client) -> Bool {
    client.watched.contains { watched in
      unsafe !watched.wasExpired
        && keyspace.isExpired(watched.key.bytes.span.bytes, database: watched.database)
    }
  }
}
