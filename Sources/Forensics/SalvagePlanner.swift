internal import Persistence

/// Decides which bytes of a damaged file are kept.
///
/// Walks sound records as far as they go. Where a record is broken, it is stepped over by its framing
/// if sane records follow there; else the next place is searched at which they do. What lies between is
/// a gap. The record before a gap is doubted, too, unless something plausible begins where it ends: its
/// length may be the one that is wrong.
struct SalvagePlanner: ~Copyable {
  let content: any RandomAccess
  let size: UInt64
  let dialect: RDBDialect
  let survey: StretchSurvey
  let found: SalvagedRecords
  var search: Resynchronizer
  var plan: SalvagePlan
  var report = SalvageReport()
  /// Records that are kept although they are doubted, by their place; at most `suspectLimit`.
  private var suspects: Set<UInt64> = []
  private var omittedSuspects: UInt64 = 0
  /// Findings, with the databases as they were walked.
  private(set) var notes: FindingList
  /// Places of records right behind a gap for which little speaks.
  var doubtful: [UInt64] = []
  /// A few records between two gaps.
  var islands: [Range<UInt64>] = []
  /// Where bytes were changed back on the word of the checksum, without that being proof.
  var guessedPlaces: [UInt64] = []
  /// Where strings go on behind a gap that may be fields of a broken hash.
  var fieldRuns: [FieldRun] = []
  /// Bytes of the header and of the end, which are written anew.
  var framingBytes: UInt64 = 0
  /// Keys of which a part of the value is written, by the place of the key.
  var partials: [UInt64: PartialKey] = [:]
  private let task: RDBSalvage

  struct FieldRun {
    var at: UInt64
    /// There was such a hash.
    var isCertain: Bool
  }

  struct PartialKey {
    var key: ByteString
    var type: ValueType
    var database: UInt64
    var hasExpiry: Bool
    var patch: Range<UInt64>
  }

  /// The walk at a moment.
  private struct Walk {
    var at: UInt64
    var database: UInt64 = 0
    /// Where the sound records before `at` begin.
    var start: UInt64
    /// Whether they were found by searching.
    var isResumed: Bool
    var pace: StretchSurvey.Pace

    mutating func resume(at place: UInt64, database: UInt64) {
      at = place
      start = place
      self.database = database
      isResumed = true
      pace = .careful
    }
  }

  init(
    _ content: any RandomAccess, size: UInt64, _ dialect: RDBDialect, _ verdict: RDBVerdict,
    for task: RDBSalvage
  ) {
    self.task = task
    self.content = content
    self.size = size
    self.dialect = dialect
    var options = InspectionOptions()
    options.now = task.now
    survey = StretchSurvey(content: content, dialect: dialect, options: options)
    search = Resynchronizer(content, size: size, dialect)
    notes = FindingList(limit: verdict.findings.limit)
    found = SalvagedRecords(
      RDBCollector(
        verdict, databases: task.databases, reader: ContentKeyReader(content: content),
        isDeep: true, keepsSections: true))
    plan = SalvagePlan(dialect)
  }

  /// Plans the whole file. `headerChecksum` is the CRC64 of a good header; without one, records are
  /// searched from the start of the file on.
  ///
  /// `progress` is called now and then from one thread at a time.
  mutating func run(
    headerChecksum: UInt64?, progress: (ScanProgress) -> Void
  ) throws(SourceError) {
    found.checksum = headerChecksum
    if headerChecksum != nil { framingBytes = UInt64(RDBDialect.headerLength) }
    var walk = Walk(
      at: UInt64(RDBDialect.headerLength), start: UInt64(RDBDialect.headerLength),
      isResumed: false, pace: .whole(jobs: task.jobs))
    if headerChecksum == nil {
      guard let resumption = try nextRecords(from: 0) else {
        addGap(0..<size, .badMagic)
        return
      }
      addGap(0..<resumption.at, .badMagic, resumption.confidence)
      walk.resume(at: resumption.at, database: 0)
      found.resume(at: resumption.at, database: 0)
    }
    while try step(&walk, progress) {}
    try finish()
  }

  /// Walks on to the next break and over it; false at the end.
  private mutating func step(
    _ walk: inout Walk, _ progress: (ScanProgress) -> Void
  ) throws(SourceError) -> Bool {
    let found = found
    let total = size
    found.begin(at: walk.at, database: walk.database)
    let result = try survey.run(walk.at..<size, database: walk.database, walk.pace) {
      found.add($0)
      progress(
        ScanProgress(bytes: found.end, total: total, count: found.collector.verdict.keys))
    }
    walk.at = result.end
    walk.database = result.database
    switch result.stop {
    case .enough:
      walk.pace = .whole(jobs: task.jobs)
      return true
    case .end:
      plan.keep(walk.start..<walk.at)
      note(Finding(.error, .truncated, at: size, "the file ends without an EOF opcode"))
      return false
    case .eof(let offset): return try pass(endAt: offset, &walk)
    case .broken(let record): return try pass(record, anchor: result.anchor, &walk)
    }
  }

  // MARK: Broken records

  private mutating func pass(
    _ broken: BrokenRecord, anchor: UInt64, _ walk: inout Walk
  ) throws(SourceError) -> Bool {
    var gapStart = broken.start
    var database = broken.database
    let resumption: Resynchronizer.Resumption?
    if try search.weigher.layout(at: broken.start)?.elementsLookLikeStrings == true {
      resumption = try runBehindFields(from: broken.start + 1, isCertain: true)
    } else if broken.isFramed, let end = try framedEnd(of: broken) {
      // It may have swallowed records that follow it.
      if let inside = try search.search(
        leadingToEndOf: (broken.start + 1)..<end, isBroken: true)
      {
        let distance = inside.at - broken.start
        doubtful += try search.doubtfulRecords(behind: inside, distance: distance)
        resumption = inside
      } else {
        resumption = Resynchronizer.Resumption(at: end, confidence: nil)
      }
    } else if broken.start > walk.start, try !search.weigher.headIsPlausible(at: broken.start),
      let before = try record(before: broken.start, from: anchor)
    {
      if let inside = try nextRun(
        (before.range.lowerBound + 1)..<broken.start, beyond: broken.start)
      {
        gapStart = before.range.lowerBound
        try withdraw(gapStart..<broken.start, database: before.database)
        if let key = before.key {
          lose(before, key, .badLength, "its length reaches into the records behind it")
        }
        if before.kind == .selectDB {
          database =
            try record(before: gapStart, from: anchor)?.database
            ?? found.milestone(before: gapStart)?.database ?? 0
          found.forgetSections()
        }
        resumption = inside
      } else {
        suspect(
          before, "what follows it is no record: its length may be wrong, or bytes are inserted")
        resumption = try nextRecords(from: broken.start + 1)
      }
    } else {
      resumption = try nextRecords(from: broken.start + 1)
    }
    note(
      Finding(
        .error, broken.error.code, at: UInt64(broken.error.offset), record: broken.start,
        database: broken.key == nil ? nil : broken.database, key: broken.key,
        broken.error.description))
    plan.keep(walk.start..<gapStart)
    if walk.isResumed, walk.start < gapStart, gapStart - walk.start <= Self.islandSize {
      islands.append(walk.start..<gapStart)
    }
    if let key = broken.key {
      let kept =
        task.keepsPartialValues ? try keepPart(of: broken, upTo: resumption?.at ?? size) : nil
      report.lose(
        SalvageReport.LostKey(
          database: broken.database, key: key, offset: broken.start, reason: broken.error.code,
          elementsKept: kept))
    }
    addGap(gapStart..<(resumption?.at ?? size), broken.error.code, resumption?.confidence)
    guard let resumption else { return false }
    walk.resume(at: resumption.at, database: database)
    found.resume(at: resumption.at, database: database)
    return true
  }

  /// Bytes between two gaps that may as well be a piece of what is broken.
  private static let islandSize: UInt64 = 128
  /// Bytes of a broken record that are searched for good elements.
  private static let longestPart: UInt64 = 256 << 20

  /// Has what is left of a broken value written in its place; returns the number of its elements.
  private mutating func keepPart(
    of broken: BrokenRecord, upTo end: UInt64
  ) throws(SourceError) -> UInt64? {
    guard end > broken.start else { return nil }
    let bytes = try content.bytes(
      at: broken.start, count: Int(min(end - broken.start, Self.longestPart)))
    guard
      let part = PartialEntry.read(
        unsafe bytes.span.bytes, dialect, database: broken.database)
    else { return nil }
    let patch = broken.start..<broken.start
    plan.patches.append(SalvagePlan.Patch(range: patch, content: .entry(part.entry)))
    let place = broken.start + part.keyOffset
    partials[place] = PartialKey(
      key: part.entry.key, type: part.entry.type, database: broken.database,
      hasExpiry: part.entry.expiresAt != nil, patch: patch)
    found.count(part.entry, keyAt: place)
    report.keysPartial += 1
    return part.elements
  }

  /// Where a broken record ends, if its framing can be believed: sane records, or at least the head of
  /// one, stand behind it, or the end of the file.
  private mutating func framedEnd(of broken: BrokenRecord) throws(SourceError) -> UInt64? {
    guard let end = try search.weigher.frameEnd(at: broken.start), end <= size else { return nil }
    return try search.goesOn(at: end) ? end : nil
  }

  /// The next place from which records go on, those of a whole RDB inside a value left out.
  private mutating func nextRun(
    _ range: Range<UInt64>, beyond goal: UInt64
  ) throws(SourceError) -> Resynchronizer.Resumption? {
    var range = range
    while let resumption = try search.search(range, beyond: goal) {
      guard let end = try endOfDump(from: resumption.at) else {
        let distance = resumption.at - range.lowerBound + 1
        doubtful += try search.doubtfulRecords(behind: resumption, distance: distance)
        return resumption
      }
      guard end < range.upperBound else { return nil }
      range = end..<range.upperBound
    }
    return nil
  }

  /// The next place from which records go on behind what may be the fields of a broken hash with
  /// lifetimes.
  ///
  /// The fields of such a hash that have no lifetime look like string records, those that have one like
  /// nothing. A run of strings is therefore not believed where such fields follow it. It may begin with
  /// fields all the same (`dropFields`). `isCertain`: the broken record is such a hash, so that the run has
  /// to lead to something else than strings.
  private mutating func runBehindFields(
    from first: UInt64, isCertain: Bool
  ) throws(SourceError) -> Resynchronizer.Resumption? {
    var start = first
    while start < size, let resumption = try nextRun(start..<size, beyond: 0) {
      var at = resumption.at
      while let string = try search.weigher.plainString(at: at) { at = string.upperBound }
      var isBelieved = at == resumption.at
      if isCertain {
        isBelieved = try search.leadsBeyondStrings(
          from: resumption.at, distance: resumption.at - first + 1)
      } else if !isBelieved {
        isBelieved = try !search.weigher.looksLikeFields(at: at)
      }
      if isBelieved {
        if at > resumption.at {
          fieldRuns.append(FieldRun(at: resumption.at, isCertain: isCertain || start > first))
        }
        return resumption
      }
      start = max(at, resumption.at) + 1
    }
    return nil
  }

  /// The next place from which records go on.
  private mutating func nextRecords(from start: UInt64) throws(SourceError)
    -> Resynchronizer.Resumption?
  {
    guard dialect.writes(.hashMetadata) else { return try nextRun(start..<size, beyond: 0) }
    return try runBehindFields(from: start, isCertain: false)
  }

  /// If an RDB header stands right before a place other than the start of the file, the end of that RDB:
  /// one that ends before this one does.
  private mutating func endOfDump(from place: UInt64) throws(SourceError) -> UInt64? {
    let length = UInt64(RDBDialect.headerLength)
    guard place > length else { return nil }
    let header = try content.bytes(at: place - length, count: RDBDialect.headerLength)
    guard let inner = try? RDBHeader.read(unsafe header.span.bytes) else { return nil }
    let scanner = RecordScanner(content, place..<size, inner, database: 0)
    let recycle = scanner.recycler()
    while let item = try scanner.next() {
      if case .batch(let batch) = item { recycle(batch) }
    }
    guard let eof = scanner.ending.eofOffset, eof < search.endOfRecords else { return nil }
    return min(size, eof + (inner.hasChecksum ? 9 : 1))
  }

  // MARK: The end

  /// Ends the plan at an EOF opcode; true when the walk goes on behind it, because it is none.
  private mutating func pass(endAt offset: UInt64, _ walk: inout Walk) throws(SourceError) -> Bool {
    let stored = try content.storedChecksum(at: offset + 1)
    let tail: UInt64 = dialect.hasChecksum ? 9 : 1
    let isGenuine = stored != nil && found.checksum == stored && dialect.hasChecksum
    if offset != search.endOfRecords, !isGenuine, offset + 1 < size,
      let resumption = try nextRun((offset + 1)..<size, beyond: 0)
    {
      if walk.isResumed, resumption.at == offset + tail {
        // A value that holds an RDB of its own, of which the damage took the head.
        walk.database = found.milestone(before: walk.start)?.database ?? 0
        try withdraw(walk.start..<offset, database: walk.database)
        found.forgetSections(resumedAt: walk.start)
        addGap(walk.start..<resumption.at, .badOpcode)
      } else {
        plan.keep(walk.start..<offset)
        addGap(offset..<resumption.at, .badOpcode, resumption.confidence)
      }
      note(
        Finding(
          .error, .badOpcode, at: offset, record: offset,
          "an EOF opcode in the middle of the file: records go on at byte \(resumption.at)"))
      walk.resume(at: resumption.at, database: walk.database)
      found.resume(at: resumption.at, database: walk.database)
      return true
    }
    plan.keep(walk.start..<offset)
    try checkEnd(at: offset, stored)
    return false
  }

  private mutating func checkEnd(
    at offset: UInt64, _ stored: UInt64?
  ) throws(SourceError) {
    let tail: UInt64 = dialect.hasChecksum ? 9 : 1
    if dialect.hasChecksum {
      if let stored {
        compare(stored, at: offset + 1)
      } else {
        note(Finding(.error, .truncated, at: size, "the file ends before its checksum"))
      }
    }
    framingBytes += min(tail, size - offset)
    guard offset + tail < size else { return }
    addGap((offset + tail)..<size, .trailingBytes, isExcess: true)
    note(
      Finding(
        .error, .trailingBytes, at: offset + tail,
        "\(size - offset - tail) bytes follow the end of the RDB"))
  }

  /// Compares the checksum at the end of the file, where all before it is kept.
  private mutating func compare(_ stored: UInt64, at offset: UInt64) {
    guard stored != 0 else {
      plan.hasNoChecksum = true
      return found.state(.disabled, stored: stored)
    }
    guard let computed = found.checksum else { return }
    found.state(computed == stored ? .ok : .mismatch, stored: stored)
    guard computed != stored else { return }
    note(
      Finding(
        .error, .checksumMismatch, at: offset,
        "the file says \(Hexadecimal.text(stored)), its bytes give \(Hexadecimal.text(computed))"))
  }

  // MARK: Notes

  mutating func addGap(
    _ range: Range<UInt64>, _ reason: FindingCode, _ confidence: Int? = nil, isExcess: Bool = false
  ) {
    guard !range.isEmpty else { return }
    found.checksum = nil
    report.gaps.append(
      SalvageReport.Gap(
        from: range.lowerBound, to: range.upperBound, reason: reason, confidence: confidence,
        isExcess: isExcess))
  }

  /// Notes a key that is lost, and why.
  mutating func lose(
    _ record: LocatedRecord, _ key: ByteString, _ code: FindingCode, _ message: String
  ) {
    report.lose(
      SalvageReport.LostKey(
        database: record.database, key: key, offset: record.range.lowerBound, reason: code))
    note(
      Finding(
        .error, code, at: record.range.lowerBound, record: record.range.lowerBound,
        database: record.database, key: key, message))
  }

  /// Records that are remembered as doubted: others may count twice.
  private static let suspectLimit = 1 << 18

  /// Keys that are kept although they are doubted.
  var suspectCount: UInt64 { UInt64(suspects.count) + omittedSuspects }

  /// Notes a key whose value may not be what it was.
  mutating func suspect(_ record: LocatedRecord, _ message: String) {
    let place = record.range.lowerBound
    guard record.kind == .key, !suspects.contains(place) else { return }
    if suspects.count < Self.suspectLimit {
      suspects.insert(place)
    } else {
      omittedSuspects += 1
    }
    note(
      Finding(
        .warning, .suspectValue, at: place, record: place, database: record.database,
        key: record.key, message))
  }

  /// Notes a finding, with the database as it was walked.
  mutating func note(_ finding: Finding) { notes.add(finding) }

  /// Takes back what the survey counted in a stretch.
  ///
  /// - `database`: the one that was selected there in the walk.
  /// - `moved`: the one to which its keys were moved since, if any.
  mutating func withdraw(
    _ range: Range<UInt64>, database: UInt64, movedTo moved: UInt64? = nil
  ) throws(SourceError) {
    let found = found
    var at = range.lowerBound
    _ = try survey.run(range, database: database, .whole(jobs: 1)) { report in
      found.withdraw(report, at: at, movedTo: moved)
      at += UInt64(report.byteCount)
    }
  }

  /// The record that ends at a place.
  private func record(
    before offset: UInt64, from anchor: UInt64
  ) throws(SourceError) -> LocatedRecord? {
    guard anchor < offset, let milestone = found.milestone(before: anchor) else { return nil }
    return try RecordLocator.record(
      at: offset - 1, in: content, milestone.offset..<offset, dialect,
      database: milestone.database)
  }
}

extension ValueLayout {
  /// Whether an element without a lifetime is laid out as a string record is: a zero, a name, a value.
  fileprivate var elementsLookLikeStrings: Bool {
    self == .hashMetadata || self == .hashMetadataPreGA
  }
}
