/// Walks a listpack.
///
///     u32le total_bytes · u16le num_elements · entries · FF
///     entry = encoding and data · backlen
///
/// A listpack is valid if and only if: it has at least 7 bytes; `total_bytes` is its length; its last
/// byte is FF; every entry has a legal first byte, lies before that FF and is followed by the backlen
/// of its own size; the walk ends exactly on the FF; `num_elements` is the number of entries, or
/// 65535, which means "not known". Source: listpack.c and the format notes of Redis 5.0-8.0.
///
/// `backlen` is the size of encoding and data in groups of 7 bits, the last byte holding the lowest
/// group and every byte but the first with bit 7 set. Its own size steps up at 128, 16383, 2097151 and
/// 268435455: one before what 7-bit groups would suggest.
package struct ListpackCursor: ~Escapable {
  package let blob: RawSpan
  package private(set) var offset = 6
  /// Entries returned so far.
  package private(set) var position = 0

  private let end: Int

  /// Whether the walk is one over entries alone.
  private var isDamaged: Bool { end == blob.byteCount }

  /// Checks the header and the terminator.
  @_lifetime(copy blob)
  package init(_ blob: RawSpan) throws(FormatError) {
    guard blob.byteCount >= 7 else {
      throw FormatError(
        .badListpack, at: 0, "listpack is shorter than its smallest form", expected: 7,
        found: UInt64(blob.byteCount))
    }
    let total = blob.littleEndian(at: 0, as: UInt32.self)
    guard Int(total) == blob.byteCount else {
      throw FormatError(
        .badListpack, at: 0, "listpack header disagrees with the length of the blob",
        expected: UInt64(blob.byteCount), found: UInt64(total))
    }
    guard blob.byte(at: blob.byteCount - 1) == 0xFF else {
      throw FormatError(
        .badListpack, at: blob.byteCount - 1, "listpack does not end in FF", expected: 0xFF,
        found: UInt64(blob.byte(at: blob.byteCount - 1)))
    }
    self.blob = blob
    end = blob.byteCount - 1
  }

  /// Begins at an entry, and does not look at the header: for a listpack that is damaged. The walk goes
  /// on to the end of `entries`, of which the terminator is no part, or to a byte that begins no entry.
  @_lifetime(copy entries)
  package init(damaged entries: RawSpan, from offset: Int) {
    blob = entries
    end = entries.byteCount
    self.offset = offset
  }

  /// The header's count of entries; nil when it says "not known" (65535).
  package var statedCount: Int? {
    let count = blob.littleEndian(at: 4, as: UInt16.self)
    return count == .max ? nil : Int(count)
  }

  /// The next entry, or nil at the end, where the header's count is compared.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func next() throws(FormatError) -> Element? {
    let start = offset
    guard start < end else {
      if !isDamaged, let stated = statedCount, stated != position {
        throw FormatError(
          .badListpack, at: 4, "listpack header miscounts its entries", expected: UInt64(position),
          found: UInt64(stated))
      }
      return nil
    }
    // `start < end` and `end` is a byte of the blob.
    let first = unsafe blob.unsafeLoad(fromUncheckedByteOffset: start, as: UInt8.self)
    let element: Element
    let size: Int
    if first < 0x80 {
      element = Element(integer: Int64(first))
      size = 1
    } else if first < 0xC0 {
      let count = Int(first & 0x3F)
      element = Element(offset: start &+ 1, count: count)
      size = 1 &+ count
    } else {
      (element, size) = try longEntry(first, at: start)
    }
    let backlen = ListpackCursor.backlenSize(size)
    guard size &+ backlen <= end &- start else { throw overrun(at: start) }
    if backlen == 1 {
      guard
        unsafe Int(blob.unsafeLoad(fromUncheckedByteOffset: start &+ size, as: UInt8.self)) == size
      else { throw wrongBacklen(at: start &+ size, size) }
    } else {
      try checkLongBacklen(at: start &+ size, size, backlen)
    }
    offset = start &+ size &+ backlen
    position &+= 1
    return element
  }

  /// An entry whose encoding takes more than its first byte. The caller checks that it ends before the
  /// FF; the operand bits of one that does not are of no account.
  @inline(__always)
  private func longEntry(_ first: UInt8, at start: Int) throws(FormatError) -> (Element, Int) {
    let operand = operandBits(at: start &+ 1)
    switch first {
    case 0xC0..<0xE0:
      let raw = Int64(first & 0x1F) << 8 | Int64(operand & 0xFF)
      return (Element(integer: raw >= 4096 ? raw &- 8192 : raw), 2)
    case 0xE0..<0xF0:
      let count = Int(first & 0x0F) << 8 | Int(operand & 0xFF)
      return (Element(offset: start &+ 2, count: count), 2 &+ count)
    case 0xF0:
      let count = Int(UInt32(truncatingIfNeeded: operand))
      return (Element(offset: start &+ 5, count: count), 5 &+ count)
    case 0xF1: return (Element(integer: Int64(Int16(truncatingIfNeeded: operand))), 3)
    case 0xF2: return (Element(integer: Int64(bitPattern: operand << 40) >> 40), 4)
    case 0xF3: return (Element(integer: Int64(Int32(truncatingIfNeeded: operand))), 5)
    case 0xF4: return (Element(integer: Int64(bitPattern: operand)), 9)
    default: throw badEncoding(first, at: start)
    }
  }

  @inline(never)
  private func badEncoding(_ first: UInt8, at start: Int) -> FormatError {
    first == 0xFF
      ? FormatError(.badListpack, at: start, "listpack terminator before the end of the blob")
      : FormatError(
        .badListpack, at: start, "listpack entry has an unknown encoding", found: UInt64(first))
  }

  /// Up to eight bytes, little-endian; those beyond the end of the blob read as zero.
  @inline(__always)
  private func operandBits(at offset: Int) -> UInt64 {
    guard offset &+ 8 <= blob.byteCount else { return lastOperandBits(at: offset) }
    return UInt64(
      littleEndian: unsafe blob.unsafeLoadUnaligned(
        fromUncheckedByteOffset: offset, as: UInt64.self))
  }

  @inline(never)
  private func lastOperandBits(at offset: Int) -> UInt64 {
    var bits: UInt64 = 0
    var shift: UInt64 = 0
    var at = offset
    while at < blob.byteCount {
      bits |= UInt64(blob.byte(at: at)) << shift
      shift &+= 8
      at &+= 1
    }
    return bits
  }

  /// The number of bytes of the backlen that follows `size` bytes of encoding and data.
  @inline(__always)
  package static func backlenSize(_ size: Int) -> Int {
    if size <= 127 { return 1 }
    if size < 16383 { return 2 }
    if size < 2_097_151 { return 3 }
    if size < 268_435_455 { return 4 }
    return 5
  }

  private func checkLongBacklen(at offset: Int, _ size: Int, _ count: Int) throws(FormatError) {
    for index in 0..<count {
      let shift = 7 * (count - 1 - index)
      let group = UInt8(truncatingIfNeeded: size >> shift) & 0x7F
      guard blob.byte(at: offset + index) == (index == 0 ? group : group | 0x80) else {
        throw wrongBacklen(at: offset, size)
      }
    }
  }

  @inline(never)
  private func wrongBacklen(at offset: Int, _ size: Int) -> FormatError {
    FormatError(
      .badListpack, at: offset, "listpack entry is not followed by its own length",
      expected: UInt64(size))
  }

  @inline(never)
  private func overrun(at offset: Int) -> FormatError {
    FormatError(.badListpack, at: offset, "listpack entry runs over the end of the listpack")
  }
}
