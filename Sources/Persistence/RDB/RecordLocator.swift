/// A record of a file, found again by a place in it.
package struct LocatedRecord: Sendable {
  package var kind: RecordHead.Kind
  /// Attributes included, in the file.
  package var range: Range<UInt64>
  package var database: UInt64
  /// The key of a key record, when it can be decoded.
  package var key: ByteString?
  package var layout: ValueLayout
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
    let scanner = RecordScanner(content, stretch, dialect, database: database, batchSize: batchSize)
    let recycle = scanner.recycler()
    while let item = try scanner.next() {
      switch item {
      case .large(let record):
        guard offset < record.fileOffset + record.count else { continue }
        return LocatedRecord(
          kind: .key, range: record.fileOffset..<(record.fileOffset + record.count),
          database: record.database, key: record.keyError == nil ? record.key : nil,
          layout: record.head.layout, valueOffset: record.fileOffset + record.valueOffset)
      case .batch(let batch):
        defer { recycle(batch) }
        guard offset < batch.fileOffset + UInt64(batch.count) else { continue }
        return record(at: Int(offset - batch.fileOffset), in: batch)
      }
    }
    return nil
  }

  private static func record(at offset: Int, in batch: RecordBatch) -> LocatedRecord? {
    let bytes = batch.bytes
    var database = batch.database
    var parser = RecordParser(bytes, batch.dialect, inputEnd: UInt64(bytes.byteCount))
    parser.cursor.offset = batch.bodyStart
    do throws(FormatError) {
      while !parser.cursor.isAtEnd {
        let head = try parser.next()
        if head.kind == .selectDB { database = head.numbers.0 }
        if head.kind == .key { try parser.skipValue(of: head) }
        guard parser.cursor.offset > offset else { continue }
        var decoder = StringDecoder()
        let start = batch.fileOffset
        return LocatedRecord(
          kind: head.kind,
          range: (start + UInt64(head.start))..<(start + UInt64(parser.cursor.offset)),
          database: database, key: head.kind == .key ? try? decoder.copy(head.name, in: bytes) : nil,
          layout: head.layout, valueOffset: start + UInt64(head.valueOffset))
      }
      return nil
    } catch {
      preconditionFailure("a framed record does not parse: \(error)")
    }
  }
}
