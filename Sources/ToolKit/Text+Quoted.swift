extension Text {
  /// Key names and other byte strings as a person can read them, in double quotes.
  ///
  /// Printable UTF-8 is shown as it is. Quotes and backslashes get a backslash; every byte of
  /// anything that is invisible, moves the cursor, changes the direction of writing, or is no
  /// UTF-8 is shown as `\xHH`. So no two strings are shown by the same characters, no string can
  /// drive the terminal, and what is shown can be pasted into `redis-cli`, which reads these
  /// escapes.
  ///
  /// - Parameter columns: the width of the whole text, at least 3; a string that does not fit is
  ///   cut between characters, never inside an escape, and a `…` follows the closing quote.
  package static func quoted(_ bytes: [UInt8], columns: Int = .max) -> String {
    var pieces: [String] = []
    var width = 2
    // Number of pieces that leave room for the mark of a cut.
    var fitting = 0
    for piece in Pieces(bytes: bytes) {
      if width < columns { fitting = pieces.count }
      width &+= piece.width
      guard width <= columns else { return "\"\(pieces.prefix(fitting).joined())\"…" }
      pieces.append(piece.text)
    }
    return "\"\(pieces.joined())\""
  }

  /// Columns that a terminal needs for `text`: two for East Asian wide characters and emoji.
  ///
  /// An upper bound: combining marks count as one, so nothing is ever wider than this says.
  package static func displayWidth(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + displayWidth($1) }
  }

  fileprivate static func displayWidth(_ scalar: Unicode.Scalar) -> Int {
    guard scalar.value >= 0x1100 else { return 1 }
    let isWide =
      scalar.properties.isEmojiPresentation
      || wideScalars.contains { $0.contains(scalar.value) }
    return isWide ? 2 : 1
  }

  /// The blocks of Unicode's `East_Asian_Width` W and F, joined where the gaps are unassigned.
  private static let wideScalars: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF,
    0x1B000...0x1B2FF, 0x1F300...0x1F64F, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
  ]
}

/// The characters of a byte string, each as it is shown.
private struct Pieces: Sequence, IteratorProtocol {
  let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> (text: String, width: Int)? {
    guard position < bytes.count else { return nil }
    // No scalar is longer than four bytes; the slice keeps the parser from reading further.
    let window = bytes[position...].prefix(4)
    var iterator = window.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    switch parser.parseScalar(from: &iterator) {
    case .emptyInput:
      return nil
    case .error(let length):
      return escaped(count: length)
    case .valid(let encoded):
      let scalar = Unicode.UTF8.decode(encoded)
      guard isShown(scalar) else { return escaped(count: encoded.count) }
      position += encoded.count
      let isSyntax = scalar == "\"" || scalar == "\\"
      return (isSyntax ? "\\\(scalar)" : "\(scalar)", isSyntax ? 2 : Text.displayWidth(scalar))
    }
  }

  private mutating func escaped(count: Int) -> (text: String, width: Int) {
    let text = bytes[position..<position + count].map { byte in
      "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    position += count
    return (text.joined(), 4 * count)
  }

  private func isShown(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20...0x7E).contains(scalar.value) }
    // Fillers and variation selectors are letters or marks by category, and invisible all the same.
    if scalar.properties.isDefaultIgnorableCodePoint { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default:
      return true
    }
  }
}
