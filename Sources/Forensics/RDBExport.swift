package import Persistence
internal import Synchronization
internal import SystemPackage

/// Writes the keys of an RDB file as JSON records, and says what is wrong with the file on the way.
package struct RDBExport: Sendable {
  package var style = RecordStyle()
  package var selection = KeySelection()
  /// Aux fields, functions and module data become records of type `meta`.
  package var wantsMeta = false
  /// Threads, at least 1. The text does not depend on their number.
  package var jobs = 1
  /// Findings that are kept; more are counted.
  package var findingLimit = 1000

  package init() {}

  /// What an export came to.
  package struct Outcome {
    /// What is wrong with the file, as a shallow check and the decoding of the values tell it.
    package var verdict: RDBVerdict
    /// Records written, those of type `meta` left out.
    package var records: UInt64 = 0
    /// Keys that were wanted and could not be written, because their value is damaged.
    package var leftOut: UInt64 = 0
    /// Records of the layout `keyed` that are no UTF-8, for which that layout has no mark.
    package var ambiguous: UInt64 = 0
    /// Whether a large value changed while it was written: there is no whole document.
    package var isBroken = false
    /// Whether the limit ended the export before the end of the file: the rest was not looked at.
    package var isCut = false
  }
}

extension RDBExport {
  /// Writes the records of one file. `path` may be `-` for standard input.
  ///
  /// `put` gets the document in pieces, one thread at a time: nothing when the file cannot be opened or
  /// is no RDB file, else a whole document (see ``Outcome/isBroken`` for the exception). What it throws ends the export. `progress` is called
  /// now and then, from one thread at a time.
  package func run<Failure: Error>(
    _ path: String, to put: (RawSpan) throws(Failure) -> Void,
    progress: (ScanProgress) -> Void = { _ in }
  ) throws(Failure) -> Outcome {
    var outcome = newOutcome(path)
    var failure: Failure?
    do throws(SourceError) {
      let input = try Input(path: FilePath(path))
      outcome.verdict.compression = input.compression
      let total = input.storedSize
      let scanner = try outcome.verdict.open { () throws(ScanError) in
        try RecordScanner(input, keeping: keeping, largeRecord: Self.largeRecord)
      }
      if let scanner {
        failure = try export(scanner, put, &outcome) { keys in
          progress(ScanProgress(bytes: input.storedBytesRead, total: total, count: keys))
        }
      }
      if !outcome.isCut, input.statusChanged() {
        outcome.verdict.findings.add(
          Finding(
            .warning, .changedWhileRead, at: outcome.verdict.bytes,
            "the file changed while it was read; export a copy that nobody writes to"))
      }
    } catch {
      outcome.verdict.fail(error)
    }
    if let failure { throw failure }
    outcome.verdict.conclude()
    return outcome
  }

  /// Writes the records of an RDB that lies elsewhere than in a file. The parameters are those of
  /// `RDBCheck`; neither `batchSize` nor `largeRecord` changes the text.
  package func run<Failure: Error>(
    _ source: any ByteSource, named name: String, size: UInt64?,
    content: (any RandomAccess)? = nil, batchSize: Int = RecordScanner.batchSize,
    largeRecord: Int = RDBExport.largeRecord, to put: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) -> Outcome {
    var outcome = newOutcome(name)
    var failure: Failure?
    do throws(SourceError) {
      let scanner = try outcome.verdict.open { () throws(ScanError) in
        try RecordScanner(
          source, inputSize: { size }, content: content, keeping: keeping, batchSize: batchSize,
          largeRecord: largeRecord)
      }
      if let scanner { failure = try export(scanner, put, &outcome, progress: { _ in }) }
    } catch {
      outcome.verdict.fail(error)
    }
    if let failure { throw failure }
    outcome.verdict.conclude()
    return outcome
  }

  private func newOutcome(_ name: String) -> Outcome {
    Outcome(
      verdict: RDBVerdict(file: name, isDeep: false, findings: FindingList(limit: findingLimit)))
  }

  /// Bytes above which a record is written in pieces. Text takes several times the memory of what it is
  /// made from, so that this is less than for a check.
  package static let largeRecord = 1 << 20

  /// The large values that are read a second time.
  private var keeping: LargeValueKeeping { style.keysOnly ? .none : .all }

  /// Returns what `put` threw.
  private func export<Failure: Error>(
    _ scanner: RecordScanner, _ put: (RawSpan) throws(Failure) -> Void, _ outcome: inout Outcome,
    progress: (UInt64) -> Void
  ) throws(SourceError) -> Failure? {
    outcome.verdict.dialect = scanner.dialect
    var document = RecordDocument(
      style, scanner.dialect, limit: selection.limit, wantsMeta: wantsMeta)
    var collector = RDBCollector(
      outcome.verdict, databases: .max, reader: nil, isDeep: false)
    var failure: Failure?
    var leftOut: UInt64 = 0
    var ambiguous: UInt64 = 0
    var isBroken = false
    // Read by the threads that fetch while another one merges.
    let isOver = Atomic<Bool>(document.isFull)
    do throws(Failure) {
      try document.begin(put)
    } catch {
      return error
    }
    let recycle = scanner.recycler()
    let texts = TextPool()
    let worker = self
    var sourceError: SourceError?
    do throws(SourceError) {
      try OrderedPipeline.run(
        jobs: jobs,
        fetch: { () throws(SourceError) -> ScannedItem? in
          isOver.load(ordering: .acquiring) ? nil : try scanner.next()
        },
        makeWorker: {
          BatchFormatter(
            worker.style, selection: worker.selection, keepsFacts: worker.wantsMeta, texts: texts,
            recycle: recycle)
        },
        merge: { batch in
          guard failure == nil, !isBroken, !document.isFull else { return }
          collector.add(batch.report)
          do throws(Failure) {
            if let large = batch.large {
              if let error = try document.add(large, put) {
                isBroken = true
                var report = BatchReport()
                report.add(error, large.record)
                collector.add(report)
              }
            } else {
              try document.add(batch, put)
            }
          } catch {
            failure = error
          }
          if let text = batch.text { texts.put(text) }
          leftOut += batch.leftOut
          ambiguous += batch.ambiguous
          progress(collector.verdict.keys)
          if failure != nil || isBroken || document.isFull {
            isOver.store(true, ordering: .releasing)
          }
        })
    } catch {
      sourceError = error
    }
    outcome.isCut = document.isFull
    outcome.isBroken = isBroken
    sourceError = sourceError ?? collector.sourceError
    if sourceError == nil, !outcome.isCut, !isBroken, failure == nil {
      collector.finish(scanner.ending)
    }
    outcome.verdict = collector.verdict
    outcome.records = document.records
    outcome.leftOut = leftOut
    outcome.ambiguous = ambiguous
    if failure == nil, !isBroken {
      do throws(Failure) {
        try document.end(put)
      } catch {
        failure = error
      }
    }
    if let sourceError { throw sourceError }
    return failure
  }
}
