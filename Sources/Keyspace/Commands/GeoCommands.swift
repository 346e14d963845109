extension Keyspace {
  static let geoCommands: [(String, CommandHandler)] = []
}
