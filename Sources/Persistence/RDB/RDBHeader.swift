/// The first nine bytes of a file.
///
///     "REDIS" + 4 ASCII digits   or   "VALKEY" + 3 ASCII digits
package enum RDBHeader {
  /// Reads the header.
  ///
  /// Throws `badMagic` (with what the file seems to be instead), `unsupportedVersion`, or `truncated`
  /// for a proper prefix of a header.
  package static func read(_ bytes: RawSpan) throws(FormatError) -> RDBDialect {
    let count = bytes.byteCount
    let redis = commonPrefix(bytes, RDBMagic.redis)
    let valkey = commonPrefix(bytes, RDBMagic.valkey)
    guard redis == 5 || valkey == 6 else {
      if count == max(redis, valkey) {
        throw FormatError(
          .truncated, at: count, "the header ends early", expected: UInt64(RDBDialect.headerLength),
          found: UInt64(count))
      }
      throw FormatError(.badMagic, at: 0, describe(bytes))
    }
    let magic = valkey == 6 ? RDBMagic.valkey : .redis
    let digits = (valkey == 6 ? 6 : 5)..<RDBDialect.headerLength
    var version = 0
    for offset in digits {
      guard offset < count else {
        throw FormatError(
          .truncated, at: count, "the header ends early", expected: UInt64(RDBDialect.headerLength),
          found: UInt64(count))
      }
      let digit = bytes.byte(at: offset) &- UInt8(ascii: "0")
      guard digit <= 9 else {
        throw FormatError(
          .badMagic, at: digits.lowerBound, "the version in the header is not a number",
          found: UInt64(bytes.byte(at: offset)))
      }
      version = version * 10 + Int(digit)
    }
    guard let dialect = RDBDialect(magic: magic, version: version) else {
      throw FormatError(
        .unsupportedVersion, at: digits.lowerBound,
        magic == .redis
          ? "this build reads REDIS versions 1 to 15"
          : "this build reads VALKEY versions 80 and 81",
        found: UInt64(version))
    }
    return dialect
  }

  private static func commonPrefix(_ bytes: RawSpan, _ magic: RDBMagic) -> Int {
    var length = 0
    for byte in magic.rawValue.utf8 {
      guard length < bytes.byteCount, bytes.byte(at: length) == byte else { break }
      length += 1
    }
    return length
  }

  /// What a file that is no RDB seems to be.
  private static func describe(_ bytes: RawSpan) -> StaticString {
    func starts(_ text: StaticString) -> Bool { bytes.droppingPrefix(text) != nil }
    if starts("VKCS") {
      return "a compressed stream of Valkey (VKCS), which this build cannot read"
    }
    if starts("$EOF:") || starts("+FULLRESYNC") {
      return "a captured replication stream, not an RDB file"
    }
    if starts("*") || starts("#TS:") { return "an append-only file (AOF), not an RDB file" }
    if starts("file ") { return "an AOF manifest, not an RDB file" }
    if starts("redis") || starts("valkey") { return "the magic is in lower case" }
    if starts("$") { return "a captured replication stream, not an RDB file" }
    return "no RDB file: it begins with neither REDIS nor VALKEY"
  }
}
