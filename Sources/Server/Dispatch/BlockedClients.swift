internal import NIOCore
internal import Persistence

/// The clients that wait for keys, in the order in which they began to.
struct BlockedClients {
  struct Key: Hashable {
    let database: Int
    let key: ByteString
  }

  private var waiting: [Key: [Client]] = [:]
  /// Keys that have changed and are waited for, in the order of their changes.
  private(set) var ready: [Key] = []
  private var lastOrder: UInt64 = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func nextOrder() -> UInt64 {
    lastOrder += 1
    return lastOrder
  }

  mutating func add(_ client: Client) {
    guard let blocked = client.blocked else { return }
    count += 1
    for key in blocked.keys {
      waiting[Key(database: blocked.database, key: key), default: []].append(client)
    }
  }

  mutating func remove(_ client: Client) {
    guard let blocked = client.blocked else { return }
    count -= 1
    for key in blocked.keys {
      let place = Key(database: blocked.database, key: key)
      waiting[place]?.removeAll { $0 === client }
      if waiting[place]?.isEmpty ?? false { waiting[place] = nil }
    }
    blocked.timer?.cancel()
    client.blocked = nil
  }

  /// A key has changed.
  mutating func signal(database: Int, key: ByteString) {
    let key = Key(database: database, key: key)
    guard waiting[key] != nil, !ready.contains(key) else { return }
    ready.append(key)
  }

  /// All keys of some databases may have changed, or of all for nil.
  mutating func signalAll(databases: Set<Int>?) {
    for key in waiting.keys
    where databases?.contains(key.database) ?? true && !ready.contains(key) {
      ready.append(key)
    }
  }

  /// The next key to look at, which is taken off the list.
  mutating func takeReady() -> Key? { ready.isEmpty ? nil : ready.removeFirst() }

  func clients(for key: Key) -> [Client] { waiting[key] ?? [] }
}
