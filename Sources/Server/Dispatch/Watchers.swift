internal import Persistence

/// Which clients watch which keys.
struct Watchers {
  private struct Key: Hashable {
    let database: Int
    let key: ByteString
  }

  private var clients: [Key: [Client]] = [:]

  var isEmpty: Bool { clients.isEmpty }

  mutating func add(_ client: Client, database: Int, key: ByteString, wasExpired: Bool) {
    let isThere = client.watched.contains { $0.database == database && $0.key == key }
    guard !isThere else { return }
    client.watched.append(
      Client.WatchedKey(database: database, key: key, wasExpired: wasExpired))
    clients[Key(database: database, key: key), default: []].append(client)
  }

  /// Forgets all keys of a client.
  mutating func removeAll(of client: Client) {
    for watched in client.watched {
      let key = Key(database: watched.database, key: watched.key)
      clients[key]?.removeAll { $0 === client }
      if clients[key]?.isEmpty ?? false { clients[key] = nil }
    }
    client.watched = []
    client.isDirty = false
  }

  /// A key has changed.
  func touch(database: Int, key: ByteString) {
    for client in clients[Key(database: database, key: key)] ?? [] { client.isDirty = true }
  }

  /// Many keys may have changed: those of a database, or of all.
  ///
  /// - `isTouched`: whether this one has.
  func touchAll(database: Int? = nil, where isTouched: (Int, ByteString, Client) -> Bool) {
    for (key, clients) in clients where database == nil || key.database == database {
      for client in clients where isTouched(key.database, key.key, client) { client.isDirty = true }
    }
  }
}
