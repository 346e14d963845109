/// What `DUMP` and `FUNCTION DUMP` give, read:
///
///     value     = u8 type · value · footer
///     functions = (F5 · code)… · footer
///     footer    = u16le version · u64le CRC64 of all before it
///
/// There is no magic: a version from 80 on is Valkey's. Source: cluster.c and functions.c of Redis 7.0.
package enum DumpPayload {
  /// The smallest payload: a type and a footer, and nothing between.
  private static let footer = 10
  /// Bytes below which a payload has no footer.
  package static var shortest: Int { footer }

  /// The value of a payload, checked to the last byte.
  ///
  /// Throws `checksumMismatch`, `unsupportedVersion`, and what is wrong with the value, with offsets in the
  /// payload.
  package static func value(_ payload: RawSpan) throws(FormatError) -> RDBValue {
    let (body, dialect) = try open(payload)
    var cursor = ByteCursor(body)
    let byte = try cursor.readByte()
    guard case .layout(let layout, _) = dialect.meaning(ofType: byte) else {
      throw FormatError(.badType, at: 0, "no such type", found: UInt64(byte))
    }
    let start = cursor.offset
    var progress = SkipProgress()
    try cursor.skipValue(layout, inputEnd: UInt64(body.byteCount), progress: &progress)
    guard cursor.isAtEnd else {
      throw FormatError(.trailingBytes, at: cursor.offset, "bytes follow the value")
    }
    cursor.offset = start
    var inspector = ValueInspector()
    _ = try inspector.inspect(layout, &cursor)
    cursor.offset = start
    var decoder = ValueDecoder()
    return try decoder.decode(layout, &cursor)
  }

  /// The code of the libraries of a payload.
  package static func functions(_ payload: RawSpan) throws(FormatError) -> [ByteString] {
    let (body, _) = try open(payload)
    var cursor = ByteCursor(body)
    var decoder = ValueDecoder()
    var functions: [ByteString] = []
    while !cursor.isAtEnd {
      let at = cursor.offset
      let opcode = try cursor.readByte()
      guard opcode == RDBOpcode.function2.rawValue else {
        throw FormatError(.badOpcode, at: at, "no function", found: UInt64(opcode))
      }
      functions.append(try decoder.copy(cursor.readString(), in: body))
    }
    return functions
  }

  /// What stands before the footer, and how it is to be read.
  @_lifetime(copy payload)
  private static func open(
    _ payload: RawSpan
  ) throws(FormatError) -> (RawSpan, RDBDialect) {
    guard payload.byteCount >= footer else {
      throw FormatError(.truncated, at: payload.byteCount, "the payload has no footer")
    }
    let end = payload.byteCount - footer
    let version = Int(payload.littleEndian(at: end, as: UInt16.self))
    let stored = payload.littleEndian(at: end + 2, as: UInt64.self)
    guard CRC64.update(0, payload.extracting(0..<(end + 2))) == stored else {
      throw FormatError(.checksumMismatch, at: end + 2, "the checksum is wrong", found: stored)
    }
    guard let dialect = RDBDialect(magic: version >= 80 ? .valkey : .redis, version: version) else {
      throw FormatError(
        .unsupportedVersion, at: end, "a version that is not known", found: UInt64(version))
    }
    return (payload.extracting(0..<end), dialect)
  }
}

extension RDBTarget {
  /// The payload with which `FUNCTION RESTORE` of this release makes libraries of these codes.
  package func functionPayload(of functions: [ByteString]) -> ByteString {
    var encoder = RDBEncoder(target: self)
    for code in functions {
      encoder.buffer.append(RDBOpcode.function2.rawValue)
      encoder.append(code)
    }
    return encoder.endPayload()
  }
}
