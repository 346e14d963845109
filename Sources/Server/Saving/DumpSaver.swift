internal import Logging
internal import Keyspace
internal import NIOCore
internal import Persistence
internal import SystemPackage

/// When and how the dataset was saved.
struct DumpSaver {
  /// Whether a save runs in the background.
  var isSaving = false
  /// Whether one is to begin when a rewrite of the log has ended.
  var isScheduled = false
  /// Unix milliseconds of the last save that succeeded; at first, of the start.
  var lastSave: Int64 = WallClock.milliseconds
  /// Unix milliseconds of the last attempt.
  var lastAttempt: Int64 = 0
  /// Whether the last background save failed.
  var lastFailed = false
  /// What the keyspace counted as changes when the last save that succeeded began.
  var changesAtSave: UInt64 = 0
  /// Milliseconds that the last background save took; nil before the first.
  var lastDuration: Int64?
  /// Unix milliseconds at which the one that runs began.
  var startedAt: Int64 = 0
  var saves: UInt64 = 0
}

/// How datasets become dumps.
struct DumpForm: Sendable {
  let path: FilePath
  /// The release to write for.
  let target: RDBTarget
  let compresses: Bool
  let hasChecksum: Bool
  /// Whether it is the base of a log.
  var isBase = false
  let faults: FaultPlan

  /// Writes a dump, which takes the place of an older one when it is whole and durable.
  ///
  /// - `makeWay`: called again and again meanwhile, where others wait for the processor.
  func write(
    _ snapshot: Snapshot, makingWay makeWay: (@Sendable () -> Void)? = nil
  ) throws(SaveError) {
    var rewriter = RDBRewriter(target)
    rewriter.makeWay = makeWay
    rewriter.compresses = compresses
    rewriter.hasChecksum = hasChecksum
    rewriter.aux = target.aux(ctime: WallClock.milliseconds / 1000, isBase: isBase)
    try SaveError.write(path, faults, isBase ? .base : .dump) { put throws(OutputError) in
      try rewriter.write(snapshot, to: put)
    }
  }
}

/// Why a dataset could not be saved. The file that is there stays as it is.
enum SaveError: Error, CustomStringConvertible {
  case output(OutputError)
  /// Files of the release have no place for so many facts.
  case loss(UInt64)

  var description: String {
    switch self {
    case .output(let error): "\(error)"
    case .loss(let count): "\(count) facts have no place in files of the release"
    }
  }

  /// Writes a file, which takes the place of an older one when it is whole, durable, and without loss.
  ///
  /// - `body`: hands over the file in pieces.
  static func write(
    _ path: FilePath, _ faults: FaultPlan, _ points: SavePoints,
    _ body: (@escaping (RawSpan) throws(OutputError) -> Void) throws(OutputError) -> RewriteReport
  ) throws(SaveError) {
    let report: RewriteReport
    do throws(OutputError) {
      let file = try OutputFile(inPlaceOf: path)
      do throws(OutputError) {
        report = try body { (piece) throws(OutputError) in
          let half = faults.isActive ? piece.byteCount / 2 : 0
          if half > 0 {
            try file.write(piece.extracting(first: half))
            faults.pass(points.halfWritten, path)
          }
          try file.write(piece.extracting(half..<piece.byteCount))
        }
        if !report.isLossy {
          faults.pass(points.beforeRename, path)
          try file.commit()
          faults.pass(points.afterRename, path)
        }
      } catch {
        file.cancel()
        throw error
      }
      file.cancel()
    } catch {
      throw .output(error)
    }
    guard !report.isLossy else {
      throw .loss(report.lossCount + UInt64(report.functionsLeftOut))
    }
  }
}

/// The points that are passed when a dataset is saved.
struct SavePoints: Sendable {
  /// Passed in the middle of every piece of the file.
  let halfWritten: FaultPoint
  let beforeRename: FaultPoint
  let afterRename: FaultPoint

  static let dump = SavePoints(
    halfWritten: .dumpHalfWritten, beforeRename: .beforeDumpRename, afterRename: .afterDumpRename)
  static let base = SavePoints(
    halfWritten: .baseHalfWritten, beforeRename: .beforeBaseRename, afterRename: .baseWritten)
}

extension ServerState {
  var folder: FilePath { FilePath(settings.directory) }

  private var dumpForm: DumpForm {
    DumpForm(
      path: folder.appending(settings.dumpName), target: fileTarget,
      compresses: settings.compressesDumps, hasChecksum: settings.checksumsDumps, faults: faults)
  }

  /// Saves before anything else is done.
  func saveNow() throws(SaveError) {
    try dumpForm.write(keyspace.snapshot())
    saved(changes: keyspace.changes)
  }

  private func saved(changes: UInt64) {
    saver.lastSave = WallClock.milliseconds
    saver.lastFailed = false
    saver.changesAtSave = changes
    saver.saves += 1
  }

  /// Saves what there is now, while clients go on.
  func saveInBackground() {
    saver.isSaving = true
    saver.isScheduled = false
    saver.startedAt = now
    saver.lastAttempt = now
    let changes = keyspace.changes
    let snapshot = keyspace.snapshot()
    let form = dumpForm
    log.info("background saving started")
    let state = NIOLoopBound(self, eventLoop: eventLoop)
    background.save(snapshot, eventLoop: eventLoop) { try form.write($0, makingWay: $1) }
      .assumeIsolated().whenComplete { result in state.value.endSave(result, changes: changes) }
  }

  private func endSave(_ result: Result<Void, any Error>, changes: UInt64) {
    tick()
    saver.isSaving = false
    saver.lastDuration = now - saver.startedAt
    switch result {
    case .success:
      saved(changes: changes)
      log.info(
        "background saving done",
        metadata: ["milliseconds": "\(saver.lastDuration ?? 0)", "keys": "\(keyspace.keyCount)"])
    case .failure(let error):
      saver.lastFailed = true
      log.error("background saving failed", metadata: ["reason": "\(error)"])
    }
  }

  /// Whether one of the rules says that it is time to save.
  var isTimeToSave: Bool {
    guard !saver.isSaving, !(saver.lastFailed && now - saver.lastAttempt < 5000) else {
      return false
    }
    return settings.saveRules.contains { rule in
      changesSinceSave >= UInt64(rule.changes)
        && now - saver.lastSave > Int64(rule.seconds) * 1000
    }
  }
}
