/// A place in a file whose length is not known yet.
enum FilePlace: Equatable, Sendable {
  /// Bytes from the start.
  case offset(UInt64)
  /// Bytes before the end.
  case fromEnd(UInt64)

  /// Reads `N`, or `-N` for so many bytes before the end.
  init?(_ text: String) {
    if text.hasPrefix("-") {
      guard let count = Self.digits(text.dropFirst()) else { return nil }
      self = .fromEnd(count)
    } else {
      guard let offset = Self.digits(text[...]) else { return nil }
      self = .offset(offset)
    }
  }

  /// A number without a sign.
  static func digits(_ text: Substring) -> UInt64? {
    guard let first = text.utf8.first, first != UInt8(ascii: "+") else { return nil }
    return UInt64(text)
  }

  /// The offset in a file of so many bytes; nil when it lies before its start or behind its end.
  func offset(in size: UInt64) -> UInt64? {
    switch self {
    case .offset(let offset): offset <= size ? offset : nil
    case .fromEnd(let count): count <= size ? size - count : nil
    }
  }
}

/// What is to be broken in a file that has been written.
struct FileFaults: Sendable {
  /// A bit that is turned.
  struct Flip: Equatable, Sendable {
    var place: FilePlace
    /// From 0, the lowest, to 7.
    var bit: UInt8

    init(_ place: FilePlace, bit: UInt8) {
      self.place = place
      self.bit = bit
    }

    /// Reads a place, and behind a point the bit; without one it is bit 0.
    init?(_ text: String) {
      let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      guard let place = FilePlace(String(parts[0])) else { return nil }
      self.place = place
      bit = 0
      guard parts.count == 2 else { return }
      guard let number = FilePlace.digits(parts[1]), number < 8 else { return nil }
      bit = UInt8(number)
    }
  }

  /// A bit at an offset of a file.
  struct PlacedFlip: Hashable, Sendable {
    var offset: UInt64
    var bit: UInt8
  }

  /// Where the file ends.
  var torn: FilePlace?
  var flips: [Flip] = []
  /// Bits that are turned at places that the seed decides.
  var randomFlips = 0
  var seed: UInt64 = 0

  static let mostRandomFlips = 1 << 16

  var isEmpty: Bool { torn == nil && flips.isEmpty && randomFlips == 0 }

  /// Where a file of so many bytes is cut; nil where it is not.
  func cut(in size: UInt64) throws(FaultError) -> UInt64? {
    guard let torn else { return nil }
    guard let offset = torn.offset(in: size), offset < size else { throw .outside(size) }
    return offset
  }

  /// The bits that are turned in a file of so many bytes, by their offsets.
  func places(in size: UInt64) throws(FaultError) -> [PlacedFlip] {
    var found: Set<PlacedFlip> = []
    for flip in flips {
      guard let offset = flip.place.offset(in: size), offset < size else { throw .outside(size) }
      let isNew = found.insert(PlacedFlip(offset: offset, bit: flip.bit)).inserted
      guard isNew else { throw .repeated(offset) }
    }
    // No bit is turned twice: that would be none.
    let (bits, overflow) = size.multipliedReportingOverflow(by: 8)
    guard overflow || UInt64(randomFlips + found.count) <= bits else { throw .outside(size) }
    var random = SeededFlips(seed: seed)
    var left = randomFlips
    while left > 0 {
      let place = PlacedFlip(
        offset: UInt64.random(in: 0..<size, using: &random),
        bit: UInt8.random(in: 0...7, using: &random))
      if found.insert(place).inserted { left -= 1 }
    }
    return found.sorted { ($0.offset, $0.bit) < ($1.offset, $1.bit) }
  }
}

/// Why a fault cannot be put into a file.
enum FaultError: Error, CustomStringConvertible {
  /// There is no such byte: the file has so many.
  case outside(UInt64)
  /// One bit is turned twice.
  case repeated(UInt64)

  var description: String {
    switch self {
    case .outside(let size): "the file has \(size) bytes, and no such place"
    case .repeated(let offset): "a bit at \(offset) is to be turned twice"
    }
  }
}

/// SplitMix64, whose numbers are the same on every machine. Source: S. Vigna, splitmix64.c.
struct SeededFlips: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
