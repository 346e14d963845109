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
          s.tell("subscribe", channel, c.subscriptionCount)
        }
      }
    ),
    (
      "psubscribe",
      ServerCommand([.whileLoading, .whileSubscribed]) { (s, c, a) throws(CommandError) in
        for index in 1..<a.count {
          let pattern = ByteString(a[index])
          s.subscriptions.subscribe(c, toPattern: pattern)
          s.tell("psubscribe", pattern, c.subscriptionCount)
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
          s.tell("unsubscribe", channel, c.subscriptionCount)
        }
        if channels.isEmpty { s.tell("unsubscribe", nil, c.subscriptionCount) }
      }
    ),
    (
      "punsubscribe",
      ServerCommand([.whileLoading, .whileSubscribed]) { (s, c, a) throws(CommandError) in
        let named = (1..<a.count).map { ByteString(a[$0]) }
        let patterns = a.count > 1 ? named : Array(c.patterns)
        for pattern in patterns {
          s.subscriptions.unsubscribe(c, fromPattern: pattern)
          s.tell("punsubscribe", pattern, c.subscriptionCount)
        }
        if patterns.isEmpty { s.tell("punsubscribe", nil, c.subscriptionCount) }
      }
    ),
    (
      "publish",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        s.reply.integer(s.deliver(a[1], a[2], \.subscriptions, "message"))
      }
    ),
    (
      "ssubscribe",
      ServerCommand([.whileLoading, .whileSubscribed]) { (s, c, a) throws(CommandError) in
        for index in 1..<a.count {
          let channel = ByteString(a[index])
          _ = s.shardSubscriptions.subscribe(c, to: channel)
          s.tell("ssubscribe", channel, c.shardChannels.count)
        }
      }
    ),
    (
      "sunsubscribe",
      ServerCommand([.whileLoading, .whileSubscribed]) { (s, c, a) throws(CommandError) in
        let named = (1..<a.count).map { ByteString(a[$0]) }
        let channels = a.count > 1 ? named : Array(c.shardChannels)
        for channel in channels {
          s.shardSubscriptions.unsubscribe(c, from: channel)
          s.tell("sunsubscribe", channel, c.shardChannels.count)
        }
        if channels.isEmpty { s.tell("sunsubscribe", nil, c.shardChannels.count) }
      }
    ),
    (
      "spublish",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        s.reply.integer(s.deliver(a[1], a[2], \.shardSubscriptions, "smessage"))
      }
    ),
    (
      "pubsub|channels",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        s.tellChannels(of: s.subscriptions, a)
      }
    ),
    (
      "pubsub|shardchannels",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        s.tellChannels(of: s.shardSubscriptions, a)
      }
    ),
    (
      "pubsub|numsub",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        s.tellNumbers(of: s.subscriptions, a)
      }
    ),
    (
      "pubsub|shardnumsub",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        s.tellNumbers(of: s.shardSubscriptions, a)
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
  private func tell(_ what: String, _ name: ByteString?, _ count: Int) {
    reply.push(3)
    reply.bulk(what)
    if let name { reply.bulk(name) } else { reply.null() }
    reply.integer(count)
  }

  private func tellChannels(of subscriptions: Subscriptions, _ arguments: Arguments) {
    let glob = arguments.count > 2 ? Glob(arguments[2]) : nil
    let names = subscriptions.channels.keys.filter { name in
      unsafe glob?.matches(name.bytes.span.bytes) ?? true
    }
    reply.array(names.count)
    for name in names { reply.bulk(name) }
  }

  private func tellNumbers(of subscriptions: Subscriptions, _ arguments: Arguments) {
    reply.array(2 * (arguments.count - 2))
    for index in 2..<arguments.count {
      reply.bulk(arguments[index])
      reply.integer(subscriptions.channels[ByteString(arguments[index])]?.count ?? 0)
    }
  }

  /// Sends a message to all who listen to a channel. Returns how many they are.
  ///
  /// - `kind`: what a message is called that comes by the name of its channel.
  func deliver(
    _ channel: RawSpan, _ message: RawSpan, _ subscriptions: KeyPath<ServerState, Subscriptions>,
    _ kind: String
  ) -> Int {
    var receivers = 0
    self[keyPath: subscriptions].forEachReceiver(of: channel) { receiver, pattern in
      receivers += 1
      if receiver === currentClient {
        write(channel, message, pattern, kind)
        return
      }
      aside {
        reply.form = receiver.form == .resp3 ? .resp3 : .resp2
        write(channel, message, pattern, kind)
        takeReplies(for: receiver)
      }
      send(to: receiver)
    }
    return receivers
  }

  private func write(_ channel: RawSpan, _ message: RawSpan, _ pattern: ByteString?, _ kind: String)
  {
    reply.push(pattern == nil ? 3 : 4)
    if let pattern {
      reply.bulk("pmessage")
      reply.bulk(pattern)
    } else {
      reply.bulk(kind)
    }
    reply.bulk(channel)
    reply.bulk(message)
  }
}
