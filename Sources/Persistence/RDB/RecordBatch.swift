/// A run of whole records, in file order with the batches before and after it.
@safe package final class RecordBatch: ByteBatch, @unchecked Sendable {
  /// Where the first record begins: after the header in the first batch.
  package internal(set) var bodyStart = 0
  /// The selected database at the first record.
  package internal(set) var database: UInt64 = 0
  package internal(set) var dialect: RDBDialect

  init(capacity: Int, dialect: RDBDialect) {
    self.dialect = dialect
    super.init(capacity: capacity)
  }

  /// Whole records, as they are written for a release, of keys of one database.
  package convenience init(_ records: RawSpan, database: UInt64, for target: RDBTarget) {
    self.init(capacity: records.byteCount, dialect: target.dialect)
    unsafe records.withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
    count = records.byteCount
    self.database = database
  }
}
