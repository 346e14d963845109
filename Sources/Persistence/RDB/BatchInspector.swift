/// What an inspection looks at.
package struct InspectionOptions: Sendable {
  /// Values are checked inside, and keys collected for the search for duplicates.
  package var isDeep = true
  /// Key bytes are kept beside the hashes.
  package var keepsKeyBytes = false
  /// Unix time in milliseconds by which keys count as expired.
  package var now: Int64 = 0

  package init() {}
}

/// Inspects batches of records, one after another, on one thread.
package struct BatchInspector: ~Copyable, PipelineWorker {
  /// Problems, and facts, that a batch reports; the rest is counted.
  static let problemLimit = 1000

  private let options: InspectionOptions
  private let recycle: @Sendable (RecordBatch) -> Void
  private var inspector = ValueInspector()

  /// `recycle` gets every batch back when it has been read.
  package init(_ options: InspectionOptions, recycle: @escaping @Sendable (RecordBatch) -> Void) {
    self.options = options
    self.recycle = recycle
  }

  package mutating func process(_ item: ScannedItem) -> BatchReport {
    switch item {
    case .batch(let batch): inspect(batch)
    case .large(let record): inspect(record)
    }
  }

  private mutating func inspect(_ batch: RecordBatch) -> BatchReport {
    var report = BatchReport()
    report.byteCount = batch.count
    report.checksum = CRC64.update(0, batch.bytes)
    walk(batch, &report)
    recycle(batch)
    inspector.trim()
    return report
  }

  private mutating func inspect(_ record: LargeRecord) -> BatchReport {
    var report = BatchReport()
    report.byteCount = Int(record.count)
    report.checksum = record.checksum
    let head = record.head
    let beginning = record.beginning
    let bytes = unsafe beginning.span.bytes
    var tally = DatabaseTally(database: record.database, isSelected: false)
    tally.count(head, now: options.now)
    report.databases = [tally]
    report.keys = 1
    let place = RecordPlace(fileOffset: record.fileOffset, database: record.database)
    var facts = ValueFacts()
    do throws(LargeValueError) {
      do throws(FormatError) {
        if options.isDeep { try collectKey(head, bytes, place, &report) }
        facts = try ValueInspector.glance(head.layout, bytes, at: head.valueOffset)
      } catch {
        throw .format(error)
      }
      if options.isDeep {
        facts = try inspector.inspect(record)
        warnOfEmptyNode(facts, head, bytes, place, &report)
      }
    } catch {
      facts = ValueFacts()
      report.add(error, record)
    }
    count(head, facts, record.dialect, &report)
    if head.needsCheck { check(head, bytes, place, &report) }
    inspector.trim()
    return report
  }

  private mutating func walk(_ batch: RecordBatch, _ report: inout BatchReport) {
    let bytes = batch.bytes
    // Locals: a property of a class costs a dynamic check at every access.
    let fileOffset = batch.fileOffset
    let dialect = batch.dialect
    let now = options.now
    var parser = RecordParser(bytes, dialect, inputEnd: UInt64(bytes.byteCount))
    parser.cursor.offset = batch.bodyStart
    var tally = DatabaseTally(database: batch.database, isSelected: false)
    if options.isDeep { report.keyEntries.reserveCapacity(bytes.byteCount / 64) }
    while !parser.cursor.isAtEnd {
      do throws(FormatError) {
        let head = try parser.next()
        if head.kind == .key {
          tally.count(head, now: now)
          let place = RecordPlace(fileOffset: fileOffset, database: tally.database)
          try readKey(head, &parser, place, dialect, &report)
        } else if head.kind == .selectDB {
          // A database without anything in it leaves no trace: a file may select millions.
          if !tally.isSelected || tally.keys > 0 || tally.announced != nil {
            report.databases.append(tally)
          }
          tally = DatabaseTally(database: head.numbers.0, isSelected: true)
          let offset = fileOffset + UInt64(head.opcodeOffset)
          tally.selectedAt = offset
          if head.numbers.0 > report.highestDatabase.number {
            report.highestDatabase = (head.numbers.0, offset)
          }
        } else if head.kind == .resizeDB {
          tally.announced = (
            head.numbers.0, head.numbers.1, fileOffset + UInt64(head.opcodeOffset)
          )
        } else {
          try readFact(head, bytes, fileOffset, &report)
        }
        if head.needsCheck {
          check(
            head, bytes, RecordPlace(fileOffset: fileOffset, database: tally.database), &report)
        }
      } catch {
        // The scanner has walked these records by the same framing.
        preconditionFailure("a framed record does not parse: \(error)")
      }
    }
    report.databases.append(tally)
    report.keys = report.databases.reduce(0) { $0 &+ $1.keys }
  }

  /// Inspects a key and its value and steps over them.
  @_lifetime(parser: copy parser)
  @inline(__always)
  private mutating func readKey(
    _ head: RecordHead, _ parser: inout RecordParser, _ place: RecordPlace, _ dialect: RDBDialect,
    _ report: inout BatchReport
  ) throws(FormatError) {
    let bytes = parser.cursor.bytes
    var facts = ValueFacts()
    do throws(FormatError) {
      if options.isDeep {
        try collectKey(head, bytes, place, &report)
        facts = try inspector.inspect(head.layout, &parser.cursor)
        warnOfEmptyNode(facts, head, bytes, place, &report)
      } else {
        facts = try inspector.skim(head.layout, &parser.cursor)
      }
    } catch {
      report.add(problem(error, head, place, bytes))
      parser.cursor.offset = head.valueOffset
      try parser.skipValue(of: head)
    }
    count(head, facts, dialect, &report)
  }

  /// Notes a key for the search for duplicates.
  @inline(__always)
  private mutating func collectKey(
    _ head: RecordHead, _ bytes: RawSpan, _ place: RecordPlace, _ report: inout BatchReport
  ) throws(FormatError) {
    let hash = try inspector.keyHash(head.name, in: bytes, database: place.database)
    let entry = KeyEntry(hash: hash, offset: place.fileOffset &+ UInt64(head.nameOffset))
    let isInRun = report.isInRun(hash)
    if isInRun { report.extendRun(entry) } else { report.keyEntries.append(entry) }
    if options.keepsKeyBytes, !isInRun {
      report.keep(bytes.extracting(head.nameOffset..<head.valueOffset))
    }
  }

  @inline(__always)
  private mutating func warnOfEmptyNode(
    _ facts: ValueFacts, _ head: RecordHead, _ bytes: RawSpan, _ place: RecordPlace,
    _ report: inout BatchReport
  ) {
    guard facts.emptyNodeOffset >= 0 else { return }
    let error = FormatError(
      .emptyCollection, at: facts.emptyNodeOffset, "a node of the list has no element")
    report.add(problem(error, head, place, bytes, isWarning: true))
  }

  /// Counts a key by its type and encoding.
  @inline(__always)
  private func count(
    _ head: RecordHead, _ facts: ValueFacts, _ dialect: RDBDialect, _ report: inout BatchReport
  ) {
    let encoding = dialect.encoding(
      head.layout, facts, keyLength: head.name.length, hasExpiry: head.hasExpiry)
    report.types[head.layout.type.index] &+= 1
    report.encodings[encoding.index] &+= 1
    if head.layout == .hashMetadata || head.layout == .hashMetadataPreGA {
      report.hasLifetimeTable = true
    }
    if head.layout == .module2 {
      report.modules[facts.moduleID, default: 0] += 1
    }
  }

  /// What is wrong with a record without being wrong in its value.
  private mutating func check(
    _ head: RecordHead, _ bytes: RawSpan, _ place: RecordPlace, _ report: inout BatchReport
  ) {
    func add(_ error: FormatError, isWarning: Bool) {
      report.add(problem(error, head, place, bytes, isWarning: isWarning))
    }
    if head.isNewerThanFile {
      let code: FindingCode = head.kind == .key ? .badType : .badOpcode
      add(
        FormatError(
          code, at: head.opcodeOffset, "newer than the version in the header of the file",
          found: UInt64(head.byte)), isWarning: false)
    }
    if head.hasAttributes, head.kind != .key {
      add(
        FormatError(.badOpcode, at: head.start, "an expiry, idle time or frequency without a key"),
        isWarning: true)
    }
    if head.repeatsAttribute {
      add(
        FormatError(.badOpcode, at: head.start, "an expiry, idle time or frequency is given twice"),
        isWarning: true)
    }
    if head.hasExpiry, head.expiresAt < 0 {
      add(
        FormatError(.badExpire, at: head.start, "the key expires before 1970"), isWarning: true)
    }
    if head.kind == .slotInfo, head.numbers.0 > 16383 {
      add(
        FormatError(
          .badLength, at: head.opcodeOffset, "no such cluster slot", expected: 16383,
          found: head.numbers.0), isWarning: false)
    }
    if head.kind == .moduleAux, head.numbers.1 != 1, head.numbers.1 != 2 {
      add(
        FormatError(
          .badModule, at: head.opcodeOffset,
          "module data is neither before (1) nor after (2) the keys",
          found: head.numbers.1), isWarning: false)
    }
  }

  /// Reads an aux field, a function library or the head of module data.
  private mutating func readFact(
    _ head: RecordHead, _ bytes: RawSpan, _ fileOffset: UInt64, _ report: inout BatchReport
  ) throws(FormatError) {
    do throws(FormatError) {
      if let fact = try FileFact(head, in: bytes, &inspector.decoder) { report.add(fact) }
    } catch {
      report.add(problem(error, head, RecordPlace(fileOffset: fileOffset, database: 0), bytes))
    }
  }

  /// A problem as seen from the file.
  private mutating func problem(
    _ error: FormatError, _ head: RecordHead, _ place: RecordPlace, _ bytes: RawSpan,
    isWarning: Bool = false
  ) -> RecordProblem {
    let moved = error.moved(by: place.fileOffset)
    let key = head.kind == .key ? try? inspector.copy(head.name, in: bytes) : nil
    return RecordProblem(
      error: moved, isWarning: isWarning, record: place.fileOffset + UInt64(head.start),
      database: head.kind == .key ? place.database : nil, key: key)
  }
}

/// Where the records of a buffer belong.
private struct RecordPlace {
  /// Offset in the file of the buffer's first byte.
  var fileOffset: UInt64
  var database: UInt64
}

extension DatabaseTally {
  /// Counts a key.
  @inline(__always)
  fileprivate mutating func count(_ head: RecordHead, now: Int64) {
    keys &+= 1
    if head.hasExpiry {
      expires &+= 1
      if head.expiresAt < now { expired &+= 1 }
    }
  }
}

extension BatchReport {
  /// Adds why a large value could not be read.
  package mutating func add(_ error: LargeValueError, _ record: LargeRecord) {
    let start = record.head.start
    let problem: FormatError
    switch error {
    case .format(let error): problem = error
    case .changed:
      problem = FormatError(
        .changedWhileRead, at: start, "the value is not what it was a moment before")
    case .source(let error):
      sourceError = error
      return
    }
    add(
      RecordProblem(
        error: problem.moved(by: record.fileOffset), record: record.fileOffset + UInt64(start),
        database: record.database,
        key: record.keyError == nil ? record.key : nil))
  }

  mutating func add(_ problem: RecordProblem) {
    // Warnings, however many, do not hide that a record is damaged.
    if problems.count < BatchInspector.problemLimit
      || !problem.isWarning && problems.allSatisfy(\.isWarning)
    {
      problems.append(problem)
    } else if problem.isWarning {
      omittedWarnings += 1
    } else {
      omittedErrors += 1
    }
  }

  mutating func add(_ fact: FileFact) {
    if facts.count < BatchInspector.problemLimit {
      facts.append(fact)
    } else {
      omittedFacts += 1
    }
  }

  /// Whether the last two keys have this hash already.
  @inline(__always)
  func isInRun(_ hash: UInt64) -> Bool {
    let count = keyEntries.count
    return count > 1 && keyEntries[count &- 1].hash == hash && keyEntries[count &- 2].hash == hash
  }

  mutating func extendRun(_ entry: KeyEntry) {
    if let last = keyRuns.indices.last, keyRuns[last].hash == entry.hash {
      keyRuns[last].count += 1
      keyRuns[last].last = entry.offset
    } else {
      keyRuns.append(KeyRun(hash: entry.hash, count: 1, last: entry.offset))
    }
  }

  mutating func keep(_ key: RawSpan) {
    keyStarts.append(keyBytes.count)
    unsafe key.withUnsafeBytes { unsafe keyBytes.append(contentsOf: $0) }
  }
}

extension ValueType {
  /// The place among all cases.
  package var index: Int {
    switch self {
    case .string: 0
    case .list: 1
    case .set: 2
    case .zset: 3
    case .hash: 4
    case .stream: 5
    case .module: 6
    }
  }
}

extension ObjectEncoding {
  /// The place among all cases.
  package var index: Int {
    switch self {
    case .raw: 0
    case .int: 1
    case .embstr: 2
    case .linkedlist: 3
    case .ziplist: 4
    case .quicklist: 5
    case .listpack: 6
    case .listpackex: 7
    case .hashtable: 8
    case .intset: 9
    case .zipmap: 10
    case .skiplist: 11
    case .stream: 12
    case .module: 13
    }
  }
}
