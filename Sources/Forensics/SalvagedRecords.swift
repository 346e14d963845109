internal import Persistence

/// What is known of the records that a salvage keeps.
///
/// A class, so that the pipeline can fill it while the planner that owns it is at work: by one thread at
/// a time.
final class SalvagedRecords {
  private(set) var collector: RDBCollector
  /// CRC64 of all bytes from the start of the file up to the last record; nil behind a gap.
  var checksum: UInt64?
  /// Whether a hash with lifetimes that is stored field by field is among them.
  private(set) var hasLifetimeTable = false
  /// Where records begin, once a batch, and the database there.
  private(set) var milestones: [Milestone] = []

  struct Milestone {
    var offset: UInt64
    var database: UInt64
  }

  init(_ collector: consuming RDBCollector) { self.collector = collector }

  /// Behind the last record that was added.
  var end: UInt64 { milestones.last?.offset ?? 0 }

  /// Marks a place at which a walk begins.
  func begin(at offset: UInt64, database: UInt64) {
    // A walk may go on inside a record that was walked before.
    while let last = milestones.last, last.offset >= offset { milestones.removeLast() }
    milestones.append(Milestone(offset: offset, database: database))
  }

  /// Adds the records that follow those added last.
  func add(_ report: BatchReport) {
    checksum = checksum.map {
      CRC64.combine($0, report.checksum, lengthOfB: UInt64(report.byteCount))
    }
    if let last = milestones.last {
      begin(
        at: last.offset + UInt64(report.byteCount),
        database: report.databases.last?.database ?? last.database)
    }
    if report.hasLifetimeTable { hasLifetimeTable = true }
    collector.add(report)
  }

  /// Counts a key of which a part is written behind the records added last; its string is at `place`.
  func count(_ entry: RDBEntry, keyAt place: UInt64) {
    collector.count(entry, keyAt: place)
  }

  /// Takes back what was counted so.
  func withdraw(
    _ part: SalvagePlanner.PartialKey, at place: UInt64, movedTo moved: UInt64
  ) {
    var tally = DatabaseTally(database: part.database, isSelected: false)
    tally.keys = 1
    tally.expires = part.hasExpiry ? 1 : 0
    var report = BatchReport()
    report.keys = 1
    report.types[part.type.index] = 1
    report.databases = [tally]
    collector.withdraw(report, at: place, movedTo: moved)
  }

  /// Counts records that were found later inside others.
  func count(_ report: BatchReport, at offset: UInt64) {
    collector.count(report, at: offset)
  }

  /// Takes back the sections from a gap on, or, without one, the SELECTDB that was added last.
  func forgetSections(resumedAt offset: UInt64? = nil) {
    collector.forgetSections(resumedAt: offset)
  }

  /// Goes on behind a gap.
  func resume(at offset: UInt64, database: UInt64) {
    collector.resume(at: offset, database: database)
  }

  /// Takes back records that turned out to be none, or not to be wanted. `offset` is that of the first.
  /// `database` is the one to which their keys were moved since, if any.
  func withdraw(_ report: BatchReport, at offset: UInt64, movedTo database: UInt64?) {
    collector.withdraw(report, at: offset, movedTo: database)
  }

  /// The last milestone at or before an offset.
  func milestone(before offset: UInt64) -> Milestone? {
    let next = milestones.partitioningIndex { $0.offset > offset }
    return next > 0 ? milestones[next - 1] : nil
  }

  /// The function libraries, in the order of the file.
  var functions: [RDBVerdict.Library] { collector.verdict.functions }

  /// Takes back all libraries of a name but the first.
  func forgetRepeatedLibraries() {
    var names: Set<String> = []
    collector.verdict.functions.removeAll { !names.insert($0.name).inserted }
  }

  /// Counts keys in another database.
  func move(keys: UInt64, expires: UInt64, from: UInt64, to: UInt64) {
    collector.verdict.databases[from]?.keys.reduce(by: keys)
    collector.verdict.databases[from]?.expires.reduce(by: expires)
    collector.verdict.databases[to, default: .init()].keys += keys
    collector.verdict.databases[to, default: .init()].expires += expires
  }

  /// What the checksum at the end of the file says.
  func state(_ status: RDBVerdict.ChecksumStatus, stored: UInt64) {
    collector.verdict.checksumStatus = status
    collector.verdict.storedChecksum = stored
    collector.verdict.computedChecksum = checksum
  }

  func add(_ findings: FindingList, _ change: (Finding) -> Finding) {
    collector.verdict.findings.add(findings, change)
  }

  func finish() { collector.finishSections() }

  /// Keys that stand in a database more than once; and whether these are all.
  func duplicates() throws(SourceError) -> (keys: [DuplicateKey], areAll: Bool) {
    do {
      let keys = try collector.findDuplicateKeys()
      return (keys, keys.count < RDBCollector.duplicateLimit)
    } catch {
      throw .cannotSpool(error)
    }
  }
}

extension UInt64 {
  /// Takes a part away; never more than there is.
  mutating func reduce(by part: UInt64) { self -= Swift.min(self, part) }
}
