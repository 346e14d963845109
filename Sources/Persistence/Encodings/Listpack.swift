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
      if let stated = statedCount, stated != position {
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

  private func longEntry(_ first: UInt8, at start: Int) throws(FormatError) -> (Element, Int) {
    let left = end &- start
    func need(_ bytes: Int) throws(FormatError) {
      guard left >= bytes else { throw overrun(at: start) }
    }
    switch first {
    case 0xC0..<0xE0:
      try need(2)
      let raw = Int64(first & 0x1F) << 8 | Int64(blob.byte(at: start &+ 1))
      return (Element(integer: raw >= 4096 ? raw - 8192 : raw), 2)
    case 0xE0..<0xF0:
      try need(2)
      let count = Int(first & 0x0F) << 8 | Int(blob.byte(at: start &+ 1))
      return (Element(offset: start &+ 2, count: count), 2 &+ count)
    case 0xF0:
      try need(5)
      let count = Int(blob.littleEndian(at: start &+ 1, as: UInt32.self))
      return (Element(offset: start &+ 5, count: count), 5 &+ count)
    case 0xF1:
      try need(3)
      return (Element(integer: Int64(blob.littleEndian(at: start &+ 1, as: Int16.self))), 3)
    case 0xF2:
      try need(4)
      let low = Int64(blob.littleEndian(at: start &+ 1, as: UInt16.self))
      let high = Int64(Int8(bitPattern: blob.byte(at: start &+ 3)))
      return (Element(integer: high << 16 | low), 4)
    case 0xF3:
      try need(5)
      return (Element(integer: Int64(blob.littleEndian(at: start &+ 1, as: Int32.self))), 5)
    case 0xF4:
      try need(9)
      return (Element(integer: blob.littleEndian(at: start &+ 1, as: Int64.self)), 9)
    case 0xFF:
      throw FormatError(.badListpack, at: start, "listpack terminator before the end of the blob")
    default:
      throw FormatError(
        .badListpack, at: start, "listpack entry has an unknown encoding", found: UInt64(first))
    }
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
