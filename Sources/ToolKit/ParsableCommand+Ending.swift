package import ArgumentParser

extension ParsableCommand {
  /// Prints the help, for a call that names nothing to work on. Returns what to end with.
  package static func showHelp() -> ExitCode {
    StandardStream.output.writeOrExit(helpMessage(columns: Terminal(descriptor: 1).columns) + "\n")
    return ExitCode(ExitStatus.usage.rawValue)
  }
}

extension ExitStatus {
  /// Ends a command: throws the exit code, unless all is well.
  package func end() throws {
    guard self != .ok else { return }
    throw ExitCode(rawValue)
  }
}
