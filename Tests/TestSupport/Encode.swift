/// An entry of a compact encoding, as a test writes it down.
package enum CompactEntry: Hashable, Sendable, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral
{
  case integer(Int64)
  case text([UInt8])

  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(stringLiteral text: StaticString) { self = .text(Array(text.description.utf8)) }
}

/// Writes the building blocks of RDB files by the letter of the format, whether they make sense or not.
package enum Encode {
  /// A length in its shortest form.
  package static func length(_ value: UInt64) -> [UInt8] {
    switch value {
    case 0..<64: [UInt8(value)]
    case 64..<16384: [0x40 | UInt8(value >> 8), UInt8(value & 0xFF)]
    case 16384...0xFFFF_FFFF: [0x80] + bigEndian(value, 4)
    default: [0x81] + bigEndian(value, 8)
    }
  }

  /// A raw string.
  package static func string(_ bytes: some Collection<UInt8>) -> [UInt8] {
    length(UInt64(bytes.count)) + bytes
  }

  /// The lowest bytes of a number, the lowest one first.
  package static func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// The lowest bytes of a number, the lowest one last.
  package static func bigEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
    littleEndian(value, count).reversed()
  }

  /// A listpack; `count` overrides the header's.
  package static func listpack(_ entries: [CompactEntry], count: Int? = nil) -> [UInt8] {
    var body: [UInt8] = []
    for entry in entries {
      let data = listpackData(entry)
      body += data + backlen(data.count)
    }
    return littleEndian(UInt64(body.count + 7), 4)
      + littleEndian(UInt64(min(count ?? entries.count, 65535)), 2) + body + [0xFF]
  }

  private static func listpackData(_ entry: CompactEntry) -> [UInt8] {
    switch entry {
    case .integer(let value):
      let bits = UInt64(bitPattern: value)
      switch value {
      case 0...127: return [UInt8(value)]
      case -4096...4095: return [0xC0 | UInt8(bits >> 8 & 0x1F), UInt8(bits & 0xFF)]
      case -32768...32767: return [0xF1] + littleEndian(bits, 2)
      case -8_388_608...8_388_607: return [0xF2] + littleEndian(bits, 3)
      case -2_147_483_648...2_147_483_647: return [0xF3] + littleEndian(bits, 4)
      default: return [0xF4] + littleEndian(bits, 8)
      }
    case .text(let bytes):
      if bytes.count < 64 { return [0x80 | UInt8(bytes.count)] + bytes }
      if bytes.count < 4096 {
        return [0xE0 | UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
      }
      return [0xF0] + littleEndian(UInt64(bytes.count), 4) + bytes
    }
  }

  /// The size of an entry as it stands behind it. Sizes at which it grows: FORMATS of listpack.c.
  package static func backlen(_ size: Int) -> [UInt8] {
    let limits = [128, 16383, 2_097_151, 268_435_455]
    let count = 1 + limits.count { size >= $0 }
    return (0..<count).map { index in
      let group = UInt8(size >> (7 * (count - 1 - index)) & 0x7F)
      return index == 0 ? group : group | 0x80
    }
  }

  /// A ziplist of entries that already have their encoding: `prevlen` is put in front of each.
  package static func ziplist(_ entries: [[UInt8]], count: Int? = nil) -> [UInt8] {
    var body: [UInt8] = []
    var previous = 0
    var tail = 10
    for entry in entries {
      tail = 10 + body.count
      let prevlen =
        previous < 254 ? [UInt8(previous)] : [0xFE] + littleEndian(UInt64(previous), 4)
      body += prevlen + entry
      previous = prevlen.count + entry.count
    }
    return littleEndian(UInt64(body.count + 11), 4) + littleEndian(UInt64(tail), 4)
      + littleEndian(UInt64(count ?? entries.count), 2) + body + [0xFF]
  }

  /// An intset of `width` bytes a member.
  package static func intset(width: Int, _ members: [Int64]) -> [UInt8] {
    littleEndian(UInt64(width), 4) + littleEndian(UInt64(members.count), 4)
      + members.flatMap { littleEndian(UInt64(bitPattern: $0), width) }
  }

  /// The 16 bytes of a stream ID.
  package static func streamID(_ milliseconds: UInt64, _ sequence: UInt64) -> [UInt8] {
    bigEndian(milliseconds, 8) + bigEndian(sequence, 8)
  }
}
