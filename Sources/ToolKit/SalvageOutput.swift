package import ArgumentParser
package import Persistence
internal import SystemPackage

/// What the tools that salvage have in common about the files that they write.
package enum SalvageOutput {
  /// Throws a `ValidationError` where an output is the input; `advice` is said behind it. `-` is no file.
  package static func check(_ output: String, isNot input: String, advice: String) throws {
    guard output != "-", input != "-", FilePath(output).isSameFile(as: FilePath(input)) else {
      return
    }
    throw ValidationError(
      "'\(output)' is the input: what cannot be brought back today may be tomorrow. \(advice)")
  }

  /// Says on standard error why an output cannot be written. Returns what to end with.
  package static func failure(
    _ error: OutputError, of output: String, tool: String
  ) -> ExitCode {
    let name = output == "-" ? "standard output" : Text.shown(output)
    try? StandardStream.errors.write("\(tool): \(name): \(error)\n")
    return ExitCode(ExitStatus(error).rawValue)
  }
}
