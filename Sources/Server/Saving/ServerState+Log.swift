internal import Logging
internal import Keyspace
internal import NIOCore
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
    try AppendLog(settings, listing(manifest), faults, eventLoop: eventLoop)
  }

  /// The files of a manifest, in a folder that is there.
  private func listing(_ manifest: AOFManifest) throws(LogError) -> LogListing {
    do throws(Errno) {
      try logFolder.makeFolder()
    } catch {
      throw .file(error, logFolder)
    }
    return LogListing(settings, in: logFolder, manifest, faults)
  }

  func stopLog() {
    guard let appendLog else { return }
    try? appendLog.settle(now: now)
    endTurn()
    appendLog.close()
    self.appendLog = nil
  }

  /// Rewrites the log in the background. Without one, a base is written all the same, as a server does.
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
    let (name, number) = appendLog.files.nextBase(isRDB: settings.usesPreamble)
    let form = baseForm(at: logFolder.appending(name: name))
    let snapshot = keyspace.snapshot()
    log.info("rewriting of the log started")
    let state = NIOLoopBound(self, eventLoop: eventLoop)
    background.save(snapshot, eventLoop: eventLoop) { try form.write($0, makingWay: $1) }
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

  /// Writes a base, with nothing behind it, for a server that does not log.
  private func rewriteAside() throws(LogError) {
    let files = try listing(AOFLayout.manifest(in: logFolder, settings))
    let (name, number) = files.nextBase(isRDB: settings.usesPreamble)
    let form = baseForm(at: logFolder.appending(name: name))
    standaloneRewriteRuns = true
    let snapshot = keyspace.snapshot()
    let state = NIOLoopBound(self, eventLoop: eventLoop)
    background.save(snapshot, eventLoop: eventLoop) { try form.write($0, makingWay: $1) }
      .assumeIsolated().whenComplete { result in
        let server = state.value
        server.standaloneRewriteRuns = false
        do {
          try result.get()
          var files = files
          try files.adopt(base: name, number, with: nil)
        } catch {
          server.log.error("rewriting of the log failed", metadata: ["reason": "\(error)"])
        }
      }
  }

  /// Writes the base of a log that begins with the dataset as it is, before anything else is done.
  func beginLogNow(_ manifest: AOFManifest) throws(LogError) {
    let log = try openLog(manifest)
    let (name, number) = log.files.nextBase(isRDB: settings.usesPreamble)
    // A manifest that is there and was not loaded has files of its own.
    if !manifest.records.isEmpty { try log.beginFile(isFirst: true, now: now) }
    let path = logFolder.appending(name: name)
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

  /// - `makeWay`: called again and again meanwhile, where others wait for the processor.
  func write(
    _ snapshot: Snapshot, makingWay makeWay: (@Sendable () -> Void)? = nil
  ) throws(SaveError) {
    if let dump { return try dump.write(snapshot, makingWay: makeWay) }
    var rewriter = AOFRewriter(target)
    rewriter.makeWay = makeWay
    try SaveError.write(path, faults, .base) { put throws(OutputError) in
      try rewriter.write(snapshot, to: put)
    }
  }
}

extension AOFLayout {
  /// The manifest of the server's log; an empty one where there is none that can be read.
  static func manifest(in folder: FilePath, _ settings: ServerSettings) -> AOFManifest {
    let path = folder.appending(name: LogListing.manifestName(settings))
    return (try? AOFLayout.find(path))?.manifest ?? AOFManifest()
  }
}
