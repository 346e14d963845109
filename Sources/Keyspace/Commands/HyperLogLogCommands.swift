extension Keyspace {
  static let hyperLogLogCommands: [(String, CommandHandler)] = []
}
