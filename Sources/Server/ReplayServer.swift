package import Logging
internal import NIOCore
internal import Glibc
internal import NIOPosix
internal import Persistence
internal import ServiceLifecycle
internal import Synchronization
internal import SystemPackage

/// A server that answers as Redis 7.0 does, and keeps its files as that does.
package struct ReplayServer: ServiceLifecycle.Service {
  private let settings: ServerSettings
  private let configurationPath: String?
  private let request: ReplayRequest?
  private let faults: [FaultSpec]
  private let log: Logger
  private let outcome = StopOutcome()

  /// Where the reason of the end is left.
  private final class StopOutcome: Sendable {
    let reason = Mutex<StopReason>(.asked)
    /// What asks the server to end; nil while there is nothing to be asked.
    let ask = Mutex<(@Sendable () -> Void)?>(nil)
    /// Whether files were still being loaded at the end.
    let wasLoading = Mutex(false)
  }

  /// - `configurationPath`: the file that the settings are from, which CONFIG REWRITE writes.
  /// - `replaying`: what to replay and look around in; nil for a server with files of its own.
  /// - `faults`: what is to break in the files that the server writes.
  package init(
    _ settings: ServerSettings, configurationPath: String?, replaying: ReplayRequest? = nil,
    faults: [FaultSpec] = [], log: Logger
  ) {
    self.settings = settings
    self.faults = faults
    request = replaying
    self.configurationPath = configurationPath
    self.log = log
  }

  /// Why the server has ended.
  package var stopReason: StopReason { outcome.reason.withLock { $0 } }

  /// Asks the server to save what is to be saved and then to end. Where it cannot be saved, the server goes on.
  package func askToEnd() { outcome.ask.withLock { $0 }?() }

  /// Serves until somebody ends it: SHUTDOWN, or a graceful shutdown by the service group, before which what is to
  /// be saved is saved. Throws what is in the way of listening.
  package func run() async throws {
    raiseLimitOfDescriptors()
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let background = BackgroundThreads()
    let eventLoop = group.next()
    do {
      try await serve(eventLoop, group, background)
    } catch {
      try? await background.shutdownGracefully()
      try? await group.shutdownGracefully()
      throw error
    }
    // The process ends without waiting for what is loaded in vain.
    guard !outcome.wasLoading.withLock({ $0 }) else { return }
    try await background.shutdownGracefully()
    try await group.shutdownGracefully()
  }

  /// Descriptors beside those of clients: files, listeners, the event loop.
  private static let otherDescriptors = 64

  /// Has the system allow as many connections as the settings do, as far as it lets a process.
  private func raiseLimitOfDescriptors() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard unsafe getrlimit(resource, &limit) == 0 else { return }
    let wanted = rlim_t(settings.maxClients + Self.otherDescriptors)
    guard limit.rlim_cur < wanted else { return }
    limit.rlim_cur = min(wanted, limit.rlim_max)
    unsafe setrlimit(resource, &limit)
    guard limit.rlim_cur < wanted else { return }
    log.warning(
      "the system allows fewer connections than maxclients",
      metadata: ["limit": "\(limit.rlim_cur)"])
  }

  private func serve(
    _ eventLoop: any EventLoop, _ group: MultiThreadedEventLoopGroup,
    _ background: BackgroundThreads
  ) async throws {
    let ended = eventLoop.makePromise(of: StopReason.self)
    let state = try await eventLoop.submit { [settings, log, configurationPath, faults] in
      let state = ServerState(settings, log: log, eventLoop: eventLoop, background: background)
      state.faults.add(faults)
      state.configurationPath = configurationPath
      state.stop = { ended.succeed($0) }
      return NIOLoopBound(state, eventLoop: eventLoop)
    }.get()
    let listeners: [any Channel]
    do {
      listeners = try await listen(state, group)
    } catch {
      ended.fail(error)
      throw error
    }
    for listener in listeners {
      log.notice(
        "listening", metadata: ["address": "\(ListeningAddress.text(of: listener))"])
    }
    outcome.ask.withLock { ask in
      ask = { eventLoop.execute { state.value.stopAsTold() } }
    }
    eventLoop.execute {
      state.value.startCron()
      if let request {
        state.value.replayAndServe(request)
      } else {
        state.value.loadAndServe()
      }
    }
    let reason = try await withGracefulShutdownHandler {
      try await ended.futureResult.get()
    } onGracefulShutdown: {
      askToEnd()
    }
    outcome.ask.withLock { $0 = nil }
    outcome.reason.withLock { $0 = reason }
    for listener in listeners { try? await listener.close() }
    let wasLoading = try await eventLoop.submit { state.value.end() }.get()
    outcome.wasLoading.withLock { $0 = wasLoading }
    if !settings.unixSocket.isEmpty {
      _ = unsafe settings.socketPath.withPlatformString { unsafe unlink($0) }
    }
  }

  /// What accepts TCP connections.
  private func bootstrap(
    _ state: NIOLoopBound<ServerState>, _ group: MultiThreadedEventLoopGroup
  ) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: Int32(clamping: settings.backlog))
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.maxMessagesPerRead, value: 256)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(
        .recvAllocator,
        value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 16384, maximum: 1 << 20)
      )
      .childChannelOption(
        .writeBufferWaterMark, value: .init(low: 32 << 10, high: 64 << 10)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try state.value.keepAlive(channel)
          try channel.pipeline.syncOperations.addHandler(ConnectionHandler(state.value))
        }
      }
  }

  private func listen(
    _ state: NIOLoopBound<ServerState>, _ group: MultiThreadedEventLoopGroup
  ) async throws -> [any Channel] {
    var listeners: [any Channel] = []
    if settings.port > 0 {
      for address in settings.bind.isEmpty ? ["127.0.0.1", "-::1"] : settings.bind {
        let address = ListeningAddress(address)
        let bootstrap = bootstrap(state, group)
        if address.isVersion6 {
          // Or an address of the fourth version could not be listened on beside all of the sixth.
          _ = bootstrap.serverChannelOption(
            ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
        }
        do {
          listeners.append(
            try await bootstrap.bind(host: address.host, port: settings.port).get())
        } catch {
          guard address.isOptional, ListeningAddress.isUnavailable(error) else {
            throw ListeningError(address: "\(address.host):\(settings.port)", error)
          }
        }
      }
      guard !listeners.isEmpty || !settings.unixSocket.isEmpty else {
        throw ListeningError(
          address: settings.bind.joined(separator: " "), Errno.addressNotAvailable)
      }
    }
    if !settings.unixSocket.isEmpty {
      let path = settings.socketPath
      _ = unsafe path.withPlatformString { unsafe unlink($0) }
      do {
        let unix = ServerBootstrap(group: group)
          .serverChannelOption(.backlog, value: Int32(clamping: settings.backlog))
          .serverChannelOption(.maxMessagesPerRead, value: 256)
          .childChannelOption(.maxMessagesPerRead, value: 1)
          .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
              try channel.pipeline.syncOperations.addHandler(ConnectionHandler(state.value))
            }
          }
        listeners.append(try await unix.bind(unixDomainSocketPath: path.string).get())
      } catch {
        throw ListeningError(address: settings.unixSocket, error)
      }
      if settings.unixSocketMode != 0 {
        _ = unsafe path.withPlatformString { unsafe chmod($0, mode_t(settings.unixSocketMode)) }
      }
    }
    return listeners
  }
}

extension ServerState {
  /// Saves and ends, since the process has been told to. What cannot be saved keeps it going, as it does a server.
  func stopAsTold() {
    log.notice("told to end")
    guard prepareToStop() else {
      return log.error("not ending, since the dataset could not be saved")
    }
    stop(.asked)
  }

  /// Closes what is open. Tells whether files are still being loaded.
  func end() -> Bool {
    let wasLoading = if case .loading = phase { true } else { false }
    phase = .stopping
    cron?.cancel()
    for client in clients.values {
      flush(client)
      client.channel.close(mode: .all, promise: nil)
    }
    if let appendLog {
      try? appendLog.settle(now: now)
      appendLog.close()
    }
    appendLog = nil
    return wasLoading
  }
}
