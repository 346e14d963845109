/// Builds a listpack (for the layout see `ListpackCursor`) as a server does: entries that are the text of
/// an integer become the smallest integer form, all others strings. One builder makes many, one after
/// another.
package struct ListpackBuilder: ~Copyable {
  /// Entries so far.
  package private(set) var count = 0
  /// The listpack, once finished.
  package private(set) var blob = ByteBuffer()

  package init() { begin() }

  /// Starts a new, empty listpack.
  package mutating func begin() {
    blob.removeAll()
    count = 0
    blob.append(littleEndian: UInt32(0))
    blob.append(littleEndian: UInt16(0))
  }

  /// Bytes of the listpack if it ended here.
  package var size: Int { blob.count + 1 }

  /// Adds an entry, shorter than 4 GiB. The whole stays below that, too.
  package mutating func append(_ entry: RawSpan) {
    if let integer = NumberText.canonicalInteger(entry) {
      append(integer)
    } else {
      append(text: entry)
    }
  }

  /// Adds an entry, shorter than 4 GiB.
  package mutating func append(_ entry: ByteString) { append(unsafe entry.bytes.span.bytes) }

  /// Adds an integer in its smallest form.
  package mutating func append(_ integer: Int64) {
    let start = blob.count
    switch integer {
    case 0...127: blob.append(UInt8(integer))
    case -4096...4095: blob.append(bigEndian: 0xC000 | UInt16(integer & 0x1FFF))
    case -32_768...32_767:
      blob.append(0xF1)
      blob.append(littleEndian: Int16(integer))
    case -8_388_608...8_388_607:
      blob.append(0xF2)
      blob.append(littleEndian: UInt16(truncatingIfNeeded: integer))
      blob.append(UInt8(truncatingIfNeeded: integer >> 16))
    case -2_147_483_648...2_147_483_647:
      blob.append(0xF3)
      blob.append(littleEndian: Int32(integer))
    default:
      blob.append(0xF4)
      blob.append(littleEndian: integer)
    }
    finishEntry(from: start)
  }

  private mutating func append(text: RawSpan) {
    let start = blob.count
    let length = text.byteCount
    if length < 64 {
      blob.append(0x80 | UInt8(length))
    } else if length < 4096 {
      blob.append(bigEndian: 0xE000 | UInt16(length))
    } else {
      blob.append(0xF0)
      blob.append(littleEndian: UInt32(length))
    }
    blob.append(text)
    finishEntry(from: start)
  }

  /// Writes the length of the entry behind it, in groups of seven bits, the highest first.
  private mutating func finishEntry(from start: Int) {
    let size = blob.count - start
    let groups = ListpackCursor.backlenSize(size)
    for index in (0..<groups).reversed() {
      let group = UInt8(truncatingIfNeeded: size >> (7 * index)) & 0x7F
      blob.append(index == groups - 1 ? group : group | 0x80)
    }
    count += 1
  }

  /// Ends the listpack; it lives until the next one is begun.
  package mutating func finish() {
    blob.append(0xFF)
    blob.replace(at: 0, littleEndian: UInt32(blob.count))
    // 65535 says that the number is not known.
    blob.replace(at: 4, littleEndian: UInt16(min(count, 65535)))
  }

  /// Puts another number in place of an entry of one byte, 0-127, at an offset in the listpack.
  package mutating func replaceSmallInteger(at offset: Int, with integer: UInt8) {
    precondition(integer < 128)
    blob.replace(at: offset, littleEndian: integer)
  }
}
