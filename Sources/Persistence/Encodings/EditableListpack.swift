internal import Glibc

/// A listpack (for the layout see `ListpackCursor`) in memory of its own that can be changed: the small
/// collections of a dataset, in the bytes in which a server holds and writes them.
///
/// Entries are named by their offsets in the listpack. Offsets behind a change are no longer valid. The
/// whole stays below 4 GiB, and each entry, too.
package struct EditableListpack: Sendable, Equatable {
  /// The listpack.
  package private(set) var bytes: [UInt8]

  /// Offset of the first entry, or of the terminator when there is none.
  @inlinable package static var start: Int { 6 }

  /// An empty listpack with room for so many bytes of entries.
  package init(reserving room: Int = 0) {
    bytes = []
    bytes.reserveCapacity(7 + room)
    bytes += [7, 0, 0, 0, 0, 0, 0xFF]
  }

  /// Takes over a listpack that has been found to be valid.
  package init(valid bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes of the listpack.
  @inlinable package var size: Int { bytes.count }
  /// Offset of the terminator.
  @inlinable package var end: Int { bytes.count - 1 }
  @inlinable package var isEmpty: Bool { bytes.count == 7 }

  /// The number of entries. From 65,535 on they are counted by walking.
  package var count: Int {
    guard statedCount == 0xFFFF else { return statedCount }
    var count = 0
    var offset = Self.start
    while offset < end {
      offset = next(after: offset)
      count += 1
    }
    return count
  }

  /// The header's count of entries; 65,535 for as many or more.
  private var statedCount: Int { Int(bytes[4]) | Int(bytes[5]) << 8 }

  // MARK: Reading

  /// The entry at an offset. Of a string, the offset is one in ``bytes``.
  package func element(at offset: Int) -> Element {
    Self.read(unsafe bytes.span.bytes, at: offset).0
  }

  /// Where the entry behind the one at `offset` begins.
  package func next(after offset: Int) -> Int {
    let size = Self.read(unsafe bytes.span.bytes, at: offset).1
    return offset &+ size &+ ListpackCursor.backlenSize(size)
  }

  /// Where the entry begins that is so many behind the one at `offset`; there are so many.
  package func skip(_ entries: Int, from offset: Int) -> Int {
    let span = unsafe bytes.span.bytes
    var at = offset
    var left = entries
    while left > 0 {
      let size = Self.read(span, at: at).1
      at = at &+ size &+ ListpackCursor.backlenSize(size)
      left &-= 1
    }
    return at
  }

  /// The entry at an offset, and where the one behind it begins.
  package func elementAndNext(at offset: Int) -> (Element, next: Int) {
    let (element, size) = Self.read(unsafe bytes.span.bytes, at: offset)
    return (element, offset &+ size &+ ListpackCursor.backlenSize(size))
  }

  /// Where the entry before the one at `offset` begins; nil when that is the first.
  package func previous(before offset: Int) -> Int? {
    guard offset > Self.start else { return nil }
    var size = 0
    var shift = 0
    var at = offset - 1
    while true {
      let byte = bytes[at]
      size |= Int(byte & 0x7F) << shift
      guard byte & 0x80 != 0 else { break }
      shift += 7
      at -= 1
    }
    return at - size
  }

  /// Where the entry of a number begins, from 0; nil when there are not so many.
  package func offset(of index: Int) -> Int? {
    var offset = Self.start
    var left = index
    while offset < end {
      if left == 0 { return offset }
      offset = next(after: offset)
      left -= 1
    }
    return nil
  }

  /// The first entry from `offset` on that a client would see as `entry`; `skipping` entries after each
  /// one that is compared are passed over.
  package func find(_ entry: RawSpan, from offset: Int = start, skipping: Int = 0) -> Int? {
    let number = NumberText.canonicalInteger(entry)
    let span = unsafe bytes.span.bytes
    var at = offset
    while at < end {
      let (element, size) = Self.read(span, at: at)
      if element.isInteger {
        if element.integer == number { return at }
      } else if number == nil, element.count == entry.byteCount,
        span.isEqual(at: element.offset, entry)
      {
        return at
      }
      at = at &+ size &+ ListpackCursor.backlenSize(size)
      var left = skipping
      while left > 0, at < end {
        let size = Self.read(span, at: at).1
        at = at &+ size &+ ListpackCursor.backlenSize(size)
        left &-= 1
      }
    }
    return nil
  }

  /// An entry, and the bytes of its encoding and data.
  @inline(__always)
  private static func read(_ blob: RawSpan, at offset: Int) -> (Element, Int) {
    let first = blob.byte(at: offset)
    if first < 0x80 { return (Element(integer: Int64(first)), 1) }
    if first < 0xC0 {
      let count = Int(first & 0x3F)
      return (Element(offset: offset &+ 1, count: count), 1 &+ count)
    }
    return readLong(first, blob, at: offset)
  }

  private static func readLong(_ first: UInt8, _ blob: RawSpan, at offset: Int) -> (Element, Int) {
    switch first {
    case 0xC0..<0xE0:
      let raw = Int64(first & 0x1F) << 8 | Int64(blob.byte(at: offset + 1))
      return (Element(integer: raw >= 4096 ? raw - 8192 : raw), 2)
    case 0xE0..<0xF0:
      let count = Int(first & 0x0F) << 8 | Int(blob.byte(at: offset + 1))
      return (Element(offset: offset + 2, count: count), 2 + count)
    case 0xF0:
      let count = Int(blob.littleEndian(at: offset + 1, as: UInt32.self))
      return (Element(offset: offset + 5, count: count), 5 + count)
    case 0xF1:
      return (Element(integer: Int64(blob.littleEndian(at: offset + 1, as: Int16.self))), 3)
    case 0xF2:
      let low = Int64(blob.littleEndian(at: offset + 1, as: UInt16.self))
      return (Element(integer: Int64(Int8(bitPattern: blob.byte(at: offset + 3))) << 16 | low), 4)
    case 0xF3:
      return (Element(integer: Int64(blob.littleEndian(at: offset + 1, as: Int32.self))), 5)
    case 0xF4: return (Element(integer: blob.littleEndian(at: offset + 1, as: Int64.self)), 9)
    default: preconditionFailure("not an entry of a listpack")
    }
  }

  // MARK: Changing

  /// Adds an entry at the end: an integer when its text is that of one.
  package mutating func append(_ entry: RawSpan) { insert(entry, at: end) }

  /// Adds an integer at the end.
  package mutating func append(_ integer: Int64) { insert(integer, at: end) }

  /// Puts an entry before the one at an offset, or at the end.
  package mutating func insert(_ entry: RawSpan, at offset: Int) {
    splice(at: offset, removing: 0, entries: 0, entry)
  }

  /// Puts an integer before the entry at an offset, or at the end.
  package mutating func insert(_ integer: Int64, at offset: Int) {
    splice(at: offset, removing: 0, entries: 0, integer)
  }

  /// Puts an entry in the place of the one at an offset.
  package mutating func replace(at offset: Int, with entry: RawSpan) {
    splice(at: offset, removing: next(after: offset) - offset, entries: 1, entry)
  }

  /// Puts an integer in the place of the entry at an offset.
  package mutating func replace(at offset: Int, with integer: Int64) {
    splice(at: offset, removing: next(after: offset) - offset, entries: 1, integer)
  }

  /// Removes entries from an offset on; there are so many.
  package mutating func remove(at offset: Int, entries: Int = 1) {
    let last = skip(entries, from: offset)
    let known = count
    bytes.removeSubrange(offset..<last)
    setHeader(count: known - entries)
  }

  /// Removes all entries from an offset on.
  package mutating func truncate(at offset: Int) {
    var left = 0
    var at = Self.start
    while at < offset {
      at = next(after: at)
      left += 1
    }
    bytes.removeSubrange(offset..<end)
    setHeader(count: left)
  }

  private mutating func splice(at offset: Int, removing: Int, entries: Int, _ entry: RawSpan) {
    if let integer = NumberText.canonicalInteger(entry) {
      return splice(at: offset, removing: removing, entries: entries, integer)
    }
    let length = entry.byteCount
    let size = length + (length < 64 ? 1 : length < 4096 ? 2 : 5)
    unsafe splice(at: offset, removing: removing, entries: entries, size: size) { place in
      var place = unsafe place
      if length < 64 {
        unsafe place.storeBytes(of: 0x80 | UInt8(length), as: UInt8.self)
        unsafe place += 1
      } else if length < 4096 {
        unsafe place.storeBytes(of: (0xE000 | UInt16(length)).bigEndian, as: UInt16.self)
        unsafe place += 2
      } else {
        unsafe place.storeBytes(of: 0xF0, as: UInt8.self)
        unsafe (place + 1).storeBytes(of: UInt32(length).littleEndian, as: UInt32.self)
        unsafe place += 5
      }
      unsafe entry.withUnsafeBytes { source in
        if let start = source.baseAddress {
          unsafe place.copyMemory(from: start, byteCount: length)
        }
      }
    }
  }

  private mutating func splice(at offset: Int, removing: Int, entries: Int, _ integer: Int64) {
    let (word, size) = Self.encode(integer)
    unsafe splice(at: offset, removing: removing, entries: entries, size: size) { place in
      // Of more than eight bytes, the first is the mark of a number of 64 bits.
      guard size == 9 else {
        return unsafe withUnsafeBytes(of: word.littleEndian) {
          guard let start = $0.baseAddress else { return }
          unsafe place.copyMemory(from: start, byteCount: size)
        }
      }
      unsafe place.storeBytes(of: 0xF4, as: UInt8.self)
      unsafe (place + 1).storeBytes(of: integer.littleEndian, as: Int64.self)
    }
  }

  /// The smallest form of an integer, its first byte lowest, and the bytes of that form.
  private static func encode(_ integer: Int64) -> (UInt64, Int) {
    let bits = UInt64(bitPattern: integer)
    switch integer {
    case 0...127: return (bits, 1)
    case -4096...4095: return (0xC0 | (bits >> 8 & 0x1F) | (bits & 0xFF) << 8, 2)
    case -32_768...32_767: return (0xF1 | (bits & 0xFFFF) << 8, 3)
    case -8_388_608...8_388_607: return (0xF2 | (bits & 0xFF_FFFF) << 8, 4)
    case -2_147_483_648...2_147_483_647: return (0xF3 | (bits & 0xFFFF_FFFF) << 8, 5)
    default: return (0xF4, 9)
    }
  }

  /// Removes so many bytes, which hold so many entries, and puts an entry of `size` bytes of encoding and
  /// data in their place, which `fill` writes.
  private mutating func splice(
    at offset: Int, removing: Int, entries: Int, size: Int, fill: (UnsafeMutableRawPointer) -> Void
  ) {
    let groups = ListpackCursor.backlenSize(size)
    let added = size + groups
    let old = bytes.count
    // What is not known is not counted for one more.
    let stated = statedCount
    let count = stated == 0xFFFF ? stated : stated - entries + 1
    let growth = added - removing
    if growth > 0 {
      // A quarter more than needed: doubling would leave small collections half empty.
      if bytes.capacity < old + growth { bytes.reserveCapacity((old + growth) * 5 / 4) }
      bytes.append(addingCapacity: growth) { output in
        unsafe output.withUnsafeMutableBufferPointer { buffer, initialized in
          unsafe buffer.baseAddress?.initialize(repeating: 0, count: growth)
          initialized = growth
        }
      }
    }
    unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      let place = unsafe base + offset
      unsafe memmove(place + added, place + removing, old - offset - removing)
      unsafe fill(place)
      for index in 0..<groups {
        let group = UInt8(truncatingIfNeeded: size >> (7 * (groups - 1 - index))) & 0x7F
        unsafe (place + size + index).storeBytes(
          of: index == 0 ? group : group | 0x80, as: UInt8.self)
      }
    }
    if growth < 0 { bytes.removeLast(-growth) }
    setHeader(count: count)
  }

  private mutating func setHeader(count: Int) {
    let size = bytes.count
    let stated = min(count, 0xFFFF)
    unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe buffer.storeBytes(of: UInt32(size).littleEndian, toByteOffset: 0, as: UInt32.self)
      unsafe buffer.storeBytes(of: UInt16(stated).littleEndian, toByteOffset: 4, as: UInt16.self)
    }
  }
}

extension RawSpan {
  /// Whether the bytes from an offset on are those of another span.
  package func isEqual(at offset: Int, _ other: RawSpan) -> Bool {
    guard byteCount &- offset >= other.byteCount else { return false }
    return unsafe withUnsafeBytes { a in
      unsafe other.withUnsafeBytes { b in
        guard let p = a.baseAddress, let q = b.baseAddress else { return true }
        return unsafe memcmp(p + offset, q, b.count) == 0
      }
    }
  }
}
