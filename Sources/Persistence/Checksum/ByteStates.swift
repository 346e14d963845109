/// The state of CRC64 one byte on, and one byte back.
enum ByteStates {
  /// Entry b is x^8 times the state b.
  private static let forward: [UInt64] = (0..<256).map { byte in
    (0..<8).reduce(UInt64(byte)) { state, _ in CRC64.Polynomial.timesX(state) }
  }

  /// Entry b is x^-8 times the state that has b as its topmost byte and zeros below, less what the
  /// shift by a byte gives by itself.
  private static let backward: [UInt64] = {
    let inverse = CRC64.Polynomial.inversePowerOfX(8)
    return (0..<256).map { CRC64.Polynomial.multiply(UInt64($0) << 56, inverse) }
  }()

  /// Steps over zero bytes, one at a time, with its table at hand.
  struct Forward {
    private let table = ByteStates.forward

    /// `state` × x^8: what the state becomes over a zero byte.
    @inline(__always)
    func step(_ state: UInt64) -> UInt64 {
      state >> 8 ^ table.span[Int(state & 0xff)]
    }
  }

  /// Steps back over zero bytes.
  struct Backward {
    private let table = ByteStates.backward

    /// `state` × x^-8: what the state was before a zero byte.
    @inline(__always)
    func step(_ state: UInt64) -> UInt64 {
      state << 8 ^ table.span[Int(state >> 56)]
    }
  }
}
