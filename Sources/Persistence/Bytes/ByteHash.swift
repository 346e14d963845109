/// A 64-bit hash of byte strings for duplicate search: fast, seeded, not cryptographic.
///
/// Two reads of eight bytes are multiplied to 128 bits and folded. The seed is drawn once per process
/// so that nobody can prepare a file of colliding keys. A hit is always confirmed on the bytes.
package enum ByteHash {
  package static let seed = UInt64.random(in: .min ... .max)

  @inline(__always)
  package static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (high, low) = a.multipliedFullWidth(by: b)
    // A product with zero must not forget the other factor.
    return high ^ low ^ a ^ b
  }

  /// A bijection of 64 bits, so that different integers never collide.
  @inline(__always)
  package static func hash(_ value: Int64, seed: UInt64) -> UInt64 {
    var x = UInt64(bitPattern: value) ^ seed
    x = (x ^ (x >> 32)) &* 0xd6e8_feb8_6659_fd93
    x = (x ^ (x >> 32)) &* 0xd6e8_feb8_6659_fd93
    return x ^ (x >> 32)
  }

  @inline(__always)
  package static func hash(_ bytes: RawSpan, seed: UInt64) -> UInt64 {
    let count = bytes.byteCount
    var state = seed ^ 0xa076_1d64_78bd_642f
    var offset = 0
    while count &- offset > 16 {
      // In bounds by the loop's condition.
      let a = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
      let b = unsafe bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: offset &+ 8, as: UInt64.self)
      state = fold(a ^ 0xe703_7ed1_a0b4_28db, b ^ state)
      offset &+= 16
    }
    var a: UInt64 = 0
    var b: UInt64 = 0
    let left = count &- offset
    if left >= 8 {
      a = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
      b = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: count &- 8, as: UInt64.self)
    } else if left >= 4 {
      a = UInt64(
        unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
      b = UInt64(
        unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: count &- 4, as: UInt32.self))
    } else if left > 0 {
      a = UInt64(unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
      b =
        UInt64(
          unsafe bytes.unsafeLoad(
            fromUncheckedByteOffset: offset &+ (left >> 1), as: UInt8.self)) << 8
        | UInt64(unsafe bytes.unsafeLoad(fromUncheckedByteOffset: count &- 1, as: UInt8.self))
    }
    return fold(
      0x8ebc_6af0_9c88_c6e3 ^ UInt64(truncatingIfNeeded: count),
      fold(a ^ 0xe703_7ed1_a0b4_28db, b ^ state))
  }
}
