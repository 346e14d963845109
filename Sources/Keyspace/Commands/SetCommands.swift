extension Keyspace {
  static let setCommands: [(String, CommandHandler)] = []
}
