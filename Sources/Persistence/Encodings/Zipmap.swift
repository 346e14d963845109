/// Walks a zipmap (hashes in RDB versions 2 and 3, Redis 2.4).
///
///     u8 zmlen · (LEN8 field length · field · LEN8 value length · u8 free · value · free × junk)* · FF
///     LEN8 = one byte 0-253, or FE and a u32le
///
/// Valid if and only if: at least 2 bytes; the last byte is FF; every part lies before it and the walk
/// ends exactly on it; `zmlen` is the number of pairs when it is below 254. Source: zipmap.c of
/// Redis 2.4.
package struct ZipmapCursor: ~Escapable {
  package let blob: RawSpan
  package private(set) var offset = 1
  /// Pairs returned so far.
  package private(set) var position = 0

  private let end: Int

  /// Whether the walk is one over pairs alone.
  private var isDamaged: Bool { end == blob.byteCount }

  /// Checks the terminator.
  @_lifetime(copy blob)
  package init(_ blob: RawSpan) throws(FormatError) {
    guard blob.byteCount >= 2 else {
      throw FormatError(
        .badZipmap, at: 0, "zipmap is shorter than its smallest form", expected: 2,
        found: UInt64(blob.byteCount))
    }
    guard blob.byte(at: blob.byteCount - 1) == 0xFF else {
      throw FormatError(
        .badZipmap, at: blob.byteCount - 1, "zipmap does not end in FF", expected: 0xFF,
        found: UInt64(blob.byte(at: blob.byteCount - 1)))
    }
    self.blob = blob
    end = blob.byteCount - 1
  }

  /// Does not look at header and terminator: for a zipmap that is damaged. The walk goes on to the end of
  /// `pairs`, of which the terminator is no part.
  @_lifetime(copy pairs)
  package init(damaged pairs: RawSpan) {
    blob = pairs
    end = pairs.byteCount
  }

  /// The next pair, or nil at the end, where the count of pairs is compared.
  @_lifetime(self: copy self)
  package mutating func next() throws(FormatError) -> (field: Element, value: Element)? {
    guard offset < end else {
      let stated = Int(blob.byte(at: 0))
      guard isDamaged || stated >= 254 || stated == position else {
        throw FormatError(
          .badZipmap, at: 0, "zipmap header miscounts its pairs", expected: UInt64(position),
          found: UInt64(stated))
      }
      return nil
    }
    let field = try part(withFree: false)
    guard offset < end else { throw overrun() }
    let value = try part(withFree: true)
    position &+= 1
    return (field, value)
  }

  @_lifetime(self: copy self)
  private mutating func part(withFree: Bool) throws(FormatError) -> Element {
    let first = blob.byte(at: offset)
    var at = offset &+ 1
    var count = Int(first)
    if first == 0xFE {
      guard end &- at >= 4 else { throw overrun() }
      count = Int(blob.littleEndian(at: at, as: UInt32.self))
      at &+= 4
    } else if first == 0xFF {
      throw FormatError(.badZipmap, at: offset, "zipmap terminator before the end of the blob")
    }
    var free = 0
    if withFree {
      guard at < end else { throw overrun() }
      free = Int(blob.byte(at: at))
      at &+= 1
    }
    guard end &- at >= count &+ free else { throw overrun() }
    offset = at &+ count &+ free
    return Element(offset: at, count: count)
  }

  private func overrun() -> FormatError {
    FormatError(.badZipmap, at: offset, "zipmap entry runs over the end of the zipmap")
  }
}

/// Writes zipmaps without free bytes.
package enum Zipmap {
  /// Begins a zipmap of so many pairs.
  package static func begin(_ pairs: Int, in blob: inout ByteBuffer) {
    // 254 says that the number is not known.
    blob.append(UInt8(min(pairs, 254)))
  }

  /// Adds a pair; field and value are shorter than 4 GiB.
  package static func append(_ field: ByteString, _ value: ByteString, to blob: inout ByteBuffer) {
    append(length: field.count, to: &blob)
    blob.append(field)
    append(length: value.count, to: &blob)
    blob.append(0)
    blob.append(value)
  }

  /// Writes the terminator.
  package static func end(in blob: inout ByteBuffer) { blob.append(0xFF) }

  private static func append(length: Int, to blob: inout ByteBuffer) {
    if length < 254 {
      blob.append(UInt8(length))
    } else {
      blob.append(0xFE)
      blob.append(littleEndian: UInt32(length))
    }
  }
}
