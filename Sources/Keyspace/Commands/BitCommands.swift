extension Keyspace {
  static let bitCommands: [(String, CommandHandler)] = []
}
