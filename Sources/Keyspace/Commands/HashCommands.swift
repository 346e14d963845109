extension Keyspace {
  static let hashCommands: [(String, CommandHandler)] = []
}
