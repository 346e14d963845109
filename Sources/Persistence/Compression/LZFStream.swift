/// An LZF stream that is decoded, or checked, piece by piece in constant memory.
///
/// The rule and the errors are those of ``LZF``, whatever the pieces: offsets count from the start of
/// the compressed stream, and the output has to be exactly as long as claimed.
@safe package struct LZFStream: ~Copyable {
  /// The farthest that a match reaches back.
  private static let history = 8192
  /// The most bytes that a token makes.
  private static let longestToken = 264
  /// The most bytes of output that one call of ``decode(_:)`` makes.
  package static let pieceSize = 256 << 10

  private let compressed: Int
  private let end: Int
  /// Bytes of the stream before the next token.
  private var at = 0
  private var made = 0
  /// The beginning of a token that goes on in the next piece.
  private var carry = InlineArray<40, UInt8>(repeating: 0)
  private var carried = 0

  /// The history, then, at `fresh`, the output of the last call. No memory until something is decoded.
  private var room = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var fresh = 0..<0

  /// Begins a stream of `compressed` bytes that claims to make `output` bytes.
  ///
  /// Throws `badLZF` for a claim that no stream of this length can meet. `compressed` is a number of
  /// bytes that are there; nothing is reserved on the word of `output`.
  package init(compressed: Int, output: UInt64) throws(FormatError) {
    try LZF.checkLength(compressed, output)
    self.compressed = compressed
    end = Int(output)
  }

  deinit { unsafe room.deallocate() }

  /// What the last call of ``decode(_:)`` made.
  package var output: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe UnsafeRawBufferPointer(rebasing: room[fresh]).bytes
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  private var roomLeft: Int { LZFStream.pieceSize - fresh.count }

  /// Decodes the next bytes of the stream until they, or the room for output, are used up, and returns
  /// how many were used. The caller goes on with the rest, also when no output was made.
  package mutating func decode(_ input: RawSpan) throws(FormatError) -> Int {
    makeRoom()
    return try walk(input, makesOutput: true)
  }

  /// Checks the next bytes of the stream, all of them, without making output. A stream is either decoded
  /// or checked.
  package mutating func check(_ input: RawSpan) throws(FormatError) {
    _ = try walk(input, makesOutput: false)
  }

  /// Throws when less has been made than was claimed. To be called when the whole stream has passed.
  package func finish() throws(FormatError) {
    guard made == end else { throw LZF.tooShort(at, end, made) }
  }

  /// Moves what matches may reach back to to the front.
  private mutating func makeRoom() {
    if unsafe room.baseAddress == nil {
      unsafe room = .allocate(
        byteCount: LZFStream.history + LZFStream.pieceSize, alignment: 64)
    }
    let past = min(fresh.upperBound, LZFStream.history)
    unsafe room.copyMemory(
      from: UnsafeRawBufferPointer(
        rebasing: room[(fresh.upperBound - past)..<fresh.upperBound]))
    fresh = past..<past
  }

  private mutating func walk(
    _ input: RawSpan, makesOutput: Bool
  ) throws(FormatError) -> Int {
    var used = 0
    while used < input.byteCount {
      if makesOutput, roomLeft < LZFStream.longestToken { break }
      if carried > 0 {
        let size = LZF.tokenSize(carry[0])
        while carried < size, used < input.byteCount {
          carry[carried] = input.byte(at: used)
          carried += 1
          used += 1
        }
        guard carried == size else { break }
        let token = carry
        carried = 0
        try take(unsafe token.span.bytes, 0, makesOutput)
        continue
      }
      used += run(input, from: used, makesOutput)
      guard used < input.byteCount else { break }
      let size = LZF.tokenSize(input.byte(at: used))
      let there = input.byteCount - used
      if size > there, size <= compressed - at {
        for index in 0..<there { carry[index] = input.byte(at: used + index) }
        carried = there
        return input.byteCount
      }
      if makesOutput, roomLeft < LZFStream.longestToken { break }
      used += try take(input, used, makesOutput)
    }
    return used
  }

  /// Goes over sound tokens as long as they can be taken fast, and returns how many bytes they have.
  private mutating func run(_ input: RawSpan, from start: Int, _ makesOutput: Bool) -> Int {
    var used = start
    if makesOutput {
      var target = fresh.upperBound
      let limit = target + min(roomLeft, end - made)
      unsafe input.withUnsafeBytes { source in
        guard let first = source.baseAddress, let base = unsafe room.baseAddress else { return }
        unsafe LZF.copyTokens(input, first, base, &used, &target, limit)
      }
      made += target - fresh.upperBound
      fresh = fresh.lowerBound..<target
    } else {
      LZF.skipTokens(input, &used, &made, end)
    }
    at += used - start
    return used - start
  }

  /// Judges one token, makes its output, and returns its size.
  @discardableResult
  private mutating func take(
    _ input: RawSpan, _ start: Int, _ makesOutput: Bool
  ) throws(FormatError) -> Int {
    let token = try LZF.carefulToken(
      input, start, offset: at, left: compressed - at, made, end)
    if makesOutput {
      let target = fresh.upperBound
      unsafe input.withUnsafeBytes { source in
        guard let first = source.baseAddress, let base = unsafe room.baseAddress else { return }
        unsafe LZF.copy(
          token, from: first + start, to: base + target, room: room.count - target)
      }
      fresh = fresh.lowerBound..<(target + token.length)
    }
    at += token.size
    made += token.length
    return token.size
  }
}

extension LZF {
  /// What a damaged stream makes up to its first bad token; at most 88 times the input.
  package static func prefix(_ input: RawSpan) -> [UInt8] {
    var made: [UInt8] = []
    do throws(FormatError) {
      var stream = try LZFStream(
        compressed: input.byteCount, output: UInt64(input.byteCount) * maximumRatio)
      var used = 0
      while used < input.byteCount {
        do throws(FormatError) {
          used += try stream.decode(input.extracting(used..<input.byteCount))
        } catch {
          used = input.byteCount
        }
        unsafe stream.output.withUnsafeBytes { unsafe made += $0 }
      }
    } catch {
      // An input without a byte.
    }
    return made
  }
}
