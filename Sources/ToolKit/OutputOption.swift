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

  /// The output, which is opened with its first bytes.
  package var file: LateOutputFile { LateOutputFile(path: path.map { FilePath($0) }) }
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
