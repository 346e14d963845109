import Persistence

extension KeyPattern {
  /// Letters and digits up to the next byte that is neither.
  struct Part {
    let start: Int
    private(set) var end: Int
    private(set) var digits = 0
    /// The classes of its bytes, joined.
    private(set) var seen: UInt8 = 0
    /// Places where the class changes, from a capital to a small letter aside.
    private(set) var breaks = 0
    /// Those of them beside a digit.
    private(set) var digitBreaks = 0
    private(set) var isHex = true
    private var longestWord = 0
    private let isULIDStart: Bool

    /// The part at the start of a range; without bytes when there is none.
    @inline(__always)
    init(_ window: KeyWindow, _ range: Range<Int>) {
      start = range.lowerBound
      end = start
      isULIDStart = window.byte(at: start) &- UInt8(ascii: "0") <= 7
      var last: UInt8 = 0
      var word = 0
      var hex = ByteClass.hex
      // Without branches that depend on the bytes: those of tokens cannot be foreseen.
      while end < range.upperBound {
        let found = window.byteClass(at: end)
        let kind = found & ByteClass.word
        if kind == 0 { break }
        seen |= found
        digits &+= Int(found & ByteClass.digit)
        hex = found & ByteClass.hex == 0 ? 0 : hex
        let change = UInt64(last << 3 | kind)
        breaks &+= Int(truncatingIfNeeded: Self.breaking >> change & 1)
        digitBreaks &+= Int(truncatingIfNeeded: Self.digitBreaking >> change & 1)
        word = kind == ByteClass.digit ? 0 : word &+ 1
        longestWord = max(longestWord, word)
        last = kind
        end &+= 1
      }
      isHex = hex != 0
    }

    /// A bit for each class (three bits) and the one before it.
    private static let breaking =
      digitBreaking | 1 << UInt64(ByteClass.lower << 3 | ByteClass.upper)
    private static let digitBreaking: UInt64 =
      1 << UInt64(ByteClass.digit << 3 | ByteClass.lower)
      | 1 << UInt64(ByteClass.digit << 3 | ByteClass.upper)
      | 1 << UInt64(ByteClass.lower << 3 | ByteClass.digit)
      | 1 << UInt64(ByteClass.upper << 3 | ByteClass.digit)

    var count: Int { end &- start }
    /// Whether it may be a ULID, as far as its length and its first byte tell.
    var isLikeULID: Bool { count == 26 && isULIDStart }
    var isCode: Bool { count >= 4 && longestWord <= 2 && digitBreaks >= 2 }
    /// Letters that are no word: what may stand in a base64 token between two connectors.
    var isScrap: Bool { digits == 0 && breaks > 0 && count <= 4 }
  }

  /// Bytes of a token that must look very random, and of one that may look less so.
  static var shortestToken: Int { 10 }
  private static var longToken: Int { 16 }

  /// What several parts are together.
  private struct Run {
    var start: Int
    var end: Int
    var breaks = 0
    var digitBreaks = 0
    var digits = 0
    var seen: UInt8 = 0
    var connectors = 0

    mutating func add(_ part: Part) {
      end = part.end
      breaks &+= part.breaks
      digitBreaks &+= part.digitBreaks
      digits &+= part.digits
      seen |= part.seen
    }

    var isToken: Bool {
      let count = end &- start
      guard digits > 0, connectors &* 8 <= count else { return false }
      let isMixed = seen & ByteClass.letter == ByteClass.letter
      if count < KeyPattern.longToken {
        return count >= KeyPattern.shortestToken && isMixed && breaks &* 3 > count
      }
      return isMixed ? breaks &* 4 >= count && digitBreaks >= 2 : breaks &* 5 >= count
    }
  }

  /// The token that begins with a part with digits, or with a scrap: its end, if there is one; and where the
  /// run of parts ends that it was looked for in.
  ///
  /// A base64 token may hold connectors, no more than one in eight bytes; words behind it are none of its.
  func token(_ window: KeyWindow, _ range: Range<Int>, _ first: Part) -> (end: Int?, runEnd: Int) {
    var run = Run(start: first.start, end: first.start)
    run.add(first)
    let alone = run
    var longest = run
    var end = run.end
    while end < range.upperBound {
      if window.byteClass(at: end) == ByteClass.connector {
        run.connectors &+= 1
        end &+= 1
        continue
      }
      let part = Part(window, end..<range.upperBound)
      if part.count == 0 { break }
      end = part.end
      run.add(part)
      if part.digits > 0 || part.isScrap { longest = run }
    }
    if longest.isToken { return (paddingEnd(window, longest.end, range.upperBound), end) }
    if alone.isToken { return (paddingEnd(window, alone.end, range.upperBound), alone.end) }
    return (nil, end)
  }

  /// Behind the `=` that fill up base64.
  private func paddingEnd(_ window: KeyWindow, _ start: Int, _ limit: Int) -> Int {
    var end = start
    while end < min(limit, start &+ 2), window.byte(at: end) == UInt8(ascii: "=") { end &+= 1 }
    return end
  }

  /// Whether a part has the length of a ULID, a first byte of 48 bits of milliseconds, and letters of
  /// Crockford's base 32 only.
  func isULID(_ window: KeyWindow, _ part: Part) -> Bool {
    guard part.isLikeULID else { return false }
    for offset in part.start..<part.end {
      switch window.byte(at: offset) | 0x20 {
      case UInt8(ascii: "i"), UInt8(ascii: "l"), UInt8(ascii: "o"), UInt8(ascii: "u"): return false
      default: break
      }
    }
    return true
  }

  /// Whether the only digit of a part is read as "to" or "for": it stands between two words.
  func isConversion(_ window: KeyWindow, _ part: Part) -> Bool {
    guard part.seen & ByteClass.upper == 0 else { return false }
    for offset in (part.start &+ 2)..<max(part.start &+ 2, part.end &- 2) {
      let byte = window.byte(at: offset)
      if byte == UInt8(ascii: "2") || byte == UInt8(ascii: "4") { return true }
    }
    return false
  }

  /// Whether a part of at most 8 bytes names something with its digits.
  func isName(_ window: KeyWindow, _ part: Part) -> Bool {
    var word: UInt64 = 0
    for offset in part.start..<part.end {
      let isUpper = window.byteClass(at: offset) & ByteClass.upper != 0
      word = word << 8 | UInt64(window.byte(at: offset) | (isUpper ? 0x20 : 0))
    }
    if part.count &- part.digits == 1, part.count <= 3,
      window.byte(at: part.start) | 0x20 == UInt8(ascii: "v")
    {
      return true
    }
    let names = ByteClass.names
    var (low, high) = (0, names.count)
    while low < high {
      let middle = (low &+ high) / 2
      if names[middle] < word { low = middle &+ 1 } else { high = middle }
    }
    return low < names.count && names[low] == word
  }
}

extension ByteClass {
  /// Words whose digits tell what they are, in small letters, the last byte lowest.
  static let names: [UInt64] = [
    "2fa", "a11y", "b2b", "b2c", "base32", "base64", "e2e", "ec2", "h264", "h265", "http2", "http3",
    "i18n", "ipv4", "ipv6", "k8s", "l10n", "md5", "mp3", "mp4", "oauth1", "oauth2", "p2p", "s3",
    "sha1", "sha256", "sha384", "sha512", "utf8", "utf16", "web2", "web3", "x509", "x86",
  ].map { name in name.utf8.reduce(0) { $0 << 8 | UInt64($1) } }.sorted()
}
