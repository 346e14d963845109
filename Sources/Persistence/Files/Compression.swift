/// How a file as a whole is compressed. The strings inside an RDB file are another matter: ``LZF``.
package enum Compression: String, Sendable, CaseIterable {
  case gzip
  case lz4

  /// The name as the format's authors write it.
  package var name: String {
    switch self {
    case .gzip: "gzip"
    case .lz4: "LZ4"
    }
  }

  /// How many bytes of a file ``detect(_:)`` wants to see.
  static let signatureLength = 4

  /// The compression that a file begins with, by its first bytes and never by its name.
  ///
  /// gzip `1F 8B` (RFC 1952), LZ4 frame `04 22 4D 18` (LZ4 frame format 1.6), Zstandard
  /// `28 B5 2F FD` (RFC 8878). Fewer than four bytes are not compressed: no such file could be.
  static func detect(_ first: RawSpan) throws(SourceError) -> Compression? {
    guard first.byteCount >= signatureLength else { return nil }
    let word = unsafe first.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
    let bytes = UInt32(bigEndian: word)
    switch bytes {
    case 0x0422_4D18: return .lz4
    case 0x28B5_2FFD: throw .unsupportedCompression("zstd")
    case _ where bytes >> 16 == 0x1F8B: return .gzip
    default: return nil
    }
  }
}
