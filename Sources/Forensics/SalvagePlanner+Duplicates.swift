internal import Persistence

/// Keys that stand in a database more than once: after damage, one of two copies of a block, or zeros that
/// read as records.
extension SalvagePlanner {
  /// A server stops loading at the second record of a key: the first one is kept.
  mutating func drop(
    _ duplicates: [DuplicateKey], _ databases: SalvagedDatabases
  ) throws(SourceError) {
    var dropped: [Range<UInt64>] = []
    var frequent: Set<FrequentKey> = []
    for duplicate in duplicates {
      if duplicate.count > UInt64(duplicate.others.count) + 1 {
        frequent.insert(FrequentKey(database: duplicate.database, key: duplicate.key))
      }
      // The first of them may be in a gap.
      let places = ([duplicate.first] + duplicate.others).filter { place in
        partials[place] != nil || plan.stretch(at: place) != nil
      }
      // A whole value is better than a part of one, wherever it stands.
      if places.count > 1, places.contains(where: { partials[$0] == nil }) {
        for place in places { dropPart(at: place, databases) }
      } else {
        for place in places.dropFirst() { dropPart(at: place, databases) }
      }
      let whole = places.filter { plan.stretch(at: $0) != nil }
      let database = whole.first.map {
        databases.database(of: $0, walkedAs: duplicate.database)
      }
      for place in whole.dropFirst() {
        guard databases.database(of: place, walkedAs: duplicate.database) == database,
          let record = try locate(place)
        else { continue }
        dropped.append(record.range)
        try withdraw(record.range, database: record.database, movedTo: database)
        addGap(record.range, .duplicateKey)
        note(
          Finding(
            .error, .duplicateKey, at: place, record: record.range.lowerBound,
            database: record.database, key: record.key,
            "the key stands in the database before, at byte \(whole[0]); this one is left out"))
      }
    }
    plan.drop(dropped)
    if !frequent.isEmpty { try drop(frequent, databases) }
  }

  /// A key that comes so often that not all its places are known, in the database as it was walked.
  private struct FrequentKey: Hashable {
    var database: UInt64
    var key: ByteString
  }

  /// Records of such keys, one right after another, of which others are kept.
  private struct Repetition {
    var range: Range<UInt64>
    var database: UInt64
    var first: FrequentKey
    var last: FrequentKey
  }

  /// Walks all that is kept for the records of some keys.
  private mutating func drop(
    _ frequent: Set<FrequentKey>, _ databases: SalvagedDatabases
  ) throws(SourceError) {
    var seen: Set<FrequentKey> = []
    var repetitions: [Repetition] = []
    try forEachKept(in: 0..<size) { _, record in
      guard let name = record.key else { return }
      let key = FrequentKey(database: record.database, key: name)
      guard frequent.contains(key) else { return }
      let place = record.range.lowerBound
      let database = databases.database(of: place, walkedAs: record.database)
      guard !seen.insert(FrequentKey(database: database, key: name)).inserted else { return }
      // The survey stops where a key follows itself.
      if let before = repetitions.last, before.range.upperBound == place,
        before.database == database, before.last != key
      {
        repetitions[repetitions.count - 1].range =
          before.range.lowerBound..<record.range.upperBound
        repetitions[repetitions.count - 1].last = key
      } else {
        repetitions.append(
          Repetition(range: record.range, database: database, first: key, last: key))
      }
    }
    for repetition in repetitions {
      let (range, key) = (repetition.range, repetition.first)
      try withdraw(range, database: key.database, movedTo: repetition.database)
      addGap(range, .duplicateKey)
      note(
        Finding(
          .error, .duplicateKey, at: range.lowerBound, record: range.lowerBound,
          database: key.database, key: key.key,
          "the key stands in the database before; \(range.count) bytes that repeat it are left out")
      )
    }
    plan.drop(repetitions.map(\.range))
    for (place, part) in partials.sorted(by: { $0.key < $1.key }) {
      let key = FrequentKey(database: part.database, key: part.key)
      guard frequent.contains(key) else { continue }
      let database = databases.database(of: place, walkedAs: part.database)
      if !seen.insert(FrequentKey(database: database, key: part.key)).inserted {
        dropPart(at: place, databases)
      }
    }
  }

  /// Takes a part of a value out of the output.
  private mutating func dropPart(at place: UInt64, _ databases: SalvagedDatabases) {
    guard let part = partials.removeValue(forKey: place) else { return }
    plan.patches.removeAll { patch in
      if case .entry = patch.content { patch.range == part.patch } else { false }
    }
    found.withdraw(
      part, at: place, movedTo: databases.database(of: place, walkedAs: part.database))
    report.forgetPart(at: part.patch.lowerBound)
  }

  /// A server stops loading at the second function library of a name: the first one is kept.
  mutating func dropRepeatedLibraries() throws(SourceError) {
    let names = found.functions.map(\.name)
    guard Set(names).count < names.count else { return }
    var libraries: [LocatedRecord] = []
    try forEachKept(in: 0..<size) { _, record in
      if record.kind == .function { libraries.append(record) }
    }
    var seen: Set<String> = []
    var dropped: [Range<UInt64>] = []
    for record in libraries {
      guard let name = try libraryName(of: record), !seen.insert(name).inserted else { continue }
      dropped.append(record.range)
      addGap(record.range, .duplicateKey)
      note(
        Finding(
          .error, .duplicateKey, at: record.range.lowerBound, record: record.range.lowerBound,
          "the function library \(name) stands in the file before; this one is left out"))
    }
    plan.drop(dropped)
    found.forgetRepeatedLibraries()
  }

  private func libraryName(of record: LocatedRecord) throws(SourceError) -> String? {
    var name: String?
    _ = try survey.run(record.range, database: record.database, .whole(jobs: 1)) { report in
      for case .function(let shebang, let bytes) in report.facts {
        name = RDBVerdict.Library(shebang: shebang, bytes: bytes).name
      }
    }
    return name
  }
}
