import Glibc

/// A connection to a Unix socket, over which bytes go as they are.
package final class RawConnection {
  private let socket: Int32

  /// Throws `RESPError.connection`.
  package init(unixSocket path: String) throws { socket = try UnixSocket.connect(path) }

  deinit { close(socket) }

  /// Sends bytes, all of them unless the server has closed the connection.
  package func send(_ bytes: some Collection<UInt8>) {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// All that comes until the server closes the connection, or says nothing for a while.
  package func read(patience: Duration) -> (bytes: [UInt8], isClosed: Bool) {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    let milliseconds = Int32(patience / .milliseconds(1))
    while true {
      var events = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&events, 1, milliseconds)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return (bytes, false) }
      let count = unsafe piece.withUnsafeMutableBytes {
        unsafe recv(socket, $0.baseAddress, $0.count, 0)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return (bytes, true) }
      bytes += piece[..<count]
    }
  }
}
