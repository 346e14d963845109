package import SystemPackage

/// Why an answer could not be written.
package enum OutputError: Error, Equatable, Sendable {
  /// The output cannot be created; nothing has been written anywhere.
  case cannotCreate(Errno)
  /// Writing failed on the way. A file that was to be replaced is as it was before; what a pipe or
  /// device has got of the answer is not known.
  case writeFailed(Errno)
}

extension OutputError: CustomStringConvertible {
  /// One sentence without the path, which the caller knows.
  package var description: String {
    switch self {
    case .cannotCreate(let errno): "cannot create the output: \(errno)"
    case .writeFailed(let errno): "cannot write the output: \(errno)"
    }
  }
}
