/// The findings of a file, in bounded memory: the first ones are kept, all are counted.
package struct FindingList: Sendable {
  package private(set) var findings: [Finding] = []
  /// Findings that were counted but not kept.
  package private(set) var omitted: UInt64 = 0
  package private(set) var errors: UInt64 = 0
  package private(set) var warnings: UInt64 = 0

  /// Findings that are kept.
  let limit: Int

  var isEmpty: Bool { errors == 0 && warnings == 0 }

  init(limit: Int) { self.limit = limit }

  mutating func add(_ finding: Finding) {
    switch finding.severity {
    case .error: errors += 1
    case .warning: warnings += 1
    }
    if findings.count < limit { findings.append(finding) } else { omitted += 1 }
  }

  mutating func addOmitted(errors: UInt64, warnings: UInt64) {
    self.errors += errors
    self.warnings += warnings
    omitted += errors + warnings
  }

  /// Adds those of another list, each with a change.
  mutating func add(_ list: FindingList, _ change: (Finding) -> Finding) {
    for finding in list.findings { add(change(finding)) }
    let kept = UInt64(list.findings.count { $0.severity == .error })
    addOmitted(
      errors: list.errors - kept,
      warnings: list.warnings - (UInt64(list.findings.count) - kept))
  }

  /// In the order of the file.
  mutating func sort() {
    findings = findings.enumerated().sorted {
      ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset)
    }.map(\.element)
  }
}
