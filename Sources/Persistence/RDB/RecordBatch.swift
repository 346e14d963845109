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
}
