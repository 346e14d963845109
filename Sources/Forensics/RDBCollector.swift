internal import Persistence
internal import SystemPackage

/// Puts the reports of a file's batches together, in order, to a verdict.
struct RDBCollector: ~Copyable {
  /// Aux fields kept, and bytes of each value.
  private static let auxLimit = 256
  private static let auxValueLimit = 64 << 10
  /// Keys that are told to stand twice.
  static let duplicateLimit = 1 << 16
  /// Databases told apart; a server has 16.
  private static let databaseLimit = 1 << 16

  var verdict: RDBVerdict
  private let databases: UInt64
  /// Reads keys back from the input; nil for one that cannot be read twice.
  private let reader: (any KeyReader)?
  private let isDeep: Bool
  private var checksum: UInt64 = 0
  private var byteCount: UInt64 = 0
  private var section: DatabaseTally?
  private var highestDatabase: (number: UInt64, offset: UInt64) = (0, 0)
  private var ledger: KeyLedger
  private var spool: KeySpool?
  private var ledgerError: Errno?
  private var moduleKeys: [UInt64: UInt64] = [:]
  /// The first error of the input that a worker came upon.
  private(set) var sourceError: SourceError?
  /// The runs of records between two SELECTDB, where they are asked for.
  private(set) var sections: [DatabaseTally]?

  init(
    _ verdict: RDBVerdict, databases: UInt64, reader: (any KeyReader)?, isDeep: Bool,
    keepsSections: Bool = false
  ) {
    self.verdict = verdict
    self.databases = databases
    self.reader = reader
    self.isDeep = isDeep
    sections = keepsSections ? [] : nil
    // The plan of a salvage has to have room beside it.
    ledger = KeyLedger(limit: keepsSections ? KeyLedger.defaultLimit / 2 : KeyLedger.defaultLimit)
  }

  mutating func add(_ report: BatchReport) {
    checksum = CRC64.combine(checksum, report.checksum, lengthOfB: UInt64(report.byteCount))
    byteCount += UInt64(report.byteCount)
    verdict.keys += report.keys
    for index in report.types.indices { verdict.types[index] += report.types[index] }
    for index in report.encodings.indices { verdict.encodings[index] += report.encodings[index] }
    for tally in report.databases { add(tally) }
    if report.highestDatabase.number > highestDatabase.number {
      highestDatabase = report.highestDatabase
    }
    for fact in report.facts { add(fact) }
    moduleKeys.merge(report.modules, uniquingKeysWith: +)
    verdict.omittedAux += report.omittedFacts
    for problem in report.problems { verdict.findings.add(Finding(problem)) }
    verdict.findings.addOmitted(
      errors: report.omittedErrors, warnings: report.omittedWarnings)
    sourceError = sourceError ?? report.sourceError
    if isDeep, ledgerError == nil { addKeys(report) }
  }

  /// Takes back the records of a report, which were added before: they begin at `offset`.
  /// `database` is the one to which its keys were moved since, if any.
  mutating func withdraw(_ report: BatchReport, at offset: UInt64, movedTo database: UInt64?) {
    verdict.keys.reduce(by: report.keys)
    for index in report.types.indices { verdict.types[index].reduce(by: report.types[index]) }
    for index in report.encodings.indices {
      verdict.encodings[index].reduce(by: report.encodings[index])
    }
    for tally in report.databases where tally.keys > 0 {
      if section?.database == tally.database, (section?.keys ?? 0) >= tally.keys {
        section?.keys.reduce(by: tally.keys)
        section?.expires.reduce(by: tally.expires)
        section?.expired.reduce(by: tally.expired)
        continue
      }
      let database = database ?? tally.database
      verdict.databases[database]?.keys.reduce(by: tally.keys)
      verdict.databases[database]?.expires.reduce(by: tally.expires)
      verdict.databases[database]?.expired.reduce(by: tally.expired)
      if let index = section(at: offset, database: tally.database) {
        sections?[index].keys.reduce(by: tally.keys)
        sections?[index].expires.reduce(by: tally.expires)
      }
    }
  }

  private mutating func addKeys(_ report: BatchReport) {
    for run in report.keyRuns { ledger.add(run) }
    do throws(Errno) {
      if reader != nil {
        try ledger.add(report.keyEntries)
      } else {
        let spool = if let open = self.spool { open } else { try KeySpool() }
        self.spool = spool
        try ledger.add(spool.add(report))
      }
    } catch {
      ledgerError = error
    }
  }

  private mutating func add(_ tally: DatabaseTally) {
    if tally.isSelected {
      closeSection()
      section = tally
    } else if var open = section {
      open.keys += tally.keys
      open.expires += tally.expires
      open.expired += tally.expired
      open.announced = tally.announced ?? open.announced
      section = open
    } else {
      section = tally
    }
  }

  private mutating func closeSection(isComplete: Bool = true) {
    guard let tally = section, tally.isSelected || tally.keys > 0 || tally.announced != nil else {
      return
    }
    if verdict.databases[tally.database] != nil
      || verdict.databases.count < RDBCollector.databaseLimit
    {
      verdict.databases[tally.database, default: .init()].keys += tally.keys
      verdict.databases[tally.database, default: .init()].expires += tally.expires
      verdict.databases[tally.database, default: .init()].expired += tally.expired
    }
    guard sections == nil else {
      if sections?.count ?? 0 < RDBCollector.databaseLimit { sections?.append(tally) }
      return
    }
    guard isComplete, let announced = tally.announced,
      announced.keys != tally.keys || announced.expires != tally.expires
    else { return }
    // A server reserves tables for what is announced, and dies of a number that no file could hold.
    let isPossible =
      announced.keys <= max(verdict.bytes, byteCount) && announced.expires <= announced.keys
    verdict.findings.add(
      Finding(
        isPossible ? .warning : .error, .resizedbMismatch, at: announced.offset,
        database: tally.database,
        "RESIZEDB announces \(announced.keys) keys, \(announced.expires) with expiry; "
          + "the database has \(tally.keys), \(tally.expires) with expiry"))
  }

  private mutating func add(_ fact: FileFact) {
    switch fact {
    case .aux(let name, let value):
      guard verdict.aux.count < RDBCollector.auxLimit, value.count <= RDBCollector.auxValueLimit
      else {
        verdict.omittedAux += 1
        return
      }
      verdict.aux.append((name, value))
    case .function(let shebang, let bytes):
      guard verdict.functions.count < RDBCollector.auxLimit else { return }
      verdict.functions.append(RDBVerdict.Library(shebang: shebang, bytes: bytes))
    case .moduleAux(let id):
      if !verdict.modules.contains(where: { $0.id == id }),
        verdict.modules.count < RDBCollector.auxLimit
      {
        verdict.modules.append(RDBVerdict.Module(id: id, keys: 0))
      }
    }
  }

  /// Adds what only the end of the file tells.
  mutating func finish(_ ending: ScanEnding) {
    closeSection(isComplete: ending.error == nil)
    addModules()
    verdict.bytes = ending.fileSize
    verdict.framedBytes = ending.error == nil ? ending.fileSize : ending.errorRecord
    checkDialect()
    checkDatabases()
    if let error = ending.error { addFramingError(error, ending) }
    if let error = ending.compressionError {
      verdict.findings.add(
        Finding(.error, .badCompression, at: ending.fileSize, error.description))
    }
    checkChecksum(ending)
    checkTrailing(ending)
    if isDeep { checkDuplicateKeys() }
  }

  private mutating func addModules() {
    for (id, keys) in moduleKeys.sorted(by: { $0.key < $1.key }) {
      let module = ModuleID(id)
      if let index = verdict.modules.firstIndex(where: { $0.id == module }) {
        verdict.modules[index].keys += keys
      } else if verdict.modules.count < RDBCollector.auxLimit {
        verdict.modules.append(RDBVerdict.Module(id: module, keys: keys))
      }
    }
  }

  /// Counts a key of which a part is kept, in the section that is open.
  mutating func count(_ entry: RDBEntry, keyAt place: UInt64) {
    verdict.keys += 1
    verdict.types[entry.type.index] += 1
    var tally = section ?? DatabaseTally(database: entry.database, isSelected: false)
    tally.keys += 1
    tally.expires += entry.expiresAt == nil ? 0 : 1
    section = tally
    let hash = KeyHash.hash(unsafe entry.key.bytes.span.bytes, database: entry.database)
    do throws(Errno) {
      try ledger.add([KeyEntry(hash: hash, offset: place)])
    } catch {
      ledgerError = error
    }
  }

  /// Counts the records of a report in the section that an offset is in, after all sections have ended.
  mutating func count(_ report: BatchReport, at offset: UInt64) {
    verdict.keys += report.keys
    for index in report.types.indices { verdict.types[index] += report.types[index] }
    for index in report.encodings.indices { verdict.encodings[index] += report.encodings[index] }
    if isDeep, ledgerError == nil { addKeys(report) }
    for tally in report.databases where tally.keys > 0 {
      verdict.databases[tally.database, default: .init()].keys += tally.keys
      verdict.databases[tally.database, default: .init()].expires += tally.expires
      guard let index = section(at: offset, database: tally.database) else { continue }
      sections?[index].keys += tally.keys
      sections?[index].expires += tally.expires
    }
  }

  /// The section of a database that an offset is in.
  private func section(at offset: UInt64, database: UInt64) -> Int? {
    sections?.lastIndex {
      $0.database == database && ($0.resumedAt ?? $0.selectedAt ?? 0) <= offset
    }
  }

  /// Takes back the sections from a gap on, or, without one, the SELECTDB that was added last.
  mutating func forgetSections(resumedAt offset: UInt64?) {
    guard let offset else {
      section = nil
      return
    }
    if section?.resumedAt == offset {
      section = nil
    } else if let index = sections?.lastIndex(where: { $0.resumedAt == offset }) {
      sections?.removeSubrange(index...)
      section = nil
    }
  }

  /// Goes on behind a gap, at an offset.
  mutating func resume(at offset: UInt64, database: UInt64) {
    closeSection()
    section = DatabaseTally(database: database, isSelected: true, resumedAt: offset)
  }

  /// Ends the collecting of what a salvage keeps.
  mutating func finishSections() {
    closeSection()
    section = nil
    addModules()
    checkDialect()
    checkDatabases()
  }

  private mutating func checkDialect() {
    guard let dialect = verdict.dialect, !dialect.isComplete else { return }
    verdict.findings.add(
      Finding(
        .warning, .unsupportedVersion, at: UInt64(dialect.magic.rawValue.utf8.count),
        "\(dialect.magic.rawValue) version \(dialect.version) (\(dialect.release)) is newer than "
          + "this build, which reads it as far as its records are known"))
  }

  private mutating func checkDatabases() {
    let highest = highestDatabase.number
    guard highest >= databases else { return }
    let isPossible = DatabaseTally.isPossible(highest)
    verdict.findings.add(
      Finding(
        isPossible ? .warning : .error, .dbOutOfRange, at: highestDatabase.offset,
        database: highest,
        isPossible
          ? "database \(highest) needs a server with `databases \(highest + 1)`; one with "
            + "\(databases) will not load this file"
          : "no server can have a database \(highest)"))
  }

  private mutating func addFramingError(_ error: FormatError, _ ending: ScanEnding) {
    let at = UInt64(error.offset)
    var message = error.description
    if error.code == .truncated {
      message = "the file ends inside this record, at byte \(ending.fileSize)"
      if ending.errorRecord == ending.fileSize {
        message = "the file ends without an EOF opcode"
      }
    }
    if error.code != .truncated {
      if at != ending.errorRecord { message += " (found at byte \(at))" }
      message += "; nothing after this record could be checked"
      if let before = ending.recordBefore, error.code == .badType || error.code == .badOpcode {
        message += "; the record before it, at byte \(before), may be the one that is damaged"
      }
    }
    verdict.findings.add(
      Finding(
        .error, error.code, at: ending.errorRecord, record: ending.errorRecord,
        database: ending.errorKey == nil ? nil : ending.errorDatabase, key: ending.errorKey, message
      ))
    if error.code == .unsupportedVersion { verdict.outcome = .notThisKind }
  }

  private mutating func checkChecksum(_ ending: ScanEnding) {
    guard let dialect = verdict.dialect, dialect.hasChecksum else { return }
    let whole = CRC64.combine(checksum, ending.tailChecksum, lengthOfB: ending.tailCount)
    let computed = ending.error == nil ? checksum : whole
    // (A sound RDB and zeros have a CRC64 of zero, too.)
    if let eof = ending.eofOffset, ending.trailingCount > 0, !ending.trailingIsZero,
      ending.lastEight == whole || ending.endLooksWhole
    {
      verdict.findings.add(
        Finding(
          .error, .badOpcode, at: eof, record: eof,
          "an EOF opcode in the middle of the file: \(ending.fileSize - eof - 1) bytes behind it go "
            + "on to another end"))
    }
    // Without an end of the file there is nothing to compare with.
    guard let stored = ending.storedChecksum, ending.error == nil || ending.endLooksWhole else {
      if ending.error == nil {
        verdict.computedChecksum = computed
        verdict.findings.add(
          Finding(
            .error, .truncated, at: ending.fileSize,
            "the file ends before its checksum: \(ending.fileSize - (ending.checksumOffset ?? 0)) "
              + "of 8 bytes are there"))
      }
      return
    }
    verdict.storedChecksum = stored
    verdict.computedChecksum = computed
    if stored == 0 {
      verdict.checksumStatus = .disabled
    } else if stored == computed {
      verdict.checksumStatus = .ok
    } else {
      verdict.checksumStatus = .mismatch
      verdict.findings.add(
        Finding(
          .error, .checksumMismatch, at: ending.checksumOffset ?? 0,
          "the file says \(Hexadecimal.text(stored)), its bytes give \(Hexadecimal.text(computed))")
      )
    }
  }

  private mutating func checkTrailing(_ ending: ScanEnding) {
    guard ending.trailingCount > 0 else { return }
    let isPreamble = verdict.auxValue("aof-preamble") == "1" || verdict.auxValue("aof-base") == "1"
    let isAOF =
      ending.trailingFirst == UInt8(ascii: "*") || ending.trailingFirst == UInt8(ascii: "#")
    let count = "\(ending.trailingCount) byte" + (ending.trailingCount == 1 ? "" : "s")
    if isPreamble, isAOF {
      verdict.findings.add(
        Finding(
          .warning, .trailingBytes, at: ending.trailingOffset,
          "\(count) of append-only file follow: this RDB is the preamble of an AOF, check it with "
            + "check-aof"))
    } else {
      verdict.findings.add(
        Finding(
          .error, .trailingBytes, at: ending.trailingOffset,
          "\(count) follow the end of the RDB" + (ending.trailingIsZero ? ", all zero" : "")))
    }
  }

  /// Keys that stand in a database more than once, in the order in which they come again; about
  /// `duplicateLimit` of them.
  mutating func findDuplicateKeys() throws(Errno) -> [DuplicateKey] {
    if let ledgerError { throw ledgerError }
    let candidates = try ledger.repeatedHashes(limit: RDBCollector.duplicateLimit)
    var found: [DuplicateKey] = []
    if let reader {
      try KeyComparer.confirm(candidates, reader) { found.append($0) }
    } else if let spool {
      try spool.flush()
      try KeyComparer.confirm(candidates, spool) { found.append($0) }
    }
    return found.sorted { $0.second < $1.second }
  }

  private mutating func checkDuplicateKeys() {
    do throws(Errno) {
      for key in try findDuplicateKeys() {
        let times = key.count == 2 ? "a second time" : "\(key.count) times"
        let last = key.count == 2 ? "" : ", the last at byte \(key.last)"
        verdict.findings.add(
          Finding(
            .error, .duplicateKey, at: key.second, database: key.database, key: key.key,
            "the key stands in the database \(times); the first is at byte \(key.first)\(last)"))
      }
    } catch {
      verdict.findings.add(
        Finding(
          .warning, .duplicateKey, at: 0,
          "duplicate keys could not be searched for: no room for a temporary file (\(error)); "
            + "set TMPDIR to a folder that has it"))
    }
  }
}

extension RDBVerdict.Library {
  /// - `shebang`: the first line of the code.
  /// - `bytes`: those of the code.
  init(shebang: ByteString, bytes: UInt64) {
    let words = shebang.description.dropFirst(2).split(separator: " ")
    self.init(
      engine: words.first.map(String.init) ?? "",
      name: words.first { $0.hasPrefix("name=") }.map { String($0.dropFirst(5)) } ?? "",
      bytes: bytes)
  }
}
