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
    while at < input.byteCount {
      let start = at
      let control = unsafe input.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self)
      at &+= 1
      if control < 32 {
        let run = Int(control) &+ 1
        guard run <= input.byteCount &- at else {
          throw cutLiteral(start, run, input.byteCount &- at)
        }
        guard run <= end &- made else { throw tooLong(start, end) }
        at &+= run
        made &+= run
        continue
      }
      var length = Int(control >> 5) &+ 2
      // A long match has one byte more; both checks are of the whole token.
      let size = length == 9 ? 3 : 2
      guard size <= input.byteCount &- start else {
        throw cutMatch(start, size, input.byteCount &- start)
      }
      if length == 9 {
        length &+= Int(unsafe input.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self))
        at &+= 1
      }
      let low = unsafe input.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self)
      at &+= 1
      let distance = (Int(control & 31) &<< 8 | Int(low)) &+ 1
      guard distance <= made else { throw tooFarBack(start, distance, made) }
      guard length <= end &- made else { throw tooLong(start, end) }
      made &+= length
    }
    guard made == end else { throw tooShort(at, end, made) }
  }

  /// Fills `output` exactly, or throws; what `output` holds after an error is unspecified.
  ///
  /// Reads nothing outside `input` and writes nothing outside `output`, whatever the input says.
  package static func decompress(
    _ input: RawSpan, into output: UnsafeMutableRawBufferPointer
  ) throws(FormatError) {
    try checkLength(input.byteCount, UInt64(output.count))
    guard let base = output.baseAddress else { return }
    let end = output.count
    var at = 0
    var made = 0
    while at < input.byteCount {
      let start = at
      let control = unsafe input.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self)
      at &+= 1
      if control < 32 {
        let run = Int(control) &+ 1
        guard run <= input.byteCount &- at else {
          throw cutLiteral(start, run, input.byteCount &- at)
        }
        guard run <= end &- made else { throw tooLong(start, end) }
        unsafe copyLiteral(input, at, run, to: base + made, room: end &- made)
        at &+= run
        made &+= run
        continue
      }
      var length = Int(control >> 5) &+ 2
      let size = length == 9 ? 3 : 2
      guard size <= input.byteCount &- start else {
        throw cutMatch(start, size, input.byteCount &- start)
      }
      if length == 9 {
        length &+= Int(unsafe input.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self))
        at &+= 1
      }
      let low = unsafe input.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self)
      at &+= 1
      let distance = (Int(control & 31) &<< 8 | Int(low)) &+ 1
      guard distance <= made else { throw tooFarBack(start, distance, made) }
      guard length <= end &- made else { throw tooLong(start, end) }
      unsafe copyMatch(to: base + made, distance, length, room: end &- made)
      made &+= length
    }
    guard made == end else { throw tooShort(at, end, made) }
  }
}

// The copies move 8 or 16 bytes at a time and may write past the token, but never past `room`, the
// bytes from the destination to the end of the output; what they overshoot, later tokens overwrite.
extension LZF {
  /// `run` (1...32) bytes of `input` from `offset`; the caller has checked that they are there and
  /// that they fit.
  @inline(__always)
  private static func copyLiteral(
    _ input: RawSpan, _ offset: Int, _ run: Int, to target: UnsafeMutableRawPointer, room: Int
  ) {
    typealias Half = SIMD16<UInt8>
    if room >= 32 && input.byteCount &- offset >= 32 {
      let first = unsafe input.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Half.self)
      unsafe target.storeBytes(of: first, as: Half.self)
      if run > 16 {
        let second = unsafe input.unsafeLoadUnaligned(
          fromUncheckedByteOffset: offset &+ 16, as: Half.self)
        unsafe target.storeBytes(of: second, toByteOffset: 16, as: Half.self)
      }
      return
    }
    for i in 0..<run {
      let byte = unsafe input.unsafeLoad(fromUncheckedByteOffset: offset &+ i, as: UInt8.self)
      unsafe target.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
    }
  }

  /// `length` (3...264) bytes from `distance` (1...8192) before `target`; the caller has checked
  /// that the source is inside the output and that the copy fits.
  @inline(__always)
  private static func copyMatch(
    to target: UnsafeMutableRawPointer, _ distance: Int, _ length: Int, room: Int
  ) {
    let source = unsafe target - distance
    guard room &- length >= 16 else {
      for i in 0..<length { unsafe copyByte(source, target, i) }
      return
    }
    if distance >= 16 {
      var done = 0
      repeat {
        let part = unsafe source.loadUnaligned(fromByteOffset: done, as: SIMD16<UInt8>.self)
        unsafe target.storeBytes(of: part, toByteOffset: done, as: SIMD16<UInt8>.self)
        done &+= 16
      } while done < length
      return
    }
    // The output repeats with period `distance`. After the first 8 bytes one by one, any multiple of
    // the period is as good, and the smallest that is 8 or more lets 8 bytes be copied at a time.
    // It reaches no further back than `source`: for each distance d < 8, the multiple is ≤ 8 + d.
    var done = 0
    var period = distance
    if distance < 8 {
      for i in 0..<8 { unsafe copyByte(source, target, i) }
      done = 8
      period = (7 &+ distance) / distance &* distance
    }
    while done < length {
      let part = unsafe target.loadUnaligned(fromByteOffset: done &- period, as: UInt64.self)
      unsafe target.storeBytes(of: part, toByteOffset: done, as: UInt64.self)
      done &+= 8
    }
  }

  @inline(__always)
  private static func copyByte(
    _ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer, _ offset: Int
  ) {
    let byte = unsafe source.load(fromByteOffset: offset, as: UInt8.self)
    unsafe target.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
  }
}

// The errors are built out of line to keep the loops small.
extension LZF {
  /// Refuses what no input of this length can make, before any work.
  private static func checkLength(_ input: Int, _ output: UInt64) throws(FormatError) {
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
  private static func tooShort(_ at: Int, _ end: Int, _ made: Int) -> FormatError {
    FormatError(
      .badLZF, at: at, "output of the LZF tokens", expected: UInt64(end), found: UInt64(made))
  }
}
