internal import Persistence
internal import SystemPackage

/// The files of a log of Redis 7.0 and later: a base, an empty file for what comes, and the manifest.
///
/// In a folder that is not there yet, or is empty, or in the folder of the input: there the files have the
/// next numbers, the old ones stay and are listed as history, which a server removes, and the manifest is
/// replaced last, so that at any moment it lists files that are whole.
struct MultiPartOutput {
  private let folder: FilePath
  private let late: LateOutputFolder?
  private let name: ByteString
  private let old: AOFManifest

  /// Throws `cannotCreate` for a folder that holds something else.
  init(replacing input: FilePath, at output: FilePath) throws(OutputError) {
    let layout = try? AOFLayout.find(input)
    let inputManifest = layout?.manifestPath
    name =
      inputManifest?.lastName.map { ByteString(Array($0.bytes.dropLast(".manifest".utf8.count))) }
      ?? "appendonly.aof"
    let inputFolder = inputManifest?.removingLastComponent()
    let own = inputFolder.map { $0.isEmpty ? FilePath(".") : $0 }
    if let own, output.isSameFile(as: own) || output.isSameFile(as: input) {
      folder = own
      late = nil
      old = layout?.manifest ?? AOFManifest()
    } else {
      folder = output
      late = try LateOutputFolder(path: output)
      old = AOFManifest()
    }
  }

  /// Writes the files; `base` writes the base, and where that is lossy against the caller's will, it is given
  /// up, and so are the others.
  func write(
    allowsLosses: Bool, base: (LateOutputFile) throws(OutputError) -> RewriteReport
  ) throws(OutputError) -> RewriteReport {
    let baseNumber = (old.records.map(\.sequence).max() ?? 0) + 1
    let baseName = ByteString(name.bytes + Array(".\(baseNumber).base.rdb".utf8))
    let nextNumber =
      (old.records.filter { $0.role == .incremental }.map(\.sequence).max() ?? 0) + 1
    let nextName = ByteString(name.bytes + Array(".\(nextNumber).incr.aof".utf8))
    let file = self.file(baseName)
    let report: RewriteReport
    do throws(OutputError) {
      report = try base(file)
      guard allowsLosses || !report.isLossy else {
        file.cancel()
        return report
      }
      try file.commit()
    } catch {
      file.cancel()
      throw error
    }
    try write(nextName, [])
    var manifest = AOFManifest(
      old.records.map { record in
        var record = record
        record.role = .history
        return record
      })
    manifest.records.append(AOFManifest.Record(baseName, sequence: baseNumber, role: .base))
    manifest.records.append(AOFManifest.Record(nextName, sequence: nextNumber, role: .incremental))
    try write(ByteString(name.bytes + Array(".manifest".utf8)), manifest.text)
    return report
  }

  private func file(_ name: ByteString) -> LateOutputFile {
    if let late { return LateOutputFile(name, in: late) }
    return LateOutputFile(path: folder.appending(name: name))
  }

  private func write(_ name: ByteString, _ bytes: [UInt8]) throws(OutputError) {
    let file = self.file(name)
    try file.write(unsafe bytes.span.bytes)
    try file.commit()
  }
}
