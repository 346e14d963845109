internal import Persistence

/// Values that have swallowed whole records: a wrong length that reaches to the end of a later record
/// looks as sound as a right one.
extension SalvagePlanner {
  /// The smallest record that can hold another one.
  private static let smallest = 16

  /// Looks into the records of databases that have fewer keys than the file announces, and into all where
  /// nothing is announced and the checksum is wrong.
  mutating func findSwallowed() throws(SourceError) {
    for stretch in try doubtfulStretches() {
      for record in try candidates(in: stretch) { try split(record) }
    }
  }

  private func doubtfulStretches() throws(SourceError) -> [Range<UInt64>] {
    let sections = found.collector.sections ?? []
    var stretches: [Range<UInt64>] = []
    for (index, section) in sections.enumerated() {
      guard let announced = section.announced, section.resumedAt == nil else { continue }
      let rest = sections[(index + 1)...]
      let keys = rest.prefix { $0.resumedAt != nil }.reduce(section.keys) { $0 + $1.keys }
      let next = rest.first { $0.resumedAt == nil }?.selectedAt ?? size
      let stretch = announced.offset..<max(announced.offset, next)
      let lost = report.lostKeys.count { stretch.contains($0.offset) }
      // A gap that was searched for may have taken any number of keys.
      let isExplained = report.gaps.contains { $0.confidence != nil && stretch.contains($0.from) }
      if announced.keys > keys + UInt64(lost), !isExplained { stretches.append(stretch) }
    }
    let isAnnounced = sections.contains { $0.announced != nil }
    if !isAnnounced, found.collector.verdict.checksumStatus == .mismatch {
      stretches.append(0..<size)
    }
    return stretches
  }

  /// Records of a stretch that are large enough to hold others.
  private func candidates(in range: Range<UInt64>) throws(SourceError) -> [LocatedRecord] {
    var records: [LocatedRecord] = []
    for stretch in plan.kept where stretch.overlaps(range) {
      let part = stretch.clamped(to: range)
      guard let milestone = found.milestone(before: part.lowerBound) else { continue }
      try RecordLocator.forEach(
        in: content, milestone.offset..<part.upperBound, dialect, database: milestone.database,
        from: part.lowerBound
      ) { record in
        if record.kind == .key, record.range.count >= Self.smallest, record.mayHoldRecords {
          records.append(record)
        }
        return records.count < 1 << 20
      }
    }
    return records
  }

  /// Takes the records out of a value that holds some.
  private mutating func split(_ record: LocatedRecord) throws(SourceError) {
    let inside = (record.valueOffset + 1)..<record.range.upperBound
    guard let resumption = try search.search(leadingToEndOf: inside, isBroken: false) else {
      return
    }
    try withdraw(record.range, database: record.database)
    let own = record.range.lowerBound..<resumption.at
    plan.drop([own])
    addGap(own, .suspectValue, resumption.confidence)
    let found = found
    let offset = record.range.lowerBound
    _ = try survey.run(
      resumption.at..<record.range.upperBound, database: record.database, .whole(jobs: 1)
    ) { report in
      found.count(report, at: offset)
    }
    if let key = record.key {
      lose(
        record, key, .suspectValue,
        "its length has swallowed the records from byte \(resumption.at) on, which are brought back"
      )
    }
  }
}

extension LocatedRecord {
  /// A compact encoding would not be sound with records in it.
  fileprivate var mayHoldRecords: Bool {
    switch layout {
    case .string, .list, .set, .hash, .zset, .zset2: true
    default: false
    }
  }
}
