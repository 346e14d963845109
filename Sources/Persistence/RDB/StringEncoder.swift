extension ByteBuffer {
  /// Adds an RDB length in its shortest form (for the forms see `ByteCursor.readLength`).
  package mutating func append(length: UInt64) {
    switch length {
    case 0..<64: append(UInt8(length))
    case 64..<16384: append(bigEndian: 0x4000 | UInt16(length))
    case 16384...0xFFFF_FFFF:
      append(0x80)
      append(bigEndian: UInt32(length))
    default:
      append(0x81)
      append(bigEndian: length)
    }
  }

  /// Adds an RDB length in its shortest form.
  mutating func append(length: Int) { append(length: UInt64(length)) }
}

/// Writes strings of an RDB file (for the forms see `StringReference`) as a server does: the text of an
/// integer of 32 bits as that integer, what is longer than 20 bytes and shrinks by four or more as LZF,
/// and everything else as it is.
struct StringEncoder: ~Copyable {
  /// Whether LZF is tried: `rdbcompression yes`, the default of every release.
  var compresses = true
  /// Called again and again while a long string is compressed.
  var makeWay: (@Sendable () -> Void)?

  private var compressor = LZFCompressor()
  private var compressed = ByteBuffer()

  init(target: RDBTarget) { compressor.reserve = target.hasBoldLZF ? 0 : 2 }

  mutating func append(_ string: ByteString, to buffer: inout ByteBuffer) {
    append(unsafe string.bytes.span.bytes, to: &buffer)
  }

  mutating func append(_ string: borrowing ByteBuffer, to buffer: inout ByteBuffer) {
    append(string.bytes, to: &buffer)
  }

  mutating func append(_ string: RawSpan, to buffer: inout ByteBuffer) {
    let count = string.byteCount
    if count <= 11, let integer = NumberText.canonicalInteger(string),
      let number = Int32(exactly: integer)
    {
      return Self.append(number, to: &buffer)
    }
    if compresses, let limit = LZFCompressor.limit(count) {
      compressed.removeAll()
      unsafe compressed.append(atMost: limit) {
        unsafe compressor.compress(string, into: $0, makingWay: makeWay)
      }
      if compressed.count > 0 {
        buffer.append(0xC3)
        buffer.append(length: compressed.count)
        buffer.append(length: count)
        return buffer.append(compressed)
      }
    }
    buffer.append(length: count)
    buffer.append(string)
  }

  private static func append(_ number: Int32, to buffer: inout ByteBuffer) {
    if let small = Int8(exactly: number) {
      buffer.append(0xC0)
      buffer.append(littleEndian: small)
    } else if let short = Int16(exactly: number) {
      buffer.append(0xC1)
      buffer.append(littleEndian: short)
    } else {
      buffer.append(0xC2)
      buffer.append(littleEndian: number)
    }
  }
}
