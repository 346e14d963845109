/// CRC64 as its definition says, a table of 256 entries, a byte a step: what the fast one is compared
/// with, and what makes the checksums of test files.
package enum ReferenceCRC64 {
  private static let table: [UInt64] = (0..<256).map { index in
    var value = UInt64(index)
    for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x95AC_9329_AC4B_C9B5 }
    return value
  }

  /// The checksum of bytes.
  package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var crc: UInt64 = 0
    for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    return crc
  }

  /// The checksum as a file stores it.
  package static func stored(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let crc = checksum(bytes)
    return (0..<8).map { UInt8(truncatingIfNeeded: crc >> (8 * $0)) }
  }
}
