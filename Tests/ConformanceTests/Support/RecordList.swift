import Persistence

/// The records of a sound file, one after another, as the library's parser sees them.
struct RecordList {
  struct Record {
    var kind: RecordHead.Kind
    var range: Range<Int>
    var database: UInt64
    /// The key, for a key.
    var key: [UInt8] = []
    var layout = ValueLayout.string
    var encoding = ObjectEncoding.raw
  }

  private(set) var records: [Record] = []

  /// Throws what the parser throws.
  init(_ file: [UInt8]) throws {
    let bytes = unsafe file.span.bytes
    let dialect = try RDBHeader.read(bytes)
    var parser = RecordParser(bytes, dialect, inputEnd: UInt64(file.count))
    parser.cursor.offset = RDBDialect.headerLength
    var inspector = ValueInspector()
    var database: UInt64 = 0
    while true {
      let head = try parser.next()
      var record = Record(kind: head.kind, range: head.start..<file.count, database: database)
      switch head.kind {
      case .eof:
        records.append(record)
        return
      case .selectDB: database = head.numbers.0
      case .key:
        record.key = try inspector.copy(head.name, in: bytes).bytes
        record.layout = head.layout
        let facts = try inspector.inspect(head.layout, &parser.cursor)
        record.encoding = dialect.encoding(
          head.layout, facts, keyLength: head.name.length, hasExpiry: head.hasExpiry)
      default: break
      }
      record.range = head.start..<parser.cursor.offset
      records.append(record)
    }
  }

  /// The record that holds the byte at `offset`; the first one for the header, the end for what
  /// follows.
  func record(at offset: Int) -> Record? {
    records.first { offset < $0.range.upperBound } ?? records.last
  }
}
