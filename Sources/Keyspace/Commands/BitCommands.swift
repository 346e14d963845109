internal import Persistence

// Strings as sequences of bits, the highest bit of a byte first. Source: bitops.c of Redis 7.0.
extension Keyspace {
  static let bitCommands: [(String, CommandHandler)] = [
    ("setbit", { (k, a, r) throws(CommandError) in try k.setbit(a, &r) }),
    ("getbit", { (k, a, r) throws(CommandError) in try k.getbit(a, &r) }),
    ("bitcount", { (k, a, r) throws(CommandError) in try k.bitcount(a, &r) }),
    ("bitpos", { (k, a, r) throws(CommandError) in try k.bitpos(a, &r) }),
    ("bitop", { (k, a, r) throws(CommandError) in try k.bitop(a, &r) }),
    ("bitfield", { (k, a, r) throws(CommandError) in try k.bitfield(a, isReadOnly: false, &r) }),
    ("bitfield_ro", { (k, a, r) throws(CommandError) in try k.bitfield(a, isReadOnly: true, &r) }),
  ]

  /// The place of a bit that a text names. Throws where no string can have it.
  ///
  /// - `width`: bits of the units in which `#` before the number counts; nil where there may be none.
  static func bitOffset(_ text: RawSpan, width: Int? = nil) throws(CommandError) -> Int {
    let error = CommandError.text("bit offset is not an integer or out of range")
    var digits = text
    var unit: Int64 = 1
    if let width, text.byteCount > 0, text.byte(at: 0) == UInt8(ascii: "#") {
      digits = text.extracting(1..<text.byteCount)
      unit = Int64(width)
    }
    guard let number = NumberText.canonicalInteger(digits) else { throw error }
    let (offset, overflow) = number.multipliedReportingOverflow(by: unit)
    guard !overflow, offset >= 0, offset >> 3 < Int64(largestString) else { throw error }
    return Int(offset)
  }

  /// Has a string that is to be changed be at least so many bytes long, with zeros at its end, and changes
  /// it; without a key, there is one then. `body` tells whether it has changed anything.
  mutating func modifyBits<R>(
    _ key: RawSpan, size: Int, _ body: (inout [UInt8]) -> (R, changed: Bool)
  ) throws(CommandError) -> R {
    let place = find(key)
    if let place, !database[place].value.isString { throw .wrongType }
    var bytes: [UInt8] = []
    if let place { bytes = try takeString(place) }
    let isGrown = bytes.count < size
    if isGrown { bytes += [UInt8](repeating: 0, count: size - bytes.count) }
    let (result, changed) = body(&bytes)
    if let place {
      tryModify(place) { $0 = .buffer(bytes) }
    } else {
      insert(key, .buffer(bytes))
    }
    if isGrown || changed { changes += 1 }
    return result
  }

  private mutating func setbit(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let offset = try Self.bitOffset(arguments[2])
    let error = CommandError.text("bit is not an integer or out of range")
    let bit = try arguments.integer(at: 3, or: error)
    guard bit == 0 || bit == 1 else { throw error }
    let mask: UInt8 = 0x80 >> UInt8(offset & 7)
    let old = try modifyBits(arguments[1], size: offset >> 3 + 1) { bytes in
      let old = bytes[offset >> 3] & mask != 0
      if bit == 1 { bytes[offset >> 3] |= mask } else { bytes[offset >> 3] &= ~mask }
      return (old, old != (bit == 1))
    }
    reply.integer(old ? 1 : 0)
  }

  private mutating func getbit(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let offset = try Self.bitOffset(arguments[2])
    let bit = try entry(arguments[1])?.withString { bytes in
      offset >> 3 < bytes.byteCount ? bytes.byte(at: offset >> 3) >> UInt8(7 - offset & 7) & 1 : 0
    }
    reply.integer(Int(bit ?? 0))
  }

  // MARK: Ranges

  /// Whether a range counts bits (BIT), and not bytes (BYTE).
  private static func countsBits(
    _ arguments: Arguments, at index: Int
  ) throws(CommandError) -> Bool {
    if arguments.isWord("BIT", at: index) { return true }
    guard arguments.isWord("BYTE", at: index) else { throw .syntax }
    return false
  }

  /// The bits of a range of bytes or bits whose ends may be counted from the end; nil when it is empty.
  private static func bits(
    from start: Int64, to end: Int64, unit: Int64, size: Int
  ) -> ClosedRange<Int>? {
    let total = Int64(size) * 8 / unit
    let first = max(start < 0 ? total + start : start, 0)
    let last = min(max(end < 0 ? total + end : end, 0), total - 1)
    guard first <= last else { return nil }
    return Int(first * unit)...Int(last * unit + unit - 1)
  }

  private mutating func bitcount(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let entry = entry(arguments[1]) else { return reply.integer(0) }
    guard entry.value.isString else { throw .wrongType }
    var start: Int64 = 0
    var end: Int64 = -1
    var unit: Int64 = 8
    switch arguments.count {
    case 2: break
    case 4, 5:
      start = try arguments.integer(at: 2)
      end = try arguments.integer(at: 3)
      if start < 0, end < 0, start > end { return reply.integer(0) }
      if arguments.count == 5, try Self.countsBits(arguments, at: 4) { unit = 1 }
    default: throw .syntax
    }
    let count = try entry.withString { bytes -> Int in
      guard let range = Self.bits(from: start, to: end, unit: unit, size: bytes.byteCount) else {
        return 0
      }
      return bytes.setBits(in: range)
    }
    reply.integer(count)
  }

  private mutating func bitpos(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let bit = try arguments.integer(at: 2)
    guard bit == 0 || bit == 1 else { throw .text("The bit argument must be 1 or 0.") }
    guard let entry = entry(arguments[1]) else { return reply.integer(bit == 1 ? -1 : 0) }
    guard entry.value.isString else { throw .wrongType }
    var start: Int64 = 0
    var end: Int64 = -1
    var unit: Int64 = 8
    guard arguments.count <= 6 else { throw .syntax }
    if arguments.count > 3 { start = try arguments.integer(at: 3) }
    if arguments.count > 5, try Self.countsBits(arguments, at: 5) { unit = 1 }
    if arguments.count > 4 { end = try arguments.integer(at: 4) }
    let place = try entry.withString { bytes -> Int in
      let size = bytes.byteCount
      guard let range = Self.bits(from: start, to: end, unit: unit, size: size) else { return -1 }
      if let place = bytes.firstBit(isSet: bit == 1, in: range) { return place }
      // A string goes on with zeros, unless it is said where it is to end.
      return bit == 0 && arguments.count <= 4 ? 8 * size : -1
    }
    reply.integer(place)
  }
}

extension RawSpan {
  /// Bits that are set in a range of bits.
  fileprivate func setBits(in range: ClosedRange<Int>) -> Int {
    let first = range.lowerBound >> 3
    let last = range.upperBound >> 3
    var count = 0
    var offset = first
    while offset &+ 8 <= last &+ 1 {
      count &+= littleEndian(at: offset, as: UInt64.self).nonzeroBitCount
      offset &+= 8
    }
    while offset <= last {
      count &+= byte(at: offset).nonzeroBitCount
      offset &+= 1
    }
    // Those of the first and last byte that do not belong to it.
    let before = byte(at: first) & ~(0xFF >> UInt8(range.lowerBound & 7))
    let behind = byte(at: last) & (0x7F >> UInt8(range.upperBound & 7))
    return count - before.nonzeroBitCount - behind.nonzeroBitCount
  }

  /// The first bit in a range of bits that is set, or is not.
  fileprivate func firstBit(isSet: Bool, in range: ClosedRange<Int>) -> Int? {
    let flip: UInt8 = isSet ? 0 : 0xFF
    let last = range.upperBound >> 3
    var offset = range.lowerBound >> 3
    var byte = (self.byte(at: offset) ^ flip) & (0xFF >> UInt8(range.lowerBound & 7))
    while byte == 0 {
      offset &+= 1
      let word: UInt64 = isSet ? 0 : .max
      while offset &+ 8 <= last, littleEndian(at: offset, as: UInt64.self) == word { offset &+= 8 }
      guard offset <= last else { return nil }
      byte = self.byte(at: offset) ^ flip
    }
    let place = 8 * offset + byte.leadingZeroBitCount
    return place <= range.upperBound ? place : nil
  }
}
