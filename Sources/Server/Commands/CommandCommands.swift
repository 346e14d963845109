internal import Keyspace
internal import Persistence

// COMMAND. Source: server.c of Redis 7.0.
extension ServerState {
  static let commandCommands: [(String, ServerCommand)] = [
    (
      "command",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        s.describeAll()
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
        guard a.count > 2 else { return s.describeAll() }
        s.reply.array(a.count - 2)
        for index in 2..<a.count {
          if let name = s.ownName(ByteString(a[index])) {
            s.describe(named: name)
          } else {
            s.reply.null()
          }
        }
      }
    ),
    (
      "command|docs",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        let named = (2..<max(a.count, 2)).compactMap { s.ownName(ByteString(a[$0])) }
        let names = a.count > 2 ? named : s.ownCommands.map { s.table.name($0) }
        s.reply.map(names.count)
        for name in names { s.document(named: name) }
      }
    ),
    (
      "command|list",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in try s.commandList(a) }
    ),
    (
      "command|getkeys",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        try s.commandKeys(a, withFlags: false)
      }
    ),
    (
      "command|getkeysandflags",
      ServerCommand(.whileLoading) { (s, _, a) throws(CommandError) in
        try s.commandKeys(a, withFlags: true)
      }
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

  /// The name in lower case of a command or subcommand that this server runs, HELP among them; nil for others.
  private func ownName(_ name: ByteString) -> String? {
    guard let text = name.utf8?.lowercased() else { return nil }
    if let entry = table.entry(named: text) { return isOwn(entry) ? text : nil }
    guard text.hasSuffix("|help"), let command = table.entry(named: String(text.dropLast(5))),
      table.holdsSubcommands(command), isOwn(command)
    else { return nil }
    return text
  }

  private func describeAll() {
    let commands = ownCommands
    reply.array(commands.count)
    for command in commands { describe(named: table.name(command)) }
  }

  /// The names of what this server runs, subcommands among them.
  private var ownNames: [String] {
    ownCommands.flatMap { [table.name($0)] + subcommandNames(of: $0) }
  }

  /// The names of the subcommands that this server runs, HELP among them; none for a command that holds none.
  func subcommandNames(of command: CommandEntry?) -> [String] {
    guard let command, table.holdsSubcommands(command) else { return [] }
    let own = table.entries.filter { $0.container == command.index && registry.runs($0) }
    return own.map { table.name($0) } + [table.name(command) + "|help"]
  }

  private func commandList(_ arguments: Arguments) throws(CommandError) {
    var names = ownNames
    if arguments.count == 5, arguments.isWord("FILTERBY", at: 2),
      arguments.isWord("PATTERN", at: 3)
    {
      let pattern = ByteString(arguments[4]).lowercased
      let glob = unsafe Glob(pattern.bytes.span.bytes)
      names = names.filter { name in
        let bytes = Array(name.utf8)
        return unsafe glob.matches(bytes.span.bytes)
      }
    } else if arguments.count == 5, arguments.isWord("FILTERBY", at: 2),
      arguments.isWord("ACLCAT", at: 3)
    {
      let category = "@\(ByteString(arguments[4]).lowercased)"
      names = names.filter { categories(of: $0).contains(category) }
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

  /// HELP of a command that holds others.
  func tellHelp(of name: String) {
    let subcommands = subcommandNames(of: table.entry(named: name)).dropLast()
    let title = name.uppercased()
    var lines = ["\(title) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    lines += subcommands.map { $0.dropFirst(name.count + 1).uppercased() }
    lines += ["HELP", "    Print this help."]
    reply.array(lines.count)
    for line in lines { reply.simple(text: line) }
  }
}
