extension Keyspace {
  static let listCommands: [(String, CommandHandler)] = []
}
