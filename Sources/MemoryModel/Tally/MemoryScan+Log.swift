internal import Forensics
package import Keyspace
package import Persistence
internal import SystemPackage

/// What became of an AOF of which the keys were to be added to a report.
package struct LogReading: Sendable {
  package var replay: ReplayOutcome
  /// The release that the report is about.
  package var target: RDBTarget
  /// What this release cannot hold.
  package var report: RewriteReport
}

extension MemoryScan {
  /// Replays an AOF, and adds the keys that it leads to. `path`: its name in the report.
  ///
  /// `put` gets the keys when they are wanted by themselves: by databases and slots, in the order of their names.
  package func run(
    log input: MemoryInput.LogInput, named path: String, into report: inout MemoryEstimate,
    put: ([KeyRow]) -> Void = { _ in }, progress: (ScanProgress) -> Void = { _ in }
  ) -> LogReading {
    var replay = Replay()
    replay.jobs = jobs
    replay.now = wishes.now
    // As a server does. The report says what was left out.
    replay.keepsGoing = true
    var keyspace = Keyspace()
    keyspace.databaseLimit = Replay.databaseLimit
    let outcome =
      switch input {
      case .open(let file): replay.run(file, into: &keyspace, progress: progress)
      case .folder(let folder): replay.run(folder, into: &keyspace, progress: progress)
      }
    let server =
      report.server
      ?? ServerModel(named: (outcome.source ?? keyspace.release).name) ?? .standard
    guard let target = RDBTarget(named: server.name) else {
      preconditionFailure("the models are of releases that can be written for")
    }
    let model = MemoryModel(server, allocator)
    var keys: UInt64 = 0
    let losses = keyspace.snapshot().walk(
      as: target, jobs: selection.limit == nil ? jobs : 1,
      makeWorker: { [self] in BatchEstimator(self, model, recycle: { _ in }) },
      merge: { result in
        report.tally.merge(result.tally)
        keys += result.report.keys
        if wantsRows { put(result.rows) }
      })
    // What is no log at all says nothing about a server.
    if outcome.failure == nil || keys > 0 { report.server = server }
    let reading = LogReading(replay: outcome, target: target, report: losses)
    report.add(path, reading, keys: keys)
    return reading
  }
}

extension MemoryEstimate {
  mutating func add(_ path: String, _ reading: LogReading, keys: UInt64) {
    let replay = reading.replay
    let status: File.Status
    switch replay.failure {
    case nil: status = reading.isWhole ? .ok : .warning
    case .unreadable(let error, _) where !error.isOfCompression: status = .unreadable
    default: status = .damaged
    }
    // What the RDB in front says of the memory of its server is about the time before the commands.
    files.append(
      File(
        path: path, bytes: replay.bytes, keys: keys, status: status,
        error: reading.complaint(about: path), readUpTo: replay.replayedBytes))
  }
}

extension LogReading {
  /// Whether all keys that the log leads to are in the report as they are.
  package var isWhole: Bool {
    replay.failure == nil && replay.tail == nil && replay.problemCount == 0 && !report.isLossy
  }

  /// What is not in the report: a sentence; nil when all is.
  fileprivate func complaint(about path: String) -> String? {
    func place(_ file: String, _ offset: UInt64) -> String {
      let name = FilePath(file).lastComponent?.string ?? file
      return (file == path ? "" : "\(name), ") + "offset \(offset): "
    }
    switch replay.failure {
    case .unreadable(let error, _): return error.description
    case .noLog(let text): return text
    case .brokenManifest(let text): return "manifest: \(text)"
    case .rdb(let error, let file), .log(let error, let file):
      return place(file, UInt64(clamping: error.offset)) + error.description
    case .command(let problem):
      return place(problem.file, problem.offset) + "a command that cannot be run"
    case .endNotFound, nil: break
    }
    var parts: [String] = []
    if let tail = replay.tail {
      parts.append(
        place(tail.file, tail.from)
          + "the last \(tail.bytes) bytes are torn off a command or transaction")
    }
    if replay.problemCount > 0 {
      parts.append("commands that could not be run: \(replay.problemCount)")
    }
    if report.isLossy {
      parts.append(
        "keys that \(target) cannot hold: \(report.leftOut)"
          + (report.lossCount > report.leftOut ? ", and parts of others" : ""))
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}
