internal import SystemPackage

extension ServerSettings {
  /// Where the Unix socket is: a relative path begins in the folder of the files, as a server has gone there.
  var socketPath: FilePath { FilePath(directory).pushing(FilePath(unixSocket)) }

  /// Why the server does not begin to listen where it has been told to; nil when it does.
  ///
  /// Who listens beyond this machine without a password gives everything to everybody who finds it.
  package var objectionToListening: String? {
    guard port > 0 || !unixSocket.isEmpty else {
      return "--port 0 leaves nothing to listen on: give --unixsocket, or a port"
    }
    let isOpen = port > 0 && !bind.allSatisfy { Self.isLoopback($0) }
    guard isOpen, requirePassword.isEmpty, !isInsecure else { return nil }
    return
      "--bind \(bind.joined(separator: " ")) opens the server to other machines: give --requirepass, or "
      + "--insecure to do without a password"
  }

  private static func isLoopback(_ address: String) -> Bool {
    let host = address.hasPrefix("-") ? String(address.dropFirst()) : address
    return host.hasPrefix("127.") || host == "::1" || host == "localhost"
  }
}
