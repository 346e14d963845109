package import Persistence
package import SystemPackage

extension RDBSalvage {
  /// Salvages the RDB in a file, which may be `-`, compressed or a pipe: such inputs are first kept in a
  /// temporary file. `output` is opened when something has come back, and it is whole or absent.
  package func run(
    _ path: String, to output: FilePath, progress: (ScanProgress) -> Void = { _ in }
  ) throws(OutputError) -> RDBVerdict {
    let input: StoredInput
    do throws(SourceError) {
      input = try StoredInput(path: FilePath(path))
    } catch {
      var verdict = RDBVerdict(file: path, isDeep: true, findings: FindingList(limit: findingLimit))
      verdict.fail(error)
      return verdict
    }
    var file: OutputFile?
    var verdict = try run(
      input.content, size: input.size, named: path,
      progress: { progress(ScanProgress(bytes: 0, total: nil, keys: $0)) }
    ) { (bytes) throws(OutputError) in
      let open = if let file { file } else { try OutputFile(path: output) }
      file = open
      try open.write(bytes)
    }
    verdict.compression = input.compression
    if let error = input.compressionError {
      verdict.findings.add(Finding(.error, .badCompression, at: input.size, error.description))
      verdict.conclude()
    }
    guard let file, verdict.inputError == nil else { return verdict }
    try file.commit()
    verdict.salvage?.output = output.string
    return verdict
  }
}
