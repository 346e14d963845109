/// Bytes that grow at their end, in one block of memory that is kept when they are removed.
@safe package struct ByteBuffer: ~Copyable {
  /// The number of bytes.
  package private(set) var count = 0

  private var base: UnsafeMutableRawPointer
  private var capacity: Int

  /// An empty buffer.
  package init(capacity: Int = 256) {
    self.capacity = max(capacity, 16)
    unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { unsafe base.deallocate() }

  /// All bytes.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe UnsafeRawBufferPointer(start: base, count: count).bytes
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Adds one byte.
  @inline(__always)
  package mutating func append(_ byte: UInt8) {
    reserve(1)
    unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  /// Adds a copy of a span.
  @inline(__always)
  package mutating func append(_ span: RawSpan) {
    let added = span.byteCount
    guard added > 0 else { return }
    reserve(added)
    unsafe span.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe (base + count).copyMemory(from: start, byteCount: added)
    }
    count &+= added
  }

  /// Adds a copy of a byte string.
  package mutating func append(_ string: ByteString) { append(unsafe string.bytes.span.bytes) }

  /// Adds a copy of what another buffer holds.
  package mutating func append(_ other: borrowing ByteBuffer) { append(other.bytes) }

  /// Adds an integer, lowest byte first.
  @inline(__always)
  package mutating func append<T: FixedWidthInteger & BitwiseCopyable>(littleEndian value: T) {
    let size = MemoryLayout<T>.size
    reserve(size)
    unsafe base.storeBytes(of: value.littleEndian, toByteOffset: count, as: T.self)
    count &+= size
  }

  /// Adds an integer, highest byte first.
  @inline(__always)
  package mutating func append<T: FixedWidthInteger & BitwiseCopyable>(bigEndian value: T) {
    append(littleEndian: value.byteSwapped)
  }

  /// Puts an integer, lowest byte first, over bytes that are there.
  package mutating func replace<T: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, littleEndian value: T
  ) {
    precondition(offset >= 0 && offset <= count - MemoryLayout<T>.size)
    unsafe base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }

  /// Adds up to `most` bytes that `fill` writes to the start of the memory it gets; it returns how many.
  @inline(__always)
  package mutating func append(
    atMost most: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int
  ) {
    reserve(most)
    let added = unsafe fill(UnsafeMutableRawBufferPointer(start: base + count, count: most))
    precondition(added >= 0 && added <= most)
    count &+= added
  }

  /// Removes what stands behind the first `count` bytes.
  package mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count)
    self.count = count
  }

  /// Removes all bytes and keeps the memory, unless that is more than `most`.
  package mutating func removeAll(keeping most: Int = 1 << 20) {
    count = 0
    guard capacity > most else { return }
    unsafe base.deallocate()
    capacity = 256
    unsafe base = .allocate(byteCount: capacity, alignment: 16)
  }

  @inline(__always)
  private mutating func reserve(_ added: Int) {
    if capacity &- count < added { grow(added) }
  }

  @inline(never)
  private mutating func grow(_ added: Int) {
    let larger = max(2 * capacity, count + added)
    let new = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
    unsafe new.copyMemory(from: base, byteCount: count)
    unsafe base.deallocate()
    unsafe base = new
    capacity = larger
  }
}
