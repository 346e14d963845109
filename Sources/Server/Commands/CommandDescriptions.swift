internal import Keyspace
internal import Persistence

// What COMMAND and COMMAND DOCS tell of a command. Source: server.c of Redis 7.0.
extension ServerState {
  /// What is told of HELP of any command that has one.
  private static let helpFlags = ["loading", "stale"]

  /// The flags of a command: those that the table and the way in which it is run tell, and others that are known.
  private func flags(of entry: CommandEntry) -> [String] {
    let facts = CommandFacts.all[table.name(entry)]
    var flags: [String] = []
    if entry.flags.contains(.write) { flags.append("write") }
    if entry.flags.contains(.read) { flags.append("readonly") }
    if entry.mayGrow(table) { flags.append("denyoom") }
    if entry.flags.contains(.admin) { flags.append("admin") }
    if entry.flags.contains(.blocking) { flags.append("blocking") }
    if entry.keys.movable != .none { flags.append("movablekeys") }
    let options = registry.options(of: entry)
    // What may run without a dataset may run with an old one.
    if options.contains(.whileLoading) { flags += ["loading", "stale"] }
    if options.contains(.withoutPassword) { flags.append("no_auth") }
    if options.contains(.notInTransactions) { flags.append("no_multi") }
    guard let facts else { return flags }
    return flags.filter { !facts.lackedFlags.contains($0) } + facts.flags
  }

  /// The categories of access of a command, with their `@`. Source: `setImplicitACLCategories`.
  ///
  /// - `name`: in lower case, of a subcommand or of HELP too.
  func categories(of name: String) -> [String] {
    let entry = table.entry(named: name)
    return categories(named: name, flags: entry.map { flags(of: $0) } ?? Self.helpFlags)
  }

  private func categories(named name: String, flags: [String]) -> [String] {
    var categories = explicitCategories(of: name)
    for (flag, category) in [
      ("write", "write"), ("readonly", "read"), ("admin", "admin"), ("admin", "dangerous"),
      ("pubsub", "pubsub"), ("blocking", "blocking"), ("fast", "fast"),
    ] where flags.contains(flag) && !categories.contains(category) {
      categories.append(category)
    }
    if !flags.contains("fast") { categories.append("slow") }
    return categories.map { "@" + $0 }
  }

  private func explicitCategories(of name: String) -> [String] {
    guard let facts = CommandFacts.all[name] else { return [] }
    if let categories = facts.categories { return categories }
    // What only holds subcommands has none of its own.
    if let entry = table.entry(named: name), table.holdsSubcommands(entry) { return [] }
    return CommandFacts.category(ofGroup: facts.group).map { [$0] } ?? []
  }

  // MARK: COMMAND

  /// What COMMAND tells of a command, a subcommand, or HELP.
  func describe(named name: String) {
    let entry = table.entry(named: name)
    let facts = CommandFacts.all[name]
    describeHead(
      name, arity: entry?.arity ?? 2, entry.map { flags(of: $0) } ?? Self.helpFlags,
      entry?.keys)
    reply.set(facts?.hints.count ?? 0)
    for hint in facts?.hints ?? [] { reply.bulk(hint) }
    reply.set(facts?.keys.count ?? 0)
    for key in facts?.keys ?? [] { key.tell(&reply) }
    let subcommands = subcommandNames(of: entry)
    reply.set(subcommands.count)
    for subcommand in subcommands { describe(named: subcommand) }
  }

  private func describeHead(_ name: String, arity: Int, _ flags: [String], _ keys: KeyRule?) {
    reply.array(10)
    reply.bulk(name)
    reply.integer(arity)
    reply.set(flags.count)
    for flag in flags { reply.simple(text: flag) }
    reply.integer(keys?.first ?? 0)
    reply.integer(keys?.last ?? 0)
    reply.integer(keys.map { $0.first == 0 ? 0 : $0.step } ?? 0)
    let categories = categories(named: name, flags: flags)
    reply.set(categories.count)
    for category in categories { reply.simple(text: category) }
  }

  // MARK: COMMAND DOCS

  /// What COMMAND DOCS tells of a command, a subcommand, or HELP, but for its history and how its time grows.
  func document(named name: String) {
    let facts = CommandFacts.all[name]
    let text = CommandText.all[name]
    let arguments = text?.arguments ?? []
    let subcommands = subcommandNames(of: table.entry(named: name))
    let notes = [
      facts?.deprecatedSince == nil ? nil : "deprecated",
      facts?.isForSystem ?? false ? "syscmd" : nil,
    ].compactMap(\.self)
    reply.bulk(name)
    reply.map(
      3 + (notes.isEmpty ? 0 : 1) + (facts?.deprecatedSince == nil ? 0 : 1)
        + (arguments.isEmpty ? 0 : 1) + (subcommands.isEmpty ? 0 : 1))
    reply.bulk("summary")
    reply.bulk(text?.summary ?? "Lists the subcommands")
    reply.bulk("since")
    reply.bulk(facts?.since ?? "7.0.0")
    reply.bulk("group")
    reply.bulk(facts?.group ?? "generic")
    if !notes.isEmpty {
      reply.bulk("doc_flags")
      reply.set(notes.count)
      for note in notes { reply.simple(text: note) }
    }
    if let release = facts?.deprecatedSince {
      reply.bulk("deprecated_since")
      reply.bulk(release)
    }
    if !arguments.isEmpty {
      reply.bulk("arguments")
      document(arguments)
    }
    guard !subcommands.isEmpty else { return }
    reply.bulk("subcommands")
    reply.map(subcommands.count)
    for subcommand in subcommands { document(named: subcommand) }
  }

  private func document(_ arguments: [ArgumentSyntax]) {
    reply.array(arguments.count)
    for argument in arguments { document(argument) }
  }

  private func document(_ argument: ArgumentSyntax) {
    let flags = [
      argument.isOptional ? "optional" : nil, argument.repeats ? "multiple" : nil,
      argument.repeatsToken ? "multiple_token" : nil,
    ].compactMap(\.self)
    reply.map(
      2 + (argument.key == nil ? 0 : 1) + (argument.token == nil ? 0 : 1)
        + (flags.isEmpty ? 0 : 1) + (argument.parts.isEmpty ? 0 : 1))
    reply.bulk("name")
    reply.bulk(argument.name)
    reply.bulk("type")
    reply.bulk(argument.kind.rawValue)
    if let key = argument.key {
      reply.bulk("key_spec_index")
      reply.integer(key)
    }
    if let token = argument.token {
      reply.bulk("token")
      reply.bulk(token)
    }
    if !flags.isEmpty {
      reply.bulk("flags")
      reply.set(flags.count)
      for flag in flags { reply.simple(text: flag) }
    }
    guard !argument.parts.isEmpty else { return }
    reply.bulk("arguments")
    document(argument.parts)
  }
}
