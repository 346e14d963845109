import Persistence

/// The pattern of a key: its segments, with `*` for what looks like an ID.
///
/// A key is cut behind separators; several in a row stay with the segment that they end. `user:17:friends`
/// has the segments `user:`, `*:` and `friends`. What becomes `*`, in the order in which it is looked for:
///
/// 1. Binary IDs: all from the first to the last byte of a segment that is a control byte or no UTF-8,
///    with no more than three bytes before or behind. Other UTF-8 stays.
/// 2. E-mail addresses.
/// 3. UUIDs, hexadecimal numbers with `0x`, moments of ISO 8601, IPv6 and MAC addresses. The last three may
///    reach across colons that are separators: `at:2026-11-28T10:20:30Z:x` has three segments.
/// 4. Random tokens (base62 and base64 of either alphabet, base36, NanoID, KSUID, CUID, XID): letters and
///    digits where a break, a place where their class changes and is not a capital before a small letter,
///    comes more often than in compound names: of 16 bytes or more no less than every fourth one (every fifth
///    one when the letters are all small or all capitals), two of them beside digits; of 10 or more with
///    letters of both cases, more than every third one.
/// 5. Numbers, with those that one of `-._:/` joins to them: `2026-11-28`, `10.0.0.1`, `17_42`.
/// 6. Hexadecimal digits, 8 of them that are letters and digits, or 16. ULIDs. Short codes: at least 4
///    letters and digits in three or more runs, none of them of three letters, as `a3f9` or `AB12CD`.
/// 7. The digits in any other word: `user17`, `row3col4`. Not in `v2` and `V12`, which name a version, nor
///    in ``ByteClass/names``, `sha256` among them, nor a 2 or 4 that is read as "to" or "for", as in
///    `ip2city`.
///
/// Neighbouring `*` are one; a `*` of the key looks the same. A pattern is a pure function of the key and
/// the separators. It takes no allocation, and a time that ``mostLookedAt`` bounds.
package struct KeyPattern: ~Copyable, Sendable {
  /// Bytes of a key that are looked at; for what follows there is one `*`, keys may have 512 MB.
  package static let mostLookedAt = 512
  /// Segments of a pattern. Where a key has more, the last one is `*` for the rest.
  package static let mostSegments = 8
  /// Bytes of a pattern. Where there would be more, `*` stands for the rest: what is kept of patterns is to
  /// be bounded, and longer ones tell no more.
  package static let mostBytes = 128

  package let separators: KeySeparators
  /// The number of segments; none of an empty key.
  package private(set) var segmentCount = 0

  private var text = InlineArray<128, UInt8>(repeating: 0)
  private(set) var count = 0
  /// Where the segments end, the first one in the lowest byte; 0 where there is none.
  private(set) var ends: UInt64 = 0
  /// Whether something did not fit.
  private var isFull = false

  /// The pattern of an empty key.
  package init(_ separators: KeySeparators = .colon) { self.separators = separators }

  /// The pattern.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get { unsafe text.span.bytes.extracting(0..<count) }
  }

  /// Where a segment ends in the pattern.
  @inline(__always)
  package func end(_ segment: Int) -> Int {
    Int(truncatingIfNeeded: ends >> UInt64(8 &* segment) & 0xFF)
  }

  /// Takes the pattern of a key in place of the one before.
  package mutating func fold(_ key: RawSpan) {
    count = 0
    segmentCount = 0
    ends = 0
    isFull = false
    let looked = min(key.byteCount, Self.mostLookedAt)
    let classes = separators.classes
    let window = KeyWindow(key.extracting(0..<looked), unsafe classes.span.bytes)
    var offset = 0
    while offset < looked {
      let start = count
      if segmentCount == Self.mostSegments &- 1, hasSeveralSegments(window, from: offset) {
        appendStar()
        offset = looked
      } else {
        offset = foldSegment(window, at: offset)
      }
      if isFull { return cut(from: start) }
      endSegment()
    }
    if key.byteCount > looked { appendRest() }
  }

  /// Writes the pattern of the segment at `start`, and returns where it ends.
  @inline(__always)
  private mutating func foldSegment(_ window: KeyWindow, at start: Int) -> Int {
    var offset = start
    repeat {
      var end = offset
      var seen: UInt8 = 0
      while end < window.byteCount {
        let found = window.byteClass(at: end)
        if found == ByteClass.separator { break }
        seen |= found
        end &+= 1
      }
      // An address or a moment may reach across separators; then there may be more of the segment.
      offset = foldContent(window, offset..<end, seen)
      if offset == end { break }
    } while offset < window.byteCount && !window.isSeparator(at: offset)
    while offset < window.byteCount, window.isSeparator(at: offset) {
      append(window.byte(at: offset))
      offset &+= 1
    }
    return offset
  }

  private func hasSeveralSegments(_ window: KeyWindow, from start: Int) -> Bool {
    var offset = start
    while offset < window.byteCount, !window.isSeparator(at: offset) { offset &+= 1 }
    while offset < window.byteCount, window.isSeparator(at: offset) { offset &+= 1 }
    return offset < window.byteCount
  }

  // MARK: Writing

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    guard count < Self.mostBytes &- 1 else {
      isFull = true
      return
    }
    text[count] = byte
    count &+= 1
  }

  @inline(__always)
  mutating func append(_ window: KeyWindow, _ range: Range<Int>) {
    guard range.count < Self.mostBytes &- count else {
      for offset in range { append(window.byte(at: offset)) }
      return
    }
    var place = count
    for offset in range {
      text[place] = window.byte(at: offset)
      place &+= 1
    }
    count = place
  }

  /// Adds what stands for an ID, unless it stands there.
  @inline(__always)
  mutating func appendStar() {
    let start = segmentCount == 0 ? 0 : end(segmentCount &- 1)
    if count > start, text[count &- 1] == UInt8(ascii: "*") { return }
    append(UInt8(ascii: "*"))
  }

  @inline(__always)
  private mutating func endSegment() {
    ends |= UInt64(count) << UInt64(8 &* segmentCount)
    segmentCount &+= 1
  }

  /// Adds a `*` for what was not looked at, to the last segment when that does not end in a separator.
  private mutating func appendRest() {
    let isOpen = !separators.contains(text[count &- 1]) || segmentCount == Self.mostSegments
    if isOpen {
      segmentCount &-= 1
      ends &= (1 << UInt64(8 &* segmentCount)) &- 1
    }
    let start = count
    appendStar()
    if isFull { return cut(from: start) }
    endSegment()
  }

  /// Ends the pattern with a `*`, for which room is left, behind a whole character. The last segment begins
  /// at `start`, or had no room at all.
  private mutating func cut(from start: Int) {
    var lead = count
    while lead > start, count &- lead < 4 {
      lead &-= 1
      let byte = text[lead]
      if byte < 0x80 { break }
      guard byte >= 0xC0 else { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
      if count &- lead < length { count = lead }
      break
    }
    let before = segmentCount == 0 ? 0 : end(segmentCount &- 1)
    if count == before || text[count &- 1] != UInt8(ascii: "*") {
      text[count] = UInt8(ascii: "*")
      count &+= 1
    }
    endSegment()
  }
}
