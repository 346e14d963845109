internal import Persistence
internal import SystemPackage

/// Why the log cannot be written.
enum LogError: Error, CustomStringConvertible {
  case file(Errno, FilePath)
  case output(OutputError, FilePath)

  var description: String {
    switch self {
    case .file(let error, let path): "\(path): \(error)"
    case .output(let error, let path): "\(path): \(error)"
    }
  }
}
