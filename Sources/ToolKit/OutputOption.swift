package import ArgumentParser
package import Persistence
internal import SystemPackage

/// `-o, --output FILE`.
package struct OutputOption: ParsableArguments {
  /// What was asked for; nil and `-` are standard output.
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp(
      """
      Write to this file, which appears or is replaced only when it is whole; compressed when its name \
      ends in .gz or .lz4. (default: standard output)
      """,
      valueName: "file"),
    completion: .file())
  package var path: String?

  package init() {}

  /// Opens the output, before any work is done for it.
  package func open() throws(OutputError) -> OutputFile {
    try OutputFile(path: path.map { FilePath($0) })
  }
}

extension ExitStatus {
  /// The status of a tool that could not write its answer.
  package init(_ error: OutputError) {
    switch error {
    case .cannotCreate: self = .cannotCreate
    case .writeFailed: self = .ioError
    }
  }
}
