internal import Keyspace
internal import Persistence

// REPLAY: where the replay stands, and going on with it. Only a server that replays has the command.
extension ServerState {
  /// Runs REPLAY and a subcommand.
  func replay(_ client: Client, _ request: Arguments, _ session: ReplaySession) {
    reply.form = client.form == .resp3 ? .resp3 : .resp2
    reply.error = nil
    guard client.isAuthenticated else { return reject("NOAUTH Authentication required.") }
    do throws(CommandError) {
      try runReplay(request, session)
    } catch {
      reject(error.message)
    }
  }

  private func runReplay(_ request: Arguments, _ session: ReplaySession) throws(CommandError) {
    guard request.count > 1 else {
      throw .other("ERR wrong number of arguments for 'replay' command")
    }
    switch (ByteString(request[1]).utf8?.uppercased() ?? "", request.count) {
    case ("STATUS", 2): break
    case ("STEP", 2), ("STEP", 3):
      let count = request.count == 3 ? try request.integer(at: 2) : 1
      guard count > 0 else { throw .other("ERR the number of steps must be positive") }
      try move(session) { cursor, keyspace in
        var left = count
        while left > 0, cursor.step(on: &keyspace) { left -= 1 }
        return true
      }
    case ("NEXT", 3):
      let key = ByteString(request[2])
      try move(session) { cursor, keyspace in cursor.advance(toNext: key, on: &keyspace) }
    case ("TO", 3): try goTo(ByteString(request[2]), session)
    case ("HELP", 2): return tellReplayHelp()
    default:
      throw .other("ERR unknown subcommand or wrong number of arguments. Try REPLAY HELP.")
    }
    tellStatus(of: session)
  }

  private func goTo(_ text: ByteString, _ session: ReplaySession) throws(CommandError) {
    guard let end = text.utf8.flatMap({ ReplayEnd($0) }) else {
      throw .other("ERR a moment is a time, offset:N, command:N, before:NAME or end")
    }
    var isFound = false
    try move(session) { cursor, keyspace in
      isFound = cursor.advance(to: end, on: &keyspace)
      return true
    }
    guard !isFound else { return }
    // It lies behind: the replay begins anew.
    do throws(AOFLayoutError) {
      try session.rewind(now: now)
    } catch {
      throw .other("ERR \(error.description)")
    }
    var fresh = Keyspace()
    fresh.databaseLimit = keyspace.databaseLimit
    fresh.limits = keyspace.limits
    isFound = session.cursor.advance(to: end, on: &fresh)
    keyspace = fresh
    prepareKeyspace()
    guard isFound else { throw .other("ERR there is no such moment in \(session.input)") }
  }

  /// Goes forward; `body` tells whether it has come to what was asked for.
  private func move(
    _ session: ReplaySession, _ body: (ReplayCursor, inout Keyspace) -> Bool
  ) throws(CommandError) {
    guard !session.isForked else {
      throw .other("ERR the dataset has been changed by a client: the replay cannot go on")
    }
    let selected = keyspace.selected
    keyspace.selected = session.database
    keyspace.notesExpired = false
    // What is replayed has happened long ago.
    keyspace.tells = []
    let isFound = body(session.cursor, &keyspace)
    session.database = keyspace.selected
    keyspace.selected = selected
    prepareKeyspace()
    guard isFound else { throw .other("ERR no later command concerns that key") }
  }

  private func tellStatus(of session: ReplaySession) {
    let cursor = session.cursor
    let outcome = cursor.outcome
    let place = cursor.place
    reply.map(13)
    bulk("input", session.input)
    bulk("file", place.file)
    number("offset", place.offset)
    reply.bulk("size")
    if let size = place.size { reply.integer(Int64(clamping: size)) } else { reply.null() }
    number("commands", outcome.commands)
    reply.bulk("timestamp")
    if let time = outcome.lastTimestamp { reply.integer(time) } else { reply.null() }
    number("keys", UInt64(keyspace.keyCount))
    number("refused", outcome.problemCount)
    number("at-end", cursor.isAtEnd ? 1 : 0)
    number("forked", session.isForked ? 1 : 0)
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

  private func bulk(_ name: String, _ value: String) {
    reply.bulk(name)
    reply.bulk(value)
  }

  private func number(_ name: String, _ value: UInt64) {
    reply.bulk(name)
    reply.integer(Int64(clamping: value))
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
