internal import Persistence

/// A HyperLogLog in the string of its key.
///
///     "HYLL" · u8 encoding (0 dense, 1 sparse) · 3 unused · u64le cached cardinality · registers
///
/// The highest bit of the cardinality says that it is not valid. There are 16,384 registers, each of which
/// holds the longest run of zeros + 1 that was seen in the hashes that fell to it, 0 to 51.
///
/// Dense, registers are numbers of 6 bits, the lowest bits of each byte first. Sparse, there are runs of
/// equal registers:
///
///     00llllll            ZERO: l + 1 registers of 0
///     01llllll llllllll   XZERO: l + 1 registers of 0, the highest bits first
///     1vvvvvll            VAL: l + 1 registers of v + 1
///
/// The bytes are those that a server would have after the same commands. Source: hyperloglog.c of Redis 7.0.
struct HyperLogLog {
  /// Corrupted registers.
  static let corrupted = CommandError.other("INVALIDOBJ Corrupted HLL object detected")
  private static let invalid = CommandError.other(
    "WRONGTYPE Key is not a valid HyperLogLog string value.")

  static let registers = 16_384
  static let headerSize = 16
  static let denseSize = headerSize + (registers * 6 + 7) / 8

  /// The string.
  var bytes: [UInt8]

  /// One that counts nothing, sparse.
  init() {
    bytes = Array("HYLL".utf8) + [1] + [UInt8](repeating: 0, count: 11)
    bytes += [0x7F, 0xFF]
  }

  /// Takes over the string of a key. Throws for one that does not begin as it has to.
  init(_ bytes: [UInt8]) throws(CommandError) {
    try Self.check(unsafe bytes.span.bytes)
    self.bytes = bytes
  }

  /// Throws for a string that does not begin as it has to.
  static func check(_ bytes: RawSpan) throws(CommandError) {
    guard bytes.byteCount >= headerSize, bytes.droppingPrefix("HYLL") != nil,
      bytes.byte(at: 4) <= 1, bytes.byte(at: 4) == 1 || bytes.byteCount == denseSize
    else { throw invalid }
  }

  var isSparse: Bool { bytes[4] == 1 }

  // MARK: Cardinality

  /// The cardinality as it was found last; nil when something has changed since.
  var cached: Int64? {
    guard bytes[15] & 0x80 == 0 else { return nil }
    return unsafe bytes.span.bytes.littleEndian(at: 8, as: Int64.self)
  }

  /// Keeps a cardinality.
  mutating func cache(_ cardinality: Int64) {
    for index in 0..<8 { bytes[8 + index] = UInt8(truncatingIfNeeded: cardinality >> (8 * index)) }
  }

  mutating func invalidateCache() { bytes[15] |= 0x80 }

  // MARK: Adding

  /// Counts an element; true when that has changed a register. Throws for corrupted registers.
  ///
  /// - `limit`: bytes that the sparse form may take.
  mutating func add(_ element: RawSpan, limit: Int) throws(CommandError) -> Bool {
    let hash = MurmurHash.hash(element, seed: 0xadc8_3b19)
    let register = Int(hash & UInt64(Self.registers - 1))
    // The bit above the 50 that are left ends every run.
    let run = (hash >> 14 | 1 << 50).trailingZeroBitCount + 1
    return try raise(register, to: UInt8(run), limit: limit)
  }

  /// Has a register be at least so high; true when it was not. Throws for corrupted registers.
  mutating func raise(
    _ register: Int, to value: UInt8, limit: Int
  ) throws(CommandError) -> Bool {
    if isSparse {
      switch try raiseSparse(register, to: value, limit: limit) {
      case .unchanged: return false
      case .changed: return true
      case .tooLarge: try makeDense()
      }
    }
    return raiseDense(register, to: value)
  }

  // MARK: The dense form

  /// The register of a number, of the dense form.
  private func dense(_ register: Int) -> UInt8 {
    let bit = register * 6
    let place = Self.headerSize + bit >> 3
    let low = UInt16(bytes[place])
    let high = place + 1 < bytes.count ? UInt16(bytes[place + 1]) : 0
    return UInt8(truncatingIfNeeded: (high << 8 | low) >> UInt16(bit & 7)) & 63
  }

  private mutating func raiseDense(_ register: Int, to value: UInt8) -> Bool {
    guard value > dense(register) else { return false }
    let bit = register * 6
    let place = Self.headerSize + bit >> 3
    let shift = UInt16(bit & 7)
    let mask = UInt16(63) << shift
    let word = UInt16(value) << shift
    bytes[place] = bytes[place] & ~UInt8(truncatingIfNeeded: mask) | UInt8(truncatingIfNeeded: word)
    if mask > 0xFF {
      bytes[place + 1] = bytes[place + 1] & ~UInt8(mask >> 8) | UInt8(word >> 8)
    }
    return true
  }

  /// Changes the sparse form into the dense one. Throws for corrupted registers.
  mutating func makeDense() throws(CommandError) {
    guard isSparse else { return }
    var values = [UInt8](repeating: 0, count: Self.registers)
    try raise(&values)
    bytes.removeSubrange(Self.headerSize...)
    bytes.reserveCapacity(Self.denseSize)
    bytes += [UInt8](repeating: 0, count: Self.denseSize - Self.headerSize)
    bytes[4] = 0
    for register in 0..<Self.registers where values[register] > 0 {
      _ = raiseDense(register, to: values[register])
    }
  }

  // MARK: All registers

  /// Calls `body` with registers of the same value, from the first to the last. Throws for corrupted ones.
  private func forEachRun(
    _ body: (_ first: Int, _ count: Int, _ value: UInt8) -> Void
  ) throws(CommandError) {
    guard isSparse else {
      let bytes = unsafe bytes.span.bytes
      // Three bytes hold four registers.
      for group in 0..<(Self.registers / 4) {
        let place = Self.headerSize &+ 3 &* group
        let low = UInt32(bytes.littleEndian(at: place, as: UInt16.self))
        let word = low | UInt32(bytes.byte(at: place &+ 2)) << 16
        body(4 &* group, 1, UInt8(truncatingIfNeeded: word) & 63)
        body(4 &* group &+ 1, 1, UInt8(truncatingIfNeeded: word >> 6) & 63)
        body(4 &* group &+ 2, 1, UInt8(truncatingIfNeeded: word >> 12) & 63)
        body(4 &* group &+ 3, 1, UInt8(truncatingIfNeeded: word >> 18) & 63)
      }
      return
    }
    var place = Self.headerSize
    var first = 0
    while let run = run(at: place) {
      guard first + run.count <= Self.registers else { throw Self.corrupted }
      body(first, run.count, run.value)
      first += run.count
      place += run.size
    }
    guard first == Self.registers, place == bytes.count else { throw Self.corrupted }
  }

  /// Has registers, all of them, be at least as high as those here. Throws for corrupted registers here.
  func raise(_ registers: inout [UInt8]) throws(CommandError) {
    try forEachRun { first, count, value in
      guard value > 0 else { return }
      for register in first..<(first &+ count) where registers[register] < value {
        registers[register] = value
      }
    }
  }

  /// How many elements have been counted. Throws for corrupted registers.
  func estimate() throws(CommandError) -> Int64 {
    var histogram = InlineArray<64, Int>(repeating: 0)
    try forEachRun { _, count, value in histogram[Int(value)] &+= count }
    return Self.estimate(histogram)
  }
}
