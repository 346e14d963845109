internal import Persistence

/// Decides to which database the records behind a gap belong.
///
/// A gap may have swallowed a SELECTDB. Servers write databases in ascending order, each once, and
/// (since 3.2) the number of keys in front of each: so that the next SELECTDB bounds the database, and
/// the numbers tell whether the records before and behind a gap can belong to one.
struct SalvagedDatabases {
  /// Records behind a gap that belong to another database than those before it.
  struct Move {
    /// Where they begin.
    var at: UInt64
    /// Behind the last of them.
    var end: UInt64
    var from: UInt64
    var to: UInt64
    /// They are the first ones of that database.
    var isSelected: Bool
    var keys: UInt64
    var expires: UInt64
  }

  /// Databases that a server has unless it is told otherwise.
  private static let usualDatabases: UInt64 = 16

  private(set) var moves: [Move] = []
  /// Stretches of which the database is a guess.
  private(set) var guesses: [Range<UInt64>] = []
  /// The sections with the databases that were decided.
  private(set) var sections: [DatabaseTally]

  private let gaps: [SalvageReport.Gap]
  private let duplicates: [DuplicateKey]
  private let end: UInt64
  /// Bytes of a key record.
  private let recordSize: Double

  /// - `sections`: in the order of the file; those behind a gap with the database before it.
  /// - `end`: the bytes of the file.
  init(
    _ sections: [DatabaseTally], gaps: [SalvageReport.Gap], duplicates: [DuplicateKey],
    end: UInt64, bytesKept: UInt64, keys: UInt64
  ) {
    self.sections = sections.map { section in
      var section = section
      // What no file of this size could hold is not a number to reckon with.
      if let announced = section.announced,
        announced.keys > end || announced.expires > announced.keys
      {
        section.announced = nil
      }
      return section
    }
    self.gaps = gaps
    self.duplicates = duplicates
    self.end = end
    recordSize = max(4, Double(bytesKept) / Double(max(keys, 1)))
    var first = sections.startIndex
    while first < sections.endIndex {
      let next = sections[(first + 1)...].firstIndex { $0.resumedAt == nil } ?? sections.endIndex
      decide(first, next)
      first = next
    }
  }

  /// Decides for the sections that follow gaps after the one at `first`, up to the next SELECTDB.
  private mutating func decide(_ first: Int, _ next: Int) {
    let limit = next < sections.endIndex ? sections[next].database : nil
    // Behind a lost head, nothing tells the database but the next one.
    if let start = sections[first].resumedAt, sections[first].keys > 0, limit != 1 {
      guesses.append(start..<endOfSection(first))
    }
    var database = sections[first].database
    var announced = sections[first].announced
    var (keys, expires) = (sections[first].keys, sections[first].expires)
    for index in (first + 1)..<max(next, first + 1) {
      let (crosses, isGuess) = judge(
        index, limit: limit, database: database, announced: announced, keys: keys,
        expires: expires)
      if crosses {
        database += 1
        announced = nil
        (keys, expires) = (0, 0)
      }
      announced = announced ?? sections[index].announced
      keys += sections[index].keys
      expires += sections[index].expires
      let stretch = (sections[index].resumedAt ?? 0)..<endOfSection(index)
      if database != sections[index].database {
        moves.append(
          Move(
            at: stretch.lowerBound, end: stretch.upperBound, from: sections[index].database,
            to: database, isSelected: crosses, keys: sections[index].keys,
            expires: sections[index].expires))
      }
      if isGuess, sections[index].keys > 0 { guesses.append(stretch) }
      sections[index].database = database
    }
  }

  /// Whether a section behind a gap belongs to another database than the one before the gap, which has
  /// had `keys` so far, `expires` of them with expiry; and whether that is a guess.
  private func judge(
    _ index: Int, limit: UInt64?, database: UInt64,
    announced: (keys: UInt64, expires: UInt64, offset: UInt64)?, keys: UInt64, expires: UInt64
  ) -> (crosses: Bool, isGuess: Bool) {
    let section = sections[index]
    let between = limit.map { $0 > database ? $0 - database - 1 : 0 }
    // RESIZEDB stands behind a SELECTDB, which is lost then.
    let isHead =
      section.announced?.offset == section.resumedAt && (announced != nil || keys > 0)
    // A file with one database has hardly lost the sign of a second one.
    let mayCross =
      between.map { $0 > 0 }
      ?? (database < Self.usualDatabases - 1
        && (sections.first?.database != database || announced != nil || isHead))
    guard mayCross, let start = section.resumedAt,
      let gap = gaps.first(where: { $0.to == start }), gap.confidence != nil
    else { return (false, false) }
    if isHead { return (true, between != 1) }
    guard let announced else { return (false, true) }
    let repeated = repeated(start..<endOfSection(index))
    var (crosses, isGuess) = judge(
      missing: Int(clamping: announced.keys) - Int(clamping: keys),
      behind: Int(clamping: section.keys), repeated: repeated, gap: gap)
    if expires + section.expires > announced.expires + UInt64(repeated) { crosses = true }
    // Which one of several databases, nothing tells.
    if crosses, between != 1 { isGuess = true }
    return (crosses, isGuess)
  }

  /// Whether the records behind a gap belong to another database, and whether that is a guess.
  ///
  /// - `missing`: keys that the database before the gap has to have still.
  /// - `behind`: keys behind the gap, of which `repeated` stand before it, too.
  private func judge(
    missing: Int, behind: Int, repeated: Int, gap: SalvageReport.Gap
  ) -> (crosses: Bool, isGuess: Bool) {
    // Bytes may have been inserted, and then nothing is missing; or a record or two.
    let lostIfStaying = missing - (behind - repeated)
    if lostIfStaying < 0 { return (true, false) }
    let lost = Int(Double(gap.to - gap.from) / recordSize)
    let mayStay = lostIfStaying <= 3 * lost + 3
    let mayCross = missing <= 3 * lost + 3
    if lostIfStaying <= 2 { return (false, mayCross) }
    if mayStay != mayCross { return (mayCross, false) }
    return (abs(lostIfStaying - lost) > 2 * abs(missing - lost) + 3, true)
  }

  private func repeated(_ range: Range<UInt64>) -> Int {
    duplicates.reduce(0) { $0 + ($1.others.contains(where: range.contains) ? 1 : 0) }
  }

  private func endOfSection(_ index: Int) -> UInt64 {
    let start = sections[index].resumedAt ?? 0
    guard index + 1 < sections.endIndex else { return max(start, end) }
    return max(
      start, sections[index + 1].resumedAt ?? sections[index + 1].selectedAt ?? end)
  }

  /// The database of a record that was walked with another one in mind.
  func database(of offset: UInt64, walkedAs database: UInt64) -> UInt64 {
    moves.first { $0.at <= offset && offset < $0.end && $0.from == database }?.to ?? database
  }

  /// A finding that was noted with the database as it was walked.
  func corrected(_ finding: Finding) -> Finding {
    guard let record = finding.record, let walked = finding.database else { return finding }
    var finding = finding
    finding.database = database(of: record, walkedAs: walked)
    return finding
  }
}
