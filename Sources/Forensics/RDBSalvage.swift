package import Persistence

/// Brings back what can be brought back of a damaged RDB file. The input is only read.
///
/// A damage that the checksum gives away is undone (`ChecksumRepair`); every other one is left out, as
/// little of the file as can be (`SalvagePlanner`).
package struct RDBSalvage: Sendable {
  /// Threads, at least 1.
  package var jobs = 1
  /// The `databases` setting of the server that is to load what comes back.
  package var databases: UInt64 = 16
  /// Unix time in milliseconds by which keys count as expired.
  package var now: Int64 = 0
  /// Good elements of damaged collections are kept.
  package var keepsPartialValues = false
  /// The RDB may begin anywhere in the input.
  package var carves = false
  /// A damage that the checksum gives away is undone.
  package var usesChecksum = true
  /// Findings that are kept; more are counted.
  package var findingLimit = 1000

  package init() {}

  /// Bytes of a file in which a damage is looked for by the checksum before anything else.
  private static let searchedFirst: UInt64 = 16 << 20

  /// Salvages the RDB in `content`, of `size` bytes, which the verdict calls `name`. `write` gets the
  /// bytes of the new RDB in order, from the calling thread; nothing when nothing came back.
  package func run(
    _ content: any RandomAccess, size: UInt64, named name: String,
    progress: (ScanProgress) -> Void = { _ in }, write: (RawSpan) throws(OutputError) -> Void
  ) throws(OutputError) -> RDBVerdict {
    var verdict = RDBVerdict(
      file: name, isDeep: true, findings: FindingList(limit: findingLimit))
    do throws(SalvageError) {
      let attempt: Attempt
      do throws(SourceError) {
        attempt = try self.attempt(content, size, verdict, progress)
      } catch {
        throw .source(error)
      }
      verdict = attempt.verdict
      if let report = verdict.salvage, verdict.dialect != nil,
        verdict.keys > 0 || report.gaps.isEmpty
      {
        try withoutActuallyEscaping(write) { (write) throws(SalvageError) in
          try attempt.plan.write(from: attempt.content) { (bytes) throws(SalvageError) in
            do throws(OutputError) {
              try write(bytes)
            } catch {
              throw .output(error)
            }
          }
        }
      }
    } catch {
      switch error {
      case .source(let error): verdict.fail(error)
      case .output(let error): throw error
      }
    }
    verdict.conclude()
    return verdict
  }

  /// What one way of reading a file comes to.
  private struct Attempt {
    var content: any RandomAccess
    var plan: SalvagePlan
    var verdict: RDBVerdict
  }

  private func attempt(
    _ content: any RandomAccess, _ size: UInt64, _ verdict: RDBVerdict,
    _ progress: (ScanProgress) -> Void
  ) throws(SourceError) -> Attempt {
    if usesChecksum, size <= Self.searchedFirst,
      let repair = try ChecksumRepair.search(in: content, size: size),
      let attempt = try plan(content, size, repair, verdict, progress)
    {
      return attempt
    }
    if usesChecksum, let repair = try lostHeader(content, size),
      let attempt = try plan(content, size, repair, verdict, progress)
    {
      return attempt
    }
    let attempt = try plan(content, size, verdict, progress)
    if usesChecksum, size > Self.searchedFirst,
      let place = attempt.verdict.salvage?.placeOfDamage(in: attempt.verdict, size: size),
      let repair = try ChecksumRepair.search(in: content, size: size, within: place),
      let repaired = try plan(content, size, repair, verdict, progress)
    {
      return repaired
    }
    return attempt
  }

  /// The header of a file that has none, if the checksum tells it.
  private func lostHeader(
    _ content: any RandomAccess, _ size: UInt64
  ) throws(SourceError) -> ChecksumRepair? {
    let header = try content.bytes(at: 0, count: RDBDialect.headerLength)
    guard (try? RDBHeader.read(unsafe header.span.bytes)) == nil else { return nil }
    return try LostHeader.repair(content, size: size)
  }

  /// Plans for the file as it is when a change has been made to it; nil when that is no proof and leaves
  /// the file broken.
  private func plan(
    _ content: any RandomAccess, _ size: UInt64, _ repair: ChecksumRepair, _ verdict: RDBVerdict,
    _ progress: (ScanProgress) -> Void
  ) throws(SourceError) -> Attempt? {
    let repaired = RepairedContent(content, size: size, repair)
    let guesses = repair.isProof ? [] : [repair.place]
    var attempt = try plan(repaired, repaired.size, verdict, guesses: guesses, progress)
    guard repair.isProof || attempt.verdict.salvage?.gaps.isEmpty == true else { return nil }
    attempt.verdict.bytes = size
    attempt.verdict.salvage?.add(repair, from: size)
    attempt.verdict.findings.add(
      Finding(
        .error, .checksumMismatch, at: repair.place,
        "the checksum tells what was damaged"
          + "\(repair.isProof ? ", and proves the repair" : ""): \(repair.summary)"))
    return attempt
  }

  private func plan(
    _ content: any RandomAccess, _ size: UInt64, _ verdict: RDBVerdict, guesses: [UInt64] = [],
    _ progress: (ScanProgress) -> Void
  ) throws(SourceError) -> Attempt {
    var verdict = verdict
    let header = try content.bytes(at: 0, count: RDBDialect.headerLength)
    var stated: RDBDialect?
    do throws(FormatError) {
      stated = try RDBHeader.read(unsafe header.span.bytes)
    } catch {
      verdict.findings.add(
        Finding(.error, error.code, at: UInt64(error.offset), error.description))
    }
    let dialect =
      if let stated { stated } else { try LostHeader.dialect(of: content, size: size) }
    verdict.dialect = dialect
    var planner = SalvagePlanner(content, size: size, dialect, verdict, for: self)
    planner.guessedPlaces = guesses
    try planner.run(
      headerChecksum: stated == nil ? nil : CRC64.update(0, unsafe header.span.bytes),
      progress: progress)
    verdict = planner.found.collector.verdict
    verdict.bytes = size
    verdict.framedBytes = size
    verdict.salvage = planner.report
    if verdict.keys == 0, stated == nil {
      verdict.outcome = .notThisKind
      verdict.dialect = nil
    }
    return Attempt(content: content, plan: planner.plan, verdict: verdict)
  }
}
