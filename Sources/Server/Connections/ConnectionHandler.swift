internal import Keyspace
internal import Logging
internal import NIOCore
internal import Persistence

/// What comes over one connection becomes requests, which are run at once.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = NetworkBuffer

  private let state: ServerState
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  private var parser: RequestParser
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  private var client: Client?
  /// What has come and is not run: requests that are not whole, and those behind a command that waits.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  private var unread: NetworkBuffer?
  private var isRunning = false

  init(_ state: ServerState) {
    self.state = state
    parser = RequestParser(bulkLimit: state.settings.bulkLimit)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { begin(context) }
  }

  func channelActive(context: ChannelHandlerContext) { begin(context) }

  private func begin(_ context: ChannelHandlerContext) {
    guard client == nil else { return }
    state.tick()
    guard state.clients.count < state.settings.maxClients else {
      state.statistics.rejectedConnections += 1
      var buffer = context.channel.allocator.buffer(capacity: 64)
      buffer.writeString("-ERR max number of clients reached\r\n")
      context.writeAndFlush(NIOAny(buffer), promise: nil)
      return context.close(mode: .all, promise: nil)
    }
    state.lastClientID += 1
    let client = Client(
      id: state.lastClientID, channel: context.channel,
      address: Self.text(context.remoteAddress, else: state.settings.unixSocket),
      localAddress: Self.text(context.localAddress, else: state.settings.unixSocket),
      now: state.now, isAuthenticated: state.settings.requirePassword.isEmpty)
    client.resume = { [weak self] in self?.resume() }
    client.unreadBytes = { [weak self] in self?.unread?.readableBytes ?? 0 }
    self.client = client
    state.add(client)
  }

  private static func text(_ address: SocketAddress?, else path: String) -> String {
    address?.hostAndPort ?? "\(path):0"
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let client { state.forget(client) }
    client = nil
    unread = nil
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(mode: .all, promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    guard let client, !client.isClosing else { return }
    state.statistics.reads += 1
    state.statistics.bytesReceived += UInt64(buffer.readableBytes)
    if unread == nil {
      run(&buffer, client)
      if buffer.readableBytes > 0 { unread = buffer }
    } else {
      unread?.writeBuffer(&buffer)
      runUnread(client)
    }
    guard let unread else { return }
    if unread.readableBytes > state.settings.queryBufferLimit {
      state.statistics.queryLimitDisconnections += 1
      state.log.warning(
        "a client is disconnected, since its request is too large",
        metadata: ["client": "\(client.id)"])
      context.close(mode: .all, promise: nil)
    }
  }

  private func runUnread(_ client: Client) {
    // Held by nobody else while it is read from.
    guard var buffer = unread else { return }
    unread = nil
    run(&buffer, client)
    guard buffer.readableBytes > 0 else { return }
    buffer.discardReadBytes()
    unread = buffer
  }

  private func resume() {
    guard let client, !isRunning, client.blocked == nil, unread != nil else { return }
    state.tick()
    runUnread(client)
  }

  /// Runs the requests that are whole, up to one that waits.
  private func run(_ buffer: inout NetworkBuffer, _ client: Client) {
    guard !isRunning else { return }
    isRunning = true
    defer { isRunning = false }
    state.tick()
    state.lookAtMemoryIfNeeded()
    state.commandStart = WallClock.monotonic
    let commands = client.commands
    defer { state.statistics.commands += client.commands - commands }
    parser.isLimited = !client.isAuthenticated
    parser.bulkLimit = state.settings.bulkLimit
    let used = unsafe buffer.withUnsafeReadableBytes { unsafe runAll($0.bytes, client) }
    buffer.moveReaderIndex(forwardBy: used)
    if client.isClosing { buffer.clear() }
    state.takeReplies(for: client)
    state.send(to: client)
  }

  /// Runs one request after another. Returns how many bytes are used up.
  private func runAll(_ bytes: RawSpan, _ client: Client) -> Int {
    var offset = 0
    while client.blocked == nil, !client.isClosing, offset < bytes.byteCount {
      let rest = bytes.extracting(offset..<bytes.byteCount)
      switch parser.next(rest) {
      case .request(let count):
        guard run(rest, client) else { return offset }
        offset += count
      case .incomplete(let count): return offset + count
      case .failure(let message): refuse("ERR Protocol error: \(message)", client)
      case .unexpected(let byte):
        let character = String(decoding: [byte], as: UTF8.self)
        refuse("ERR Protocol error: expected '$', got '\(character)'", client)
      }
    }
    return offset
  }

  /// Runs the request that has been read last. False while clients pause: then it is read again.
  private func run(_ bytes: RawSpan, _ client: Client) -> Bool {
    let table = parser.arguments
    if let line = parser.inlineBytes {
      return unsafe run(Arguments(table.span, in: line.span.bytes), client)
    }
    return run(Arguments(table.span, in: bytes), client)
  }

  private func run(_ request: Arguments, _ client: Client) -> Bool {
    if state.pause != nil, state.holds(client, request) { return false }
    state.dispatch(client, request)
    parser.isLimited = !client.isAuthenticated
    return true
  }

  private func refuse(_ message: String, _ client: Client) {
    state.reply.form = .resp2
    state.reject(message)
    state.log.debug(
      "a client sent no request", metadata: ["client": "\(client.id)", "error": "\(message)"])
    client.isClosing = true
  }
}

extension SocketAddress {
  /// `127.0.0.1:6379` or `[::1]:6379`; nil for a socket that has a path.
  var hostAndPort: String? {
    guard let host = ipAddress, let port else { return nil }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// Whether it is an address of this machine, for itself alone.
  var isLoopback: Bool {
    switch self {
    case .v4: ipAddress?.hasPrefix("127.") ?? false
    case .v6: ipAddress == "::1" || ipAddress?.hasPrefix("::ffff:127.") ?? false
    case .unixDomainSocket: true
    }
  }
}
