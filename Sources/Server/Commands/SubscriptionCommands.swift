internal import Keyspace
internal import Persistence

// Publishing and subscribing. Source: pubsub.c of Redis 7.0.
extension ServerState {
  static let subscriptionCommands: [(String, ServerCommand)] = [
    (
      "subscribe",
      ServerCommand([.whileLoading, .whileSubscribed]) { (s, c, a) throws(CommandError) in
        for index in 1..<a.count {
          let channel = ByteString(a[index])
          _ = s.subscriptions.subscribe(c, to: channel)
          s.tell("subscribe", channel, c)
        }
      }
    ),
    (
      "psubscribe",
      ServerCommand([.whileLoading, .whileSubscribed]) { (s, c, a) throws(CommandError) in
        for index in 1..<a.count {
          let pattern = ByteString(a[index])
          s.subscriptions.subscribe(c, toPattern: pattern)
          s.tell("psubscribe", pattern, c)
        }
      }
    ),
    (
      "unsubscribe",
      ServerCommand([.whileLoading, .whileSubscribed]) { (s, c, a) throws(CommandError) in
        let named = (1..<a.count).map { ByteString(a[$0]) }
        let channels = a.count > 1 ? named : Array(c.channels)
        for channel in channels {
          s.subscriptions.unsubscribe(c, from: channel)
          s.tell("unsubscribe", channel, c)
        }
        if channels.isEmpty { s.tell("unsubscribe", nil, c) }
      }
    ),
    (
      "punsubscribe",
      ServerCommand([.whileLoading, .whileSubscribed]) { (s, c, a) throws(CommandError) in
        let named = (1..<a.count).map { ByteString(a[$0]) }
        let patterns = a.count > 1 ? named : Array(c.patterns)
        for pattern in patterns {
          s.subscriptions.unsubscribe(c, fromPattern: pattern)
          s.tell("punsubscribe", pattern, c)
        }
        if patterns.isEmpty { s.tell("punsubscribe", nil, c) }
      }
    ),
    (
      "publish",
      ServerCommand(.whileLoading) { (s, c, a) throws(CommandError) in
        s.publish(a[1], a[2], from: c)
      }
    ),
    (
      "pubsub|channels",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        let glob = a.count > 2 ? Glob(a[2]) : nil
        let names = s.subscriptions.channels.keys.filter { name in
          unsafe glob?.matches(name.bytes.span.bytes) ?? true
        }
        s.reply.array(names.count)
        for name in names { s.reply.bulk(name) }
      }
    ),
    (
      "pubsub|numsub",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        s.reply.array(2 * (a.count - 2))
        for index in 2..<a.count {
          s.reply.bulk(a[index])
          s.reply.integer(s.subscriptions.channels[ByteString(a[index])]?.count ?? 0)
        }
      }
    ),
    (
      "pubsub|numpat",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        s.reply.integer(s.subscriptions.patterns.count)
      }
    ),
  ]

  /// Confirms that a client has subscribed, or no longer is.
  private func tell(_ what: String, _ name: ByteString?, _ client: Client) {
    reply.push(3)
    reply.bulk(what)
    if let name { reply.bulk(name) } else { reply.null() }
    reply.integer(client.subscriptionCount)
  }

  private func publish(_ channel: RawSpan, _ message: RawSpan, from client: Client) {
    var receivers = 0
    subscriptions.forEachReceiver(of: channel) { receiver, pattern in
      receivers += 1
      if receiver === client {
        write(channel, message, pattern)
        return
      }
      aside {
        reply.form = receiver.form == .resp3 ? .resp3 : .resp2
        write(channel, message, pattern)
        takeReplies(for: receiver)
      }
      send(to: receiver)
    }
    reply.integer(receivers)
  }

  private func write(_ channel: RawSpan, _ message: RawSpan, _ pattern: ByteString?) {
    reply.push(pattern == nil ? 3 : 4)
    if let pattern {
      reply.bulk("pmessage")
      reply.bulk(pattern)
    } else {
      reply.bulk("message")
    }
    reply.bulk(channel)
    reply.bulk(message)
  }
}
