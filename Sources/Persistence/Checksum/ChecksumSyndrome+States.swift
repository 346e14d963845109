// Two unknowns at once: the states of the checksum that one of them can bring about are compared with
// those that the other asks for, in time that grows with the sum of both and not with the product. What
// is found has passed a comparison of 50 bits and is to be confirmed.
extension ChecksumSyndrome {
  /// Explanations that are handed on. Where there are more, none can be trusted.
  private static let limit = 64

  /// The pairs of single bits within a range of at most 256 MiB that explain the syndrome when both
  /// are flipped; nil when there are too many. Takes about a microsecond for each byte of the range.
  ///
  /// The bit that comes first stands first.
  package func bitPairs(within range: Range<UInt64>) -> [(ErrorBurst, ErrorBurst)]? {
    precondition(range.upperBound <= fileSize && range.count <= 1 << 28)
    let flips = FlipChecksums(bits: 8 * range.count, behind: fileSize - range.upperBound)
    let partners = FlipChecksums(flips, plus: value)
    let meetings = StateMeetings.find(flips, partners, limit: Self.limit) {
      $0.first < $0.second
    }
    return meetings?.map { meeting in
      let (later, earlier) = (UInt64(meeting.first), UInt64(meeting.second))
      func flip(_ index: UInt64) -> ErrorBurst {
        ErrorBurst(offset: range.upperBound - 1 - index / 8, pattern: 0x80 >> (index % 8))
      }
      return (flip(earlier), flip(later))
    }
  }

  /// The ranges of the file whose removal makes the checksum right; nil when there are too many.
  ///
  /// - Parameters:
  ///   - bytes: a part of the file. What is removed lies in it and begins behind its first byte: at
  ///     the very beginning of a file anything could be removed together with all the rest.
  ///   - offset: where in the file the part stands.
  ///   - state: the checksum of everything before the part.
  ///
  /// Of removals that leave the same bytes, as of either copy of a block that stands there twice, only
  /// the first one is meant. A part may be 16 MiB long.
  package func removals(
    in bytes: [UInt8], at offset: UInt64, after state: UInt64
  ) -> [Range<UInt64>]? {
    precondition(offset + UInt64(bytes.count) <= fileSize && bytes.count <= 16 << 20)
    let end = CRC64.update(state, unsafe bytes.span.bytes) ^ word(at: offset + UInt64(bytes.count))
    let meetings = StateMeetings.find(
      StatesFromStart(bytes, state), StatesFromEnd(bytes, end), limit: Self.limit
    ) { meeting in
      let (from, to) = (meeting.first + 1, bytes.count - meeting.second)
      guard from < to else { return false }
      return from == 1 || bytes[from - 1] != bytes[to - 1]
    }
    return meetings?.map { meeting in
      offset + UInt64(meeting.first + 1)..<offset + UInt64(bytes.count - meeting.second)
    }
  }
}

/// The checksums of files in which one bit is set, bit after bit from the last one to the first, each
/// with the same word added.
private struct FlipChecksums: StateSequence {
  let count: Int
  private var flip: UInt64
  private var sum: UInt64 = 0

  /// `behind`: the bytes of the file behind the bits.
  init(bits: Int, behind: UInt64) {
    count = bits
    // The last bit of a byte, its topmost, is x^56 in a word that begins there.
    flip = CRC64.Polynomial.powerOfX(8 * behind + 64)
  }

  init(_ other: FlipChecksums, plus sum: UInt64) {
    self = other
    self.sum = sum
  }

  @inline(__always)
  mutating func next() -> UInt64 {
    defer { flip = CRC64.Polynomial.timesX(flip) }
    return flip ^ sum
  }
}

/// The states behind each byte, from the first byte on.
private struct StatesFromStart: StateSequence {
  let count: Int
  private let bytes: [UInt8]
  private let forward = ByteStates.Forward()
  private var state: UInt64
  private var at = 0

  init(_ bytes: [UInt8], _ state: UInt64) {
    count = bytes.count
    self.bytes = bytes
    self.state = state
  }

  @inline(__always)
  mutating func next() -> UInt64 {
    state = forward.step(state ^ UInt64(bytes[at]))
    at &+= 1
    return state
  }
}

/// The states that have to be there before the bytes from some place on, for the file to be sound:
/// behind the last byte, before the last byte, and so on.
private struct StatesFromEnd: StateSequence {
  let count: Int
  private let bytes: [UInt8]
  private let backward = ByteStates.Backward()
  private var state: UInt64
  private var at: Int

  init(_ bytes: [UInt8], _ state: UInt64) {
    count = bytes.count
    self.bytes = bytes
    self.state = state
    at = bytes.count
  }

  @inline(__always)
  mutating func next() -> UInt64 {
    let result = state
    at &-= 1
    state = backward.step(state) ^ UInt64(bytes[at])
    return result
  }
}
