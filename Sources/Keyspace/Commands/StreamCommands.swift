extension Keyspace {
  static let streamCommands: [(String, CommandHandler)] = []
}
