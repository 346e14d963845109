import Persistence

/// The content of a segment: what stands before its separators.
extension KeyPattern {
  /// Writes the pattern of the content in `range`, whose bytes are of the classes `seen`.
  ///
  /// Returns where it ends; that is behind the range when something reaches across separators.
  @inline(__always)
  mutating func foldContent(_ window: KeyWindow, _ range: Range<Int>, _ seen: UInt8) -> Int {
    let isPlain = seen & (ByteClass.digit | ByteClass.odd | ByteClass.at) == 0
    if isPlain, range.count != 2, range.count < Self.certainHex {
      append(window, range)
      return range.upperBound
    }
    // Those that may begin an address are numbers of two or four digits.
    if seen == ByteClass.digit, range.count != 2, range.count != 4 {
      appendStar()
      return range.upperBound
    }
    return foldMixed(window, range, seen)
  }

  @inline(never)
  private mutating func foldMixed(_ window: KeyWindow, _ range: Range<Int>, _ seen: UInt8) -> Int {
    let hasAddress = seen & ByteClass.at != 0
    guard seen & ByteClass.odd != 0, let binary = binaryRange(window, range) else {
      return foldText(window, range, window.byteCount, hasAddress)
    }
    if binary.lowerBound > range.lowerBound {
      let head = range.lowerBound..<binary.lowerBound
      _ = foldText(window, head, head.upperBound, hasAddress)
    }
    appendStar()
    if binary.upperBound == range.upperBound { return range.upperBound }
    let tail = binary.upperBound..<range.upperBound
    return foldText(window, tail, window.byteCount, hasAddress)
  }

  /// Writes the pattern of text. What crosses separators reaches no further than `limit`.
  private mutating func foldText(
    _ window: KeyWindow, _ range: Range<Int>, _ limit: Int, _ hasAddress: Bool
  ) -> Int {
    var offset = range.lowerBound
    // Up to here it has been seen that there is no token.
    var tokensSought = offset
    while offset < range.upperBound {
      guard window.byteClass(at: offset) & ByteClass.word != 0 else {
        append(window.byte(at: offset))
        offset &+= 1
        continue
      }
      if hasAddress, let end = mailAddress(window, offset..<range.upperBound) {
        appendStar()
        offset = end
        continue
      }
      let mayBeShape = window.byteClass(at: offset) & ByteClass.hex != 0
      if mayBeShape, let end = wideShape(window, offset, limit) {
        appendStar()
        offset = end
        if end > range.upperBound { return end }
        continue
      }
      let part = Part(window, offset..<range.upperBound)
      if part.digits == 0, !part.isScrap {
        let isHex = part.isHex && part.count >= Self.certainHex
        isHex ? appendStar() : append(window, offset..<part.end)
        offset = part.end
        continue
      }
      if offset >= tokensSought, range.upperBound &- offset >= Self.shortestToken {
        let (end, runEnd) = token(window, offset..<range.upperBound, part)
        tokensSought = runEnd
        if let end {
          appendStar()
          offset = end
          continue
        }
      }
      offset = foldPart(window, part, range.upperBound)
    }
    return offset
  }

  /// Writes the pattern of a part with digits, and returns where what it stands for ends.
  private mutating func foldPart(_ window: KeyWindow, _ part: Part, _ limit: Int) -> Int {
    if part.digits == part.count {
      appendStar()
      return numberEnd(window, part.end, limit)
    }
    if part.count <= 8, isName(window, part) {
      append(window, part.start..<part.end)
    } else if part.isHex && part.count >= Self.mixedHex || part.isCode || isULID(window, part) {
      appendStar()
    } else if part.digits == 1, isConversion(window, part) {
      append(window, part.start..<part.end)
    } else {
      for offset in part.start..<part.end {
        let isDigit = window.byteClass(at: offset) == ByteClass.digit
        isDigit ? appendStar() : append(window.byte(at: offset))
      }
    }
    return part.end
  }

  /// Where the numbers end that are joined to one that ends at `start`.
  private func numberEnd(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int {
    var end = start
    while end &+ 1 < limit {
      switch window.byte(at: end) {
      case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
        UInt8(ascii: "/"):
        break
      default: return end
      }
      var next = end &+ 1
      while next < limit, window.byteClass(at: next) == ByteClass.digit { next &+= 1 }
      if next == end &+ 1 { return end }
      if next < limit, window.byteClass(at: next) & ByteClass.letter != 0 { return end }
      end = next
    }
    return end
  }

  /// All that is not text, from the first byte of that kind to the last, with what is too short to be a word
  /// before and behind; nil when all is text.
  private func binaryRange(_ window: KeyWindow, _ range: Range<Int>) -> Range<Int>? {
    var first: Int?
    var end = 0
    var offset = range.lowerBound
    while offset < range.upperBound {
      let length = characterLength(window, offset, range.upperBound)
      if length == 0 {
        if first == nil { first = offset }
        end = offset &+ 1
      }
      offset &+= max(length, 1)
    }
    guard var start = first else { return nil }
    if start &- range.lowerBound < Self.shortestWord { start = range.lowerBound }
    if range.upperBound &- end < Self.shortestWord { end = range.upperBound }
    return start..<end
  }

  /// Bytes of the UTF-8 character at `offset`; 0 when there is none, or a control byte.
  private func characterLength(_ window: KeyWindow, _ offset: Int, _ limit: Int) -> Int {
    let lead = window.byte(at: offset)
    if lead < 0x80 { return lead < 0x20 || lead == 0x7F ? 0 : 1 }
    // Neither overlong forms nor surrogates nor what is beyond U+10FFFF.
    let (length, least, most): (Int, UInt8, UInt8) =
      switch lead {
      case 0xC2...0xDF: (2, 0x80, 0xBF)
      case 0xE0: (3, 0xA0, 0xBF)
      case 0xED: (3, 0x80, 0x9F)
      case 0xE1...0xEF: (3, 0x80, 0xBF)
      case 0xF0: (4, 0x90, 0xBF)
      case 0xF1...0xF3: (4, 0x80, 0xBF)
      case 0xF4: (4, 0x80, 0x8F)
      default: (0, 0, 0)
      }
    guard length > 0, limit &- offset >= length else { return 0 }
    let second = window.byte(at: offset &+ 1)
    guard second >= least, second <= most else { return 0 }
    for next in 2..<max(length, 2) where window.byte(at: offset &+ next) & 0xC0 != 0x80 { return 0 }
    return length
  }

  /// Hexadecimal digits that are a number when letters and digits are among them.
  private static var mixedHex: Int { 8 }
  /// Hexadecimal digits that are a number in any case.
  private static var certainHex: Int { 16 }
  /// Bytes beside binary ones that may be a word, not bytes that are text by chance.
  private static var shortestWord: Int { 4 }
}
