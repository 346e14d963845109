internal import Persistence
internal import SystemPackage

/// Where a salvage puts what it leaves out: a file of the output's name and `.skipped` behind it, which is
/// made when there is something to put into it. No file of that name is overwritten.
final class SkippedBytes {
  private let path: FilePath
  private let file: LateOutputFile

  init(beside output: FilePath) {
    path = FileTail.freeName(output.withSuffix(".skipped"))
    file = LateOutputFile(path: path)
  }

  func write(_ bytes: RawSpan) throws(AOFSalvageError) {
    do throws(OutputError) { try file.write(bytes) } catch { throw .output(error) }
  }

  /// Puts the file in its place; returns where it is, if there is one.
  func commit() throws(AOFSalvageError) -> String? {
    guard file.isOpen else { return nil }
    do throws(OutputError) { try file.commit() } catch { throw .output(error) }
    return path.string
  }
}
