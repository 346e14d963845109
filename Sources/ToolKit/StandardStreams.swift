import Glibc
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
    var written = 0
    while written < bytes.count {
      do {
        written += try unsafe bytes.withUnsafeBytes { buffer in
          try unsafe descriptor.write(UnsafeRawBufferPointer(rebasing: buffer[written...]))
        }
      } catch Errno.resourceTemporarilyUnavailable {
        waitUntilWritable()
      } catch Errno.brokenPipe {
        endByBrokenPipe()
      } catch {
        throw error as? Errno ?? .ioError
      }
    }
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

  /// Another program may have made the terminal that we share non-blocking.
  private func waitUntilWritable() {
    var request = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
    _ = unsafe poll(&request, 1, -1)
  }
}

/// Ends the process by SIGPIPE even where a parent had it ignored or blocked, so that a shell sees
/// the same status (141) as from any other filter.
private func endByBrokenPipe() -> Never {
  _ = signal(SIGPIPE, SIG_DFL)
  raise(SIGPIPE)
  _exit(128 + SIGPIPE)
}
