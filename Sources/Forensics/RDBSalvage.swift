package import Persistence

/// Brings back what can be brought back of a damaged RDB file. The input is only read.
package struct RDBSalvage: Sendable {
  /// Threads, at least 1.
  package var jobs = 1
  /// Good entries of damaged collections are kept.
  package var keepsPartialValues = false
  /// The RDB may begin anywhere in the input.
  package var carves = false
  /// A damage that the checksum gives away is undone.
  package var usesChecksum = true
  /// Findings that are kept; more are counted.
  package var findingLimit = 1000

  package init() {}

  /// Salvages the RDB in `content`, of `size` bytes, which the verdict calls `name`. `write` gets the
  /// bytes of the new RDB in order, from the calling thread; nothing when nothing came back.
  package func run(
    _ content: any RandomAccess, size: UInt64, named name: String,
    write: (RawSpan) throws(OutputError) -> Void
  ) throws(OutputError) -> RDBVerdict {
    var verdict = RDBVerdict(
      file: name, isDeep: true, findings: FindingList(limit: findingLimit))
    do throws(SalvageError) {
      try salvage(content, size: size, &verdict) { (bytes) throws(SalvageError) in
        do throws(OutputError) {
          try write(bytes)
        } catch {
          throw .output(error)
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

  private func salvage(
    _ content: any RandomAccess, size: UInt64, _ verdict: inout RDBVerdict,
    _ put: (RawSpan) throws(SalvageError) -> Void
  ) throws(SalvageError) {
    var plan: SalvagePlan
    do throws(SourceError) {
      let header = try content.bytes(at: 0, count: RDBDialect.headerLength)
      verdict.bytes = size
      var dialect: RDBDialect?
      do throws(FormatError) {
        dialect = try RDBHeader.read(unsafe header.span.bytes)
      } catch {
        verdict.findings.add(
          Finding(.error, error.code, at: UInt64(error.offset), error.description))
      }
      let isWhole = dialect != nil
      guard let dialect = dialect ?? RDBDialect(magic: .redis, version: 12) else { return }
      verdict.dialect = dialect
      var planner = SalvagePlanner(content, size: size, dialect, verdict, jobs: jobs)
      try planner.run(
        headerChecksum: isWhole ? CRC64.update(0, unsafe header.span.bytes) : nil)
      verdict = planner.found.collector.verdict
      verdict.bytes = size
      verdict.salvage = planner.report
      if planner.report.keysRecovered == 0, !isWhole { verdict.outcome = .notThisKind }
      plan = planner.plan
    } catch {
      throw .source(error)
    }
    guard let report = verdict.salvage, report.keysRecovered > 0 || report.gaps.isEmpty else { return }
    try withoutActuallyEscaping(put) { (put) throws(SalvageError) in
      try plan.write(from: content, put)
    }
  }
}
