package import Persistence
package import SystemPackage

extension RDBSalvage {
  /// Salvages the RDB in a file, which may be `-`, compressed or a pipe: such inputs are first kept in a
  /// temporary file. `output` is opened when something has come back, and it is whole or absent.
  ///
  /// With `carves`, every RDB in the file is salvaged: the first to `output`, the others to names with a
  /// number before the extension (`out.rdb`, `out-2.rdb`), of which that of the input is passed over. One verdict for each; at least one.
  package func run(
    _ path: String, to output: FilePath, progress: (ScanProgress) -> Void = { _ in }
  ) throws(OutputError) -> [RDBVerdict] {
    var failure = RDBVerdict(file: path, isDeep: true, findings: FindingList(limit: findingLimit))
    let input: StoredInput
    var ranges: [Range<UInt64>] = []
    do throws(SourceError) {
      input = try StoredInput(path: FilePath(path))
      if carves { ranges = try RDBCarver.files(in: input.content, size: input.size) }
    } catch {
      failure.fail(error)
      return [failure]
    }
    guard carves else {
      return [try salvage(input.content, input.size, input, path, output, progress)]
    }
    guard !ranges.isEmpty else {
      failure.bytes = input.size
      failure.findings.add(
        Finding(.error, .badMagic, at: 0, "no RDB begins anywhere in these \(input.size) bytes"))
      failure.outcome = .notThisKind
      return [failure]
    }
    var verdicts: [RDBVerdict] = []
    var target = output
    var number = 1
    for range in ranges {
      var verdict = try salvage(
        ContentSlice(input.content, range), UInt64(range.count), input, path, target, progress)
      verdict.salvage?.carvedFrom = range
      verdicts.append(verdict)
      repeat {
        number += 1
        target = output.numbered(number)
      } while target.isSameFile(as: FilePath(path))
    }
    return verdicts
  }

  private func salvage(
    _ content: any RandomAccess, _ size: UInt64, _ input: StoredInput, _ path: String,
    _ output: FilePath, _ progress: (ScanProgress) -> Void
  ) throws(OutputError) -> RDBVerdict {
    let file = LateOutputFile(path: output)
    var verdict = try run(
      content, size: size, named: path, progress: progress
    ) { (bytes) throws(OutputError) in try file.write(bytes) }
    verdict.compression = input.compression
    if let error = input.compressionError {
      verdict.findings.add(Finding(.error, .badCompression, at: size, error.description))
      verdict.conclude()
    }
    guard file.isOpen, verdict.inputError == nil else { return verdict }
    try file.commit()
    verdict.salvage?.output = output.string
    return verdict
  }
}

extension FilePath {
  /// The name with a number before its extension.
  fileprivate func numbered(_ number: Int) -> FilePath {
    guard let last = lastComponent else { return self }
    var stem = FilePath(last.stem)
    var ending = last.extension.map { ".\($0)" } ?? ""
    // `dump.rdb.gz` has two.
    if Compression(extensionOf: self) != nil, let inner = stem.extension {
      ending = ".\(inner)" + ending
      stem = FilePath(stem.stem ?? "")
    }
    return removingLastComponent().appending("\(stem)-\(number)\(ending)")
  }
}
