internal import Logging
internal import Keyspace
internal import NIOCore
internal import Persistence
internal import Synchronization
internal import SystemPackage

/// How far the loading of files has come. Told from the thread that loads.
final class LoadingProgress: Sendable {
  let startedAt: Int64
  private let bytes = Atomic<UInt64>(0)
  private let total = Atomic<UInt64>(0)

  init(now: Int64) { startedAt = now }

  func note(_ progress: ScanProgress) {
    bytes.store(progress.bytes, ordering: .relaxed)
    total.store(progress.total ?? 0, ordering: .relaxed)
  }

  /// Bytes that have been read, and bytes that there are; 0 when nobody knows.
  var state: (loaded: UInt64, total: UInt64) {
    (bytes.load(ordering: .relaxed), total.load(ordering: .relaxed))
  }
}

/// A dataset on its way from one thread to another.
final class LoadedDataset: Sendable {
  private let keyspace: Mutex<Keyspace>
  let outcome: ReplayOutcome

  init(_ keyspace: consuming sending Keyspace, _ outcome: ReplayOutcome) {
    self.keyspace = Mutex(keyspace)
    self.outcome = outcome
  }

  /// The dataset, which is taken out.
  func take() -> Keyspace {
    keyspace.withLock { keyspace in
      var taken = Keyspace()
      swap(&taken, &keyspace)
      return taken
    }
  }
}

/// Where a server finds its dataset at the start.
struct LoadingPlan: Sendable {
  enum Kind: Sendable {
    /// The log of the settings; its manifest.
    case log(AOFManifest)
    /// A log of one file, as servers before Redis 7.0 wrote it.
    case oldLog
    case dump
  }

  var kind: Kind
  var path: FilePath
  var databases: Int
  var limits: EncodingLimits
  var loadsTruncated: Bool

  /// Nil where there is nothing to load.
  init?(_ settings: ServerSettings) {
    databases = settings.databases
    limits = settings.limits
    loadsTruncated = settings.loadsTruncated
    let folder = FilePath(settings.directory)
    let logFolder = folder.appending(settings.appendFolder)
    let manifest = logFolder.appending(name: LogListing.manifestName(settings))
    let oldLog = folder.appending(settings.appendName)
    let dump = folder.appending(settings.dumpName)
    if settings.appendOnly, manifest.exists {
      kind = .log(AOFLayout.manifest(in: logFolder, settings))
      path = manifest
    } else if settings.appendOnly, oldLog.exists {
      kind = .oldLog
      path = oldLog
    } else if dump.exists {
      kind = .dump
      path = dump
    } else {
      return nil
    }
  }

  func load(_ progress: LoadingProgress) -> LoadedDataset {
    var keyspace = Keyspace()
    keyspace.databaseLimit = databases
    keyspace.limits = limits
    var replay = Replay()
    // One more than there are cores, since each waits for its turn now and then.
    replay.jobs = System.coreCount + 1
    replay.now = WallClock.milliseconds
    let outcome = replay.run(path, into: &keyspace) { progress.note($0) }
    return LoadedDataset(keyspace, outcome)
  }

  /// Why the dataset cannot be used; nil when it can.
  func objection(to outcome: ReplayOutcome) -> String? {
    if let failure = outcome.failure { return failure.sentence }
    guard let tail = outcome.tail else { return nil }
    if case .dump = kind { return "\(path): the file breaks off at \(tail.from)" }
    guard loadsTruncated else {
      return "\(tail.file): the log breaks off at \(tail.from), and aof-load-truncated is no; "
        + "check-aof --fix cuts it off there"
    }
    return nil
  }
}

extension FilePath {
  /// Whether something of this name is there.
  var exists: Bool { (try? stat()) != nil }
}

extension ReplayOutcome.Failure {
  /// What is wrong, in a sentence.
  var sentence: String {
    switch self {
    case .unreadable(let error, let file): "\(file): \(error)"
    case .noLog(let text), .brokenManifest(let text): text
    case .rdb(let error, let file), .log(let error, let file): "\(file): \(error)"
    case .command(let problem):
      "\(problem.file): the command at \(problem.offset) cannot be run: \(problem.reason.sentence)"
    case .endNotFound: "the command to end before does not occur"
    }
  }
}

extension ReplayProblem.Reason {
  var sentence: String {
    switch self {
    case .refused(let error): error.message
    case .script: "there are no scripts here"
    case .unknown: "the command is not known"
    }
  }
}

extension ServerState {
  /// Loads what the settings lead to, in the background, and then begins to serve.
  func loadAndServe() {
    guard let plan = LoadingPlan(settings) else { return beginToServe(nil, LoadingOutcome()) }
    let progress = LoadingProgress(now: now)
    phase = .loading(progress)
    let state = NIOLoopBound(self, eventLoop: eventLoop)
    background.load(eventLoop: eventLoop) { plan.load(progress) }
      .assumeIsolated().whenComplete { result in
        switch result {
        case .success(let loaded): state.value.take(loaded, plan, progress)
        case .failure(let error): state.value.stop(.cannotLoad("\(error)"))
        }
      }
  }

  /// What the loading came to.
  struct LoadingOutcome {
    var cut: ReplayOutcome.Tail?
  }

  private func take(_ loaded: LoadedDataset, _ plan: LoadingPlan, _ progress: LoadingProgress) {
    if case .stopping = phase { return }
    tick()
    if let objection = plan.objection(to: loaded.outcome) {
      log.critical("the dataset cannot be loaded", metadata: ["reason": "\(objection)"])
      return stop(.cannotLoad(objection))
    }
    keyspace = loaded.take()
    prepareKeyspace()
    saver.changesAtSave = keyspace.changes
    loadedKeys = keyspace.keyCount
    if let source = loaded.outcome.source,
      source.version > max(Self.measure.version, fileTarget.version)
    {
      fileTarget = source
      log.notice(
        "files are written for the release that was loaded", metadata: ["release": "\(source)"])
    }
    log.info(
      "dataset loaded",
      metadata: [
        "file": "\(plan.path)", "keys": "\(keyspace.keyCount)",
        "milliseconds": "\(now - progress.startedAt)",
      ])
    beginToServe(plan, LoadingOutcome(cut: loaded.outcome.tail))
  }

  private func beginToServe(_ plan: LoadingPlan?, _ outcome: LoadingOutcome) {
    if settings.appendOnly {
      do throws(LogError) {
        if case .log(let manifest) = plan?.kind {
          if let tail = outcome.cut { try cut(tail) }
          appendLog = try openLog(manifest)
          try appendLog?.files.write()
        } else {
          try beginLogNow(AOFLayout.manifest(in: logFolder, settings))
        }
      } catch {
        log.critical("the log cannot be written", metadata: ["reason": "\(error)"])
        return stop(.cannotWrite("\(error)"))
      }
    }
    phase = .serving
    log.notice("ready to accept connections")
  }

  /// Takes off what was cut off at the end of the log already, and keeps it beside the file.
  private func cut(_ tail: ReplayOutcome.Tail) throws(LogError) {
    let path = FilePath(tail.file)
    let kept = FileTail.freeName(FilePath("\(tail.file).cut-\(tail.from)"))
    do throws(FileTail.Failure) {
      try FileTail(of: path, from: tail.from, size: tail.from + tail.bytes).cut(savingAs: kept)
    } catch {
      throw .tail(error, path)
    }
    log.warning(
      "the log was cut off",
      metadata: [
        "file": "\(tail.file)", "offset": "\(tail.from)", "bytes": "\(tail.bytes)",
        "kept": "\(kept)",
      ])
  }

  // MARK: Loading again

  /// Loads the dump in the place of the dataset. False when it cannot be loaded; then the dataset stays.
  func reloadDump() -> Bool {
    reload(folder.appending(settings.dumpName))
  }

  /// Loads the log likewise.
  func reloadLog() -> Bool {
    reload(logFolder.appending(name: LogListing.manifestName(settings)))
  }

  private func reload(_ path: FilePath) -> Bool {
    var new = Keyspace()
    new.databaseLimit = settings.databases
    new.limits = settings.limits
    var replay = Replay()
    replay.now = now
    let outcome = replay.run(path, into: &new)
    if let failure = outcome.failure {
      log.error("loading failed", metadata: ["reason": "\(failure.sentence)"])
      return false
    }
    let selected = keyspace.selected
    keyspace = new
    keyspace.selected = selected
    prepareKeyspace()
    saver.changesAtSave = keyspace.changes
    watchers.touchAll()
    blocked.signalAll(databases: nil)
    return true
  }
}
