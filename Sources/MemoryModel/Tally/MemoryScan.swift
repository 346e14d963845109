package import Forensics
package import Persistence

/// Estimates what the keys of RDB files and logs take in a server.
package struct MemoryScan: Sendable {
  /// The server that is asked about; nil for the one that wrote the first file.
  package var server: ServerModel?
  package var allocator = Allocator.jemalloc8
  package var settings = EncodingSettings()
  package var wishes: MemoryTally.Wishes
  package var selection = KeySelection()
  /// Threads, at least 1. No sum depends on their number.
  package var jobs = 1
  /// Whether every key is told by itself.
  package var wantsRows = false

  package init(_ wishes: MemoryTally.Wishes) { self.wishes = wishes }

  /// A scan whose files can be added to a report.
  package init(addingTo report: MemoryEstimate) {
    wishes = report.wishes
    server = report.server
    allocator = report.allocator
    settings = report.settings
  }

  /// Adds the keys of one file to a report. `path` may be `-` for standard input.
  ///
  /// `opened`: what came of opening it, where that has been done; nothing has been read from it.
  /// `put` gets the keys in the order of the file when they are wanted by themselves.
  package func run(
    _ path: String, opened: Result<Input, SourceError>? = nil,
    into report: inout MemoryEstimate, put: ([KeyRow]) -> Void = { _ in },
    progress: (ScanProgress) -> Void = { _ in }
  ) -> RDBVerdict {
    var walk = RDBWalk()
    // Which keys are the first ones, only the order of the file tells.
    walk.jobs = selection.limit == nil ? jobs : 1
    var server = report.server
    let chosen = server
    let verdict = walk.run(
      path, opened: opened, progress: progress,
      begin: { origin in server = server ?? Self.server(origin) },
      makeWorker: { [self] origin, recycle in
        let model = MemoryModel(chosen ?? Self.server(origin), allocator)
        return BatchEstimator(self, model, recycle: recycle)
      },
      merge: { result in
        report.tally.merge(result.tally)
        if wantsRows { put(result.rows) }
        return result.report
      })
    report.server = server
    report.add(verdict)
    return verdict
  }

  /// The model of the release that wrote a file.
  private static func server(_ origin: RDBOrigin) -> ServerModel {
    origin.target.flatMap { ServerModel(named: $0.name) } ?? .standard
  }
}

/// What became of a batch.
struct EstimatedBatch: Sendable {
  var report: BatchReport
  var tally: MemoryTally
  var rows: [KeyRow] = []
}

/// Estimates the keys of batches, on one thread.
struct BatchEstimator: ~Copyable, PipelineWorker {
  private let scan: MemoryScan
  private let model: MemoryModel
  private var measurer: BatchMeasurer
  private let tried: [EncodingSettings]
  /// Keys that are still wanted.
  private var left: UInt64

  init(
    _ scan: MemoryScan, _ model: MemoryModel, recycle: @escaping @Sendable (RecordBatch) -> Void
  ) {
    self.scan = scan
    self.model = model
    var elements = model.elements
    let depths = ([scan.settings] + scan.wishes.whatIfs).map(\.compressDepth)
    elements.compressDepth = Int(clamping: depths.max() ?? 0)
    measurer = BatchMeasurer(
      elements, selection: scan.selection, leastHashed: DuplicateValues.least, recycle: recycle)
    tried = Thresholds.tried(on: scan.settings)
    left = scan.selection.limit ?? .max
  }

  mutating func process(_ item: ScannedItem) -> EstimatedBatch {
    // Locals: the closure would take the whole estimator for itself.
    let (model, tried, settings, whatIfs) = (model, tried, scan.settings, scan.wishes.whatIfs)
    let (now, wantsRows) = (scan.wishes.now, scan.wantsRows)
    var tally = MemoryTally(scan.wishes)
    var rows: [KeyRow] = []
    var pattern = KeyPattern(scan.wishes.separators)
    var left = left
    let report = measurer.measure(item) { key, name in
      guard left > 0 else { return }
      left -= 1
      let memory = model.memory(of: key, settings)
      pattern.fold(name)
      tally.add(key, memory, name, pattern, model, settings, now: now)
      tally.thresholds.add(key, memory, model, tried)
      for index in whatIfs.indices {
        tally.add(
          model.memory(of: key, whatIfs[index]), insteadOf: memory, key.value, whatIf: index)
      }
      if wantsRows { rows.append(KeyRow(key, memory, name)) }
    }
    self.left = left
    return EstimatedBatch(report: report, tally: tally, rows: rows)
  }
}
