internal import Keyspace
internal import Persistence

// Publishing and subscribing. Source: pubsub.c of Redis 7.0.
extension ServerState {
  static let subscriptionCommands: [(String, ServerCommand)] =
    subscribing(
      "", to: { $0.channels }, told: { $0.subscriptionCount },
      begin: { _ = $0.subscriptions.subscribe($1, to: $2) },
      end: { $0.subscriptions.unsubscribe($1, from: $2) })
    + subscribing(
      "p", to: { $0.patterns }, told: { $0.subscriptionCount },
      begin: { $0.subscriptions.subscribe($1, toPattern: $2) },
      end: { $0.subscriptions.unsubscribe($1, fromPattern: $2) })
    + subscribing(
      "s", to: { $0.shardChannels }, told: { $0.shardChannels.count },
      begin: { _ = $0.shardSubscriptions.subscribe($1, to: $2) },
      end: { $0.shardSubscriptions.unsubscribe($1, from: $2) })
    + [
      (
        "publish",
        ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
          s.reply.integer(s.deliver(a[1], a[2], \.subscriptions, "message"))
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

  /// SUBSCRIBE and UNSUBSCRIBE of one kind.
  ///
  /// - `prefix`: of the names of both.
  /// - `names`: what a client has subscribed to in this manner.
  /// - `count`: the number of subscriptions that a client is told.
  private static func subscribing(
    _ prefix: String, to names: @escaping @Sendable (Client) -> Set<ByteString>,
    told count: @escaping @Sendable (Client) -> Int,
    begin: @escaping @Sendable (ServerState, Client, ByteString) -> Void,
    end: @escaping @Sendable (ServerState, Client, ByteString) -> Void
  ) -> [(String, ServerCommand)] {
    let (subscribe, unsubscribe) = (prefix + "subscribe", prefix + "unsubscribe")
    let options: ServerCommand.Options = [.whileLoading, .whileSubscribed]
    return [
      (
        subscribe,
        ServerCommand(options) { (s, c, a) throws(CommandError) in
          for index in 1..<a.count {
            let name = ByteString(a[index])
            begin(s, c, name)
            s.tell(subscribe, name, count(c))
          }
        }
      ),
      (
        unsubscribe,
        ServerCommand(options) { (s, c, a) throws(CommandError) in
          let named = (1..<a.count).map { ByteString(a[$0]) }
          let all = a.count > 1 ? named : Array(names(c))
          for name in all {
            end(s, c, name)
            s.tell(unsubscribe, name, count(c))
          }
          if all.isEmpty { s.tell(unsubscribe, nil, count(c)) }
        }
      ),
    ]
  }

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
