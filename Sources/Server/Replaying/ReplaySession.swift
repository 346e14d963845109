package import Keyspace
internal import Logging
internal import NIOCore
internal import Persistence
internal import SystemPackage

/// A log or dump that is being replayed, to look around in it.
final class ReplaySession: @unchecked Sendable {
  // `@unchecked Sendable`: the loading thread alone uses what changes while the server loads, the event loop
  // otherwise.

  let input: String
  /// Whether commands may change the dataset in memory.
  let allowsWrites: Bool
  /// Whether one has: then the replay cannot go on.
  var isForked = false
  private(set) var cursor: ReplayCursor
  /// The database that the log has selected where the replay stands.
  var database = 0

  init(_ input: String, _ cursor: ReplayCursor, allowsWrites: Bool) {
    self.input = input
    self.cursor = cursor
    self.allowsWrites = allowsWrites
    time = cursor.outcome.lastTimestamp
  }

  /// Unix seconds that the log has told last; nil where it has not told any. The event loop's.
  private(set) var time: Int64?

  /// How files are replayed here: what a server would refuse is left out and counted.
  static func replay(now: Int64) -> Replay {
    var replay = Replay()
    replay.jobs = 2
    replay.now = now
    return replay
  }

  /// Notes what the clock is to tell.
  func noteTime() { time = cursor.outcome.lastTimestamp }

  // MARK: Going on

  /// Goes to where somebody wants to look around.
  ///
  /// - `keyspace`: what has been replayed so far.
  /// - `now`: Unix milliseconds.
  func go(_ move: ReplayMove, on keyspace: inout Keyspace, now: Int64) throws(CommandError) {
    let selected = keyspace.selected
    keyspace.selected = database
    keyspace.notesExpired = false
    // What is replayed has happened long ago.
    keyspace.tells = []
    defer {
      database = keyspace.selected
      keyspace.selected = selected
    }
    switch move {
    case .steps(let count):
      var left = count
      while left > 0, cursor.step(on: &keyspace) { left -= 1 }
    case .next(let key):
      guard cursor.advance(toNext: key, on: &keyspace) else {
        throw .other("ERR no later command concerns that key: the replay is at the end")
      }
    case .to(let end):
      guard !cursor.advance(to: end, on: &keyspace) else { return }
      try rewind(to: end, on: &keyspace, now: now)
    }
  }

  /// Begins anew, for what lies behind.
  private func rewind(
    to end: ReplayEnd, on keyspace: inout Keyspace, now: Int64
  ) throws(CommandError) {
    do throws(AOFLayoutError) {
      cursor = try ReplayCursor(Self.replay(now: now), FilePath(input))
    } catch {
      throw .other("ERR \(error.description)")
    }
    var fresh = Keyspace()
    fresh.databaseLimit = keyspace.databaseLimit
    fresh.limits = keyspace.limits
    let isFound = cursor.advance(to: end, on: &fresh)
    keyspace = fresh
    guard isFound else { throw .other("ERR there is no such moment in \(input)") }
  }
}

/// Where a replay is to go.
enum ReplayMove: Sendable {
  /// So many steps further, at least 1.
  case steps(Int64)
  /// Behind the next command that concerns a key.
  case next(ByteString)
  case to(ReplayEnd)
}

/// What is to be replayed, and up to where.
package struct ReplayRequest: Sendable {
  /// Path of a dump, a log, a manifest, or a folder with one.
  package var input: String
  package var end: ReplayEnd
  /// Whether commands may change the dataset in memory behind that.
  package var allowsWrites: Bool

  package init(input: String, end: ReplayEnd, allowsWrites: Bool) {
    self.input = input
    self.end = end
    self.allowsWrites = allowsWrites
  }
}

extension ServerState {
  /// Replays what was asked for in the background, and then lets clients look around.
  func replayAndServe(_ request: ReplayRequest) {
    let progress = LoadingProgress(now: now)
    phase = .loading(progress)
    let state = NIOLoopBound(self, eventLoop: eventLoop)
    let (now, limits) = (now, settings.limits)
    background.load(eventLoop: eventLoop) {
      ReplayedDataset(request, now: now, limits: limits)
    }
    .assumeIsolated().whenComplete { result in
      switch result {
      case .success(let replayed): state.value.take(replayed)
      case .failure(let error): state.value.stop(.cannotLoad("\(error)"))
      }
    }
  }

  private func take(_ replayed: ReplayedDataset) {
    if case .stopping = phase { return }
    switch replayed.session {
    case .failure(let objection):
      log.critical("the input cannot be replayed", metadata: ["reason": "\(objection.text)"])
      stop(objection.reason)
    case .success(let session):
      keyspace = replayed.dataset.take()
      session.database = keyspace.selected
      replaying = session
      prepareKeyspace()
      phase = .serving
      log.notice(
        "replayed, and ready to accept connections",
        metadata: [
          "input": "\(session.input)", "offset": "\(session.cursor.place.offset)",
          "commands": "\(session.cursor.outcome.commands)", "keys": "\(keyspace.keyCount)",
        ])
    }
  }
}

/// A replayed dataset on its way from the thread that made it.
private struct ReplayedDataset: Sendable {
  struct Objection: Error {
    let text: String
    let reason: StopReason

    init(_ failure: ReplayOutcome.Failure) {
      text = failure.sentence
      reason =
        switch failure {
        case .unreadable: .cannotOpen(failure.sentence)
        case .noLog: .notThisKind(failure.sentence)
        default: .cannotLoad(failure.sentence)
        }
    }

    init(_ error: AOFLayoutError) {
      text = error.description
      if case .source = error {
        reason = .cannotOpen(text)
      } else {
        reason = .notThisKind(text)
      }
    }

    /// There is no such moment.
    init(noMomentIn input: String) {
      text = "\(input): there is no such moment in it"
      reason = .cannotLoad(text)
    }
  }

  let dataset: LoadedDataset
  let session: Result<ReplaySession, Objection>

  init(_ request: ReplayRequest, now: Int64, limits: EncodingLimits) {
    var keyspace = Keyspace()
    keyspace.databaseLimit = Replay.databaseLimit
    keyspace.limits = limits
    var outcome = ReplayOutcome()
    do throws(AOFLayoutError) {
      let cursor = try ReplayCursor(ReplaySession.replay(now: now), FilePath(request.input))
      let isFound = cursor.advance(to: request.end, on: &keyspace)
      outcome = cursor.outcome
      if let failure = outcome.failure, outcome.commands == 0, keyspace.keyCount == 0 {
        session = .failure(Objection(failure))
      } else if !isFound {
        session = .failure(Objection(noMomentIn: request.input))
      } else {
        session = .success(
          ReplaySession(request.input, cursor, allowsWrites: request.allowsWrites))
      }
    } catch {
      session = .failure(Objection(error))
    }
    dataset = LoadedDataset(keyspace, outcome)
  }
}
