import Persistence

/// Puts an RDB file together byte by byte, right or wrong.
package struct RDBBuilder {
  package var bytes: [UInt8]

  /// Begins with a header (`REDIS0010`).
  package init(_ header: String = "REDIS0010") { bytes = Array(header.utf8) }

  /// The file so far, an EOF opcode and the checksum.
  package func finished() -> [UInt8] {
    var file = bytes + [0xFF]
    file.appendCRC64()
    return file
  }

  /// Files in which a length of every kind claims so much, with 3,000 bytes behind it.
  package static func files(claiming claim: UInt64) -> [(kind: String, bytes: [UInt8])] {
    let long = length(claim)
    let heads: [(String, [UInt8])] = [
      ("string", [0, 1, 0x6B] + long), ("key", [0] + long), ("list", [1, 1, 0x6B] + long),
      ("packed list", [18, 1, 0x6B] + long), ("set", [2, 1, 0x6B] + long),
      ("hash", [4, 1, 0x6B] + long), ("sorted set", [5, 1, 0x6B] + long),
      ("stream", [15, 1, 0x6B] + long), ("aux", [0xFA] + long),
      ("packed string", [0, 1, 0x6B, 0xC3, 9] + long), ("module", [7, 1, 0x6B, 0, 5] + long),
    ]
    return heads.map { kind, head in
      (kind, Array("REDIS0010".utf8) + head + [UInt8](repeating: 1, count: 3000))
    }
  }

  package mutating func append(_ more: some Sequence<UInt8>) { bytes += more }

  package mutating func append(_ more: UInt8...) { bytes += more }

  package mutating func length(_ value: UInt64) { bytes += Self.length(value) }

  package mutating func string(_ text: String) { bytes += Self.string(Array(text.utf8)) }

  package mutating func string(_ value: [UInt8]) { bytes += Self.string(value) }

  /// A type byte and a key.
  package mutating func key(_ type: UInt8, _ name: String) {
    bytes.append(type)
    string(name)
  }

  /// A key that holds a string.
  package mutating func pair(_ name: String, _ value: String) {
    key(0, name)
    string(value)
  }

  package mutating func selectDB(_ number: UInt64) {
    bytes.append(0xFE)
    length(number)
  }

  package mutating func resizeDB(_ keys: UInt64, _ expires: UInt64) {
    bytes.append(0xFB)
    length(keys)
    length(expires)
  }

  /// The shortest form of a length.
  package static func length(_ value: UInt64) -> [UInt8] {
    switch value {
    case 0..<64: [UInt8(value)]
    case 64..<16384: [0x40 | UInt8(value >> 8), UInt8(value & 0xFF)]
    case 16384...0xFFFF_FFFF: [0x80] + bigEndian(value, 4)
    default: [0x81] + bigEndian(value, 8)
    }
  }

  /// A string as it is: no integer form, no LZF.
  package static func string(_ value: [UInt8]) -> [UInt8] { length(UInt64(value.count)) + value }

  package static func bigEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  package static func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
    bigEndian(value, count).reversed()
  }

  /// An entry of a listpack: integers of 0-127, and text of at most 63 bytes.
  package enum Entry: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    case integer(UInt8)
    case text([UInt8])
    package init(integerLiteral value: UInt8) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(Array(value.utf8)) }

    fileprivate var body: [UInt8] {
      switch self {
      case .integer(let value): [value]
      case .text(let text): [0x80 | UInt8(text.count)] + text
      }
    }
  }

  /// A listpack. `count` is what its header says, when that is not the truth.
  package static func listpack(_ entries: [Entry], count: Int? = nil) -> [UInt8] {
    let body = entries.flatMap { $0.body + [UInt8($0.body.count)] }
    return littleEndian(UInt64(7 + body.count), 4)
      + littleEndian(UInt64(count ?? entries.count), 2) + body + [0xFF]
  }

  /// A ziplist of text entries of at most 63 bytes.
  package static func ziplist(_ entries: [String]) -> [UInt8] {
    var body: [UInt8] = []
    var previous = 0
    var tail = 10
    for entry in entries {
      tail = 10 + body.count
      let text = Array(entry.utf8)
      body += [UInt8(previous), UInt8(text.count)] + text
      previous = text.count + 2
    }
    return littleEndian(UInt64(11 + body.count), 4) + littleEndian(UInt64(tail), 4)
      + littleEndian(UInt64(entries.count), 2) + body + [0xFF]
  }

  /// An intset of 16-bit numbers. `width` is what its header says.
  package static func intset(_ values: [Int16], width: UInt64 = 2) -> [UInt8] {
    littleEndian(width, 4) + littleEndian(UInt64(values.count), 4)
      + values.flatMap { littleEndian(UInt64(UInt16(bitPattern: $0)), 2) }
  }
}

extension [UInt8] {
  /// Appends the CRC64 of all bytes before it, as an RDB file has it.
  package mutating func appendCRC64() {
    self += RDBBuilder.littleEndian(unsafe CRC64.update(0, span.bytes), 8)
  }
}
