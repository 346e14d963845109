/// LZF, the compression of strings inside an RDB file.
///
/// A stream is a row of tokens (`FORMATS.md`, A.5), with `c` the first byte of each:
///
/// - `c < 32`: a literal run; the next `c + 1` bytes are output.
/// - else: a match; `n = c >> 5`, and if that is 7, `n += next byte`; then
///   `distance = ((c & 31) << 8 | next byte) + 1`; `n + 2` bytes of output are copied from `distance`
///   bytes back, in rising order, so that a match may repeat bytes that it has just made.
///
/// A stream is valid if and only if every token lies inside the input, no match reaches before the
/// start of the output, and the output is exactly as long as the string claims. Both functions here
/// hold to that rule and throw the same errors: ``FormatError`` with code `badLZF`, `offset` being
/// where in the compressed input the bad token starts.
package enum LZF {
  /// The most output that one byte of input can stand for: a match of 3 bytes makes 264.
  package static let maximumRatio: UInt64 = 264 / 3

  /// Walks the tokens without making any output.
  ///
  /// `outputLength` is what the file claims; nothing is allocated on its word.
  package static func check(_ input: RawSpan, outputLength: UInt64) throws(FormatError) {
    try checkLength(input.byteCount, outputLength)
    // The ratio bounds the claim by memory that exists, so that it fits an Int.
    let end = Int(outputLength)
    var at = 0
    var made = 0
    while true {
      skipTokens(input, &at, &made, end)
      guard at < input.byteCount else { break }
      let token = try carefulToken(
        input, at, offset: at, left: input.byteCount &- at, made, end)
      at &+= token.size
      made &+= token.length
    }
    guard made == end else { throw tooShort(at, end, made) }
  }

  /// Steps over sound tokens up to one that has to be looked at by itself, or to the end of the input.
  @inline(__always)
  static func skipTokens(_ input: RawSpan, _ at: inout Int, _ made: inout Int, _ end: Int) {
    while input.byteCount &- at >= 4 {
      let token = Token(load(input, at))
      // All three at once, as signs: a single branch, and one that is never taken.
      let size = input.byteCount &- at &- token.size
      let before = made &- token.distance
      let room = end &- made &- token.length
      guard size | before | room >= 0 else { return }
      at &+= token.size
      made &+= token.length
    }
  }

  /// Fills `output` exactly, or throws; what `output` holds after an error is unspecified.
  ///
  /// Reads nothing outside `input` and writes nothing outside `output`, whatever the input says.
  package static func decompress(
    _ input: RawSpan, into output: UnsafeMutableRawBufferPointer
  ) throws(FormatError) {
    try checkLength(input.byteCount, UInt64(output.count))
    guard let base = output.baseAddress else { return }
    try unsafe input.withUnsafeBytes { (source) throws(FormatError) in
      // An empty input has been refused.
      guard let first = source.baseAddress else { return }
      try unsafe decompress(input, first, base, end: output.count)
    }
  }

  /// `first` is where `input` begins in memory, and `base` the output of `end` bytes.
  @inline(__always)
  private static func decompress(
    _ input: RawSpan, _ first: UnsafeRawPointer, _ base: UnsafeMutableRawPointer, end: Int
  ) throws(FormatError) {
    var at = 0
    var made = 0
    while true {
      unsafe copyTokens(input, first, base, &at, &made, end)
      guard at < input.byteCount else { break }
      let token = try carefulToken(
        input, at, offset: at, left: input.byteCount &- at, made, end)
      unsafe copy(token, from: first + at, to: base + made, room: end &- made)
      at &+= token.size
      made &+= token.length
    }
    guard made == end else { throw tooShort(at, end, made) }
  }

  /// Makes the output of sound tokens up to one that has to be looked at by itself, or to the end of
  /// the input.
  @inline(__always)
  static func copyTokens(
    _ input: RawSpan, _ first: UnsafeRawPointer, _ base: UnsafeMutableRawPointer, _ at: inout Int,
    _ made: inout Int, _ end: Int
  ) {
    // Far enough from both ends, literals and far matches are one copy of 32 bytes from one of two
    // places, without a branch on which: what comes next in a stream cannot be predicted.
    while input.byteCount &- at >= 36 {
      let token = Token(load(input, at))
      let before = made &- token.distance
      let room = end &- made &- token.length &- 32
      guard before | room >= 0 && token.isWide else { return }
      let target = unsafe base + made
      let literal = unsafe first + (at &+ 1)
      let match = unsafe UnsafeRawPointer(target) - token.distance
      let source = unsafe token.distance == 0 ? literal : match
      unsafe copy16(source, target, 0)
      unsafe copy16(source, target, 16)
      var done = 32
      while done < token.length {
        unsafe copy16(source, target, done)
        done &+= 16
      }
      at &+= token.size
      made &+= token.length
    }
  }

  /// Makes the output of one token whose bytes are at `source`; the caller has judged it. May write
  /// `room` bytes, of which the token's are the first.
  @inline(__always)
  static func copy(
    _ token: Token, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, room: Int
  ) {
    if token.distance == 0 {
      unsafe copyLiteral(source + 1, target, token.length)
    } else {
      unsafe copyMatch(to: target, token.distance, token.length, room: room)
    }
  }
}

extension LZF {
  /// One token, decoded.
  struct Token {
    /// Bytes of input, 2...33.
    var size: Int
    /// Bytes of output: 1...32 for a literal run, 3...264 for a match.
    var length: Int
    /// 0 for a literal run, 1...8192 for a match.
    var distance: Int

    /// Whether 16 bytes can be copied at a time: what they are copied from is not made by them.
    @inline(__always)
    var isWide: Bool { UInt(bitPattern: distance &- 1) >= 15 }

    init(size: Int, length: Int, distance: Int) {
      self.size = size
      self.length = length
      self.distance = distance
    }

    /// From the first three bytes of `word`, the first in its lowest bits, and with masks for
    /// branches. For a short token the bytes behind it do not matter.
    @inline(__always)
    init(_ word: UInt32) {
      let word = Int(truncatingIfNeeded: word)
      let control = word & 0xff
      let literal = (control &- 32) >> 63  // all ones for a literal run
      let long = (223 &- control) >> 63  // all ones for a match with a byte for its length
      let low = word >> (8 &+ (long & 8)) & 0xff
      let matchLength = (control >> 5) &+ 2 &+ (long & (word >> 8 & 0xff))
      size = (literal & (control &+ 2)) | (~literal & (2 &- long))
      length = (literal & (control &+ 1)) | (~literal & matchLength)
      distance = ~literal & (((control & 31) << 8 | low) &+ 1)
    }
  }

  /// The four bytes at `offset`, the first in the lowest bits; the caller has checked that they are
  /// there.
  @inline(__always)
  private static func load(_ input: RawSpan, _ offset: Int) -> UInt32 {
    let word = unsafe input.unsafeLoadUnaligned(
      fromUncheckedByteOffset: offset, as: UInt32.self)
    return UInt32(littleEndian: word)
  }

  /// Bytes of input that a token with this first byte takes, 2...33.
  @inline(__always)
  static func tokenSize(_ control: UInt8) -> Int {
    control < 32 ? Int(control) + 2 : control < 224 ? 2 : 3
  }

  /// The token at `at` with `made` of `end` bytes of output behind it: the one place where a token
  /// is judged. It fits the input and the output, or the error says how it does not.
  ///
  /// `offset` is where the token is in the whole stream, and `left` what the stream has from there on;
  /// `input` holds the whole token if the stream does.
  static func carefulToken(
    _ input: RawSpan, _ at: Int, offset: Int, left: Int, _ made: Int, _ end: Int
  ) throws(FormatError) -> Token {
    let first = unsafe input.unsafeLoad(fromByteOffset: at, as: UInt8.self)
    let control = Int(first)
    let size = tokenSize(first)
    let token: Token
    if control < 32 {
      guard size <= left else { throw cutLiteral(offset, control + 1, left - 1) }
      token = Token(size: size, length: control + 1, distance: 0)
    } else {
      guard size <= left else { throw cutMatch(offset, size, left) }
      let second = Int(unsafe input.unsafeLoad(fromByteOffset: at + 1, as: UInt8.self))
      let last = Int(unsafe input.unsafeLoad(fromByteOffset: at + size - 1, as: UInt8.self))
      token = Token(
        size: size, length: (control >> 5) + 2 + (size == 3 ? second : 0),
        distance: ((control & 31) << 8) + last + 1)
    }
    guard token.distance <= made else { throw tooFarBack(offset, token.distance, made) }
    guard token.length <= end - made else { throw tooLong(offset, end) }
    return token
  }
}

// The errors are built out of line to keep the loops small.
extension LZF {
  /// Refuses what no input of this length can make, before any work.
  static func checkLength(_ input: Int, _ output: UInt64) throws(FormatError) {
    guard output > 0 else {
      throw FormatError(.badLZF, at: 0, "uncompressed length of an LZF string", found: 0)
    }
    let most = UInt64(input) * maximumRatio  // no buffer in memory is long enough to overflow it
    guard output <= most else {
      throw FormatError(
        .badLZF, at: 0, "uncompressed length of an LZF string, at most 88 times the compressed",
        expected: most, found: output)
    }
  }

  @inline(never)
  private static func cutLiteral(_ at: Int, _ need: Int, _ left: Int) -> FormatError {
    FormatError(
      .badLZF, at: at, "bytes left of the LZF input for a literal run", expected: UInt64(need),
      found: UInt64(left))
  }

  @inline(never)
  private static func cutMatch(_ at: Int, _ need: Int, _ left: Int) -> FormatError {
    FormatError(
      .badLZF, at: at, "bytes left of the LZF input for a match", expected: UInt64(need),
      found: UInt64(left))
  }

  @inline(never)
  private static func tooFarBack(_ at: Int, _ distance: Int, _ made: Int) -> FormatError {
    FormatError(
      .badLZF, at: at, "distance of an LZF match, at most the output so far",
      expected: UInt64(made), found: UInt64(distance))
  }

  @inline(never)
  private static func tooLong(_ at: Int, _ end: Int) -> FormatError {
    FormatError(
      .badLZF, at: at, "LZF token makes more output than the string's length",
      expected: UInt64(end))
  }

  @inline(never)
  static func tooShort(_ at: Int, _ end: Int, _ made: Int) -> FormatError {
    FormatError(
      .badLZF, at: at, "output of the LZF tokens", expected: UInt64(end), found: UInt64(made))
  }
}
