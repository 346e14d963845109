/// What a scanner hands out: a run of whole records, or one record that is too large to hold.
package enum ScannedItem: Sendable {
  case batch(RecordBatch)
  case large(LargeRecord)
}

/// Which large values a scanner keeps in a temporary file where the input cannot be read twice.
package enum LargeValueKeeping: Sendable {
  /// None: nobody is going to read a large value.
  case none
  /// Those that are not one raw string: all in which anything can be wrong.
  case structured
  case all
}

/// A key record too large to hold in memory: what stands before its value, and a way to read the value
/// again and again (`LargeValueReader`), on any thread.
package final class LargeRecord: Sendable {
  /// Bytes of a value that `beginning` has at most.
  static let shownValue = 64

  /// Offsets count from the start of the record.
  package let head: RecordHead
  /// The key; empty when `keyError` is set.
  package let key: ByteString
  /// Why the key cannot be decoded.
  package let keyError: FormatError?
  package let database: UInt64
  package let dialect: RDBDialect
  /// Offset of the record in the (decompressed) file.
  package let fileOffset: UInt64
  /// Bytes of the record, attributes and key included.
  package let count: UInt64
  /// Offset of the value from the start of the record.
  package let valueOffset: UInt64
  /// CRC64 of the record's bytes, started at 0.
  package let checksum: UInt64

  /// The record's first bytes: all that stands before the value, and the beginning of the value.
  let beginning: [UInt8]
  /// Where the record's bytes are, and at which offset there; nil when they were not kept.
  let content: (any RandomAccess)?
  let contentOffset: UInt64
  /// Bytes of the value that a reader aims at holding at once.
  let sectionSize: Int

  init(
    _ head: RecordHead, beginning: [UInt8], database: UInt64, dialect: RDBDialect,
    fileOffset: UInt64, count: UInt64, checksum: UInt64, content: (any RandomAccess)?,
    contentOffset: UInt64, sectionSize: Int
  ) {
    self.head = head
    self.beginning = beginning
    self.database = database
    self.dialect = dialect
    self.fileOffset = fileOffset
    self.count = count
    valueOffset = UInt64(head.valueOffset)
    self.checksum = checksum
    self.content = content
    self.contentOffset = contentOffset
    self.sectionSize = sectionSize
    var decoder = StringDecoder()
    do throws(FormatError) {
      key = try decoder.copy(head.name, in: unsafe beginning.span.bytes)
      keyError = nil
    } catch {
      key = ByteString([])
      keyError = error
    }
  }

  /// Fills a buffer with the record's bytes from an offset in it on.
  ///
  /// Throws `changed` when they are no longer there. The caller sees to it that they were kept, and that
  /// they end where the record ends.
  func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(LargeValueError) {
    guard let content else { preconditionFailure("this value was not kept") }
    let count: Int
    do throws(SourceError) {
      count = try unsafe content.read(at: contentOffset + offset, into: buffer)
    } catch {
      throw .source(error)
    }
    guard count == buffer.count else { throw .changed }
  }

  /// The record as a batch of its own, held in memory as a whole.
  package func readWhole() throws(LargeValueError) -> RecordBatch {
    let batch = RecordBatch(capacity: Int(count), dialect: dialect)
    batch.fileOffset = fileOffset
    batch.database = database
    batch.count = Int(count)
    try unsafe read(at: 0, into: batch.buffer)
    guard CRC64.update(0, batch.bytes) == checksum else { throw .changed }
    return batch
  }
}

/// Why a large value cannot be read.
package enum LargeValueError: Error, Equatable, Sendable {
  case source(SourceError)
  /// What is wrong with the value; the offset counts from the start of the record.
  case format(FormatError)
  /// The file no longer holds what the scanner walked.
  case changed
}
