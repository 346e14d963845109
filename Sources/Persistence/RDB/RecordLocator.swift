/// A record of a file, found again by a place in it.
package struct LocatedRecord: Sendable {
  package var kind: RecordHead.Kind
  /// Attributes included, in the file.
  package var range: Range<UInt64>
  package var database: UInt64
  /// The key of a key record, when it can be decoded.
  package var key: ByteString?
  package var layout: ValueLayout
  /// Offset of the type byte or opcode in the file; attributes stand before it.
  package var opcodeOffset: UInt64
  /// Offset of a key's value in the file.
  package var valueOffset: UInt64
}

/// Finds records again by walking the framing from a place before them.
package enum RecordLocator {
  /// Bytes that are walked at once.
  private static let batchSize = 64 << 10

  /// The record that a place is in.
  ///
  /// - `content`: the whole file.
  /// - `stretch`: whole records, one after another; `offset` lies in it.
  /// - `database`: the one that is selected at the start of `stretch`.
  package static func record(
    at offset: UInt64, in content: any RandomAccess, _ stretch: Range<UInt64>,
    _ dialect: RDBDialect, database: UInt64
  ) throws(SourceError) -> LocatedRecord? {
    var found: LocatedRecord?
    try forEach(in: content, stretch, dialect, database: database, from: offset) { record in
      found = record
      return false
    }
    return found
  }

  /// Calls `body` for every record of a stretch that ends behind `offset`, in order, until it returns
  /// false.
  package static func forEach(
    in content: any RandomAccess, _ stretch: Range<UInt64>, _ dialect: RDBDialect,
    database: UInt64, from offset: UInt64, _ body: (LocatedRecord) -> Bool
  ) throws(SourceError) {
    let scanner = RecordScanner(content, stretch, dialect, database: database, batchSize: batchSize)
    let recycle = scanner.recycler()
    while let item = try scanner.next() {
      switch item {
      case .large(let record):
        let range = record.fileOffset..<(record.fileOffset + record.count)
        guard range.upperBound > offset else { continue }
        let located = LocatedRecord(
          kind: .key, range: range, database: record.database,
          key: record.keyError == nil ? record.key : nil, layout: record.head.layout,
          opcodeOffset: record.fileOffset + UInt64(record.head.opcodeOffset),
          valueOffset: record.fileOffset + record.valueOffset)
        guard body(located) else { return }
      case .batch(let batch):
        defer { recycle(batch) }
        guard batch.fileOffset + UInt64(batch.count) > offset else { continue }
        guard forEach(in: batch, from: offset, body) else { return }
      }
    }
  }

  private static func forEach(
    in batch: RecordBatch, from offset: UInt64, _ body: (LocatedRecord) -> Bool
  ) -> Bool {
    let bytes = batch.bytes
    let start = batch.fileOffset
    var database = batch.database
    var parser = RecordParser(bytes, batch.dialect, inputEnd: UInt64(bytes.byteCount))
    parser.cursor.offset = batch.bodyStart
    var decoder = StringDecoder()
    do throws(FormatError) {
      while !parser.cursor.isAtEnd {
        let head = try parser.next()
        if head.kind == .selectDB { database = head.numbers.0 }
        if head.kind == .key { try parser.skipValue(of: head) }
        let end = start + UInt64(parser.cursor.offset)
        guard end > offset else { continue }
        let located = LocatedRecord(
          kind: head.kind, range: (start + UInt64(head.start))..<end, database: database,
          key: head.kind == .key ? try? decoder.copy(head.name, in: bytes) : nil,
          layout: head.layout, opcodeOffset: start + UInt64(head.opcodeOffset),
          valueOffset: start + UInt64(head.valueOffset))
        guard body(located) else { return false }
      }
      return true
    } catch {
      preconditionFailure("a framed record does not parse: \(error)")
    }
  }
}
