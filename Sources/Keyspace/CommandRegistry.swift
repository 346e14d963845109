package import Persistence

/// Runs a command whose number of arguments is one that the command takes.
typealias CommandHandler =
  @Sendable (
    inout Keyspace, Arguments, inout ReplyWriter
  ) throws(CommandError) -> Void

/// The commands that a keyspace runs, by their place in the command table.
struct CommandRegistry: Sendable {
  static let shared = CommandRegistry()

  /// A handler for each entry of the table; nil for commands that the keyspace does not run.
  private let handlers: [CommandHandler?]

  private init() {
    let families = [
      Keyspace.stringCommands, Keyspace.keyCommands, Keyspace.databaseCommands,
      Keyspace.listCommands, Keyspace.setCommands, Keyspace.hashCommands,
      Keyspace.sortedSetCommands, Keyspace.streamCommands, Keyspace.geoCommands,
      Keyspace.sortCommands, Keyspace.bitCommands, Keyspace.hyperLogLogCommands,
      Keyspace.functionCommands, Keyspace.dumpCommands, Keyspace.objectCommands,
    ]
    var handlers = [CommandHandler?](repeating: nil, count: CommandTable.shared.entries.count)
    let places = Dictionary(
      uniqueKeysWithValues: CommandTable.shared.entries.map {
        (CommandTable.shared.name($0), $0.index)
      })
    for (name, handler) in families.joined() {
      guard let place = places[name] else { preconditionFailure("no command \(name)") }
      precondition(handlers[place] == nil, "two handlers for \(name)")
      handlers[place] = handler
    }
    self.handlers = handlers
  }

  subscript(entry: CommandEntry) -> CommandHandler? { handlers[entry.index] }
}

extension Keyspace {
  /// Whether a keyspace runs a command.
  package static func runs(_ entry: CommandEntry) -> Bool { CommandRegistry.shared[entry] != nil }

  /// Runs a command and writes its reply, an error among them.
  ///
  /// - `entry`: what the command table says of it.
  package mutating func run(
    _ entry: CommandEntry, _ arguments: Arguments, _ reply: inout ReplyWriter
  ) {
    reply.error = nil
    guard let handler = CommandRegistry.shared[entry] else {
      return reply.fail(.text("unknown command '\(CommandTable.shared.name(entry))'"))
    }
    guard entry.accepts(argumentCount: arguments.count) else {
      return reply.fail(.wrongArity(CommandTable.shared.name(entry)))
    }
    if !tells.isDisjoint(with: [.new, .expired]) { prepareEvents(entry, arguments) }
    do throws(CommandError) {
      try handler(&self, arguments, &reply)
    } catch {
      reply.fail(error)
    }
  }
}
