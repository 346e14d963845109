internal import Glibc

/// A run of bytes of a file in a buffer that is passed from thread to thread and used again.
///
/// A scanner fills it and hands it to one worker, which reads it and hands it back: at any time one
/// thread has it. That is why it may cross threads although its memory is plain.
@safe package class ByteBatch: @unchecked Sendable {
  /// Offset of the first byte in the (decompressed) file.
  package final internal(set) var fileOffset: UInt64 = 0
  /// Bytes that were handed out, from the start of the buffer.
  package final internal(set) var count = 0

  private(set) final var buffer: UnsafeMutableRawBufferPointer

  init(capacity: Int) {
    unsafe buffer = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { unsafe buffer.deallocate() }

  /// The bytes that were handed out.
  package final var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe UnsafeRawBufferPointer(rebasing: buffer[0..<count]).bytes
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Everything that has been read into the buffer, handed out or not.
  final func filled(_ bytes: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: buffer[0..<bytes])
  }

  /// Enlarges the buffer. `realloc` moves pages instead of bytes and touches none of the new ones, so
  /// that a claim of much memory costs nothing until it is filled.
  final func enlarge(to capacity: Int) {
    guard unsafe capacity > buffer.count else { return }
    guard let moved = unsafe realloc(buffer.baseAddress, capacity) else {
      preconditionFailure("out of memory")
    }
    unsafe buffer = UnsafeMutableRawBufferPointer(start: moved, count: capacity)
  }

  /// Moves what stands behind the first `count` of `filled` bytes to the front.
  final func dropFirst(_ count: Int, of filled: Int) {
    unsafe buffer.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: buffer[count..<filled]))
    fileOffset += UInt64(count)
  }

  /// Takes what stands behind the first `end` of `filled` bytes of another batch over to its front.
  final func take(from other: ByteBatch, after end: Int, of filled: Int) {
    unsafe buffer.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: other.filled(filled)[end...]))
    fileOffset = other.fileOffset + UInt64(end)
  }

  final var capacity: Int { unsafe buffer.count }
}

/// Buffers that workers have finished with.
final class BatchPool<Batch: ByteBatch>: Sendable {
  private let free = Monitor([Batch]())
  /// Bytes of a buffer that is kept, at most.
  private let largest: Int

  init(largest: Int) { self.largest = largest }

  /// A buffer of at least `capacity` bytes, if there is one.
  func take(capacity: Int) -> Batch? {
    free.withLock { free -> Batch? in
      guard let last = free.last, last.capacity >= capacity else { return nil }
      return free.popLast()
    }
  }

  /// Takes a buffer back.
  func put(_ batch: Batch) {
    guard batch.capacity <= largest else { return }
    free.withLock { free in
      if free.count < 64 { free.append(batch) }
    }
  }
}
