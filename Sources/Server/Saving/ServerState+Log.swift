internal import Logging
internal import Keyspace
internal import NIOCore
internal import NIOPosix
internal import Persistence
internal import SystemPackage

// The log in the life of the server.
extension ServerState {
  var logFolder: FilePath { folder.appending(settings.appendFolder) }

  /// Begins to log, from the dataset as it is now on: what is in the log's folder counts no longer when a base of
  /// it has been written.
  func startLog() throws(LogError) {
    guard appendLog == nil else { return }
    let log = try openLog(AOFLayout.manifest(in: logFolder, settings))
    appendLog = log
    try rewriteLog(isFirst: true)
  }

  func openLog(_ manifest: AOFManifest) throws(LogError) -> AppendLog {
    do throws(Errno) {
      try logFolder.makeFolder()
    } catch {
      throw .file(error, logFolder)
    }
    return try AppendLog(settings, in: logFolder, manifest, faults, eventLoop: eventLoop)
  }

  func stopLog() {
    guard let appendLog else { return }
    try? appendLog.settle(now: now)
    endTurn()
    appendLog.close()
    self.appendLog = nil
  }

  /// Rewrites the log in the background. Without one, its files are written all the same, as a server does.
  func rewriteLog(isFirst: Bool = false) throws(LogError) {
    rewriteIsScheduled = false
    guard let appendLog else { return try rewriteAside() }
    do throws(LogError) {
      try appendLog.beginFile(isFirst: isFirst, now: now)
    } catch {
      appendLog.lastRewriteFailed = true
      log.error("the log cannot be rewritten", metadata: ["reason": "\(error)"])
      throw error
    }
    appendLog.isRewriting = true
    appendLog.hasDoubts = false
    appendLog.rewriteStart = now
    let (name, number) = appendLog.nextBase()
    let form = baseForm(at: appendLog.folder.appending(name: name))
    let snapshot = keyspace.snapshot()
    log.info("rewriting of the log started")
    let state = NIOLoopBound(self, eventLoop: eventLoop)
    background.runIfActive(eventLoop: eventLoop) { try form.write(snapshot) }
      .assumeIsolated().whenComplete { result in
        state.value.endRewrite(result, name, number)
      }
  }

  private func endRewrite(_ result: Result<Void, any Error>, _ name: ByteString, _ number: UInt64) {
    tick()
    guard let appendLog else { return }
    appendLog.isRewriting = false
    appendLog.lastRewriteDuration = now - appendLog.rewriteStart
    do {
      try result.get()
      try appendLog.adopt(base: name, number)
      appendLog.lastRewriteFailed = false
      appendLog.rewrites += 1
      log.info("rewriting of the log done", metadata: ["bytes": "\(appendLog.size)"])
    } catch {
      appendLog.lastRewriteFailed = true
      log.error("rewriting of the log failed", metadata: ["reason": "\(error)"])
    }
  }

  private func baseForm(at path: FilePath) -> BaseForm {
    BaseForm(
      dump: settings.usesPreamble
        ? DumpForm(
          path: path, target: fileTarget, compresses: settings.compressesDumps,
          hasChecksum: settings.checksumsDumps, isBase: true, faults: faults) : nil,
      path: path, target: fileTarget, faults: faults)
  }

  /// Writes a base and an empty file for a server that does not log.
  private func rewriteAside() throws(LogError) {
    let log = try openLog(AOFLayout.manifest(in: logFolder, settings))
    let (name, number) = log.nextBase()
    let form = baseForm(at: log.folder.appending(name: name))
    try log.beginFile(isFirst: true, now: now)
    standaloneRewriteRuns = true
    let snapshot = keyspace.snapshot()
    let state = NIOLoopBound((self, log), eventLoop: eventLoop)
    background.runIfActive(eventLoop: eventLoop) { try form.write(snapshot) }
      .assumeIsolated().whenComplete { result in
        let (server, log) = state.value
        server.standaloneRewriteRuns = false
        do {
          try result.get()
          try log.adopt(base: name, number)
        } catch {
          server.log.error("rewriting of the log failed", metadata: ["reason": "\(error)"])
        }
        log.close()
      }
  }

  /// Writes the base of a log that begins with the dataset as it is, before anything else is done.
  func beginLogNow(_ manifest: AOFManifest) throws(LogError) {
    let log = try openLog(manifest)
    let (name, number) = log.nextBase()
    // A manifest that is there and was not loaded has files of its own.
    if !manifest.records.isEmpty { try log.beginFile(isFirst: true, now: now) }
    let path = log.folder.appending(name: name)
    do throws(SaveError) {
      try baseForm(at: path).write(keyspace.snapshot())
    } catch {
      throw .save(error, path)
    }
    try log.adopt(base: name, number)
    appendLog = log
  }

  /// Whether the log has grown so much that it is to be rewritten.
  var isTimeToRewrite: Bool {
    guard let appendLog, !appendLog.isRewriting, !saver.isSaving else { return false }
    if appendLog.hasDoubts, appendLog.failure == nil { return true }
    guard settings.rewritePercentage > 0, appendLog.size > UInt64(settings.rewriteMinimum),
      !(appendLog.lastRewriteFailed && now - appendLog.rewriteStart < 60_000)
    else { return false }
    let base = max(appendLog.sizeAtRewrite, 1)
    let growth = Double(appendLog.size) * 100 / Double(base) - 100
    return growth >= Double(settings.rewritePercentage)
  }
}

/// How the dataset becomes the base of a log.
private struct BaseForm: Sendable {
  /// Nil for commands.
  let dump: DumpForm?
  let path: FilePath
  /// The release to write for.
  let target: RDBTarget
  let faults: FaultPlan

  func write(_ snapshot: Snapshot) throws(SaveError) {
    if let dump { return try dump.write(snapshot) }
    try SaveError.write(path, faults, .base) { put throws(OutputError) in
      try AOFRewriter(target).write(snapshot, to: put)
    }
  }
}

extension AOFLayout {
  /// The manifest of the server's log; an empty one where there is none that can be read.
  static func manifest(in folder: FilePath, _ settings: ServerSettings) -> AOFManifest {
    let path = folder.appending(name: AppendLog.manifestName(settings))
    return (try? AOFLayout.find(path))?.manifest ?? AOFManifest()
  }
}
