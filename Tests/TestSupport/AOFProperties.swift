package import Forensics
import Persistence

/// What holds for the check of any bytes at all as an AOF, sound or not.
package enum AOFProperties {
  /// The verdict on bytes in memory.
  package static func verdict(
    _ bytes: [UInt8], jobs: Int = 1, pieceSize: Int = .max, batchSize: Int? = nil,
    largeCommand: Int? = nil, isPipe: Bool = false
  ) -> AOFVerdict {
    var check = AOFCheck()
    check.jobs = jobs
    check.now = 1_800_000_000_000
    check.findingLimit = .max
    return check.run(
      MemorySource(bytes, pieceSize: pieceSize), named: "memory",
      size: isPipe ? nil : UInt64(bytes.count), content: isPipe ? nil : MemoryAccess(bytes),
      batchSize: batchSize ?? CommandScanner.batchSize,
      largeCommand: largeCommand ?? CommandScanner.largeCommand)
  }

  /// The first property that does not hold for these bytes; nil when all do.
  ///
  /// A verdict comes, and says what its findings say; offsets lie within the file; what is said to be
  /// whole is whole; and a file fed through a pipe in small pieces, cut into small batches on several
  /// threads, gets the same verdict.
  package static func violation(_ bytes: [UInt8], random: UInt64) -> String? {
    let whole = verdict(bytes)
    if let broken = contradiction(in: whole, bytes.count) { return broken }
    if whole.validUpTo < UInt64(bytes.count), whole.validUpTo > 0 {
      let cut = verdict(Array(bytes.prefix(Int(whole.validUpTo))))
      if cut.errors > 0 { return "cut back to \(whole.validUpTo), it has \(cut.errors) errors" }
      if cut.commands > whole.commands { return "cut back, it has more commands" }
    }
    let isPipe = random & 3 == 0
    let pieces = verdict(
      bytes, jobs: random & 0x1F == 0 ? 3 : 1, pieceSize: 1 + Int(random >> 8 & 63),
      batchSize: 1 + Int(random >> 16 & 127),
      largeCommand: CommandScanner.smallestLarge + Int(random >> 24 & 1023), isPipe: isPipe)
    return difference(whole, pieces, isPipe: isPipe).map { "in small pieces: \($0)" }
  }

  /// What a verdict says of itself that cannot be.
  private static func contradiction(in verdict: AOFVerdict, _ size: Int) -> String? {
    let list = verdict.findings
    let errors = list.findings.count { $0.severity == .error }
    if UInt64(errors) != verdict.errors { return "errors are miscounted" }
    if (verdict.outcome == .sound) != (errors == 0) { return "the outcome is not the findings'" }
    if verdict.bytes > UInt64(size) { return "the file is said to have \(verdict.bytes) bytes" }
    if verdict.validUpTo > verdict.bytes { return "whole beyond the end" }
    if errors == 0, verdict.validUpTo != UInt64(size) { return "sound, but not all read" }
    for finding in list.findings where finding.offset > UInt64(size) {
      return "outside the file: \(describe(finding))"
    }
    return nil
  }

  /// How two verdicts on the same bytes differ. Of a pipe it is not known how much there is: what reaches
  /// beyond the end is then told as the end, in the same command.
  private static func difference(
    _ a: AOFVerdict, _ b: AOFVerdict, isPipe: Bool
  ) -> String? {
    func describe(_ finding: Finding) -> String {
      var finding = finding
      if isPipe, [.badLength, .truncated].contains(finding.code) { finding.code = .truncated }
      if isPipe, finding.isInPreamble, finding.severity == .error { finding.code = .truncated }
      return Self.describe(finding)
    }
    let (x, y) = (a.findings.findings.map(describe), b.findings.findings.map(describe))
    if x != y { return "\(x) became \(y)" }
    if a.outcome != b.outcome || a.validUpTo != b.validUpTo { return "another outcome" }
    if a.commands != b.commands || a.transactions != b.transactions { return "other commands" }
    if a.firstTimestamp != b.firstTimestamp || a.lastTimestamp != b.lastTimestamp {
      return "other times"
    }
    return a.bytes == b.bytes ? nil : "another size"
  }

  private static func describe(_ finding: Finding) -> String {
    "\(finding.severity) \(finding.codeText) at \(finding.offset), command \(finding.command ?? 0)"
  }
}
