/// How the scan of a file ended, and what lies behind its last record.
package struct ScanEnding: Sendable {
  /// A framing error, with its offset in the file; nil when the EOF opcode was reached.
  package var error: FormatError?
  /// Offset of the record that the error is in.
  package var errorRecord: UInt64 = 0
  /// The key of that record, when it could be read.
  package var errorKey: ByteString?
  /// The database of that record.
  package var errorDatabase: UInt64 = 0
  /// Offset of the record before it, where that is known.
  package var recordBefore: UInt64?
  /// A compressed input that broke off or is damaged; the records before it have been scanned.
  package var compressionError: SourceError?

  /// Offset of the EOF opcode.
  package var eofOffset: UInt64?
  /// The stored checksum, when all its eight bytes are there. After a framing error: the last eight
  /// bytes of the file.
  package var storedChecksum: UInt64?
  /// Offset of the stored checksum.
  package var checksumOffset: UInt64?
  /// CRC64 of the bytes between the last batch and the last eight bytes of the file (after a framing
  /// error, or when bytes follow the end).
  package var tailChecksum: UInt64 = 0
  /// The number of those bytes.
  package var tailCount: UInt64 = 0
  /// Whether the byte before the last eight is an EOF opcode (after a framing error, or when bytes
  /// follow the end): the file's real end seems to be there.
  package var endLooksWhole = false
  /// The last eight bytes of a file in which bytes follow the end.
  package var lastEight: UInt64 = 0

  /// Bytes after the end of the RDB, their offset, and what they begin with.
  package var trailingCount: UInt64 = 0
  package var trailingOffset: UInt64 = 0
  package var trailingFirst: UInt8 = 0
  package var trailingIsZero = true

  /// Bytes of the whole (decompressed) input.
  package var fileSize: UInt64 = 0
}
