internal import Glibc
internal import NIOCore
internal import SystemPackage

/// An address to listen on, as `bind` has it.
struct ListeningAddress {
  /// A name or number that can be looked up.
  let host: String
  /// Whether there may be no such address on this machine (`-` in front of it).
  let isOptional: Bool

  /// `*` stands for all addresses of the fourth version of IP, `::*` for all of the sixth.
  init(_ text: String) {
    isOptional = text.hasPrefix("-")
    let name = isOptional ? String(text.dropFirst()) : text
    host = name == "*" ? "0.0.0.0" : name == "::*" ? "::" : name
  }

  var isVersion6: Bool { host.contains(":") }

  /// Whether an error says that this machine has no such address, or does not know its kind. Source: `listenToPort` of
  /// Redis 7.0.
  static func isUnavailable(_ error: any Error) -> Bool {
    guard let code = (error as? IOError)?.errnoCode else { return false }
    return [
      EADDRNOTAVAIL, ENOPROTOOPT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EPFNOSUPPORT, EAFNOSUPPORT,
    ].contains(code)
  }

  /// What a channel listens on: `127.0.0.1:6379`, `[::1]:6379`, or the path of a socket.
  static func text(of listener: any Channel) -> String {
    guard let address = listener.localAddress else { return "?" }
    return address.hostAndPort ?? address.pathname ?? "?"
  }
}

/// An address that cannot be listened on.
package struct ListeningError: Error, CustomStringConvertible {
  let address: String
  let reason: String

  init(address: String, _ error: any Error) {
    self.address = address
    reason = (error as? IOError).map { "\(Errno(rawValue: $0.errnoCode))" } ?? "\(error)"
  }

  package var description: String { "cannot listen on \(address): \(reason)" }
}

extension ServerState {
  /// Has the system ask the other end of a TCP connection whether it is still there, as `tcp-keepalive` says. Source:
  /// `anetKeepAlive` of Redis 7.0.
  func keepAlive(_ channel: any Channel) throws {
    guard settings.keepalive > 0, let options = channel.syncOptions else { return }
    let interval = settings.keepalive
    try options.setOption(.socketOption(.so_keepalive), value: 1)
    try options.setOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: interval)
    try options.setOption(
      .tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: max(interval / 3, 1))
    try options.setOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
  }
}
