/// A sequence of bytes with value semantics: keys, values, fields and members are these, never
/// `String`, whose equality would make two different keys one.
public struct ByteString: Hashable, Sendable {
  /// The bytes.
  public var bytes: [UInt8]

  /// A byte string that holds these bytes.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The UTF-8 bytes of a text.
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// A copy of a span.
  package init(_ span: RawSpan) {
    bytes = unsafe span.withUnsafeBytes { unsafe Array($0) }
  }

  /// The number of bytes.
  public var count: Int { bytes.count }

  /// Whether the bytes begin with those of a text.
  package func hasPrefix(_ text: String) -> Bool { bytes.starts(with: text.utf8) }

  /// Whether the bytes end with those of a text.
  package func hasSuffix(_ text: String) -> Bool {
    bytes.count >= text.utf8.count && bytes.suffix(text.utf8.count).elementsEqual(text.utf8)
  }

  /// The first bytes, at most so many.
  package func beginning(_ most: Int) -> ByteString { ByteString(Array(bytes.prefix(most))) }

  /// The text, when the bytes are valid UTF-8.
  public var utf8: String? { String(validating: bytes, as: UTF8.self) }
}

extension ByteString: ExpressibleByStringLiteral {
  /// The UTF-8 bytes of a literal.
  public init(stringLiteral text: StaticString) { self.init(text.description) }
}

extension ByteString: Comparable {
  /// The order of `memcmp`, the shorter one first on an equal prefix.
  public static func < (a: ByteString, b: ByteString) -> Bool {
    a.bytes.lexicographicallyPrecedes(b.bytes)
  }
}

extension ByteString: CustomStringConvertible {
  /// The text when it is valid UTF-8, else the bytes with `\xHH` for those outside ASCII.
  public var description: String {
    if let text = utf8 { return text }
    return bytes.reduce(into: "") { text, byte in
      if byte < 0x80 {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "\\x" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      }
    }
  }
}
