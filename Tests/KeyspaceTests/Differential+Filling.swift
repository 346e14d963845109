import TestSupport

extension Differential {
  /// Runs a command on both sides, whatever comes of it.
  func fill(_ words: [Word]) throws {
    try server.command(words)
    _ = runner.run(words)
  }
}
