internal import Glibc
package import Persistence
package import SystemPackage

/// Standard output or standard error, written at once and whole.
package struct StandardStream: Sendable {
  private let descriptor: FileDescriptor

  /// Descriptor 1, where answers go.
  package static let output = StandardStream(descriptor: .standardOutput)
  /// Descriptor 2, where everything else goes.
  package static let errors = StandardStream(descriptor: .standardError)

  package init(descriptor: FileDescriptor) { self.descriptor = descriptor }

  /// Writes every byte, however many calls and interruptions that takes.
  ///
  /// When the reader of a pipe has gone, the process ends here, silently, as `cat` would.
  /// Throws the error number of anything else (`ENOSPC`, `EIO`, `EBADF`), after which an unknown
  /// part has been written.
  package func write(_ bytes: [UInt8]) throws(Errno) {
    try descriptor.writeWhole(unsafe bytes.span.bytes)
  }

  /// Writes `text`; see `write(_:)` for bytes.
  package func write(_ text: String) throws(Errno) { try write(Array(text.utf8)) }

  /// Writes the answer of a tool, and ends the process with status 74 when that fails: there is
  /// nothing left that a tool without its output could do.
  package func writeOrExit(_ text: String) {
    do throws(Errno) {
      try write(text)
    } catch {
      // Nobody is left to be told when standard error is gone too.
      try? StandardStream.errors.write("cannot write to standard output: \(error)\n")
      exit(ExitStatus.ioError.rawValue)
    }
  }

  /// Writes a JSON document, made by `body`, as one line of an answer.
  package func writeLineOrExit(_ body: (inout JSONWriter) -> Void) {
    var json = JSONWriter()
    body(&json)
    json.newline()
    writeOrExit(String(decoding: json.take(), as: UTF8.self))
  }
}
