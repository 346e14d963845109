/// Words of a line with quotation marks, as servers read them in manifests and configuration files
/// (`sdssplitargs`).
///
/// Words are separated by blanks. Inside double quotes, `\n`, `\r`, `\t`, `\b`, `\a` and `\xHH` stand for
/// one byte, and `\` before any other byte for that byte. Inside single quotes only `\'` means anything.
/// A quotation may begin inside a word, and a closing mark is followed by a blank or the end.
package enum QuotedWords {
  /// The words of a line; nil when a quotation is not closed, or goes on behind its closing mark.
  package static func split(_ line: RawSpan) -> [ByteString]? {
    var words: [ByteString] = []
    var at = 0
    while true {
      while at < line.byteCount, isBlank(line.byte(at: at)) { at += 1 }
      guard at < line.byteCount else { return words }
      guard let word = readWord(line, &at) else { return nil }
      words.append(word)
    }
  }

  /// A word that reads back as these bytes: themselves, or in double quotes where a server would write
  /// them so, and where a quotation mark would otherwise begin a quotation.
  package static func quoted(_ word: ByteString) -> ByteString {
    let isPlain = word.bytes.allSatisfy { byte in
      switch byte {
      case 0x21..<0x7F: byte != UInt8(ascii: "\\") && !isMark(byte)
      default: false
      }
    }
    return isPlain && word.count > 0 ? word : inQuotes(word)
  }

  /// A word in double quotes that reads back as these bytes, as a server prints arguments.
  package static func inQuotes(_ word: ByteString) -> ByteString {
    var text = [UInt8(ascii: "\"")]
    for byte in word.bytes {
      switch byte {
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): text += [UInt8(ascii: "\\"), byte]
      case 0x20..<0x7F: text.append(byte)
      default:
        text.append(UInt8(ascii: "\\"))
        if let letter = letters.first(where: { $0.byte == byte })?.letter {
          text.append(letter)
        } else {
          text += [UInt8(ascii: "x"), hexDigit(byte >> 4), hexDigit(byte & 15)]
        }
      }
    }
    text.append(UInt8(ascii: "\""))
    return ByteString(text)
  }

  private static let letters: [(letter: UInt8, byte: UInt8)] = [
    (UInt8(ascii: "n"), 0x0A), (UInt8(ascii: "r"), 0x0D), (UInt8(ascii: "t"), 0x09),
    (UInt8(ascii: "b"), 0x08), (UInt8(ascii: "a"), 0x07),
  ]

  private static func readWord(_ line: RawSpan, _ at: inout Int) -> ByteString? {
    var word: [UInt8] = []
    while at < line.byteCount, !endsWord(line.byte(at: at)) {
      let byte = line.byte(at: at)
      at += 1
      guard isMark(byte) else {
        word.append(byte)
        continue
      }
      let isClosed =
        byte == UInt8(ascii: "\"")
        ? readDoubleQuoted(line, &at, into: &word) : readSingleQuoted(line, &at, into: &word)
      guard isClosed else { return nil }
      return at == line.byteCount || isBlank(line.byte(at: at)) ? ByteString(word) : nil
    }
    return ByteString(word)
  }

  /// Reads to behind the closing mark; false when there is none.
  private static func readDoubleQuoted(
    _ line: RawSpan, _ at: inout Int, into word: inout [UInt8]
  ) -> Bool {
    while at < line.byteCount {
      let byte = line.byte(at: at)
      at += 1
      if byte == UInt8(ascii: "\"") { return true }
      guard byte == UInt8(ascii: "\\"), at < line.byteCount else {
        word.append(byte)
        continue
      }
      let escaped = line.byte(at: at)
      at += 1
      if escaped == UInt8(ascii: "x"), at + 1 < line.byteCount,
        let high = hexValue(line.byte(at: at)), let low = hexValue(line.byte(at: at + 1))
      {
        word.append(high << 4 | low)
        at += 2
      } else {
        word.append(letters.first { $0.letter == escaped }?.byte ?? escaped)
      }
    }
    return false
  }

  private static func readSingleQuoted(
    _ line: RawSpan, _ at: inout Int, into word: inout [UInt8]
  ) -> Bool {
    let mark = UInt8(ascii: "'")
    while at < line.byteCount {
      let byte = line.byte(at: at)
      at += 1
      if byte == mark { return true }
      if byte == UInt8(ascii: "\\"), at < line.byteCount, line.byte(at: at) == mark {
        word.append(mark)
        at += 1
      } else {
        word.append(byte)
      }
    }
    return false
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
  }

  /// Vertical tabs and form feeds separate words, and do not end one that has begun.
  private static func endsWord(_ byte: UInt8) -> Bool {
    isBlank(byte) && byte != 0x0B && byte != 0x0C
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  private static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
