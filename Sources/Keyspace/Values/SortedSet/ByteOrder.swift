internal import Glibc

extension RawSpan {
  /// Below 0, 0 or above 0 as the bytes come before, are, or come after those of another span: the order
  /// of `memcmp`, the shorter one first on an equal prefix.
  @inline(__always)
  package func order(_ other: RawSpan) -> Int {
    let common = Swift.min(byteCount, other.byteCount)
    let order = unsafe withUnsafeBytes { a in
      unsafe other.withUnsafeBytes { b in
        guard let p = a.baseAddress, let q = b.baseAddress else { return 0 }
        return unsafe Int(memcmp(p, q, common))
      }
    }
    return order != 0 ? order : byteCount &- other.byteCount
  }

  /// A value of fixed width at an offset, lowest byte first; traps outside.
  @inline(__always)
  package func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type) -> T {
    T(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }
}
