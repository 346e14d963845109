extension Keyspace {
  static let sortCommands: [(String, CommandHandler)] = []
}
