internal import Glibc

/// Makes LZF (for the format see `LZF`) as a server does, byte for byte.
///
/// For every position the last place with a like hash of three bytes is looked up in a table of 2¹⁶; when
/// the three bytes there are the same, at most 8192 bytes back and not the very first ones of the input,
/// the match is taken as long as it goes. Behind a match only its last two positions enter the table. This
/// is LibLZF 3.6 by Marc Lehmann in the setting (`VERY_FAST`, 2¹⁶ entries) of Redis and Valkey.
@safe package struct LZFCompressor: ~Copyable {
  /// Bytes of input that must follow the three that begin a match: none in LibLZF 3.6, two in the edition
  /// of Redis up to 3.0.
  package var reserve = 0

  private var large = LZFTable<UInt64>()
  /// For inputs whose positions have 16 bits: half as large, it stays in a core's second-level cache.
  private var small = LZFTable<UInt32>()

  private static let longestRun = 32
  private static let longestMatch = 264
  private static let farthest = 8192
  private static let bytesPerWay = 16 << 10

  package init() {}

  /// The most bytes that a server lets a string of `count` bytes take compressed, or nil for one that it
  /// does not compress.
  package static func limit(_ count: Int) -> Int? { count > 20 ? count - 4 : nil }

  /// Writes the compressed input to the start of `output`, and returns its length; 0 when there is no
  /// room for it. The input is shorter than 4 GiB.
  ///
  /// - `makeWay`: called behind every 16 KiB of input, the work of a tenth of a millisecond.
  package mutating func compress(
    _ input: RawSpan, into output: UnsafeMutableRawBufferPointer,
    makingWay makeWay: (@Sendable () -> Void)? = nil
  ) -> Int {
    guard input.byteCount > 3,
      let target = unsafe output.assumingMemoryBound(to: UInt8.self).baseAddress
    else { return 0 }
    precondition(input.byteCount < 1 << 32)
    let isSmall = input.byteCount <= LZFTable<UInt32>.mostPositions
    if isSmall { small.begin() } else { large.begin() }
    return unsafe input.withUnsafeBytes { source in
      guard let start = unsafe source.assumingMemoryBound(to: UInt8.self).baseAddress else {
        return 0
      }
      return isSmall
        ? unsafe Self.compress(start, source.count, target, output.count, reserve, small, makeWay)
        : unsafe Self.compress(start, source.count, target, output.count, reserve, large, makeWay)
    }
  }

  private static func compress<Entry>(
    _ input: UnsafePointer<UInt8>, _ end: Int, _ output: UnsafeMutablePointer<UInt8>, _ room: Int,
    _ reserve: Int, _ table: borrowing LZFTable<Entry>, _ makeWay: (@Sendable () -> Void)?
  ) -> Int {
    var at = 0
    // One byte is left free for the control byte of the run of literals that is being made.
    var made = 1
    var run = 0
    while at < end &- 2 {
      let stop = min(at &+ bytesPerWay, end &- 2)
      while at < stop {
        let word = unsafe Self.word(input, at)
        let back = table.exchange(Self.slot(word), at)
        let distance = at &- back
        if distance <= Self.farthest, back > 0,
          at &+ 3 &+ reserve <= end,
          unsafe Self.word(input, back) == word
        {
          if made &+ 4 >= room, made &- (run == 0 ? 1 : 0) &+ 4 >= room { return 0 }
          unsafe Self.endRun(&run, &made, output)
          let length = unsafe Self.match(input, back, at, end)
          unsafe Self.append(length, distance, &made, output)
          made &+= 1
          at &+= length
          if at >= end &- 2 { break }
          for place in (at &- 2)..<at {
            _ = unsafe table.exchange(Self.slot(Self.word(input, place)), place)
          }
        } else {
          if made >= room { return 0 }
          unsafe Self.appendLiteral(input, &at, &run, &made, output)
        }
      }
      if at < end &- 2 { makeWay?() }
    }
    // At most three literals are missing.
    if made &+ 3 > room { return 0 }
    while at < end { unsafe Self.appendLiteral(input, &at, &run, &made, output) }
    unsafe Self.endRun(&run, &made, output)
    return made
  }

  /// Three bytes, the first one highest.
  @inline(__always)
  private static func word(_ input: UnsafePointer<UInt8>, _ at: Int) -> UInt32 {
    unsafe UInt32(truncatingIfNeeded: input[at]) << 16
      | UInt32(truncatingIfNeeded: input[at &+ 1]) << 8
      | UInt32(truncatingIfNeeded: input[at &+ 2])
  }

  @inline(__always)
  private static func slot(_ word: UInt32) -> Int {
    Int(truncatingIfNeeded: ((word >> 8) &- word &* 5) & 0xFFFF)
  }

  /// Bytes that are equal at `back` and `at`, where three are. A match leaves the last two bytes of the
  /// input alone, but where it is cut short that is looked at only behind its first 18 bytes.
  @inline(__always)
  private static func match(_ input: UnsafePointer<UInt8>, _ back: Int, _ at: Int, _ end: Int)
    -> Int
  {
    let most = min(end &- at &- 2, longestMatch)
    var length = 3
    if most > 16 {
      while length <= 18 {
        guard unsafe isSame(input, back, at, length) else { return length }
        length &+= 1
      }
    }
    while length < most, unsafe isSame(input, back, at, length) { length &+= 1 }
    return length
  }

  @inline(__always)
  private static func isSame(
    _ input: UnsafePointer<UInt8>, _ back: Int, _ at: Int, _ offset: Int
  ) -> Bool {
    unsafe input[back &+ offset] == input[at &+ offset]
  }

  @inline(__always)
  private static func append(
    _ length: Int, _ distance: Int, _ made: inout Int, _ output: UnsafeMutablePointer<UInt8>
  ) {
    let high = (distance &- 1) >> 8
    let size = length &- 2
    if size < 7 {
      unsafe store(high | size << 5, &made, output)
    } else {
      unsafe store(high | 7 << 5, &made, output)
      unsafe store(size &- 7, &made, output)
    }
    unsafe store((distance &- 1) & 0xFF, &made, output)
  }

  @inline(__always)
  private static func store(
    _ byte: Int, _ made: inout Int, _ output: UnsafeMutablePointer<UInt8>
  ) {
    unsafe output[made] = UInt8(truncatingIfNeeded: byte)
    made &+= 1
  }

  @inline(__always)
  private static func appendLiteral(
    _ input: UnsafePointer<UInt8>, _ at: inout Int, _ run: inout Int, _ made: inout Int,
    _ output: UnsafeMutablePointer<UInt8>
  ) {
    unsafe output[made] = input[at]
    made &+= 1
    at &+= 1
    run &+= 1
    if run == longestRun {
      unsafe endRun(&run, &made, output)
      made &+= 1
    }
  }

  /// Writes the control byte in front of a run of literals, or takes back the room for it.
  @inline(__always)
  private static func endRun(
    _ run: inout Int, _ made: inout Int, _ output: UnsafeMutablePointer<UInt8>
  ) {
    if run == 0 {
      made &-= 1
    } else {
      unsafe output[made &- run &- 1] = UInt8(truncatingIfNeeded: run &- 1)
    }
    run = 0
  }
}

/// Where the last three bytes of each hash stand in an input.
///
/// An entry has a generation in its upper half, and the position in the lower one.
@safe private struct LZFTable<Entry: FixedWidthInteger & UnsignedInteger>: ~Copyable {
  private let entries: UnsafeMutablePointer<Entry>
  /// Tells entries of this input from those of earlier ones: clearing the table would cost more than
  /// most strings.
  private var generation: Entry = 0

  private static var count: Int { 1 << 16 }
  private static var half: Int { Entry.bitWidth / 2 }
  /// The most positions that an input may have.
  static var mostPositions: Int { 1 << half }

  init() {
    // Zeroed pages that cost nothing until they are touched.
    guard let zeros = unsafe calloc(Self.count, MemoryLayout<Entry>.stride) else {
      preconditionFailure("out of memory")
    }
    unsafe entries = zeros.bindMemory(to: Entry.self, capacity: Self.count)
  }

  deinit { unsafe free(entries) }

  /// Begins an input.
  mutating func begin() {
    generation &+= 1 << Self.half
    if generation == 0 {
      unsafe entries.update(repeating: 0, count: Self.count)
      generation = 1 << Self.half
    }
  }

  /// Notes the position of three bytes and returns that of the last ones with their hash; 0 for none, as for
  /// the first position.
  @inline(__always)
  func exchange(_ slot: Int, _ position: Int) -> Int {
    let entry = unsafe entries[slot]
    unsafe entries[slot] = generation | Entry(truncatingIfNeeded: position)
    let mask: Entry = (1 << Self.half) &- 1
    return entry & ~mask == generation ? Int(truncatingIfNeeded: entry & mask) : 0
  }
}
