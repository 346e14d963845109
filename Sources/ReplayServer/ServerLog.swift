internal import Logging
internal import Synchronization
internal import SystemPackage
internal import ToolKit

/// Writes what the server has to tell, a line each: the time in UTC, the level, the message, and what belongs to it.
struct ServerLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  /// Of all copies: the level may be changed while the server runs.
  var logLevel: Logger.Level {
    get { level.value.withLock { $0 } }
    set { level.value.withLock { $0 = newValue } }
  }

  private let file: FileDescriptor
  private let level = SharedLevel()

  private final class SharedLevel: Sendable {
    let value = Mutex(Logger.Level.notice)
  }

  /// - `path`: of the file; empty for standard output.
  init(path: String) throws(Errno) {
    guard !path.isEmpty else {
      file = .standardOutput
      return
    }
    do {
      file = try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .append, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = "\(Self.time()) \(event.level) \(event.message)"
    for (key, value) in (event.metadata ?? [:]).sorted(by: { $0.key < $1.key }) {
      line += " \(key)=\(Self.quoted("\(value)"))"
    }
    _ = try? file.writeAll((line + "\n").utf8)
  }

  private static func quoted(_ value: String) -> String {
    let isPlain = value.unicodeScalars.allSatisfy { $0.value > 32 && $0 != "\"" && $0.value != 127 }
    guard !isPlain || value.isEmpty else { return value }
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case _ where scalar.value < 32 || scalar.value == 127:
        text += "\\x" + String(scalar.value, radix: 16)
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  private static func time() -> String {
    Text.isoMilliseconds(Clock.unixMilliseconds)
  }
}
