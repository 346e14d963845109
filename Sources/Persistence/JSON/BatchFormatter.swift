/// Writes the records of batches, one batch after another, on one thread. Records too large for that are
/// prepared, to be written when their turn has come.
package struct BatchFormatter: ~Copyable, PipelineWorker {
  private let style: RecordStyle
  private let limit: UInt64
  private let selector: KeySelector?
  private let keepsFacts: Bool
  private let recycle: @Sendable (RecordBatch) -> Void
  private let texts: TextPool
  private var formatter: RecordFormatter
  private var decoder = StringDecoder()

  /// - `selection`: the keys that are written; values of others are stepped over, not decoded.
  /// - `keepsFacts`: aux fields, functions and module data are reported.
  /// - `recycle`: gets every batch back when it has been read.
  /// - `texts`: memory for text, from texts that have been put out.
  package init(
    _ style: RecordStyle, selection: KeySelection, keepsFacts: Bool, texts: TextPool,
    recycle: @escaping @Sendable (RecordBatch) -> Void
  ) {
    self.style = style
    // No batch writes more than the whole file is to give.
    limit = selection.limit ?? .max
    selector = selection.selectsEverything ? nil : KeySelector(selection)
    self.keepsFacts = keepsFacts
    self.texts = texts
    self.recycle = recycle
    formatter = RecordFormatter(style)
  }

  package mutating func process(_ item: ScannedItem) -> FormattedBatch {
    var result = FormattedBatch()
    switch item {
    case .batch(let batch):
      result.report.byteCount = batch.count
      result.report.checksum = CRC64.update(0, batch.bytes)
      walk(batch, &result)
      recycle(batch)
      result.text = formatter.writer.exchange(with: texts.take())
    case .large(let record):
      result.report.byteCount = Int(clamping: record.count)
      result.report.checksum = record.checksum
      result.report.keys = 1
      prepare(record, &result)
    }
    formatter.trim()
    decoder.trim()
    return result
  }

  /// Does for a large record all that can be done before its turn to be written has come.
  private mutating func prepare(_ record: LargeRecord, _ result: inout FormattedBatch) {
    guard limit > 0, selector?.includes(record) ?? true else { return }
    do throws(LargeValueError) {
      if let error = record.keyError { throw .format(error) }
      let byteStyle = try formatter.prepare(record)
      result.large = FormattedBatch.Large(record: record, byteStyle: byteStyle)
      result.records = 1
      if style.layout == .keyed, byteStyle == .latin1 { result.ambiguous = 1 }
    } catch {
      result.leftOut = 1
      result.report.add(error, record)
    }
  }

  private mutating func walk(_ batch: RecordBatch, _ result: inout FormattedBatch) {
    let bytes = batch.bytes
    // Locals: a property of a class costs a dynamic check at every access.
    let fileOffset = batch.fileOffset
    let dialect = batch.dialect
    var database = batch.database
    var parser = RecordParser(bytes, dialect, inputEnd: UInt64(bytes.byteCount))
    parser.cursor.offset = batch.bodyStart
    while !parser.cursor.isAtEnd {
      do throws(FormatError) {
        let head = try parser.next()
        if head.kind == .key {
          result.report.keys &+= 1
          if result.records < limit,
            try selector?.includes(head, at: parser.cursor, database, &decoder) ?? true
          {
            try writeKey(head, &parser, fileOffset, dialect, database, &result)
          } else {
            try parser.skipValue(of: head)
          }
        } else if head.kind == .selectDB {
          result.close(database, at: formatter.writer.count)
          database = head.numbers.0
        } else if keepsFacts {
          readFact(head, bytes, parser.cursor.offset, fileOffset, &result)
        }
      } catch {
        // The scanner has walked these records by the same framing.
        preconditionFailure("a framed record does not parse: \(error)")
      }
    }
    result.close(database, at: formatter.writer.count)
  }

  /// Writes a key and its value and steps over them.
  @_lifetime(parser: copy parser)
  @inline(__always)
  private mutating func writeKey(
    _ head: RecordHead, _ parser: inout RecordParser, _ fileOffset: UInt64, _ dialect: RDBDialect,
    _ database: UInt64, _ result: inout FormattedBatch
  ) throws(FormatError) {
    do throws(FormatError) {
      try formatter.write(head, &parser.cursor, dialect, database: database)
      result.records &+= 1
      if style.layout == .keyed, formatter.writer.byteStyle == .latin1 { result.ambiguous &+= 1 }
      if limit != .max { result.recordEnds.append(formatter.writer.count) }
    } catch {
      result.report.add(
        RecordProblem(
          error: error.moved(by: fileOffset), record: fileOffset + UInt64(head.start),
          database: database,
          key: try? decoder.copy(head.name, in: parser.cursor.bytes)))
      result.leftOut &+= 1
      parser.cursor.offset = head.valueOffset
      try parser.skipValue(of: head)
    }
  }

  /// Reads an aux field, a function library or module data that ends at `end`.
  private mutating func readFact(
    _ head: RecordHead, _ bytes: RawSpan, _ end: Int, _ fileOffset: UInt64,
    _ result: inout FormattedBatch
  ) {
    do throws(FormatError) {
      let fact: MetaFact
      switch head.kind {
      case .aux:
        fact = .aux(
          name: try decoder.copy(head.name, in: bytes),
          value: try decoder.copy(head.text, in: bytes))
      case .function: fact = .function(code: try decoder.copy(head.name, in: bytes))
      case .functionPreGA:
        fact = try .functionPreGA(
          reading: ByteCursor(bytes, at: head.opcodeOffset + 1), decoder: &decoder)
      case .moduleAux:
        fact = .moduleAux(
          ModuleID(head.numbers.0), when: head.numbers.1,
          operands: ByteString(bytes.extracting(head.valueOffset..<end)))
      default: return
      }
      if result.records == 0 {
        result.leadingFacts.append(fact)
      } else {
        result.trailingFacts.append(fact)
      }
    } catch {
      result.report.add(
        RecordProblem(
          error: error.moved(by: fileOffset), record: fileOffset + UInt64(head.start)))
    }
  }
}

/// What became of a batch.
package struct FormattedBatch: Sendable {
  /// Records written in a run for one database.
  package struct Section: Sendable {
    package var database: UInt64
    /// Where its text ends.
    package var end: Int
  }

  /// A record whose text is made when its turn has come.
  package struct Large: Sendable {
    package var record: LargeRecord
    package var byteStyle: JSONWriter.ByteStyle
  }

  /// Checksum, bytes, keys read and problems; the rest is left empty.
  package var report = BatchReport()
  /// Records written, of keys that were selected.
  package var records: UInt64 = 0
  /// Keys that were selected, and could not be written.
  package var leftOut: UInt64 = 0
  /// Records of the layout `keyed` that are no UTF-8: nothing in it tells their style.
  package var ambiguous: UInt64 = 0
  /// The records' text.
  package var text: JSONText?
  /// One record that is too large to be text yet; there is no text then.
  package var large: Large?
  /// The text by database; nothing for a database without records.
  package var sections: [Section] = []
  /// Where each record ends, when there is a limit to their number.
  package var recordEnds: [Int] = []
  /// What stands before the first record written, and what behind it.
  package var leadingFacts: [MetaFact] = []
  package var trailingFacts: [MetaFact] = []

  package init() {}

  /// The end of a run of records.
  mutating func close(_ database: UInt64, at end: Int) {
    if end > sections.last?.end ?? 0 { sections.append(Section(database: database, end: end)) }
  }
}

/// Memory of texts that have been put out, for the next ones.
package final class TextPool: Sendable {
  private let free = Monitor<[JSONText]>([])

  package init() {}

  func take() -> JSONText? { free.withLock { $0.popLast() } }

  /// Takes a text back. Memory of unusually large ones is let go.
  package func put(_ text: JSONText) {
    guard text.capacity <= 4 << 20 else { return }
    free.withLock { if $0.count < 4 { $0.append(text) } }
  }
}
