internal import Keyspace
internal import Persistence

// COMMAND. Source: server.c of Redis 7.0.
extension ServerState {
  static let commandCommands: [(String, ServerCommand)] = [
    (
      "command",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        let commands = s.ownCommands
        s.reply.array(commands.count)
        for command in commands { s.describe(command) }
      }
    ),
    (
      "command|count",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        s.reply.integer(s.ownCommands.count)
      }
    ),
    (
      "command|info",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        let named = (2..<max(a.count, 2)).map { s.ownCommand(named: ByteString(a[$0])) }
        let commands = a.count > 2 ? named : s.ownCommands
        s.reply.array(commands.count)
        for command in commands {
          if let command { s.describe(command) } else { s.reply.nullArray() }
        }
      }
    ),
    (
      "command|docs",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        let named = (2..<max(a.count, 2)).compactMap { s.ownCommand(named: ByteString(a[$0])) }
        let commands = a.count > 2 ? named : s.ownCommands
        s.reply.map(commands.count)
        for command in commands { s.document(command) }
      }
    ),
    (
      "command|list",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in try s.commandList(a) }
    ),
    (
      "command|getkeys",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in try s.commandGetKeys(a) }
    ),
  ]

  /// The commands that this server runs, without subcommands.
  private var ownCommands: [CommandEntry] {
    table.entries.filter { $0.container == nil && isOwn($0) }
  }

  func isOwn(_ entry: CommandEntry) -> Bool {
    registry.runs(entry)
      || table.entries.contains { $0.container == entry.index && registry.runs($0) }
  }

  private func ownCommand(named name: ByteString) -> CommandEntry? {
    guard let text = name.utf8?.lowercased(), let entry = table.entry(named: text), isOwn(entry)
    else { return nil }
    return entry
  }

  private func flags(of entry: CommandEntry) -> [String] {
    var flags: [String] = []
    if entry.flags.contains(.write) { flags.append("write") }
    if entry.flags.contains(.read) { flags.append("readonly") }
    if entry.mayGrow(table) { flags.append("denyoom") }
    if entry.flags.contains(.admin) { flags.append("admin") }
    if entry.flags.contains(.blocking) { flags.append("blocking") }
    if registry.options(of: entry).contains(.withoutPassword) { flags.append("no_auth") }
    if registry.options(of: entry).contains(.whileLoading) { flags.append("loading") }
    if entry.keys.movable != .none { flags.append("movablekeys") }
    return flags
  }

  /// What COMMAND tells of a command.
  private func describe(_ entry: CommandEntry) {
    reply.array(10)
    reply.bulk(table.name(entry))
    reply.integer(entry.arity)
    let flags = flags(of: entry)
    reply.set(flags.count)
    for flag in flags { reply.simple(text: flag) }
    reply.integer(entry.keys.first)
    reply.integer(entry.keys.last)
    reply.integer(entry.keys.first == 0 ? 0 : entry.keys.step)
    reply.set(0)
    reply.array(0)
    reply.array(0)
    let subcommands = table.entries.filter { $0.container == entry.index && registry.runs($0) }
    reply.array(subcommands.count)
    for subcommand in subcommands { describe(subcommand) }
  }

  /// What COMMAND DOCS tells: enough for a client to show which commands there are.
  private func document(_ entry: CommandEntry) {
    let subcommands = table.entries.filter { $0.container == entry.index && registry.runs($0) }
    reply.bulk(table.name(entry))
    reply.map(subcommands.isEmpty ? 3 : 4)
    reply.bulk("summary")
    reply.bulk(Self.summary(of: entry))
    reply.bulk("since")
    reply.bulk((entry.redis.map { "\($0)" } ?? "7.0") + ".0")
    reply.bulk("group")
    reply.bulk("generic")
    guard !subcommands.isEmpty else { return }
    reply.bulk("subcommands")
    reply.map(subcommands.count)
    for subcommand in subcommands { document(subcommand) }
  }

  private static func summary(of entry: CommandEntry) -> String {
    entry.flags.contains(.write)
      ? "Changes keys." : entry.flags.contains(.read) ? "Reads keys." : "Is about the server."
  }

  private func commandList(_ arguments: Arguments) throws(CommandError) {
    var names = ownCommands.map { table.name($0) }
    if arguments.count == 5, arguments.isWord("FILTERBY", at: 2),
      arguments.isWord("PATTERN", at: 3)
    {
      let glob = Glob(arguments[4])
      names += table.entries.filter { $0.container != nil && registry.runs($0) }.map {
        table.name($0)
      }
      names = names.filter { name in
        let bytes = Array(name.utf8)
        return unsafe glob.matches(bytes.span.bytes)
      }
    } else if arguments.count == 5, arguments.isWord("FILTERBY", at: 2),
      arguments.isWord("MODULE", at: 3)
    {
      names = []
    } else if arguments.count != 2 {
      throw .syntax
    }
    reply.array(names.count)
    for name in names { reply.bulk(name) }
  }

  private func commandGetKeys(_ arguments: Arguments) throws(CommandError) {
    // As 7.0 counts; later releases take a command alone.
    guard arguments.count >= 4 else {
      throw .other("ERR wrong number of arguments for 'command|getkeys' command")
    }
    let rest = Arguments(arguments.table.extracting(2..<arguments.count), in: arguments.bytes)
    let second = rest[rest.count > 1 ? 1 : 0]
    guard let entry = table.command(rest[0], second, argumentCount: rest.count) else {
      throw .other("ERR Invalid command specified")
    }
    guard !entry.keys.isEmpty else {
      throw .other("ERR The command has no key arguments")
    }
    guard entry.accepts(argumentCount: rest.count) else {
      throw .other("ERR Invalid number of arguments specified for command")
    }
    var keys: [ByteString] = []
    if entry.keys.movable == .counted {
      let at = entry.keys.countAt
      guard at < rest.count, let count = NumberText.unsigned(rest[at]), count > 0,
        count <= UInt64(rest.count - at - 1)
      else { throw .other("ERR Invalid arguments specified for command") }
    }
    entry.keys.forEachKey(in: rest.table, of: rest.bytes) { keys.append(ByteString(rest[$0])) }
    guard !keys.isEmpty else { throw .other("ERR Invalid arguments specified for command") }
    reply.array(keys.count)
    for key in keys { reply.bulk(key) }
  }

  /// HELP of a command that holds others.
  func tellHelp(of name: String) {
    let command = table.entry(named: name)
    let subcommands = table.entries.filter { $0.container == command?.index && registry.runs($0) }
    let title = name.uppercased()
    var lines = ["\(title) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    lines += subcommands.map { table.name($0).dropFirst(name.count + 1).uppercased() }
    lines += ["HELP", "    Print this help."]
    reply.array(lines.count)
    for line in lines { reply.simple(text: line) }
  }
}
