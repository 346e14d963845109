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

  private let end: UInt64
  /// The gaps by where they end.
  private let gaps: [UInt64: SalvageReport.Gap]
  /// Keys that stand in front of them, too, by their place; ascending.
  private let repeats: [UInt64]
  /// Places of records that may be none; ascending.
  private let doubtful: [UInt64]
  /// What the sections before one have, and what may be lost in the gaps before them.
  private var before: [Sum] = []

  /// What a run of sections has.
  private struct Sum {
    /// Keys that do not stand in front of the section, too.
    var keys = 0
    /// Keys lost in the gaps, by the size of records.
    var lost = 0
    /// Bytes of the gaps.
    var bytes: UInt64 = 0

    static func - (a: Sum, b: Sum) -> Sum {
      Sum(keys: a.keys - b.keys, lost: a.lost - b.lost, bytes: a.bytes - b.bytes)
    }
  }

  /// - `sections`: in the order of the file; those behind a gap with the database before it.
  /// - `end`: the bytes of the file.
  init(
    _ sections: [DatabaseTally], gaps: [SalvageReport.Gap], duplicates: [DuplicateKey],
    doubtful: [UInt64], end: UInt64, bytesKept: UInt64, keys: UInt64
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
    self.gaps = Dictionary(gaps.map { ($0.to, $0) }, uniquingKeysWith: { first, _ in first })
    self.doubtful = doubtful.sorted()
    repeats = duplicates.flatMap(\.others).sorted()
    self.end = end
    addUp(recordSize: max(4, Double(bytesKept) / Double(max(keys, 1))))
    var first = sections.startIndex
    while first < sections.endIndex {
      let next = sections[(first + 1)...].firstIndex { $0.resumedAt == nil } ?? sections.endIndex
      decide(first, next)
      first = next
    }
  }

  /// - `recordSize`: bytes of a key record.
  private mutating func addUp(recordSize: Double) {
    var sum = Sum()
    before = [sum]
    for (index, section) in sections.enumerated() {
      sum.keys += max(0, Int(clamping: section.keys) - repeats.count(in: stretch(index)))
      if let start = section.resumedAt, let gap = gaps[start] {
        sum.lost += Int(Double(gap.to - gap.from) / recordSize)
        sum.bytes += gap.to - gap.from
      }
      before.append(sum)
    }
  }

  /// Decides for the sections that follow gaps after the one at `first`, up to the next SELECTDB.
  private mutating func decide(_ first: Int, _ next: Int) {
    let limit = next < sections.endIndex ? sections[next].database : nil
    // Behind a lost head, nothing tells the database but the next one.
    if let start = sections[first].resumedAt, sections[first].keys > 0, limit != 1 {
      guesses.append(start..<stretch(first).upperBound)
    }
    var database = sections[first].database
    var announced = sections[first].announced
    var (keys, expires) = (sections[first].keys, sections[first].expires)
    var start = first
    for index in (first + 1)..<max(next, first + 1) {
      let (crosses, isGuess) = judge(
        start, index, next, limit: limit, announced: announced, keys: keys, expires: expires)
      if crosses {
        database += 1
        announced = nil
        (keys, expires) = (0, 0)
        start = index
      }
      announced = announced ?? sections[index].announced
      keys += sections[index].keys
      expires += sections[index].expires
      let stretch = stretch(index)
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

  /// Whether a section behind a gap belongs to another database than the one before the gap, which began
  /// with the section at `first` and has had `keys` so far, `expires` of them with expiry; and whether that
  /// is a guess.
  private func judge(
    _ first: Int, _ index: Int, _ next: Int, limit: UInt64?,
    announced: (keys: UInt64, expires: UInt64, offset: UInt64)?, keys: UInt64, expires: UInt64
  ) -> (crosses: Bool, isGuess: Bool) {
    let section = sections[index]
    let database = sections[index - 1].database
    let between = limit.map { $0 > database ? $0 - database - 1 : 0 }
    // RESIZEDB stands behind a SELECTDB, which is lost then.
    let isHead =
      section.announced?.offset == section.resumedAt && (announced != nil || keys > 0)
    // A file with one database has hardly lost the sign of a second one.
    let mayCross =
      between.map { $0 > 0 }
      ?? (database != Self.usualDatabases - 1
        && (sections.first?.database != database || announced != nil || isHead))
    guard mayCross, let start = section.resumedAt, gaps[start]?.confidence != nil else {
      return (false, false)
    }
    if isHead { return (true, between != 1) }
    guard let announced else { return (false, true) }
    var (crosses, isGuess) = judge(
      first, index, next, missing: Int(clamping: announced.keys) - Int(clamping: keys))
    if expires + section.expires > announced.expires + UInt64(repeats.count(in: stretch(index))) {
      crosses = true
    }
    // Which one of several databases, nothing tells.
    if crosses, between != 1 { isGuess = true }
    return (crosses, isGuess)
  }

  /// Bytes of the shortest record of a key.
  private static let shortestRecord: UInt64 = 4

  /// Whether the records behind a gap belong to another database, and whether that is a guess.
  ///
  /// `missing`: keys that the database before the gap has to have still.
  private func judge(
    _ first: Int, _ index: Int, _ next: Int, missing: Int
  ) -> (crosses: Bool, isGuess: Bool) {
    // What is doubted may be no key.
    let room =
      missing + (index - first)
      + doubtful.count(in: stretch(first).lowerBound..<stretch(index).upperBound)
    // As many of the sections that follow as the database has room for.
    let last =
      before[(index + 1)...next].partitioningIndex { $0.keys - before[index].keys > room } - 1
    guard last > index else { return (true, false) }
    let crossing = before[index + 1] - before[first]
    if UInt64(clamping: missing) > crossing.bytes / Self.shortestRecord + 1 {
      return (false, false)
    }
    let lostIfStaying = missing - (before[last].keys - before[index].keys)
    let mayStay = lostIfStaying <= 3 * (before[last] - before[first]).lost + 3
    let mayCross = missing <= 3 * crossing.lost + 3
    // Bytes may have been inserted, and then nothing is missing; or a record or two.
    if lostIfStaying <= 2 { return (false, mayCross) }
    if mayStay != mayCross { return (mayCross, false) }
    // The database may end in any of the later gaps.
    let staying = ((index + 1)...last).lazy.map { end in
      let lost = missing - (before[end].keys - before[index].keys)
      return abs(lost - (before[end] - before[first]).lost)
    }.min()
    return ((staying ?? 0) > 2 * abs(missing - crossing.lost) + 3, true)
  }

  /// Where a section behind a gap is.
  private func stretch(_ index: Int) -> Range<UInt64> {
    let start = sections[index].resumedAt ?? 0
    guard index + 1 < sections.endIndex else { return start..<max(start, end) }
    let next = sections[index + 1].resumedAt ?? sections[index + 1].selectedAt ?? end
    return start..<max(start, next)
  }

  /// The database of a record that was walked with another one in mind.
  func database(of offset: UInt64, walkedAs database: UInt64) -> UInt64 {
    let next = moves.partitioningIndex { $0.at > offset }
    guard next > 0 else { return database }
    let move = moves[next - 1]
    return offset < move.end && move.from == database ? move.to : database
  }

  /// A finding that was noted with the database as it was walked.
  func corrected(_ finding: Finding) -> Finding {
    guard let record = finding.record, let walked = finding.database else { return finding }
    var finding = finding
    finding.database = database(of: record, walkedAs: walked)
    return finding
  }
}

extension [UInt64] {
  /// Those of ascending places that lie in a range.
  fileprivate func count(in range: Range<UInt64>) -> Int {
    partitioningIndex { $0 >= range.upperBound } - partitioningIndex { $0 >= range.lowerBound }
  }
}
