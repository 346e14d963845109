package import Forensics
import Persistence

/// A sound dump and what is to be done to it.
package typealias LabCase = DamageCase<LabFile>

/// What a salvage made of a damaged file.
package struct LabSalvage: Sendable {
  package var output: [UInt8]
  package var findings: [Finding]

  package init(output: [UInt8], findings: [Finding] = []) {
    self.output = output
    self.findings = findings
  }

  /// The salvage of the library.
  package static func real(_ damaged: [UInt8], jobs: Int = 1) throws -> LabSalvage {
    var salvage = RDBSalvage()
    salvage.jobs = jobs
    let (output, verdict) = try SalvageProperties.salvage(damaged, salvage)
    return LabSalvage(output: output, findings: verdict.findings.findings)
  }
}

/// How a salvage did in one case.
package struct LabOutcome: SalvageOutcome {
  package enum Count: String, CaseIterable, Sendable {
    case hitButRight = "hit, right"
    case wrong
    case restored
  }

  /// Keys that the damage did not hit.
  package var undamaged = 0
  /// Those of them that are missing, or have another value.
  package var missed: [LabKey] = []
  /// Keys that the damage hit and that came back as they were.
  package var hitButRight = 0
  /// Keys with another value than they had, or that never were, and that no finding names.
  package var wrong: [LabKey] = []
  /// Whether the output holds the keys of the sound file, and nothing else.
  package var isRestored = false
  /// Why the output is no good file; nil when it is one.
  package var failure: String?

  package init() {}

  package var missedCount: Int { missed.count }

  package subscript(_ count: Count) -> Int {
    switch count {
    case .hitButRight: hitButRight
    case .wrong: wrong.count
    case .restored: isRestored ? 1 : 0
    }
  }
}

extension DamageCase where File == LabFile {
  /// Lets a file be salvaged and compares what comes out with what the sound file held.
  ///
  /// `salvage` gets the damaged file. A wrong value does not count when a finding that says that the
  /// value is suspect or bad names its key.
  package func judge(_ salvage: ([UInt8]) throws -> LabSalvage) throws -> LabOutcome {
    let result = try salvage(damaged)
    var outcome = LabOutcome()
    var keys: [LabKey: LabValue] = [:]
    let verdict = CheckProperties.verdict(result.output)
    if verdict.outcome == .sound {
      keys = try LabFile.keys(in: result.output)
    }
    var named: Set<LabKey> = []
    for finding in result.findings where finding.code.isAboutValue {
      guard let database = finding.database, let name = finding.key else { continue }
      named.insert(LabKey(database: database, name: name))
    }
    for record in file.records {
      guard let key = record.key else { continue }
      let isRight = keys[key] == file.truth[key]
      if damage.hits(record) {
        if isRight { outcome.hitButRight += 1 }
      } else {
        outcome.undamaged += 1
        if !isRight { outcome.missed.append(key) }
      }
    }
    // Where nothing is left, nothing need be written.
    if verdict.outcome != .sound, !result.output.isEmpty || outcome.undamaged > 0 {
      let error = verdict.findings.findings.first { $0.severity == .error }
      outcome.failure = error?.message ?? "no file"
    }
    outcome.wrong = keys.compactMap { key, value in
      value == file.truth[key] || named.contains(key) ? nil : key
    }
    outcome.isRestored = keys == file.truth
    return outcome
  }
}

extension FindingCode {
  /// Whether it says that what a key holds may not be what it held.
  package var isAboutValue: Bool { self == .suspectValue || rawValue.hasPrefix("bad-") }
}
