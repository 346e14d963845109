/// A part of a content that is in memory, and moves to wherever it is asked for.
///
/// One thread uses a window at a time.
@safe package final class ContentWindow {
  /// Bytes that are read at once.
  package static let usualCapacity = 256 << 10

  /// Bytes of the content in all.
  package let size: UInt64

  private let content: any RandomAccess
  private var buffer: UnsafeMutableRawBufferPointer
  /// Offset of the first byte in memory.
  private var start: UInt64 = 0
  private var filled = 0

  /// `capacity`: bytes that are read at once, where no more are asked for.
  package init(
    _ content: any RandomAccess, size: UInt64, capacity: Int = ContentWindow.usualCapacity
  ) {
    self.content = content
    self.size = size
    unsafe buffer = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { unsafe buffer.deallocate() }

  /// Sees to it that `count` bytes from `offset` on are in memory, or those that there are.
  package func load(at offset: UInt64, count: Int) throws(SourceError) {
    guard !holds(offset, count: count) else { return }
    let wanted = wanted(offset, count)
    if unsafe buffer.count < wanted {
      unsafe buffer.deallocate()
      unsafe buffer = .allocate(byteCount: wanted, alignment: 64)
    }
    start = offset
    filled = 0
    filled = try unsafe content.read(at: offset, into: buffer)
    guard filled >= wanted else { throw .changedWhileRead(at: offset + UInt64(filled)) }
  }

  /// Whether `count` bytes from `offset` on are in memory, or those that there are.
  package func holds(_ offset: UInt64, count: Int) -> Bool {
    offset >= start && offset - start <= UInt64(filled)
      && filled - Int(offset - start) >= wanted(offset, count)
  }

  private func wanted(_ offset: UInt64, _ count: Int) -> Int {
    Int(min(UInt64(count), size - min(offset, size)))
  }

  /// The bytes in memory from `offset` on, which was loaded before.
  @_lifetime(borrow self)
  package func bytes(from offset: UInt64) -> RawSpan {
    let span = unsafe UnsafeRawBufferPointer(
      rebasing: buffer[Int(offset - start)..<filled]
    ).bytes
    return unsafe _overrideLifetime(span, borrowing: self)
  }
}

/// A stretch of a content as a source.
package final class ContentSource: ByteSource {
  private let content: any RandomAccess
  private var offset: UInt64
  private let end: UInt64

  /// The bytes of `range`, or those of them that there are.
  package init(_ content: any RandomAccess, _ range: Range<UInt64>) {
    self.content = content
    offset = range.lowerBound
    end = range.upperBound
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SourceError) -> Int {
    let count = Int(min(UInt64(buffer.count), end - offset))
    guard count > 0 else { return 0 }
    let got = try unsafe content.read(
      at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count]))
    offset += UInt64(got)
    return got
  }
}
