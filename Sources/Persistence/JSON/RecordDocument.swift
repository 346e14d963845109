/// Puts the records of a dump together to one document, piece by piece and in order.
///
///     records  [ ⏎ {…},⏎ {…} ⏎ ] ⏎        lines  {…} ⏎ {…} ⏎        keyed  [{ ⏎ "key":…,⏎ … ⏎ },{ … }] ⏎
///
/// Whatever happens to the input, `end` makes it a whole document.
package struct RecordDocument: ~Copyable {
  private let style: RecordStyle
  private let dialect: RDBDialect
  private let limit: UInt64
  private let wantsMeta: Bool

  /// Records put out so far, those of type `meta` left out.
  package private(set) var records: UInt64 = 0
  private var hasRecord = false
  private var database: UInt64?
  private var facts: [MetaFact] = []
  private var factSize = 0
  private var hasMeta = false
  private var hasBatch = false
  private var scratch = JSONWriter()

  /// Bytes of facts that are held for one record of type `meta`; another one begins then.
  private static let factLimit = 1 << 20

  /// - `limit`: records to put out; those of type `meta` do not count.
  /// - `wantsMeta`: facts become records of type `meta`.
  package init(_ style: RecordStyle, _ dialect: RDBDialect, limit: UInt64?, wantsMeta: Bool) {
    self.style = style
    self.dialect = dialect
    self.limit = limit ?? .max
    self.wantsMeta = wantsMeta
  }

  /// Whether as many records are there as were wanted, after what stands before the first one.
  package var isFull: Bool { records >= limit && (hasBatch || !wantsMeta) }

  /// Writes what stands before the records: in one piece, which may be empty.
  package mutating func begin<Failure: Error>(
    _ put: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    if style.layout != .lines { scratch.raw("[") }
    try put(scratch.text)
    scratch.removeAll()
  }

  /// Writes the records of a batch, up to the limit.
  package mutating func add<Failure: Error>(
    _ batch: FormattedBatch, _ put: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    guard !isFull else { return }
    hasBatch = true
    try add(batch.leadingFacts, put)
    guard let text = batch.text, batch.records > 0, !isFull else {
      return try add(batch.trailingFacts, put)
    }
    try writeFacts(put)
    var taken = batch.records
    var end = Int.max
    if taken > limit - records {
      taken = limit - records
      end = batch.recordEnds[Int(taken) - 1]
    }
    let bytes = text.bytes
    var start = 0
    for section in batch.sections where start < end {
      let stop = Swift.min(section.end, end)
      try addRun(bytes.extracting(start..<stop), of: section.database, put)
      start = stop
    }
    records += taken
    // Behind the last record wanted, nothing is looked at.
    if !isFull { try add(batch.trailingFacts, put) }
  }

  /// Writes a large record.
  ///
  /// Returns why it could not be written to its end, when that is so: the document is broken then.
  package mutating func add<Failure: Error>(
    _ large: FormattedBatch.Large, _ put: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) -> LargeValueError? {
    guard !isFull else { return nil }
    hasBatch = true
    guard !isFull else { return nil }
    try writeFacts(put)
    var formatter = RecordFormatter(style)
    var failure: Failure?
    var isFirst = true
    do throws(LargeValueError) {
      try formatter.write(large.record, large.byteStyle) { text in
        guard failure == nil else { return }
        do throws(Failure) {
          if isFirst { try addRun(text, of: large.record.database, put) } else { try put(text) }
        } catch {
          failure = error
        }
        isFirst = false
      }
    } catch {
      return error
    }
    if let failure { throw failure }
    records += 1
    return nil
  }

  /// Closes the document.
  package mutating func end<Failure: Error>(
    _ put: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    try writeFacts(put)
    switch style.layout {
    case .records: scratch.raw("\n]\n")
    case .lines: break
    case .keyed:
      if database != nil { scratch.raw("\n}") }
      scratch.raw("]\n")
    }
    try flush(put)
  }

  /// Writes the text of records, each with the separator of its layout before it.
  private mutating func addRun<Failure: Error>(
    _ text: RawSpan, of database: UInt64, _ put: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    var text = text
    switch style.layout {
    case .lines: break
    case .records:
      // The first record has no comma before it.
      if !hasRecord { text = text.extracting(1..<text.byteCount) }
      hasRecord = true
    case .keyed:
      if self.database != database {
        scratch.raw(self.database == nil ? "{" : "\n},{")
        text = text.extracting(1..<text.byteCount)
        self.database = database
        try flush(put)
      }
    }
    try put(text)
  }

  private mutating func add<Failure: Error>(
    _ new: [MetaFact], _ put: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    for fact in new {
      facts.append(fact)
      factSize += fact.size
      if factSize >= RecordDocument.factLimit { try writeFacts(put) }
    }
  }

  /// Writes the record of the facts so far; the first one even without any.
  private mutating func writeFacts<Failure: Error>(
    _ put: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    guard wantsMeta, !facts.isEmpty || !hasMeta else { return }
    hasMeta = true
    if style.layout == .records {
      scratch.raw(hasRecord ? ",\n" : "\n")
      hasRecord = true
    }
    MetaRecord.write(facts, dialect, usesBase64: style.usesBase64, to: &scratch)
    if style.layout == .lines { scratch.newline() }
    facts.removeAll()
    factSize = 0
    try flush(put)
  }

  private mutating func flush<Failure: Error>(
    _ put: (RawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    if scratch.count > 0 { try put(scratch.text) }
    scratch.removeAll()
  }
}
