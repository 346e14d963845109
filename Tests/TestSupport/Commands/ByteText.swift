/// Bytes for a message.
package struct ByteText: CustomStringConvertible {
  let bytes: [UInt8]
  package init(_ bytes: [UInt8]) { self.bytes = bytes }
  package var description: String {
    let shown = bytes.prefix(80).map { byte in
      (0x21...0x7E).contains(byte) ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16)
    }
    return "'" + shown.joined() + (bytes.count > 80 ? "…(\(bytes.count))" : "") + "'"
  }

  /// A command as text, word by word.
  package static func command(_ words: [Word]) -> String {
    words.map { ByteText($0.bytes).description }.joined(separator: " ")
  }
}
