/// Builds a ziplist (for the layout see `ZiplistCursor`) as a server does: entries of at most 31 bytes
/// that are the text of an integer become the smallest integer form, all others strings. One builder
/// makes many, one after another.
package struct ZiplistBuilder: ~Copyable {
  /// Whether the integer forms of 8 and 24 bits and the immediate ones of 0-12 are used: from RDB
  /// version 6 (Redis 2.6) on.
  package var usesShortIntegers = true
  /// Entries so far.
  package private(set) var count = 0

  /// The ziplist, once finished.
  package private(set) var blob = ByteBuffer()
  private var last = ZiplistBuilder.headerSize
  private static let headerSize = 10

  package init() { begin() }

  /// Starts a new, empty ziplist.
  package mutating func begin() {
    blob.removeAll()
    count = 0
    last = ZiplistBuilder.headerSize
    blob.append(littleEndian: UInt64(0))
    blob.append(littleEndian: UInt16(0))
  }

  /// Bytes of the ziplist if it ended here.
  package var size: Int { blob.count + 1 }

  /// Adds an entry, shorter than 4 GiB. The whole stays below that, too.
  package mutating func append(_ entry: ByteString) { append(unsafe entry.bytes.span.bytes) }

  /// Adds an entry, shorter than 4 GiB.
  package mutating func append(_ entry: RawSpan) {
    let start = blob.count
    let previous = count == 0 ? 0 : start - last
    if previous < 254 {
      blob.append(UInt8(previous))
    } else {
      blob.append(0xFE)
      blob.append(littleEndian: UInt32(previous))
    }
    if entry.byteCount < 32, let integer = NumberText.canonicalInteger(entry) {
      append(integer)
    } else {
      append(text: entry)
    }
    last = start
    count += 1
  }

  private mutating func append(_ integer: Int64) {
    if usesShortIntegers {
      switch integer {
      case 0...12: return blob.append(0xF1 + UInt8(integer))
      case -128...127:
        blob.append(0xFE)
        return blob.append(UInt8(truncatingIfNeeded: integer))
      case -32_768...32_767: break
      case -8_388_608...8_388_607:
        blob.append(0xF0)
        blob.append(littleEndian: UInt16(truncatingIfNeeded: integer))
        return blob.append(UInt8(truncatingIfNeeded: integer >> 16))
      default: break
      }
    }
    switch integer {
    case -32_768...32_767:
      blob.append(0xC0)
      blob.append(littleEndian: Int16(integer))
    case -2_147_483_648...2_147_483_647:
      blob.append(0xD0)
      blob.append(littleEndian: Int32(integer))
    default:
      blob.append(0xE0)
      blob.append(littleEndian: integer)
    }
  }

  private mutating func append(text: RawSpan) {
    let length = text.byteCount
    if length < 64 {
      blob.append(UInt8(length))
    } else if length < 16384 {
      blob.append(bigEndian: 0x4000 | UInt16(length))
    } else {
      blob.append(0x80)
      blob.append(bigEndian: UInt32(length))
    }
    blob.append(text)
  }

  /// Ends the ziplist; it lives until the next one is begun.
  package mutating func finish() {
    blob.append(0xFF)
    blob.replace(at: 0, littleEndian: UInt32(blob.count))
    blob.replace(at: 4, littleEndian: UInt32(last))
    // 65535 says that the number is not known.
    blob.replace(at: 8, littleEndian: UInt16(min(count, 65535)))
  }
}
