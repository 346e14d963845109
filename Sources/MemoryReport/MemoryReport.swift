internal import ArgumentParser
internal import ToolKit

@main
struct MemoryReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory-report",
    abstract: "Tell where the memory of a Redis or Valkey server goes, from its files.",
    version: salvageVersion)

  func run() throws { throw Self.showHelp() }
}
