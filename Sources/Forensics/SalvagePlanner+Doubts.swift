internal import Persistence

/// What can be wrong with records that look sound.
extension SalvagePlanner {
  /// Bytes of a block of a disk that comes back as zeros.
  private static let blockSize: UInt64 = 512
  /// Zero blocks that are told apart.
  private static let blockLimit = 10_000

  /// Whether the checksum says that all bytes are what they were.
  private var isProved: Bool {
    report.gaps.isEmpty && notes.isEmpty && dialect.hasChecksum
      && !plan.hasNoChecksum
  }

  mutating func finish() throws(SourceError) {
    found.finish()
    try dropFields()
    if !isProved { try findSwallowed() }
    report.bytesKept = plan.kept.reduce(0) { $0 + UInt64($1.count) }
    let (duplicates, areAll) = try found.duplicates()
    let databases = SalvagedDatabases(
      found.collector.sections ?? [], gaps: report.gaps, duplicates: duplicates,
      doubtful: doubtful, end: size, bytesKept: report.bytesKept,
      keys: found.collector.verdict.keys)
    try move(databases)
    try doubtBeginnings()
    try drop(duplicates, databases)
    try dropRepeatedLibraries()
    if !areAll {
      note(
        Finding(
          .error, .duplicateKey, at: duplicates.first?.second ?? 0,
          "so many keys stand here more than once that some still do in what came back: "
            + "no server will load it"))
    }
    if !isProved { try doubtZeroBlocks() }
    try announceCounts(databases)
    report.gaps.sort { $0.from < $1.from }
    found.add(notes, databases.corrected)
    report.correct(databases)
    report.keysSuspect = suspectCount
    report.bytesKept = plan.kept.reduce(framingBytes) { $0 + UInt64($1.count) }
    report.keysRecovered = found.collector.verdict.keys - report.keysPartial
  }

  /// Counts keys in the databases that were decided for them, and names those whose database is a guess.
  private mutating func move(_ databases: SalvagedDatabases) throws(SourceError) {
    for move in databases.moves {
      found.move(keys: move.keys, expires: move.expires, from: move.from, to: move.to)
    }
    for guess in databases.guesses {
      try forEachKept(in: guess) { planner, record in
        planner.suspect(
          record, "a SELECTDB may be lost before it: the database is a guess")
      }
    }
  }

  /// Fields of a broken hash that look like string records are no records: as many of those behind it
  /// are left out as the database has too many keys, and the others are doubted.
  private mutating func dropFields() throws(SourceError) {
    for run in fieldRuns {
      let place = run.at
      let surplus = surplus(at: place)
      guard run.isCertain || found.hasLifetimeTable || surplus > 0,
        let stretch = plan.stretch(at: place)
      else { continue }
      var strings: [Range<UInt64>] = []
      var at = place
      while strings.count < Self.blockLimit,
        let string = try search.weigher.plainString(at: at),
        string.upperBound <= stretch.upperBound
      {
        strings.append(string)
        at = string.upperBound
      }
      let dropped = strings.prefix(surplus)
      if let first = dropped.first, let end = dropped.last?.upperBound {
        let database = found.milestone(before: place)?.database ?? 0
        let range = first.lowerBound..<end
        plan.drop([range])
        try withdraw(range, database: database)
        addGap(range, .badLength)
      }
      strings.removeFirst(dropped.count)
      doubtful += strings.map(\.lowerBound)
    }
  }

  /// Keys that a database has too many, counting those that are known to be lost.
  private func surplus(at place: UInt64) -> Int {
    let sections = found.collector.sections ?? []
    guard let index = sections.firstIndex(where: { $0.resumedAt == place }),
      let head = sections[...index].lastIndex(where: { $0.resumedAt == nil }),
      let announced = sections[head].announced
    else { return 0 }
    let next = sections[(head + 1)...].firstIndex { $0.resumedAt == nil } ?? sections.endIndex
    let keys = sections[head..<next].reduce(0) { $0 + $1.keys }
    let lost = report.lostKeys.count { key in
      key.database == sections[head].database && key.offset > announced.offset
    }
    return max(0, Int(clamping: keys) + lost - Int(clamping: min(announced.keys, size)))
  }

  private mutating func doubtBeginnings() throws(SourceError) {
    for place in doubtful {
      guard let record = try locate(place) else { continue }
      suspect(record, "right behind a gap: it may be a piece of a broken value")
    }
    for island in islands {
      try forEachKept(in: island) { planner, record in
        planner.suspect(record, "between two gaps: it may be a piece of a broken value")
      }
    }
    for place in guessedPlaces {
      guard let record = try locate(place) else { continue }
      suspect(record, "changed back as the checksum suggests, which is no proof for so many bits")
    }
  }

  /// Records that are held at once.
  private static let locatedAtOnce = 4096

  /// Calls `body` for the records that are kept of a stretch.
  mutating func forEachKept(
    in range: Range<UInt64>, _ body: (inout SalvagePlanner, LocatedRecord) -> Void
  ) throws(SourceError) {
    for part in plan.stretches(in: range) {
      var at = part.lowerBound
      while at < part.upperBound, let milestone = found.milestone(before: at) {
        var records: [LocatedRecord] = []
        try RecordLocator.forEach(
          in: content, milestone.offset..<part.upperBound, dialect, database: milestone.database,
          from: at
        ) { record in
          records.append(record)
          return records.count < Self.locatedAtOnce
        }
        for record in records { body(&self, record) }
        guard let last = records.last else { break }
        at = last.range.upperBound
      }
    }
  }

  func locate(_ offset: UInt64) throws(SourceError) -> LocatedRecord? {
    guard let milestone = found.milestone(before: offset),
      let stretch = plan.stretch(at: offset)
    else { return nil }
    return try RecordLocator.record(
      at: offset, in: content, milestone.offset..<stretch.upperBound, dialect,
      database: milestone.database)
  }

  /// A value that is all zeros over a whole block of the file may be what was stored, or what is left
  /// when the block was lost.
  private mutating func doubtZeroBlocks() throws(SourceError) {
    var blocks = ZeroBlocks(content, size: size, blockSize: Self.blockSize)
    var left = Self.blockLimit
    var known: Range<UInt64>?
    while left > 0, let block = try blocks.next() {
      if let known, known.upperBound >= block.upperBound { continue }
      left -= 1
      for part in plan.stretches(in: block) {
        var at = part.lowerBound
        while at < part.upperBound, let record = try locate(at) {
          suspect(
            record, "a block of zeros, from byte \(block.lowerBound) on, lies in it")
          known = record.range
          at = record.range.upperBound
        }
      }
    }
  }

  /// Lets RESIZEDB announce what the output holds, puts SELECTDB where a gap has taken it, and takes from
  /// the numbers how much is lost.
  private mutating func announceCounts(_ databases: SalvagedDatabases) throws(SourceError) {
    var lost: UInt64 = 0
    var isStated = true
    // What was left out since has been taken from the collector's numbers only.
    var sections = found.collector.sections ?? []
    for index in sections.indices { sections[index].database = databases.sections[index].database }
    let selections = Dictionary(
      databases.moves.filter(\.isSelected).map { ($0.at, $0) }, uniquingKeysWith: { $1 })
    var first = sections.startIndex
    while first < sections.endIndex {
      let database = sections[first].database
      // What goes on behind gaps in the same database.
      let next =
        sections[(first + 1)...].firstIndex { $0.resumedAt == nil || $0.database != database }
        ?? sections.endIndex
      let parts = sections[first..<next]
      let keys = parts.reduce(0) { $0 + $1.keys }
      let expires = parts.reduce(0) { $0 + $1.expires }
      if let announced = parts.lazy.compactMap(\.announced).first {
        if announced.keys > keys, announced.keys <= size { lost += announced.keys - keys }
      } else if keys > 0 {
        isStated = false
      }
      var place = sections[first].resumedAt.flatMap { selections[$0] }.map { $0.at..<$0.at }
      for announced in parts.lazy.compactMap(\.announced) {
        guard let record = try locate(announced.offset) else { continue }
        if place?.lowerBound == record.range.lowerBound {
          place = record.range
        } else if announced.keys != keys || announced.expires != expires {
          plan.patches.append(
            SalvagePlan.Patch(
              range: record.range, content: .resize(keys: keys, expires: expires)))
        }
      }
      if let place {
        plan.patches.append(
          SalvagePlan.Patch(
            range: place, content: .select(database: database, keys: keys, expires: expires)))
      }
      first = next
    }
    let known = UInt64(report.lostKeys.count) + report.omittedKeys - report.keysPartial
    report.keysLost = max(lost, known)
    report.lossIsStated = isStated && lost >= known
  }
}

/// The blocks of a file that are all zero.
private struct ZeroBlocks {
  private static let pieceSize = 1 << 20

  private let content: any RandomAccess
  private let size: UInt64
  private let blockSize: Int
  private var piece: [UInt8] = []
  private var start: UInt64 = 0
  private var at = 0

  init(_ content: any RandomAccess, size: UInt64, blockSize: UInt64) {
    self.content = content
    self.size = size
    self.blockSize = Int(blockSize)
  }

  mutating func next() throws(SourceError) -> Range<UInt64>? {
    while true {
      while at + blockSize <= piece.count {
        defer { at += blockSize }
        if isZero(at) {
          let offset = start + UInt64(at)
          return offset..<(offset + UInt64(blockSize))
        }
      }
      start += UInt64(piece.count)
      guard start < size else { return nil }
      piece = try content.bytes(at: start, count: Int(min(UInt64(Self.pieceSize), size - start)))
      at = 0
      guard !piece.isEmpty else { return nil }
    }
  }

  private func isZero(_ offset: Int) -> Bool {
    let bytes = unsafe piece.span.bytes
    for place in stride(from: offset, to: offset + blockSize, by: 8)
    where bytes.littleEndian(at: place, as: UInt64.self) != 0 { return false }
    return true
  }
}
