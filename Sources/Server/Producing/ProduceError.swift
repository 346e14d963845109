internal import Keyspace
internal import Persistence
internal import SystemPackage

/// Why files could not be produced. Nothing is left of them.
enum ProduceError: Error, CustomStringConvertible {
  case file(Errno, FilePath)
  case source(SourceError, FilePath)
  /// A fault has no place in the file.
  case fault(FaultError, FilePath)
  /// The target cannot hold so many facts.
  case loss(UInt64, RDBTarget)

  var description: String {
    switch self {
    case .file(let error, let path): "\(path): \(error)"
    case .source(let error, let path): "\(path): \(error)"
    case .fault(let error, let path): "\(path.lastName ?? ""): \(error)"
    case .loss(let count, let target):
      "\(count) facts have no place in files of \(target); DROP-UNSUPPORTED leaves them out"
    }
  }
}
