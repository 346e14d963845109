internal import Glibc
package import SystemPackage

extension FileDescriptor {
  /// Writes every byte, however many calls and interruptions that takes, and waits where somebody
  /// has made the descriptor non-blocking, as a program may that shares our terminal.
  ///
  /// When the reader of a pipe has gone, the process ends here, silently, as `cat` would. Throws the
  /// error number of anything else (`ENOSPC`, `EIO`, `EBADF`), after which an unknown part has been
  /// written.
  package func writeWhole(_ bytes: RawSpan) throws(Errno) {
    // The buffer is borrowed for as long as `bytes` is, and only read.
    try unsafe bytes.withUnsafeBytes { (buffer) throws(Errno) in
      var written = 0
      while written < buffer.count {
        do {
          written += try unsafe write(UnsafeRawBufferPointer(rebasing: buffer[written...]))
        } catch Errno.resourceTemporarilyUnavailable {
          waitUntilWritable()
        } catch Errno.brokenPipe {
          endByBrokenPipe()
        } catch {
          throw error as? Errno ?? .ioError
        }
      }
    }
  }

  private func waitUntilWritable() {
    var request = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
    _ = unsafe poll(&request, 1, -1)
  }
}

/// Ends the process by SIGPIPE even where a parent had it ignored or blocked, so that a shell sees
/// the same status (141) as from any other filter.
private func endByBrokenPipe() -> Never {
  UncommittedFiles.unlinkAll()
  _ = signal(SIGPIPE, SIG_DFL)
  raise(SIGPIPE)
  _exit(128 + SIGPIPE)
}
