internal import Persistence
internal import Synchronization

/// Walks sound records, as far as one follows another, and inspects every one.
struct StretchSurvey {
  let content: any RandomAccess
  let dialect: RDBDialect
  let options: InspectionOptions

  /// Where a run of sound records ends.
  enum Stop {
    /// At the end of the range, which is the end of a record.
    case end
    /// After as many bytes as were asked for.
    case enough
    /// At an EOF opcode.
    case eof(UInt64)
    case broken(BrokenRecord)
  }

  struct Result {
    var stop = Stop.end
    /// Behind the last sound record.
    var end: UInt64
    /// The database that is selected there.
    var database: UInt64
    /// A place at most a few batches before the end at which a record begins.
    var anchor: UInt64
  }

  /// How a run is cut and worked on.
  struct Pace {
    var jobs: Int
    var batchSize: Int
    /// Bytes after which to stop.
    var limit: UInt64

    static func whole(jobs: Int) -> Pace {
      Pace(jobs: jobs, batchSize: RecordScanner.batchSize, limit: .max)
    }
    /// After damage there may be more at once: little is looked at in vain.
    static let careful = Pace(jobs: 1, batchSize: 64 << 10, limit: 2 << 20)
  }

  /// Inspects the records from the start of `range` on. `add` gets the reports of sound ones, in order.
  func run(
    _ range: Range<UInt64>, database: UInt64, _ pace: Pace, add: (BatchReport) -> Void
  ) throws(SourceError) -> Result {
    let scanner = RecordScanner(
      content, range, dialect, database: database, batchSize: pace.batchSize)
    let recycle = scanner.recycler()
    let inspection = options
    var result = Result(end: range.lowerBound, database: database, anchor: range.lowerBound)
    var broken: BrokenRecord?
    let isOver = Atomic(false)
    var fetched: UInt64 = 0
    var sourceError: SourceError?
    try OrderedPipeline.run(
      jobs: pace.jobs,
      fetch: { () throws(SourceError) -> ScannedItem? in
        guard !isOver.load(ordering: .relaxed), fetched < pace.limit else { return nil }
        let item = try scanner.next()
        fetched += item?.byteCount ?? 0
        return item
      },
      makeWorker: { BatchInspector(inspection, recycle: recycle) },
      merge: { report in
        guard broken == nil else { return }
        sourceError = sourceError ?? report.sourceError
        if let problem = BrokenRecord(firstIn: report) {
          broken = problem
          isOver.store(true, ordering: .relaxed)
          return
        }
        result.anchor = result.end
        result.end += UInt64(report.byteCount)
        result.database = report.databases.last?.database ?? result.database
        add(report)
      })
    if let sourceError { throw sourceError }
    if let broken {
      return try run(upTo: broken, result, add: add)
    }
    if fetched >= pace.limit {
      result.stop = .enough
    } else if let eof = scanner.ending.eofOffset {
      result.end = eof
      result.stop = .eof(eof)
    } else if let error = scanner.ending.error, scanner.ending.errorRecord < range.upperBound {
      result.stop = .broken(
        BrokenRecord(
          start: scanner.ending.errorRecord, error: error, database: scanner.ending.errorDatabase,
          key: scanner.ending.errorKey, isFramed: false))
    }
    return result
  }

  /// Inspects the records of a batch once more, up to the one in it that is broken.
  private func run(
    upTo broken: BrokenRecord, _ result: Result, add: (BatchReport) -> Void
  ) throws(SourceError) -> Result {
    var result = result
    var broken = broken
    if broken.start > result.end {
      let anchor = result.end
      let sound = try run(
        result.end..<broken.start, database: result.database, .whole(jobs: 1), add: add)
      result = sound
      result.anchor = anchor
      guard case .end = sound.stop else { return result }
    }
    if broken.key == nil { broken.database = result.database }
    result.stop = .broken(broken)
    return result
  }
}

/// A record at which a walk cannot go on, or whose value is damaged.
struct BrokenRecord {
  var start: UInt64
  var error: FormatError
  var database: UInt64
  var key: ByteString?
  /// Whether its framing holds, so that it can be stepped over.
  var isFramed: Bool

  init(start: UInt64, error: FormatError, database: UInt64, key: ByteString?, isFramed: Bool) {
    self.start = start
    self.error = error
    self.database = database
    self.key = key
    self.isFramed = isFramed
  }

  /// The first record of a batch that is damaged.
  init?(firstIn report: BatchReport) {
    let problem = report.problems.first { !$0.isWarning || $0.isAboutAttributes }
    let value = problem.map { problem in
      BrokenRecord(
        start: problem.record, error: problem.error,
        database: problem.database ?? report.databases.last?.database ?? 0, key: problem.key,
        isFramed: !problem.isAboutAttributes)
    }
    let all = [BrokenRecord.zeros(in: report), BrokenRecord.database(in: report), value]
    guard let first = all.compactMap(\.self).min(by: { $0.start < $1.start }) else { return nil }
    self = first
  }

  /// SELECTDB with a number that no server can have.
  private static func database(in report: BatchReport) -> BrokenRecord? {
    let (number, offset) = report.highestDatabase
    guard !DatabaseTally.isPossible(number) else { return nil }
    return BrokenRecord(
      start: offset,
      error: FormatError(
        .dbOutOfRange, at: Int(offset), "no server can have such a database", found: number),
      database: 0, key: nil, isFramed: false)
  }

  /// Zeros read as records with an empty key and an empty value: two of them, one right after the
  /// other, are none. Nor are three records of any one key.
  private static func zeros(in report: BatchReport) -> BrokenRecord? {
    let entries = report.keyEntries
    let runs = Set(report.keyRuns.map(\.hash))
    for index in entries.indices.dropFirst() {
      let (before, entry) = (entries[index - 1], entries[index])
      guard entry.hash == before.hash else { continue }
      let isZero = entry.offset - before.offset == 3
      guard isZero || runs.contains(entry.hash) else { continue }
      let start = (isZero ? before : entry).offset - 1
      return BrokenRecord(
        start: start,
        error: isZero
          ? FormatError(.zeroBlock, at: Int(start), "zeros stand where records should be")
          : FormatError(.duplicateKey, at: Int(start), "one key follows itself again and again"),
        database: report.databases.last?.database ?? 0, key: nil, isFramed: false)
    }
    return nil
  }
}

extension ScannedItem {
  fileprivate var byteCount: UInt64 {
    switch self {
    case .batch(let batch): UInt64(batch.count)
    case .large(let record): record.count
    }
  }
}

extension RecordProblem {
  /// An expiry, idle time or frequency in front of something else than a key: servers give it to the next
  /// key, which is not the one it was written for.
  fileprivate var isAboutAttributes: Bool { isWarning && error.code == .badOpcode && key == nil }
}
