internal import Keyspace
internal import Persistence
internal import ToolKit

/// The machine verdict of a rewrite, and events of a history.
enum RewriteJSON {
  static func write(
    _ outcome: Rewriter.Outcome, input: String, output: String?, to json: inout JSONWriter
  ) {
    json.beginObject()
    json.writeMember("schema", "aof-rewrite/1")
    json.writeMember("file", input)
    json.writeMember("status", status(outcome))
    json.writeMember("output", output)
    json.writeMember("format", outcome.form.rawValue)
    json.writeMember("target", outcome.target.name)
    json.writeMember("commands", outcome.replay.commands)
    json.writeMember("loaded_keys", outcome.replay.loadedKeys)
    json.writeMember("skipped", outcome.replay.skipped)
    json.key("databases")
    json.beginArray()
    for database in outcome.databases {
      json.beginObject()
      json.writeMember("db", UInt64(database.number))
      json.writeMember("keys", UInt64(database.keys))
      json.writeMember("expires", UInt64(database.expires))
      json.endObject()
    }
    json.endArray()
    json.writeMember("bytes", outcome.report?.bytes)
    json.writeMember("digest", outcome.digest?.description)
    json.key("stopped_at")
    if let stop = outcome.replay.stoppedAt {
      json.beginObject()
      json.writeMember("file", stop.file)
      json.writeMember("offset", stop.offset)
      json.endObject()
    } else {
      json.null()
    }
    writeTail(outcome.replay.tail, to: &json)
    json.key("failure")
    if let failure = outcome.replay.failure { write(failure, to: &json) } else { json.null() }
    json.key("problems")
    json.beginArray()
    for problem in outcome.replay.problems { write(problem, to: &json) }
    json.endArray()
    json.writeMember("problem_count", outcome.replay.problemCount)
    writeLosses(outcome, to: &json)
    writeVerification(outcome.verification, to: &json)
    json.endObject()
  }

  private static func status(_ outcome: Rewriter.Outcome) -> String {
    switch RewriteStatus.of(outcome) {
    case .ok: "ok"
    case .partial: "partial"
    default: "failed"
    }
  }

  private static func writeTail(_ tail: ReplayOutcome.Tail?, to json: inout JSONWriter) {
    json.key("left_out_at_end")
    guard let tail else { return json.null() }
    json.beginObject()
    json.writeMember("file", tail.file)
    json.writeMember("from", tail.from)
    json.writeMember("bytes", tail.bytes)
    json.writeMember("reason", tail.error?.code.rawValue ?? "open-transaction")
    json.endObject()
  }

  private static func write(_ failure: ReplayOutcome.Failure, to json: inout JSONWriter) {
    json.beginObject()
    func members(_ code: String, _ file: String?, _ offset: UInt64?, _ message: String) {
      json.writeMember("code", code)
      json.writeMember("file", file)
      json.writeMember("offset", offset)
      json.writeMember("message", message)
    }
    switch failure {
    case .unreadable(let error, let file): members("unreadable", file, nil, error.description)
    case .noLog(let text): members("no-log", nil, nil, text)
    case .brokenManifest(let text): members("broken-manifest", nil, nil, text)
    case .rdb(let error, let file), .log(let error, let file):
      members(error.code.rawValue, file, UInt64(error.offset), error.description)
    case .command(let problem):
      members("command", problem.file, problem.offset, message(problem.reason))
      json.key("command")
      write(problem, to: &json)
    case .endNotFound: members("end-not-found", nil, nil, "there is no such command to end before")
    }
    json.endObject()
  }

  private static func message(_ reason: ReplayProblem.Reason) -> String {
    switch reason {
    case .refused(let error): error.message
    case .script: "scripts are not run"
    case .unknown: "not a command that is run here"
    }
  }

  private static func write(_ problem: ReplayProblem, to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("file", problem.file)
    json.writeMember("offset", problem.offset)
    json.writeMember("command", problem.number)
    json.writeMember("db", UInt64(problem.database))
    json.key("arguments")
    write(problem.arguments, to: &json)
    json.writeMember("message", message(problem.reason))
    if case .script(let sha1) = problem.reason { json.writeMember("sha1", sha1) }
    json.endObject()
  }

  /// Arguments as text; a byte that is no UTF-8 is shown as `\xHH`.
  private static func write(_ words: [ByteString], to json: inout JSONWriter) {
    json.beginArray()
    for word in words { json.string(word.description) }
    json.endArray()
  }

  private static func writeLosses(_ outcome: Rewriter.Outcome, to json: inout JSONWriter) {
    json.key("losses")
    json.beginArray()
    for loss in outcome.report?.losses ?? [] {
      json.beginObject()
      json.writeMember("db", UInt64(loss.database))
      json.writeMember("key", loss.key)
      json.writeMember("what", loss.loss.description)
      json.key("whole")
      json.boolean(loss.loss.isWhole)
      json.endObject()
    }
    json.endArray()
    json.writeMember("loss_count", outcome.report?.lossCount ?? 0)
    json.writeMember("streams_without_counters", outcome.report?.streamsWithoutCounters ?? 0)
  }

  private static func writeVerification(
    _ verification: Verification?, to json: inout JSONWriter
  ) {
    json.key("verified")
    guard let verification else { return json.null() }
    json.beginObject()
    json.key("equal")
    json.boolean(verification.isEqual)
    json.writeMember("keys", verification.equal)
    json.writeMember("different", verification.differentCount)
    json.writeMember("not_compared", verification.lossy)
    json.endObject()
  }

  /// An event of a history, as an object of its own.
  static func write(_ event: HistoryEvent, to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("schema", "aof-rewrite-history/1")
    json.writeMember("file", event.file)
    json.writeMember("offset", event.offset)
    json.writeMember("command", event.number)
    json.key("timestamp")
    if let seconds = event.timestamp { json.integer(seconds) } else { json.null() }
    json.key("transaction")
    json.boolean(event.isInTransaction)
    json.key("arguments")
    write(event.command, to: &json)
    json.writeMember("argument_count", UInt64(event.argumentCount))
    json.writeMember("db", UInt64(event.database))
    json.writeMember("key", event.key)
    writeState("before", event.before, to: &json)
    writeState("after", event.after, to: &json)
    json.endObject()
  }

  private static func writeState(
    _ name: StaticString, _ state: HistoryEvent.State?, to json: inout JSONWriter
  ) {
    json.key(name)
    guard let state else { return json.null() }
    json.beginObject()
    json.writeMember("type", state.type.rawValue)
    json.writeMember("size", state.size)
    json.key("expires_at")
    if let expiry = state.expiresAt { json.integer(expiry) } else { json.null() }
    json.writeMember("digest", state.digest?.description)
    json.endObject()
  }
}
