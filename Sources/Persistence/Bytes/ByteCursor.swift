internal import Glibc

/// Reads a buffer from front to back without ever stepping over its end.
///
/// The cursor borrows its bytes and copies none. A read that would pass the end throws `truncated`
/// with the offset of the field and, in `expected`, the buffer length that the read would need: a
/// caller that holds only a part of the input takes that as "fetch more", a caller that holds all of
/// it as damage.
package struct ByteCursor: ~Escapable {
  package let bytes: RawSpan
  /// Bytes from the start of the buffer; never larger than `bytes.byteCount`.
  package var offset: Int

  @_lifetime(copy bytes)
  @inline(__always)
  package init(_ bytes: RawSpan, at offset: Int = 0) {
    precondition(offset >= 0 && offset <= bytes.byteCount)
    self.bytes = bytes
    self.offset = offset
  }

  package var remaining: Int {
    @inline(__always) get { bytes.byteCount &- offset }
  }

  package var isAtEnd: Bool {
    @inline(__always) get { offset == bytes.byteCount }
  }

  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func readByte() throws(FormatError) -> UInt8 {
    guard offset < bytes.byteCount else { throw .truncated(at: offset, need: 1) }
    defer { offset &+= 1 }
    // In bounds by the guard above.
    return unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func skip(_ count: Int) throws(FormatError) {
    guard count >= 0, remaining >= count else { throw .truncated(at: offset, need: count) }
    offset &+= count
  }

  /// Skips a length that a file claims; it is compared before it is narrowed.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func skip(claimed count: UInt64) throws(FormatError) {
    guard UInt64(truncatingIfNeeded: remaining) >= count else {
      throw .truncated(at: offset, claim: count)
    }
    offset &+= Int(truncatingIfNeeded: count)
  }

  /// Little-endian (the byte order of every fixed-width integer in RDB, but for stream IDs).
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func readLittleEndian<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type
  ) throws(FormatError) -> T {
    let size = MemoryLayout<T>.size
    guard remaining >= size else { throw .truncated(at: offset, need: size) }
    defer { offset &+= size }
    // In bounds by the guard above; any bit pattern is a valid integer.
    return T(
      littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self))
  }

  /// Big-endian (32-bit and 64-bit lengths, stream IDs).
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func readBigEndian<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type
  ) throws(FormatError) -> T {
    try T(bigEndian: T(littleEndian: readLittleEndian(type)))
  }
}

extension FormatError {
  /// Fewer bytes than a field of fixed size needs; `expected` is the buffer length that would do.
  @inline(never)
  static func truncated(at offset: Int, need: Int) -> FormatError {
    truncated(at: offset, claim: UInt64(max(0, need)))
  }

  /// Fewer bytes than a length claims; `expected` saturates, since a claim may be anything.
  @inline(never)
  static func truncated(at offset: Int, claim: UInt64) -> FormatError {
    let (sum, overflow) = UInt64(offset).addingReportingOverflow(claim)
    return FormatError(
      .truncated, at: offset, "the input ends here", expected: overflow ? .max : sum)
  }
}

extension RawSpan {
  /// One byte; traps outside the span.
  @inlinable @inline(__always)
  package func byte(at offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// A little-endian integer; traps outside the span.
  @inlinable @inline(__always)
  package func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: T.Type
  ) -> T {
    T(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// A big-endian integer; traps outside the span.
  @inlinable @inline(__always)
  package func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: T.Type
  ) -> T {
    T(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Byte order as in `memcmp`, the shorter one first on an equal prefix: the order of members with
  /// equal scores in a sorted set.
  package func compare(to other: RawSpan) -> Int {
    let common = Swift.min(byteCount, other.byteCount)
    let order: Int32 = unsafe withUnsafeBytes { a in
      unsafe other.withUnsafeBytes { b in
        guard let p = a.baseAddress, let q = b.baseAddress else { return 0 }
        return unsafe memcmp(p, q, common)
      }
    }
    if order != 0 { return order < 0 ? -1 : 1 }
    return byteCount == other.byteCount ? 0 : (byteCount < other.byteCount ? -1 : 1)
  }
}
