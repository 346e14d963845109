internal import Keyspace
internal import Persistence

/// Runs a command that is about the server or the connection: the reply goes to `state.reply`.
typealias ServerCommandHandler =
  @Sendable (
    ServerState, Client, Arguments
  ) throws(CommandError) -> Void

/// A command that the server runs itself.
struct ServerCommand: Sendable {
  struct Options: OptionSet {
    let rawValue: UInt8
    /// Also of clients that have not told their password.
    static let withoutPassword = Options(rawValue: 1)
    /// Also while the dataset is loaded.
    static let whileLoading = Options(rawValue: 2)
    /// Runs at once inside of a transaction.
    static let notQueued = Options(rawValue: 4)
    /// Refused inside of a transaction.
    static let notInTransactions = Options(rawValue: 8)
    /// Also of clients in RESP 2 that have subscribed.
    static let whileSubscribed = Options(rawValue: 16)
    /// Refused in a replay: writes files, or loads others.
    static let writesFiles = Options(rawValue: 32)
  }

  let options: Options
  let run: ServerCommandHandler

  init(_ options: Options = [], _ run: @escaping ServerCommandHandler) {
    self.options = options
    self.run = run
  }
}

/// The commands that the server runs itself, by their place in the command table.
struct ServerCommandRegistry: Sendable {
  static let shared = ServerCommandRegistry()

  private let commands: [ServerCommand?]
  /// What holds for each entry; of those that the server does not run itself, nothing.
  private let options: [ServerCommand.Options]
  /// Whether each entry is run at all.
  private let isRun: [Bool]

  private init() {
    var commands = [ServerCommand?](repeating: nil, count: CommandTable.shared.entries.count)
    let families = [
      ServerState.connectionCommands, ServerState.clientCommands, ServerState.transactionCommands,
      ServerState.blockingCommands, ServerState.subscriptionCommands, ServerState.configCommands,
      ServerState.saveCommands, ServerState.infoCommands, ServerState.debugCommands,
      ServerState.commandCommands,
    ]
    for (name, command) in families.joined() {
      guard let entry = CommandTable.shared.entry(named: name) else {
        preconditionFailure("no command \(name)")
      }
      precondition(commands[entry.index] == nil, "two commands \(name)")
      commands[entry.index] = command
    }
    self.commands = commands
    options = commands.map { $0?.options ?? [] }
    isRun = CommandTable.shared.entries.map { entry in
      commands[entry.index] != nil
        || (Keyspace.runs(entry) && entry.redis.map { $0 <= Self.release } ?? false)
    }
  }

  subscript(entry: CommandEntry) -> ServerCommand? {
    @inline(__always) get { commands[entry.index] }
  }

  /// The release whose commands are run. Later ones make what its files cannot hold.
  private static let release = CommandEntry.Release(7, 0)

  /// Whether the server runs a command, itself or in the keyspace.
  func runs(_ entry: CommandEntry) -> Bool { isRun[entry.index] }

  /// What holds for a command.
  func options(of entry: CommandEntry) -> ServerCommand.Options { options[entry.index] }
}

extension CommandTable {
  private static let places = Dictionary(
    uniqueKeysWithValues: shared.entries.map { (shared.name($0), $0.index) })

  /// The command or subcommand of a name in lower case: `get`, `client|id`.
  func entry(named name: String) -> CommandEntry? { Self.places[name].map { entries[$0] } }
}
