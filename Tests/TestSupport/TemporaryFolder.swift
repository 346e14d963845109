package import Foundation

/// A folder of its own for one test, removed with everything in it when the last reference goes.
package final class TemporaryFolder: Sendable {
  /// The folder. Its path is short enough for a Unix socket inside.
  package let url: URL

  /// Throws a `CocoaError` when the folder cannot be made.
  package init() throws {
    let parent = FileManager.default.temporaryDirectory
    // A socket's path has at most 107 bytes.
    let isShort = parent.path.utf8.count < 60
    let name = "salvage-" + String(UInt64.random(in: .min ... .max), radix: 36)
    url = (isShort ? parent : URL(fileURLWithPath: "/tmp")).appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The place of a file in the folder.
  package func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// Makes a file in the folder and tells its place.
  @discardableResult
  package func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> URL {
    let file = file(name)
    try Data(bytes).write(to: file)
    return file
  }
}
