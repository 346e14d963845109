extension Keyspace {
  static let sortedSetCommands: [(String, CommandHandler)] = []
}
