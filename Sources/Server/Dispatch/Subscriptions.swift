internal import Persistence

/// Who has subscribed to what.
struct Subscriptions {
  /// Where a client has the channels that it has subscribed to.
  private let own: ReferenceWritableKeyPath<Client, Set<ByteString>>
  private(set) var channels: [ByteString: [Client]] = [:]
  private(set) var patterns: [(pattern: ByteString, glob: Glob, clients: [Client])] = []

  init(_ own: ReferenceWritableKeyPath<Client, Set<ByteString>>) { self.own = own }

  /// False when the client had done so already.
  mutating func subscribe(_ client: Client, to channel: ByteString) -> Bool {
    guard client[keyPath: own].insert(channel).inserted else { return false }
    channels[channel, default: []].append(client)
    return true
  }

  mutating func unsubscribe(_ client: Client, from channel: ByteString) {
    guard client[keyPath: own].remove(channel) != nil else { return }
    channels[channel]?.removeAll { $0 === client }
    if channels[channel]?.isEmpty ?? false { channels[channel] = nil }
  }

  mutating func subscribe(_ client: Client, toPattern pattern: ByteString) {
    guard client.patterns.insert(pattern).inserted else { return }
    if let index = patterns.firstIndex(where: { $0.pattern == pattern }) {
      patterns[index].clients.append(client)
    } else {
      patterns.append((pattern, unsafe Glob(pattern.bytes.span.bytes), [client]))
    }
  }

  mutating func unsubscribe(_ client: Client, fromPattern pattern: ByteString) {
    guard client.patterns.remove(pattern) != nil,
      let index = patterns.firstIndex(where: { $0.pattern == pattern })
    else { return }
    patterns[index].clients.removeAll { $0 === client }
    if patterns[index].clients.isEmpty { patterns.remove(at: index) }
  }

  mutating func removeAll(of client: Client) {
    for channel in client[keyPath: own] { unsubscribe(client, from: channel) }
    for pattern in client.patterns { unsubscribe(client, fromPattern: pattern) }
  }

  /// Calls `body` with every client that gets a message on a channel, and the pattern by which it does.
  func forEachReceiver(of channel: RawSpan, _ body: (Client, ByteString?) -> Void) {
    for client in channels[ByteString(channel)] ?? [] { body(client, nil) }
    for (pattern, glob, clients) in patterns where glob.matches(channel) {
      for client in clients { body(client, pattern) }
    }
  }
}
