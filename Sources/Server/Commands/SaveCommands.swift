internal import Logging
internal import Keyspace
internal import Persistence

// Saving and ending. Source: rdb.c, aof.c and db.c of Redis 7.0.
extension ServerState {
  static let saveCommands: [(String, ServerCommand)] = [
    (
      "save",
      ServerCommand([.notInTransactions, .writesFiles]) { (s, _, _) throws(CommandError) in
        guard !s.saver.isSaving else {
          throw .other("ERR Background save already in progress")
        }
        do throws(SaveError) {
          try s.saveNow()
        } catch {
          s.log.error("SAVE failed", metadata: ["reason": "\(error)"])
          throw .other("ERR")
        }
        s.reply.ok()
      }
    ),
    (
      "bgsave",
      ServerCommand(.writesFiles) { (s, _, a) throws(CommandError) in
        let isScheduled = a.count == 2 && a.isWord("SCHEDULE", at: 1)
        guard a.count == 1 || isScheduled else { throw .syntax }
        guard !s.saver.isSaving else {
          throw .other("ERR Background save already in progress")
        }
        if s.appendLog?.isRewriting ?? false {
          guard isScheduled else {
            throw .other(
              "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order "
                + "to schedule a BGSAVE whenever possible.")
          }
          s.saver.isScheduled = true
          return s.reply.simple("Background saving scheduled")
        }
        s.saveInBackground()
        s.reply.simple("Background saving started")
      }
    ),
    (
      "lastsave",
      ServerCommand(.whileLoading) { (s, _, _) throws(CommandError) in
        s.reply.integer(s.saver.lastSave / 1000)
      }
    ),
    (
      "bgrewriteaof",
      ServerCommand(.writesFiles) { (s, _, _) throws(CommandError) in
        if s.appendLog?.isRewriting ?? s.standaloneRewriteRuns {
          throw .other("ERR Background append only file rewriting already in progress")
        }
        if s.saver.isSaving {
          s.rewriteIsScheduled = true
          return s.reply.simple("Background append only file rewriting scheduled")
        }
        do throws(LogError) {
          try s.rewriteLog()
        } catch {
          throw .other(
            "ERR Can't execute an AOF background rewriting. Please check the server logs for more information."
          )
        }
        s.reply.simple("Background append only file rewriting started")
      }
    ),
    (
      "shutdown",
      ServerCommand([.notInTransactions, .whileLoading]) { (s, c, a) throws(CommandError) in
        try s.shutDown(c, a)
      }
    ),
  ]

  private func shutDown(_ client: Client, _ arguments: Arguments) throws(CommandError) {
    var saves: Bool?
    var isForced = false
    for index in 1..<max(arguments.count, 1) {
      if arguments.isWord("NOSAVE", at: index), saves == nil {
        saves = false
      } else if arguments.isWord("SAVE", at: index), saves == nil {
        saves = true
      } else if arguments.isWord("FORCE", at: index) {
        isForced = true
      } else if arguments.isWord("NOW", at: index) {
        // Nobody follows that would have to be waited for.
        continue
      } else if arguments.isWord("ABORT", at: index), arguments.count == 2 {
        throw .other("ERR No shutdown in progress.")
      } else {
        throw .syntax
      }
    }
    guard prepareToStop(saves: saves) || isForced else {
      throw .other("ERR Errors trying to SHUTDOWN. Check logs.")
    }
    // There is no reply to this: the connection ends.
    client.isClosing = true
    stop(.asked)
  }
}
