import Foundation
import Glibc
import SystemPackage

/// A folder of its own for one test, which goes away with the value.
final class TemporaryFolder: Sendable {
  let path: FilePath

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("persistence-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = FilePath(url.path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  /// Writes a file, over any of the same name, and makes the folder that the name may have in it.
  func write(_ bytes: [UInt8], _ name: String = "file") throws -> FilePath {
    let file = path.appending(name)
    let folder = file.removingLastComponent().string
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file.string))
    return file
  }

  func makeFIFO() throws -> FilePath {
    let fifo = path.appending("fifo")
    guard unsafe mkfifo(fifo.string, 0o600) == 0 else { throw Errno(rawValue: errno) }
    return fifo
  }
}
