internal import Glibc

/// A run of whole records, in file order with the batches before and after it.
///
/// A scanner fills it and hands it to one worker, which reads it and hands it back: at any time one
/// thread has it. That is why it may cross threads although its memory is plain.
@safe package final class RecordBatch: @unchecked Sendable {
  /// Offset of the first byte in the (decompressed) file.
  package internal(set) var fileOffset: UInt64 = 0
  /// Bytes of whole records, from the start of the buffer.
  package internal(set) var count = 0
  /// Where the first record begins: after the header in the first batch.
  package internal(set) var bodyStart = 0
  /// The selected database at the first record.
  package internal(set) var database: UInt64 = 0
  package internal(set) var dialect: RDBDialect

  private(set) var buffer: UnsafeMutableRawBufferPointer

  init(capacity: Int, dialect: RDBDialect) {
    unsafe buffer = .allocate(byteCount: capacity, alignment: 64)
    self.dialect = dialect
  }

  deinit { unsafe buffer.deallocate() }

  /// The records.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe UnsafeRawBufferPointer(rebasing: buffer[0..<count]).bytes
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Everything that has been read into the buffer, whole records or not.
  func filled(_ bytes: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: buffer[0..<bytes])
  }

  /// Enlarges the buffer. `realloc` moves pages instead of bytes and touches none of the new ones, so
  /// that a claim of much memory costs nothing until it is filled.
  func enlarge(to capacity: Int) {
    guard unsafe capacity > buffer.count else { return }
    guard let moved = unsafe realloc(buffer.baseAddress, capacity) else {
      preconditionFailure("out of memory")
    }
    unsafe buffer = UnsafeMutableRawBufferPointer(start: moved, count: capacity)
  }

  /// Moves what stands behind the first `count` of `filled` bytes to the front.
  func dropFirst(_ count: Int, of filled: Int) {
    unsafe buffer.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: buffer[count..<filled]))
    fileOffset += UInt64(count)
  }

  var capacity: Int { unsafe buffer.count }
}
