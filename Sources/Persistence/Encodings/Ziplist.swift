/// Walks a ziplist (the compact encoding up to Redis 6.2).
///
///     u32le zlbytes · u32le zltail · u16le zllen · entries · FF
///     entry = prevlen · encoding · data
///
/// A ziplist is valid if and only if: it has at least 11 bytes; `zlbytes` is its length; its last byte
/// is FF; each `prevlen` (one byte below 254, else FE and a u32le) is the size of the entry before it;
/// each encoding is legal and its data lies before the FF; the walk ends exactly on the FF; `zltail`
/// is the offset of the last entry (10 when there is none); `zllen` is the number of entries, or
/// 65535, which means "not known". A five-byte prevlen may hold a small size. Source: ziplist.c of
/// Redis 2.4-6.2.
package struct ZiplistCursor: ~Escapable {
  package let blob: RawSpan
  package private(set) var offset = 10
  /// Entries returned so far.
  package private(set) var position = 0

  private let end: Int
  private var previousSize = 0
  private var last = 10

  /// Whether the walk is one over entries alone.
  private var isDamaged: Bool { end == blob.byteCount }

  /// Checks the header and the terminator.
  @_lifetime(copy blob)
  package init(_ blob: RawSpan) throws(FormatError) {
    guard blob.byteCount >= 11 else {
      throw FormatError(
        .badZiplist, at: 0, "ziplist is shorter than its smallest form", expected: 11,
        found: UInt64(blob.byteCount))
    }
    let total = blob.littleEndian(at: 0, as: UInt32.self)
    guard Int(total) == blob.byteCount else {
      throw FormatError(
        .badZiplist, at: 0, "ziplist header disagrees with the length of the blob",
        expected: UInt64(blob.byteCount), found: UInt64(total))
    }
    guard blob.byte(at: blob.byteCount - 1) == 0xFF else {
      throw FormatError(
        .badZiplist, at: blob.byteCount - 1, "ziplist does not end in FF", expected: 0xFF,
        found: UInt64(blob.byte(at: blob.byteCount - 1)))
    }
    self.blob = blob
    end = blob.byteCount - 1
  }

  /// Begins at an entry behind one of `previousSize` bytes, and does not look at the header: for a
  /// ziplist that is damaged. The walk goes on to the end of `entries`, of which the terminator is no
  /// part, or to a byte that begins no entry.
  @_lifetime(copy entries)
  package init(damaged entries: RawSpan, from offset: Int, previousSize: Int) {
    blob = entries
    end = entries.byteCount
    self.offset = offset
    self.previousSize = previousSize
  }

  /// The header's count of entries; nil when it says "not known" (65535).
  package var statedCount: Int? {
    let count = blob.littleEndian(at: 8, as: UInt16.self)
    return count == .max ? nil : Int(count)
  }

  /// The next entry, or nil at the end, where the header's tail and count are compared.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func next() throws(FormatError) -> Element? {
    let start = offset
    guard start < end else {
      if !isDamaged { try checkHeader() }
      return nil
    }
    // `start < end`, the offset of the FF.
    let prevlen = unsafe blob.unsafeLoad(fromUncheckedByteOffset: start, as: UInt8.self)
    var at = start &+ 1
    if prevlen < 0xFE {
      guard Int(prevlen) == previousSize else { throw wrongPrevlen(at: start, UInt64(prevlen)) }
    } else {
      at = try longPrevlen(prevlen, at: start)
    }
    guard at < end else { throw overrun(at: start) }
    let first = unsafe blob.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self)
    let element: Element
    if first < 0x40 {
      element = Element(offset: at &+ 1, count: Int(first))
      at &+= 1 &+ Int(first)
    } else if first > 0xF0, first < 0xFE {
      element = Element(integer: Int64(first & 0x0F) - 1)
      at &+= 1
    } else {
      (element, at) = try longEntry(first, at: at)
    }
    guard at <= end else { throw overrun(at: start) }
    last = start
    previousSize = at &- start
    offset = at
    position &+= 1
    return element
  }

  private func longPrevlen(_ first: UInt8, at start: Int) throws(FormatError) -> Int {
    guard first == 0xFE else {
      throw FormatError(.badZiplist, at: start, "ziplist terminator before the end of the blob")
    }
    guard end &- start >= 6 else { throw overrun(at: start) }
    let size = blob.littleEndian(at: start &+ 1, as: UInt32.self)
    guard Int(size) == previousSize else { throw wrongPrevlen(at: start, UInt64(size)) }
    return start &+ 5
  }

  /// The entry whose encoding byte is at `at`, and the offset after its data.
  private func longEntry(_ first: UInt8, at: Int) throws(FormatError) -> (Element, Int) {
    let left = end &- at
    func need(_ bytes: Int) throws(FormatError) {
      guard left >= bytes else { throw overrun(at: at) }
    }
    switch first {
    case 0x40..<0x80:
      try need(2)
      let count = Int(first & 0x3F) << 8 | Int(blob.byte(at: at &+ 1))
      return (Element(offset: at &+ 2, count: count), at &+ 2 &+ count)
    case 0x80..<0xC0:
      try need(5)
      let count = Int(blob.bigEndian(at: at &+ 1, as: UInt32.self))
      return (Element(offset: at &+ 5, count: count), at &+ 5 &+ count)
    case 0xC0:
      try need(3)
      return (Element(integer: Int64(blob.littleEndian(at: at &+ 1, as: Int16.self))), at &+ 3)
    case 0xD0:
      try need(5)
      return (Element(integer: Int64(blob.littleEndian(at: at &+ 1, as: Int32.self))), at &+ 5)
    case 0xE0:
      try need(9)
      return (Element(integer: blob.littleEndian(at: at &+ 1, as: Int64.self)), at &+ 9)
    case 0xF0:
      try need(4)
      let low = Int64(blob.littleEndian(at: at &+ 1, as: UInt16.self))
      let high = Int64(Int8(bitPattern: blob.byte(at: at &+ 3)))
      return (Element(integer: high << 16 | low), at &+ 4)
    case 0xFE:
      try need(2)
      return (Element(integer: Int64(Int8(bitPattern: blob.byte(at: at &+ 1)))), at &+ 2)
    default:
      throw FormatError(
        .badZiplist, at: at, "ziplist entry has an unknown encoding", found: UInt64(first))
    }
  }

  private func checkHeader() throws(FormatError) {
    let tail = blob.littleEndian(at: 4, as: UInt32.self)
    guard Int(tail) == last else {
      throw FormatError(
        .badZiplist, at: 4, "ziplist tail does not point at the last entry",
        expected: UInt64(last), found: UInt64(tail))
    }
    if let stated = statedCount, stated != position {
      throw FormatError(
        .badZiplist, at: 8, "ziplist header miscounts its entries", expected: UInt64(position),
        found: UInt64(stated))
    }
  }

  @inline(never)
  private func wrongPrevlen(at offset: Int, _ found: UInt64) -> FormatError {
    FormatError(
      .badZiplist, at: offset, "ziplist entry misstates the size of the one before it",
      expected: UInt64(previousSize), found: found)
  }

  @inline(never)
  private func overrun(at offset: Int) -> FormatError {
    FormatError(.badZiplist, at: offset, "ziplist entry runs over the end of the ziplist")
  }
}
