internal import Keyspace
internal import NIOCore
internal import Persistence

// REPLAY: where the replay stands, and going on with it. Only a server that replays has the command.
extension ServerState {
  /// Runs REPLAY and a subcommand.
  func replay(_ client: Client, _ request: Arguments, _ session: ReplaySession) {
    reply.form = client.form == .resp3 ? .resp3 : .resp2
    reply.error = nil
    guard client.isAuthenticated else { return reject("NOAUTH Authentication required.") }
    if case .loading = phase { return reject("LOADING Redis is loading the dataset in memory") }
    do throws(CommandError) {
      try runReplay(client, request, session)
    } catch {
      reject(error.message)
    }
  }

  private func runReplay(
    _ client: Client, _ request: Arguments, _ session: ReplaySession
  ) throws(CommandError) {
    guard request.count > 1 else {
      throw .other("ERR wrong number of arguments for 'replay' command")
    }
    let move: ReplayMove
    switch (ByteString(request[1]).utf8?.uppercased() ?? "", request.count) {
    case ("STATUS", 2): return tellStatus(of: session, &reply)
    case ("HELP", 2): return tellReplayHelp()
    case ("STEP", 2): move = .steps(1)
    case ("STEP", 3): move = .steps(try request.integer(at: 2))
    case ("NEXT", 3): move = .next(ByteString(request[2]))
    case ("TO", 3):
      guard let end = ByteString(request[2]).utf8.flatMap({ ReplayEnd($0) }) else {
        throw .other("ERR a moment is a time, offset:N, command:N, before:NAME or end")
      }
      move = .to(end)
    default:
      throw .other("ERR unknown subcommand or wrong number of arguments. Try REPLAY HELP.")
    }
    if case .steps(let count) = move, count < 1 {
      throw .other("ERR the number of steps must be positive")
    }
    guard !session.isForked else {
      throw .other("ERR the dataset has been changed by a client: the replay cannot go on")
    }
    begin(move, client, request, session)
  }

  /// Has a replay go on in the background: the way may be long. The client waits, and others are told that the
  /// server loads.
  private func begin(
    _ move: ReplayMove, _ client: Client, _ request: Arguments, _ session: ReplaySession
  ) {
    let order = startWaiting(client, request)
    phase = .loading(LoadingProgress(now: now))
    var taken = Keyspace()
    swap(&taken, &keyspace)
    let dataset = LoadedDataset(taken, ReplayOutcome())
    let now = now
    let state = NIOLoopBound((self, client), eventLoop: eventLoop)
    background.load(eventLoop: eventLoop) {
      var keyspace = dataset.take()
      let result = Result { () throws(CommandError) in
        try session.go(move, on: &keyspace, now: now)
      }
      return (LoadedDataset(keyspace, ReplayOutcome()), result)
    }
    .assumeIsolated().whenComplete { outcome in
      let (server, client) = state.value
      guard case .success(let (dataset, result)) = outcome else { return }
      server.keyspace = dataset.take()
      session.noteTime()
      server.tick()
      server.prepareKeyspace()
      if case .loading = server.phase { server.phase = .serving }
      server.endWaiting(client, of: order) { reply in
        switch result {
        case .success: server.tellStatus(of: session, &reply)
        case .failure(let error): reply.fail(error)
        }
      }
    }
  }

  private func tellStatus(of session: ReplaySession, _ reply: inout ReplyWriter) {
    let cursor = session.cursor
    let outcome = cursor.outcome
    let place = cursor.place
    reply.map(13)
    reply.pair("input", session.input)
    reply.pair("file", place.file)
    reply.pair("offset", place.offset)
    reply.bulk("size")
    if let size = place.size { reply.integer(Int64(clamping: size)) } else { reply.null() }
    reply.pair("commands", outcome.commands)
    reply.bulk("timestamp")
    if let time = outcome.lastTimestamp { reply.integer(time) } else { reply.null() }
    reply.pair("keys", UInt64(keyspace.keyCount))
    reply.pair("refused", outcome.problemCount)
    reply.pair("at-end", cursor.isAtEnd ? 1 : 0)
    reply.pair("forked", session.isForked ? 1 : 0)
    reply.bulk("torn-at")
    if let tail = outcome.tail { reply.integer(Int64(clamping: tail.from)) } else { reply.null() }
    reply.bulk("failure")
    if let failure = outcome.failure { reply.bulk(failure.sentence) } else { reply.null() }
    reply.bulk("last")
    guard let step = cursor.lastStep else { return reply.array(0) }
    reply.array(step.commands.count)
    for command in step.commands {
      reply.array(command.count)
      for word in command { reply.bulk(word) }
    }
  }

  private func tellReplayHelp() {
    let lines = [
      "REPLAY <subcommand> [<arg>]. Subcommands are:",
      "STATUS", "    Where the replay stands.",
      "STEP [<count>]", "    Run so many commands; a transaction is one.",
      "NEXT <key>", "    Go behind the next command that concerns a key.",
      "TO <when>", "    Go to a time, offset:N, command:N, before:NAME, or end.",
      "HELP", "    Print this help.",
    ]
    reply.array(lines.count)
    for line in lines { reply.simple(text: line) }
  }
}

extension ReplyWriter {
  fileprivate mutating func pair(_ name: String, _ value: String) {
    bulk(name)
    bulk(value)
  }

  fileprivate mutating func pair(_ name: String, _ value: UInt64) {
    bulk(name)
    integer(Int64(clamping: value))
  }
}
