/// Names of commands as numbers, for a comparison in few steps.
package enum CommandName {
  // Names of up to eight bytes in lower case, the first letter lowest.
  package static let exec: UInt64 = 0x6365_7865
  package static let multi: UInt64 = 0x69_746C_756D
  package static let select: UInt64 = 0x7463_656C_6573
  package static let discard: UInt64 = 0x64_7261_6373_6964

  /// The bytes of a name with ASCII letters in lower case, the first one lowest; 0 for more than eight
  /// bytes.
  @inline(__always)
  package static func folded(_ name: CommandArgument, in bytes: RawSpan) -> UInt64 {
    guard name.count > 0, name.count <= 8 else { return 0 }
    return fold(word(at: name.offset, count: name.count, in: bytes))
  }

  /// 1 to 8 bytes, the first one lowest.
  @inline(__always)
  static func word(at offset: Int, count: Int, in bytes: RawSpan) -> UInt64 {
    if bytes.byteCount &- offset >= 8 {
      let unused = UInt64(truncatingIfNeeded: 64 &- 8 &* count)
      return bytes.littleEndian(at: offset, as: UInt64.self) & .max >> unused
    }
    var word: UInt64 = 0
    for index in 0..<count {
      word |= UInt64(bytes.byte(at: offset &+ index)) << UInt64(8 &* index)
    }
    return word
  }

  /// Eight bytes with their ASCII letters in lower case, all at once.
  @inline(__always)
  static func fold(_ word: UInt64) -> UInt64 {
    let low = word & 0x7F7F_7F7F_7F7F_7F7F
    // The high bit of each byte is set from A on, and from behind Z on: no sum reaches the next byte.
    let fromA = low &+ 0x3F3F_3F3F_3F3F_3F3F
    let behindZ = low &+ 0x2525_2525_2525_2525
    let isUpper = (fromA ^ behindZ) & ~word & 0x8080_8080_8080_8080
    return word | isUpper >> 2
  }

  /// Modules name their commands `MODULE.COMMAND`; no command of a server has a point in its name.
  package static func isOfModule(_ name: RawSpan) -> Bool {
    guard name.byteCount >= 3, name.byteCount <= 64 else { return false }
    var points = 0
    for offset in 0..<name.byteCount {
      switch name.byte(at: offset) {
      case UInt8(ascii: "."):
        guard offset > 0, offset < name.byteCount - 1 else { return false }
        points += 1
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): continue
      default: return false
      }
    }
    return points > 0
  }
}
