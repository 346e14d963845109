internal import Persistence
internal import SystemPackage

/// Why the log cannot be written.
enum LogError: Error, CustomStringConvertible {
  case file(Errno, FilePath)
  case save(SaveError, FilePath)
  case output(OutputError, FilePath)
  /// The torn end of a file cannot be taken off.
  case tail(FileTail.Failure, FilePath)

  var description: String {
    switch self {
    case .file(let error, let path): "\(path): \(error)"
    case .save(let error, let path): "\(path): \(error)"
    case .output(let error, let path): "\(path): \(error)"
    case .tail(let error, let path): "\(path): the torn end cannot be cut off: \(error)"
    }
  }
}
