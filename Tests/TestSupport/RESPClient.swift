import Glibc

/// What a server answers, in RESP2.
package indirect enum Reply: Equatable, Sendable {
  case simple(String)
  case error(String)
  case integer(Int64)
  case bulk([UInt8])
  case null
  case array([Reply])

  /// The bytes of a simple or bulk string.
  package var bytes: [UInt8]? {
    switch self {
    case .simple(let text): Array(text.utf8)
    case .bulk(let bytes): bytes
    default: nil
    }
  }

  /// A simple or bulk string as text.
  package var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

  package var integer: Int64? {
    if case .integer(let number) = self { number } else { nil }
  }

  package var array: [Reply]? {
    if case .array(let replies) = self { replies } else { nil }
  }
}

/// One word of a command: text, a number or bytes.
package struct Word: Sendable, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByIntegerLiteral
{
  package var bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }
  package init(_ text: String) { bytes = Array(text.utf8) }
  package init(_ number: some BinaryInteger) { self.init(String(number)) }
  package init(stringLiteral text: String) { self.init(text) }
  package init(arrayLiteral bytes: UInt8...) { self.init(bytes) }
  package init(integerLiteral number: Int) { self.init(number) }
}

/// What talking to a server can fail with.
package enum RESPError: Error, CustomStringConvertible {
  /// The socket cannot be connected to, or broke.
  case connection(Int32)
  /// The server closed the connection.
  case closed
  /// The answer is not RESP.
  case protocolViolation(String)
  /// The server refused a command.
  case refused(String, command: String)

  package var description: String {
    switch self {
    case .connection(let code): "socket: \(unsafe String(cString: strerror(code)))"
    case .closed: "the server closed the connection"
    case .protocolViolation(let line): "not RESP: \(line)"
    case .refused(let message, let command): "\(command): \(message)"
    }
  }
}

/// Sockets that have a path.
enum UnixSocket {
  /// A connection, to be closed by whoever asked for it. Throws `RESPError.connection`.
  static func connect(_ path: String) throws -> Int32 {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    precondition(path.utf8.count < capacity, "a socket's path has at most \(capacity - 1) bytes")
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let answer = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard answer == 0 else {
      let code = errno
      close(socket)
      throw RESPError.connection(code)
    }
    return socket
  }
}

/// A blocking RESP2 client on a Unix socket. Not for use from several threads.
package final class RESPClient {
  private let socket: Int32
  private var received: [UInt8] = []
  private var position = 0
  private var requests: [UInt8] = []
  private var pending = 0

  /// Throws `RESPError.connection`.
  package init(unixSocket path: String) throws { socket = try UnixSocket.connect(path) }

  /// How long an answer may take; for ever unless this is called. Zero is for ever again.
  package func setPatience(_ patience: Duration) {
    let (seconds, attoseconds) = patience.components
    var time = timeval(
      tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    unsafe setsockopt(
      socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(socket) }

  /// Sends one command and waits for its answer. Throws `RESPError.refused` for an error reply.
  @discardableResult
  package func command(_ words: [Word]) throws -> Reply {
    enqueue(words)
    guard let reply = try drain().last else { throw RESPError.closed }
    if case .error(let message) = reply {
      let name = words.first.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
      throw RESPError.refused(message, command: name)
    }
    return reply
  }

  /// Puts a command into the next batch, which `drain` sends.
  package func enqueue(_ words: [Word]) {
    requests += CommandLog.command(words)
    pending += 1
  }

  /// Bytes of the commands that wait to be sent.
  package var enqueuedBytes: Int { requests.count }

  /// Sends the batch. Its answers are for `drain` to wait for.
  package func sendEnqueued() throws { try sendAll() }

  /// Sends the batch and waits for all its answers, error replies among them.
  package func drain() throws -> [Reply] {
    try sendAll()
    let count = pending
    pending = 0
    return try (0..<count).map { _ in try readReply() }
  }

  /// Waits for a message that comes without having been asked for, as those of channels do.
  package func next() throws -> Reply { try readReply() }

  private func sendAll() throws {
    var sent = 0
    while sent < requests.count {
      let count = unsafe requests.withUnsafeBytes {
        unsafe send(
          socket, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw RESPError.connection(errno) }
      sent += count
    }
    requests.removeAll(keepingCapacity: true)
  }

  private func readReply() throws -> Reply {
    let line = try readLine()
    let text = String(decoding: line.dropFirst(), as: UTF8.self)
    switch line.first {
    case UInt8(ascii: "+"): return .simple(text)
    case UInt8(ascii: "-"): return .error(text)
    case UInt8(ascii: ":"):
      if let number = Int64(text) { return .integer(number) }
    case UInt8(ascii: "$"):
      if text == "-1" { return .null }
      if let count = Int(text), count >= 0 {
        let bytes = try read(count + 2)
        return .bulk(Array(bytes.dropLast(2)))
      }
    case UInt8(ascii: "*"):
      if text == "-1" { return .null }
      if let count = Int(text), count >= 0 {
        return .array(try (0..<count).map { _ in try readReply() })
      }
    default: break
    }
    throw RESPError.protocolViolation(String(decoding: line, as: UTF8.self))
  }

  private func readLine() throws -> [UInt8] {
    var searched = position
    while true {
      if let end = received[searched...].firstIndex(of: 13), end + 1 < received.count {
        let line = Array(received[position..<end])
        position = end + 2
        return line
      }
      // The carriage return may be the last byte so far.
      let keep = received.count - position
      try receive()
      searched = position + max(0, keep - 1)
    }
  }

  private func read(_ count: Int) throws -> [UInt8] {
    while received.count - position < count { try receive() }
    defer { position += count }
    return Array(received[position..<position + count])
  }

  private static let room = [UInt8](repeating: 0, count: 1 << 16)

  /// Appends what the socket has, after dropping what has been read.
  private func receive() throws {
    received.removeSubrange(..<position)
    position = 0
    let old = received.count
    // An array is copied as a whole, where a sequence is walked: much faster without optimisation.
    received += Self.room
    while true {
      let count = unsafe received.withUnsafeMutableBytes {
        unsafe recv(socket, $0.baseAddress?.advanced(by: old), 1 << 16, 0)
      }
      if count < 0, errno == EINTR { continue }
      received.removeLast((1 << 16) - max(0, count))
      if count == 0 { throw RESPError.closed }
      if count < 0 { throw RESPError.connection(errno) }
      return
    }
  }
}
