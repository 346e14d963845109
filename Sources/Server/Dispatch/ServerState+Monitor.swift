internal import Keyspace
internal import NIOCore
internal import Persistence

// MONITOR. Source: replication.c of Redis 7.0.
extension ServerState {
  /// Tells those who watch all clients what one of them does. Commands for administrators are not told, nor are
  /// passwords.
  func tellMonitors(_ client: Client, _ arguments: Arguments, _ entry: CommandEntry) {
    let name = table.name(entry)
    guard !entry.flags.contains(.admin), name != "auth", name != "hello", name != "monitor",
      entry.mark != .exec
    else { return }
    let time = WallClock.microseconds
    let micros = String(time % 1_000_000)
    let zeros = String(repeating: "0", count: 6 - micros.utf8.count)
    let address =
      client.channel.remoteAddress?.ipAddress == nil ? "unix:" + client.address : client.address
    var line = "\(time / 1_000_000).\(zeros)\(micros) [\(client.database) \(address)]"
    for index in 0..<arguments.count {
      line += " " + QuotedWords.inQuotes(ByteString(arguments[index])).description
    }
    for monitor in monitors {
      aside {
        reply.form = .resp2
        reply.simple(text: line)
        takeReplies(for: monitor)
      }
      send(to: monitor)
    }
  }
}
