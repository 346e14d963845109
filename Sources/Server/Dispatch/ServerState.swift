internal import Keyspace
internal import Logging
internal import NIOCore
internal import Persistence
internal import SystemPackage

/// All that the server has and knows. Used on the event loop alone.
///
/// What every command uses has its exclusive use checked in debug builds only, since that took a sixth of all time:
/// a handler never begins another use of a property while it changes it.
final class ServerState {
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var settings: ServerSettings
  var log: Logger
  let eventLoop: any EventLoop
  let background: BackgroundThreads

  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var keyspace = Keyspace()
  /// Where commands write their replies, before they are handed to the client.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var reply = ReplyWriter(.resp2)
  let registry = ServerCommandRegistry.shared
  let table = CommandTable.shared

  /// Unix milliseconds, when the server last looked.
  var now: Int64
  /// When the command that runs began, in microseconds of a clock that nobody sets.
  var commandStart: Int64 = 0
  /// Unix milliseconds.
  let startedAt: Int64
  /// 40 hexadecimal digits that no other run of a server has.
  let runID: String

  var clients: [Int64: Client] = [:]
  var lastClientID: Int64 = 0
  /// The client whose command runs; nil outside of commands.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var currentClient: Client?
  /// Whether the commands of a transaction are being run.
  var isInTransaction = false
  /// Clients that watch a key.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var watchers = Watchers()
  var subscriptions = Subscriptions(\.channels)
  /// Those of SSUBSCRIBE.
  var shardSubscriptions = Subscriptions(\.shardChannels)
  /// Clients that are told what all do.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var monitors: [Client] = []
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var blocked = BlockedClients()
  /// Clients whose replies go out at the end of the turn, or when what they tell of is in the log.
  var waitingForFlush: [Client] = []
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var pause: ClientPause?

  /// What is being replayed; nil in a server that keeps files of its own.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var replaying: ReplaySession?
  var saver = DumpSaver()
  /// Faults that what is written is to have.
  let faults = FaultPlan(release: measure.name)
  /// The release that files are written for: that of the settings, or a later one whose files were loaded, since
  /// they may hold what those of the former have no place for.
  var fileTarget: RDBTarget
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var appendLog: AppendLog?
  /// Why the log cannot be written, as far as that has been told.
  var toldLogFailure: Errno?
  /// Whether the log is to be rewritten when a save has ended.
  var rewriteIsScheduled = false
  /// Whether a log's files are being written by a server that does not log.
  var standaloneRewriteRuns = false
  /// Commands of the transaction, or of the one command, that is to be logged as a whole.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var effects: [(database: Int, command: [ByteString])] = []
  var turnIsEnding = false
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var phase: Phase
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var statistics = ServerStatistics()
  var slowLog = SlowLog()
  /// Whether the limit of memory has been reached.
  var isOutOfMemory = false
  /// Bytes that requests had brought when somebody last looked at the memory.
  var bytesAtLook: UInt64 = 0
  /// Unix milliseconds at which free memory was last given back to the system.
  var lastTrim: Int64 = 0
  /// Bytes in use at the start.
  let startMemory = ProcessMemory.now().used
  /// The file that the settings are from; nil without one.
  var configurationPath: String?
  /// Keys that were loaded at the start.
  var loadedKeys = 0
  var expiresActively = true
  /// Where the removal of expired keys goes on.
  var expiryCursor = ExpiryCursor()
  /// Whether that goes on before its next time.
  var expiryGoesOn = false
  var cron: RepeatedTask?
  /// Ends the server.
  var stop: (StopReason) -> Void = { _ in }

  enum Phase {
    case loading(LoadingProgress)
    case serving
    case stopping
  }

  /// Redis 7.0.
  static let measure = Keyspace().release

  init(
    _ settings: ServerSettings, log: Logger, eventLoop: any EventLoop, background: BackgroundThreads
  ) {
    self.settings = settings
    self.log = log
    self.eventLoop = eventLoop
    self.background = background
    fileTarget = RDBTarget(named: settings.target) ?? Self.measure
    now = WallClock.milliseconds
    startedAt = now
    // Connections may come before the loading has begun.
    phase = .loading(LoadingProgress(now: now))
    var generator = SystemRandomNumberGenerator()
    runID = Hexadecimal.text((0..<20).map { _ in UInt8.random(in: 0...255, using: &generator) })
    prepareKeyspace()
  }

  /// Gives a keyspace what the settings say of it.
  func prepareKeyspace() {
    keyspace.databaseLimit = settings.databases
    keyspace.limits = settings.limits
    keyspace.longestString = settings.bulkLimit
    keyspace.notesExpired = true
    keyspace.tells = settings.events.noted
    setClock()
  }

  /// Looks at the clock.
  func tick() {
    now = WallClock.milliseconds
    setClock()
  }

  /// In a replay it is as late as the log tells, and no key expires.
  private func setClock() {
    guard let replaying else { return keyspace.clock = .running(now: now) }
    let told = replaying.time.flatMap { seconds in
      let (time, overflow) = seconds.multipliedReportingOverflow(by: 1000)
      return overflow ? nil : time
    }
    keyspace.clock = .loading(now: told ?? now)
  }

  /// Changes since the last dump that succeeded.
  var changesSinceSave: UInt64 { keyspace.changes &- saver.changesAtSave }

  // MARK: Replies

  /// Takes what commands have replied to a client, to be sent.
  func takeReplies(for client: Client) {
    if reply.buffer.count > 0 {
      client.output.write(reply.buffer.bytes)
      reply.buffer.removeAll()
    }
  }

  /// Sends what a client is to be told, behind what it has been told, when all requests have been run that came
  /// together: a client that is woken up by the first reply of many finds more of them, and the system has less to
  /// do.
  func send(to client: Client) {
    guard client.output.readableBytes > 0 || client.isClosing, !client.isWaitingForFlush else {
      return
    }
    client.isWaitingForFlush = true
    waitingForFlush.append(client)
    endTurnSoon()
  }

  func flush(_ client: Client) {
    client.isWaitingForFlush = false
    if client.isClosing { return flushAndClose(client) }
    if client.output.readableBytes > 0 {
      statistics.bytesSent += UInt64(client.output.readableBytes)
      statistics.writes += 1
      client.sendOutput()
    }
    checkOutput(of: client)
  }

  /// Sends what is left, and ends the connection when the system has taken it.
  private func flushAndClose(_ client: Client) {
    let output = client.output
    client.output = client.channel.allocator.buffer(capacity: 0)
    statistics.bytesSent += UInt64(output.readableBytes)
    let channel = client.channel
    channel.writeAndFlush(output).assumeIsolated().whenComplete { _ in
      channel.close(mode: .all, promise: nil)
    }
  }

  /// Ends the connection of a client that does not read what it is told.
  private func checkOutput(of client: Client) {
    guard client.channelHoldsOutput, !client.channel.isWritable else {
      client.overSoftLimitSince = nil
      return
    }
    let limit = client.isSubscriber ? settings.outputLimits.pubsub : settings.outputLimits.normal
    guard limit.hard > 0 || limit.soft > 0 else { return }
    let waiting =
      (try? client.channel.syncOptions?.getOption(.bufferedWritableBytes)).flatMap { $0 } ?? 0
    let isOverSoft = limit.soft > 0 && waiting > limit.soft
    if !isOverSoft { client.overSoftLimitSince = nil }
    if isOverSoft, client.overSoftLimitSince == nil { client.overSoftLimitSince = now }
    let isOver =
      limit.hard > 0 && waiting > limit.hard
      || client.overSoftLimitSince.map { now - $0 > Int64(limit.softSeconds) * 1000 } ?? false
    guard isOver else { return }
    statistics.outputLimitDisconnections += 1
    log.warning(
      "a client is disconnected, since it does not read its replies",
      metadata: ["client": "\(client.id)", "address": "\(client.address)", "bytes": "\(waiting)"])
    client.channel.close(mode: .all, promise: nil)
  }

  // MARK: Turns

  /// Has the log written, and replies sent, when all requests have been run that came together.
  func endTurnSoon() {
    guard !turnIsEnding else { return }
    turnIsEnding = true
    eventLoop.assumeIsolated().execute { [self] in endTurn() }
  }

  func endTurn() {
    turnIsEnding = false
    writeLog()
    let waiting = waitingForFlush
    waitingForFlush.removeAll(keepingCapacity: waiting.count <= 1024)
    for client in waiting {
      if appendLog?.holdsReplies(of: client) ?? false {
        waitingForFlush.append(client)
      } else {
        flush(client)
      }
    }
  }
}

/// Why the server ends.
package enum StopReason: Sendable, Equatable {
  /// Somebody wanted it.
  case asked
  /// Its files could not be loaded; the words of the finding.
  case cannotLoad(String)
  /// A file could not be written.
  case cannotWrite(String)
  /// What is to be replayed cannot be opened.
  case cannotOpen(String)
  /// What is to be replayed is neither a log nor a dump.
  case notThisKind(String)
}
