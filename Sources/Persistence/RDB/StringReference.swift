/// A string of an RDB file, found but not decoded: where its payload lies, and in which form.
///
///     raw      LEN n · n bytes
///     integer  C0 i8 · C1 i16le · C2 i32le       the decimal text of the number
///     lzf      C3 · LEN clen · LEN ulen · clen bytes
package struct StringReference: BitwiseCopyable, Sendable {
  package enum Form: UInt8, BitwiseCopyable, Sendable { case raw, integer, lzf }

  package var form: Form
  /// Offset of the payload in the buffer (of the integer's bytes, or of the compressed bytes).
  package var offset: Int
  /// Bytes of the payload in the buffer.
  package var count: Int
  /// The number of an integer form.
  package var integer: Int64
  /// Bytes of the string itself, as stated for LZF: a claim until the payload has been checked.
  package var length: UInt64

  package static let empty = StringReference(form: .raw, offset: 0, count: 0, integer: 0, length: 0)
}

/// What stands before the payload of a string whose payload need not be in memory.
package struct StringHead: BitwiseCopyable, Sendable {
  package var form: StringReference.Form
  /// Bytes of the payload, as claimed.
  package var payload: UInt64
  /// Bytes of the string itself, as claimed; for an integer those of the payload.
  package var length: UInt64
}

extension FormatError {
  @inline(never)
  fileprivate static func unknownEncoding(_ byte: UInt8, at offset: Int) -> FormatError {
    FormatError(.badString, at: offset, "unknown string encoding", found: UInt64(byte))
  }
}

extension ByteCursor {
  /// Reads what stands before the payload of a string, and leaves the cursor at the payload.
  @_lifetime(self: copy self)
  package mutating func readStringHead() throws(FormatError) -> StringHead {
    let start = offset
    let first = try readByte()
    switch first {
    case 0xC0, 0xC1, 0xC2:
      let size: UInt64 = 1 << UInt64(first & 3)
      return StringHead(form: .integer, payload: size, length: size)
    case 0xC3:
      let compressed = try readLength()
      return StringHead(form: .lzf, payload: compressed, length: try readLength())
    case 0xC4...: throw .unknownEncoding(first, at: start)
    default:
      offset = start
      let length = try readLength()
      return StringHead(form: .raw, payload: length, length: length)
    }
  }

  /// An RDB length: 6, 14 (big-endian), 32 or 64 bits (big-endian).
  ///
  /// Throws `badLength` for the forms 82-BF, and for C0-FF, which are encodings of strings and no
  /// numbers (servers take their low bits silently).
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func readLength() throws(FormatError) -> UInt64 {
    let first = try readByte()
    if first < 0x40 { return UInt64(first) }
    if first < 0x80 { return UInt64(first & 0x3F) << 8 | UInt64(try readByte()) }
    return try readLongLength(first)
  }

  @_lifetime(self: copy self)
  @inline(never)
  private mutating func readLongLength(_ first: UInt8) throws(FormatError) -> UInt64 {
    switch first {
    case 0x80: return UInt64(try readBigEndian(UInt32.self))
    case 0x81: return try readBigEndian(UInt64.self)
    case 0x82..<0xC0:
      throw FormatError(
        .badLength, at: offset &- 1, "unknown length encoding", found: UInt64(first))
    default:
      throw FormatError(
        .badLength, at: offset &- 1, "a string encoding stands where a number belongs",
        found: UInt64(first))
    }
  }

  /// Finds the next string and steps over it.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func readString() throws(FormatError) -> StringReference {
    let first = try readByte()
    var length = UInt64(first)
    if first >= 0x40 {
      if first < 0x80 {
        length = UInt64(first & 0x3F) << 8 | UInt64(try readByte())
      } else {
        guard first < 0xC0 else { return try readEncodedString(first) }
        length = try readLongLength(first)
      }
    }
    let start = offset
    try skip(claimed: length)
    return StringReference(
      form: .raw, offset: start, count: offset &- start, integer: 0, length: length)
  }

  @_lifetime(self: copy self)
  @inline(never)
  private mutating func readEncodedString(_ first: UInt8) throws(FormatError) -> StringReference {
    let start = offset
    let integer: Int64
    switch first {
    case 0xC0: integer = Int64(try readLittleEndian(Int8.self))
    case 0xC1: integer = Int64(try readLittleEndian(Int16.self))
    case 0xC2: integer = Int64(try readLittleEndian(Int32.self))
    case 0xC3:
      let compressed = try readLength()
      let length = try readLength()
      let payload = offset
      try skip(claimed: compressed)
      return StringReference(
        form: .lzf, offset: payload, count: offset &- payload, integer: 0, length: length)
    default: throw .unknownEncoding(first, at: start &- 1)
    }
    return StringReference(
      form: .integer, offset: start, count: offset &- start, integer: integer,
      length: UInt64(NumberText.digits(integer)))
  }

  /// Steps over a string.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func skipString() throws(FormatError) {
    let first = try readByte()
    if first < 0x40 { return try skip(Int(first)) }
    _ = try skipLongString(first)
  }

  @_lifetime(self: copy self)
  private mutating func skipLongString(_ first: UInt8) throws(FormatError) {
    if first < 0x80 {
      let length = Int(first & 0x3F) << 8 | Int(try readByte())
      try skip(length)
    } else if first < 0xC0 {
      try skip(claimed: readLongLength(first))
    } else {
      _ = try readEncodedString(first)
    }
  }
}
