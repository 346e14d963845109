package import Foundation
import Glibc

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

extension TemporaryFolder {
  /// Makes a named pipe that carries these bytes to whoever opens it, and is closed a while later.
  package func fifo(
    _ name: String, carrying bytes: [UInt8], lingering: Duration = .zero
  ) throws -> URL {
    let file = file(name)
    guard unsafe mkfifo(file.path, 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
    Thread.detachNewThread {
      // A reader that stops early is none of our business: this thread gets EPIPE.
      var signals = sigset_t()
      unsafe sigemptyset(&signals)
      unsafe sigaddset(&signals, SIGPIPE)
      unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
      let descriptor = unsafe open(file.path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return }
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes {
          unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        rest = rest.dropFirst(count)
      }
      usleep(UInt32(lingering / .microseconds(1)))
      close(descriptor)
    }
    return file
  }
}
