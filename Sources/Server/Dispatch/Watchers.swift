internal import Persistence

/// Which clients watch which keys.
struct Watchers {
  private struct Key: Hashable {
    let database: Int
    let key: ByteString
  }

  private var clients: [Key: [Client]] = [:]
  /// Clients that watch keys which the command that runs may change.
  private var noted: [Client] = []

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

  /// Notes the clients that watch keys for which `isTouched` says so.
  mutating func note(_ isTouched: (Int, ByteString) -> Bool) {
    noted = clients.filter { isTouched($0.key.database, $0.key.key) }.flatMap(\.value)
  }

  /// What was noted has come true.
  mutating func touchNoted() {
    for client in noted { client.isDirty = true }
    noted = []
  }

  /// All keys may have changed.
  func touchAll() {
    for client in clients.values.joined() { client.isDirty = true }
  }
}
