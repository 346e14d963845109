internal import Glibc
internal import NIOCore
internal import Persistence

/// A connection, with what the server knows of it. Used on the event loop alone.
final class Client {
  /// From 1, never used again.
  let id: Int64
  let channel: any Channel
  /// `address:port` of the client; the path for a Unix socket.
  let address: String
  /// `address:port` that it has come to.
  let localAddress: String
  /// Unix milliseconds.
  let createdAt: Int64

  /// Unix milliseconds at which it last sent something.
  var lastSeen: Int64
  var name: [UInt8] = []
  /// Given by CLIENT SETINFO.
  var libraryName: [UInt8] = []
  var libraryVersion: [UInt8] = []
  var database = 0
  var form = ReplyForm.resp2
  var isAuthenticated: Bool
  var commands: UInt64 = 0
  /// The last command; nil before the first.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var lastCommand: CommandEntry?

  /// Commands since MULTI; nil outside of a transaction.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var transaction: Transaction?
  /// The keys that WATCH has named.
  var watched: [WatchedKey] = []
  /// Whether one of them has changed.
  var isDirty = false

  var channels: Set<ByteString> = []
  var patterns: Set<ByteString> = []
  var shardChannels: Set<ByteString> = []
  /// Whether it is told what all clients do.
  var isMonitor = false

  /// What a command waits for.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var blocked: BlockedCommand?

  /// Whether replies are left out: CLIENT REPLY.
  var replies = ReplyMode.on
  var isExemptFromEviction = false

  /// Bytes of the log up to which it has to be durable before the client is told what it has changed.
  var logPosition: UInt64 = 0
  /// Replies that have not been handed to the channel.
  #if !DEBUG
    @safe @exclusivity(unchecked)
  #endif
  var output: NetworkBuffer
  /// The socket of the channel, for bytes that the system takes at once; nil where the channel has none.
  private let socket: CInt?
  /// How many pieces of replies wait in the channel for the system to take them.
  private var heldPieces = 0
  /// Whether any do.
  var channelHoldsOutput: Bool { heldPieces > 0 }
  /// Whether the client is in the list of those whose replies go out at the end of the turn.
  var isWaitingForFlush = false
  /// No further request of the client is read, and the connection ends when the replies have gone out.
  var isClosing = false
  /// Unix milliseconds since which more than the soft limit of replies waits; nil when less does.
  var overSoftLimitSince: Int64?
  /// Reads on where it stopped, since the client had to wait.
  var resume: () -> Void = {}
  /// Bytes of requests that have come and not been run.
  var unreadBytes: () -> Int = { 0 }

  init(
    id: Int64, channel: any Channel, address: String, localAddress: String, now: Int64,
    isAuthenticated: Bool
  ) {
    self.id = id
    self.channel = channel
    self.address = address
    self.localAddress = localAddress
    self.isAuthenticated = isAuthenticated
    createdAt = now
    lastSeen = now
    output = channel.allocator.buffer(capacity: 256)
    socket = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: NIOBSDSocket.Handle.self
    ) { $0 }
  }

  /// Sends the replies. What the system takes at once does not take the way through the channel, which would be a
  /// seventh of the time of a small request; the rest does, in its order.
  func sendOutput() {
    if let socket, !channelHoldsOutput, channel.isActive {
      let sent = unsafe output.withUnsafeReadableBytes {
        unsafe send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
      // Errors come again in the channel, which deals with them.
      if sent > 0 { output.moveReaderIndex(forwardBy: sent) }
    }
    if output.readableBytes > 0 {
      heldPieces += 1
      let client = NIOLoopBound(self, eventLoop: channel.eventLoop)
      let rest = output
      output = channel.allocator.buffer(capacity: 256)
      channel.writeAndFlush(rest).assumeIsolated().whenComplete { _ in
        client.value.heldPieces -= 1
      }
    } else if output.capacity <= 4096 {
      output.clear()
    } else {
      // Much memory is not kept.
      output = channel.allocator.buffer(capacity: 256)
    }
  }

  /// Whether the client runs on this machine.
  var isLocal: Bool { channel.remoteAddress?.isLoopback ?? true }
  /// Whether the client may only manage its subscriptions: in RESP 2, replies and messages would be mixed up.
  var isSubscriber: Bool { subscriptionCount > 0 || !shardChannels.isEmpty }
  var subscriptionCount: Int { channels.count + patterns.count }

  enum ReplyForm {
    case resp2
    case resp3
  }

  enum ReplyMode {
    case on
    case off
    /// The reply to the next command is left out.
    case skipNext
    /// That of the one that runs.
    case skip
  }

  struct WatchedKey {
    var database: Int
    var key: ByteString
    /// It was there, and its time was over: a removal is no change.
    var wasExpired: Bool
  }

  /// What has been queued since MULTI.
  struct Transaction {
    var commands: [QueuedCommand] = []
    /// A command was refused, so that EXEC will be.
    var isBroken = false
    var bytes = 0
  }
}

/// A command that is kept for later.
struct QueuedCommand {
  let entry: CommandEntry
  /// The arguments, one behind the other.
  let bytes: [UInt8]
  let arguments: [CommandArgument]

  init(_ entry: CommandEntry, _ table: Span<CommandArgument>, in source: RawSpan) {
    self.entry = entry
    var bytes: [UInt8] = []
    var arguments: [CommandArgument] = []
    arguments.reserveCapacity(table.count)
    for index in table.indices {
      let argument = table[index].bytes(in: source)
      arguments.append(CommandArgument(offset: bytes.count, count: argument.byteCount))
      unsafe argument.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }
    self.bytes = bytes
    self.arguments = arguments
  }

  init(_ entry: CommandEntry, _ words: [ByteString]) {
    self.entry = entry
    var bytes: [UInt8] = []
    arguments = words.map { word in
      defer { bytes += word.bytes }
      return CommandArgument(offset: bytes.count, count: word.count)
    }
    self.bytes = bytes
  }

  /// Copies of the arguments.
  var words: [ByteString] {
    arguments.map { ByteString(Array(bytes[$0.offset..<$0.end])) }
  }
}

/// A command that waits for keys.
struct BlockedCommand {
  var command: QueuedCommand
  let database: Int
  let keys: [ByteString]
  /// From 1, in the order in which commands began to wait.
  let order: UInt64
  /// Unix milliseconds at which the waiting ends; nil for never.
  let deadline: Int64?
  let timer: Scheduled<Void>?
}
