/// A key of a file with what it takes to hold it.
package struct MeasuredKey: BitwiseCopyable, Sendable {
  package var database: UInt64
  /// Bytes of the key.
  package var nameLength: UInt64
  /// Unix time in milliseconds.
  package var expiresAt: Int64?
  /// LRU idle time in seconds.
  package var idle: UInt64?
  /// Offset of the record in the (decompressed) file.
  package var offset: UInt64
  package var value: ValueMeasure
  /// A hash of a string's stored bytes, which equal texts of files of one server have in common. 0 where it
  /// was not asked for.
  package var valueHash: UInt64 = 0
  /// A string begins with a brace, as a JSON object does.
  package var beginsWithBrace = false

  package init(
    database: UInt64, nameLength: UInt64, expiresAt: Int64?, idle: UInt64?, offset: UInt64,
    value: ValueMeasure
  ) {
    self.database = database
    self.nameLength = nameLength
    self.expiresAt = expiresAt
    self.idle = idle
    self.offset = offset
    self.value = value
  }
}

/// Measures the keys of batches, one batch after another, on one thread.
package struct BatchMeasurer: ~Copyable {
  private let selector: KeySelector?
  /// Bytes of a string from which on its stored bytes are hashed.
  private let leastHashed: UInt64
  private let recycle: @Sendable (RecordBatch) -> Void
  private var measurer: ValueMeasurer
  private var decoder = StringDecoder()

  /// - `sizes`: what elements take in the server in question.
  /// - `selection`: the keys that are measured; its limit is the caller's business.
  /// - `leastHashed`: bytes of a string from which on `valueHash` is wanted; nil for never.
  /// - `recycle`: gets every batch back when it has been read.
  package init(
    _ sizes: ElementAllocations, selection: KeySelection, leastHashed: UInt64? = nil,
    recycle: @escaping @Sendable (RecordBatch) -> Void
  ) {
    selector = selection.selectsEverything ? nil : KeySelector(selection)
    self.leastHashed = leastHashed ?? .max
    self.recycle = recycle
    measurer = ValueMeasurer(sizes)
  }

  /// Measures the keys of an item in their order; `body` gets each with its name, which lives until it
  /// returns. Keys whose values are damaged are told in the report and left out.
  package mutating func measure(
    _ item: ScannedItem, _ body: (MeasuredKey, RawSpan) -> Void
  ) -> BatchReport {
    var report = BatchReport()
    switch item {
    case .batch(let batch):
      report.byteCount = batch.count
      report.checksum = CRC64.update(0, batch.bytes)
      walk(batch, &report, body)
      recycle(batch)
    case .large(let record):
      report.byteCount = Int(clamping: record.count)
      report.checksum = record.checksum
      report.keys = 1
      measure(record, &report, body)
    }
    measurer.trim()
    decoder.trim()
    return report
  }

  private mutating func measure(
    _ record: LargeRecord, _ report: inout BatchReport, _ body: (MeasuredKey, RawSpan) -> Void
  ) {
    do throws(LargeValueError) {
      if let error = record.keyError { throw .format(error) }
      let name = record.key
      if let selector, !selector.includes(record) { return }
      let value = try measurer.measure(record)
      let key = Self.key(
        record.head, record.database, UInt64(name.count), at: record.fileOffset, value)
      body(key, unsafe name.bytes.span.bytes)
    } catch {
      report.add(error, record)
    }
  }

  private static func key(
    _ head: RecordHead, _ database: UInt64, _ nameLength: UInt64, at offset: UInt64,
    _ value: ValueMeasure
  ) -> MeasuredKey {
    MeasuredKey(
      database: database, nameLength: nameLength,
      expiresAt: head.hasExpiry ? head.expiresAt : nil, idle: head.hasIdle ? head.idle : nil,
      offset: offset, value: value)
  }

  private mutating func walk(
    _ batch: RecordBatch, _ report: inout BatchReport, _ body: (MeasuredKey, RawSpan) -> Void
  ) {
    let bytes = batch.bytes
    // Locals: a property of a class costs a dynamic check at every access.
    let fileOffset = batch.fileOffset
    var database = batch.database
    var parser = RecordParser(bytes, batch.dialect, inputEnd: UInt64(bytes.byteCount))
    parser.cursor.offset = batch.bodyStart
    while !parser.cursor.isAtEnd {
      do throws(FormatError) {
        let head = try parser.next()
        switch head.kind {
        case .key:
          report.keys &+= 1
          try readKey(head, &parser, fileOffset, database, &report, body)
        case .selectDB: database = head.numbers.0
        default:
          if let fact = try? FileFact(head, in: bytes, &decoder) { report.add(fact) }
        }
      } catch {
        // The scanner has walked these records by the same framing.
        preconditionFailure("a framed record does not parse: \(error)")
      }
    }
  }

  @_lifetime(parser: copy parser)
  @inline(__always)
  private mutating func readKey(
    _ head: RecordHead, _ parser: inout RecordParser, _ fileOffset: UInt64, _ database: UInt64,
    _ report: inout BatchReport, _ body: (MeasuredKey, RawSpan) -> Void
  ) throws(FormatError) {
    do throws(FormatError) {
      if let selector, try !selector.includes(head, at: parser.cursor, database, &decoder) {
        return try parser.skipValue(of: head)
      }
      let value = try measurer.measure(head.layout, &parser.cursor)
      var key = Self.key(
        head, database, head.name.length, at: fileOffset &+ UInt64(head.start), value)
      if head.layout == .string, value.length >= 8 {
        try look(at: head, ByteCursor(parser.cursor.bytes, at: head.valueOffset), &key)
      }
      body(key, try decoder.decode(head.name, in: parser.cursor.bytes))
    } catch {
      report.add(
        RecordProblem(
          error: error.moved(by: fileOffset), record: fileOffset + UInt64(head.start),
          database: database, key: try? decoder.copy(head.name, in: parser.cursor.bytes)))
      parser.cursor.offset = head.valueOffset
      try parser.skipValue(of: head)
    }
  }

  /// Looks at the stored bytes of a string.
  private func look(
    at head: RecordHead, _ cursor: consuming ByteCursor, _ key: inout MeasuredKey
  ) throws(FormatError) {
    let string = try cursor.readString()
    guard string.form != .integer, string.count > 2 else { return }
    let bytes = cursor.bytes
    // A compressed text begins with a run of literals, whose length is its first byte.
    let first = bytes.byte(at: string.form == .lzf ? string.offset &+ 1 : string.offset)
    key.beginsWithBrace = first == UInt8(ascii: "{")
    if key.value.length >= leastHashed {
      // The same in every run, so that partial reports can be merged; multiplied, since the first bits of
      // a checksum of similar strings are alike.
      let sum = CRC64.update(
        string.length, bytes.extracting(string.offset..<(string.offset &+ string.count)))
      key.valueHash = max(sum &* 0x9E37_79B9_7F4A_7C15, 1)
    }
  }
}
