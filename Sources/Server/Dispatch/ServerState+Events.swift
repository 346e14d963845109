internal import Keyspace
internal import Persistence

// Notifications of events in the keyspace. Source: notify.c of Redis 7.0.
extension ServerState {
  /// Tells what a command that has been run has done to keys.
  ///
  /// - `start`: where its reply begins.
  func tellEvents(
    of entry: CommandEntry, _ arguments: Arguments, hasChanged: Bool, from start: Int
  ) {
    noteExpired()
    let events = reply.withReplies(from: start) {
      keyspace.takeEvents(of: entry, arguments, hasChanged: hasChanged, reply: $0)
    }
    for event in events { tell(event.name, event.key, event.database) }
  }

  /// Tells that the time of a key was over.
  func tellExpired(_ key: ByteString, database: Int) {
    guard keyspace.tells.contains(.expired) else { return }
    tell("expired", key, database)
  }

  private func tell(_ event: String, _ key: ByteString, _ database: Int) {
    if settings.events.contains(.byKey) {
      publish(ByteString(Array("__keyspace@\(database)__:".utf8) + key.bytes), ByteString(event))
    }
    if settings.events.contains(.byEvent) {
      publish(ByteString("__keyevent@\(database)__:\(event)"), key)
    }
  }

  private func publish(_ channel: ByteString, _ message: ByteString) {
    _ = unsafe deliver(
      channel.bytes.span.bytes, message.bytes.span.bytes, \.subscriptions, "message")
  }
}
