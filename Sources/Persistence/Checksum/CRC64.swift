import CCRC64

/// CRC-64 "Jones", which ends an RDB file (version 5 and later) and every `DUMP` payload.
///
/// Polynomial `AD93D23594C935A9`, input and output reflected, initial value 0, nothing XORed at the
/// end; the check value of `123456789` is `E9C6D914C4B8D9CA` (`FORMATS.md`, A.16). A stored checksum
/// is little endian, and a stored 0 means that none was computed.
///
/// The checksum so far is the whole state: start from 0 and chain the updates. Because it starts
/// from 0, zero bytes at the front of the input do not change it.
package enum CRC64 {
  /// The checksum of what `crc` covers followed by `bytes`, at 14 to 50 GB/s where the processor
  /// multiplies without carries.
  package static func update(_ crc: UInt64, _ bytes: RawSpan) -> UInt64 {
    unsafe bytes.withUnsafeBytes { unsafe ccrc64_update(crc, $0.baseAddress, $0.count) }
  }

  /// The same in Swift alone, eight bytes a step: the second opinion that the tests ask, and what to
  /// call where C must be left out.
  package static func portable(_ crc: UInt64, _ bytes: RawSpan) -> UInt64 {
    let tables = Tables.slices.span
    var crc = crc
    var at = 0
    while bytes.byteCount &- at >= 8 {
      let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
      let rest = crc ^ UInt64(littleEndian: word)
      // Slice 7 is for the byte with seven more after it. Written out because the compiler does not
      // unroll the loop: three times as fast.
      let a = tables[7 << 8 | Int(rest & 0xff)] ^ tables[6 << 8 | Int(rest >> 8 & 0xff)]
      let b = tables[5 << 8 | Int(rest >> 16 & 0xff)] ^ tables[4 << 8 | Int(rest >> 24 & 0xff)]
      let c = tables[3 << 8 | Int(rest >> 32 & 0xff)] ^ tables[2 << 8 | Int(rest >> 40 & 0xff)]
      let d = tables[1 << 8 | Int(rest >> 48 & 0xff)] ^ tables[Int(rest >> 56)]
      crc = a ^ b ^ c ^ d
      at &+= 8
    }
    while at < bytes.byteCount {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
      crc = tables[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8
      at &+= 1
    }
    return crc
  }

  /// The checksum of A followed by B from the checksums of the two, each started from 0, without
  /// their bytes: parts of a file can be summed on several threads.
  ///
  /// Takes some 60 ns for each 1 bit in `lengthOfB` (in bytes).
  package static func combine(_ a: UInt64, _ b: UInt64, lengthOfB: UInt64) -> UInt64 {
    // A stands `lengthOfB` bytes further up: multiply it by x^(8 × lengthOfB).
    var product = a
    var length = lengthOfB
    while length != 0 {
      product = Polynomial.multiply(product, Tables.shifts[length.trailingZeroBitCount])
      length &= length &- 1
    }
    return product ^ b
  }

  /// Arithmetic with polynomials modulo P over GF(2), held reflected: bit 63 is the coefficient of
  /// x^0 and bit 0 that of x^63.
  package enum Polynomial {
    /// P without its x^64.
    package static let modulus: UInt64 = 0x95ac_9329_ac4b_c9b5
    /// The polynomial 1.
    package static let one: UInt64 = 1 << 63

    /// `a` × `b` modulo P.
    package static func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
      var power = a  // a × x^i
      var rest = b
      var product: UInt64 = 0
      while rest != 0 {
        product ^= power & (0 &- (rest >> 63))
        power = timesX(power)
        rest <<= 1
      }
      return product
    }

    /// x^`exponent` modulo P, in as many steps as the exponent has bits.
    package static func powerOfX(_ exponent: UInt64) -> UInt64 {
      var result = one
      var square = timesX(one)
      var rest = exponent
      while rest != 0 {
        if rest & 1 == 1 { result = multiply(result, square) }
        square = multiply(square, square)
        rest >>= 1
      }
      return result
    }

    /// x^-`exponent` modulo P. P is irreducible, so that x^(2^64 - 1) is 1.
    package static func inversePowerOfX(_ exponent: UInt64) -> UInt64 {
      powerOfX(.max - exponent)
    }

    /// `a` × x modulo P.
    package static func timesX(_ a: UInt64) -> UInt64 {
      a >> 1 ^ modulus & (0 &- (a & 1))
    }
  }

  private enum Tables {
    /// Entry `256 × k + b` is the checksum of byte b followed by k zero bytes, k in 0...7.
    static let slices: [UInt64] = {
      var slices = [UInt64](repeating: 0, count: 8 * 256)
      for byte in 0..<256 {
        var crc = UInt64(byte)
        for _ in 0..<8 { crc = Polynomial.timesX(crc) }
        slices[byte] = crc
      }
      for entry in 256..<slices.count {
        let crc = slices[entry - 256]
        slices[entry] = slices[Int(crc & 0xff)] ^ crc >> 8
      }
      return slices
    }()

    /// Entry k is x^(8 × 2^k), the shift by 2^k bytes, k in 0...63.
    static let shifts: [UInt64] = {
      var shifts = [Polynomial.powerOfX(8)]
      for k in 1..<64 { shifts.append(Polynomial.multiply(shifts[k - 1], shifts[k - 1])) }
      return shifts
    }()
  }
}
