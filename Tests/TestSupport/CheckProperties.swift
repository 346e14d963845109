package import Forensics
import Glibc
import Persistence

/// What holds for the check of any bytes at all, sound or not.
package enum CheckProperties {
  /// The verdict on bytes in memory.
  package static func verdict(
    _ bytes: [UInt8], isDeep: Bool = true, jobs: Int = 1, pieceSize: Int = .max,
    batchSize: Int? = nil, largeRecord: Int? = nil, isPipe: Bool = false
  ) -> RDBVerdict {
    var check = RDBCheck()
    check.isDeep = isDeep
    check.jobs = jobs
    check.now = 1_800_000_000_000
    check.findingLimit = .max
    let source = MemorySource(bytes, pieceSize: pieceSize)
    return check.run(
      source, named: "memory", size: isPipe ? nil : UInt64(bytes.count),
      reader: isPipe ? nil : source, content: isPipe ? nil : MemoryAccess(bytes),
      batchSize: batchSize ?? RecordScanner.batchSize,
      largeRecord: largeRecord ?? RecordScanner.largeRecord)
  }

  /// The first property that does not hold for these bytes; nil when all do.
  ///
  /// A verdict comes, and says what its findings say; offsets lie within the file; a shallow check
  /// sees no less of the framing; and a file fed through a pipe in small pieces, cut into small
  /// batches on several threads, of which all records of more than a few bytes count as too large to
  /// hold, gets the same verdict.
  package static func violation(_ bytes: [UInt8], random: UInt64) -> String? {
    let deep = verdict(bytes)
    if let broken = contradiction(in: deep, bytes.count) { return broken }
    let shallow = verdict(bytes, isDeep: false)
    if let broken = contradiction(in: shallow, bytes.count) { return "shallow: \(broken)" }
    let all = Set(deep.findings.findings.map(describe))
    for finding in shallow.findings.findings where !all.contains(describe(finding)) {
      return "only the shallow check says \(describe(finding))"
    }
    if deep.keys != shallow.keys || deep.bytes != shallow.bytes || deep.types != shallow.types {
      return "the shallow check sees other keys"
    }
    let isPipe = random & 0x3 == 0
    let pieces = verdict(
      bytes, jobs: random & 0x1F == 0 ? 3 : 1, pieceSize: 1 + Int(random >> 8 & 15),
      batchSize: 9 + Int(random >> 16 & 63), isPipe: isPipe)
    if let found = difference(deep, pieces, isPipe: isPipe) { return "in small pieces: \(found)" }
    // To begin anew with every record takes its time, and so do temporary files: few of the inputs.
    guard random & 0x6000 == 0 else { return nil }
    let isSpooled = random & 0x700 == 0
    let largeRecord = [0, 8, 20, 50, 200][Int(random >> 24 & 0xFFFF) % 5]
    let isDeep = random & 0x1800 != 0
    let large = verdict(
      bytes, isDeep: isDeep, jobs: random & 0x1F == 1 ? 3 : 1,
      pieceSize: 1 + Int(random >> 40 & 63), batchSize: 9 + Int(random >> 48 & 63),
      largeRecord: largeRecord, isPipe: isSpooled)
    return difference(isDeep ? deep : shallow, large, isPipe: isSpooled).map {
      "with large records above \(largeRecord) bytes: \($0)"
    }
  }

  /// What a verdict says of itself that cannot be.
  package static func contradiction(in verdict: RDBVerdict, _ size: Int) -> String? {
    let errors = verdict.findings.findings.count { $0.severity == .error }
    if UInt64(errors) != verdict.findings.errors { return "errors are miscounted" }
    if (verdict.outcome == .sound) != (errors == 0) { return "the outcome is not the findings'" }
    if verdict.bytes > UInt64(size) { return "the file is said to have \(verdict.bytes) bytes" }
    if verdict.outcome == .sound, verdict.bytes != UInt64(size) { return "sound, but not all read" }
    for finding in verdict.findings.findings {
      if finding.offset > UInt64(size) { return "outside the file: \(describe(finding))" }
      if let record = finding.record, record > finding.offset {
        return "before its record: \(describe(finding))"
      }
    }
    let types = verdict.types.reduce(0, +)
    if types != verdict.keys || verdict.encodings.reduce(0, +) != verdict.keys {
      return "keys and types disagree"
    }
    return nil
  }

  /// What a framing error may be called.
  private static let framing: Set<FindingCode> = [
    .truncated, .badLength, .badString, .badOpcode, .badType, .badModule, .unknownModule,
  ]

  /// How two verdicts on the same bytes differ. Messages may: they name neighbours in a batch. A
  /// pipe's size is not known, so that a count which could not fit is not refused at once: the error
  /// is then that of the element where the walk ends, in the same record.
  package static func difference(
    _ a: RDBVerdict, _ b: RDBVerdict, isPipe: Bool = false
  ) -> String? {
    func describe(_ finding: Finding) -> String {
      var finding = finding
      if isPipe, framing.contains(finding.code) { finding.code = .truncated }
      return Self.describe(finding)
    }
    let (x, y) = (a.findings.findings.map(describe), b.findings.findings.map(describe))
    if x != y { return "\(x) became \(y)" }
    if a.outcome != b.outcome { return "another outcome" }
    if a.keys != b.keys || a.types != b.types || a.encodings != b.encodings { return "other keys" }
    if a.checksumStatus != b.checksumStatus || a.computedChecksum != b.computedChecksum
      || a.storedChecksum != b.storedChecksum
    {
      return "another checksum"
    }
    if a.bytes != b.bytes || a.aux.count != b.aux.count || a.functions != b.functions {
      return "other facts"
    }
    return nil
  }

  /// A finding without its message.
  package static func describe(_ finding: Finding) -> String {
    let database = finding.database.map { ", database \($0)" } ?? ""
    let key = finding.key.map { ", key \($0)" } ?? ""
    let record = finding.record.map { ", record \($0)" } ?? ""
    return "\(finding.severity) \(finding.code.rawValue) at \(finding.offset)"
      + record + database + key
  }

  /// Time that this thread has computed, in milliseconds: it does not pass while others compute.
  package static func threadTime() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
