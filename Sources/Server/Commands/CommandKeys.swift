internal import Keyspace
internal import Persistence

// COMMAND GETKEYS and COMMAND GETKEYSANDFLAGS. Source: `getKeysSubcommandImpl` of server.c, Redis 7.0.
extension ServerState {
  private static let noKeys = "ERR The command has no key arguments"

  func commandKeys(_ arguments: Arguments, withFlags: Bool) throws(CommandError) {
    // As 7.0 counts; later releases take a command alone.
    guard arguments.count >= 4 else {
      let name = withFlags ? "getkeysandflags" : "getkeys"
      throw .other("ERR wrong number of arguments for 'command|\(name)' command")
    }
    let rest = Arguments(arguments.table.extracting(2..<arguments.count), in: arguments.bytes)
    guard let entry = table.command(rest[0], rest[1], argumentCount: rest.count) else {
      let isHelp =
        rest[1].equalsFolded("HELP")
        && table.command(rest[0]).map { table.holdsSubcommands($0) } ?? false
      throw .other(isHelp ? Self.noKeys : "ERR Invalid command specified")
    }
    let places = CommandFacts.all[table.name(entry)]?.keys ?? []
    guard !entry.keys.isEmpty, places.isEmpty || places.contains(where: { !$0.isNoKey }) else {
      throw .other(Self.noKeys)
    }
    guard entry.accepts(argumentCount: rest.count) else {
      throw .other("ERR Invalid number of arguments specified for command")
    }
    if entry.keys.movable == .counted {
      let at = entry.keys.countAt
      guard at < rest.count, let count = NumberText.unsigned(rest[at]), count > 0,
        count <= UInt64(rest.count - at - 1)
      else { throw .other("ERR Invalid arguments specified for command") }
    }
    var keys: [Int] = []
    entry.keys.forEachKey(in: rest.table, of: rest.bytes) { keys.append($0) }
    guard !keys.isEmpty else { throw .other("ERR Invalid arguments specified for command") }
    reply.array(keys.count)
    for key in keys {
      guard withFlags else {
        reply.bulk(rest[key])
        continue
      }
      let flags = flags(ofKey: key, places, table.name(entry), rest)
      reply.array(2)
      reply.bulk(rest[key])
      reply.set(flags.count)
      for flag in flags { reply.simple(text: flag) }
    }
  }

  /// What happens to the key that an argument is.
  private func flags(
    ofKey key: Int, _ places: [KeySpecification], _ name: String, _ arguments: Arguments
  ) -> [String] {
    switch name {
    case "set":
      let reads = (3..<arguments.count).contains { arguments.isWord("GET", at: $0) }
      return reads ? ["RW", "access", "update"] : ["OW", "update"]
    case "bitfield":
      return Self.changes(arguments) ? ["RW", "access", "update"] : ["RO", "access"]
    default:
      // A key that stands at no place that can be told is the one that SORT stores.
      let place = places.first { $0.covers(key, of: arguments) } ?? places.last
      return place?.flags ?? []
    }
  }

  /// Whether a BITFIELD does more than read.
  private static func changes(_ arguments: Arguments) -> Bool {
    var index = 2
    while index < arguments.count {
      if arguments.isWord("GET", at: index) {
        index += 3
      } else if arguments.isWord("OVERFLOW", at: index) {
        index += 2
      } else {
        return true
      }
    }
    return false
  }
}
