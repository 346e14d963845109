internal import Glibc
internal import Persistence

extension HyperLogLog {
  /// How many elements have been counted, by how many registers have which value.
  ///
  /// The estimator is that of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches"
  /// (2017), algorithm 6, in the order of operations in which servers compute it.
  static func estimate(_ histogram: InlineArray<64, Int>) -> Int64 {
    let m = Double(Self.registers)
    var z = m * tau((m - Double(histogram[51])) / m)
    for run in stride(from: 50, through: 1, by: -1) {
      z += Double(histogram[run])
      z *= 0.5
    }
    z += m * sigma(Double(histogram[0]) / m)
    let estimate = (0.721347520444481703680 * m * m / z).rounded()
    return Int64(exactly: estimate) ?? 0
  }

  /// How many elements have been counted, by all registers.
  static func estimate(_ registers: [UInt8]) -> Int64 {
    var histogram = InlineArray<64, Int>(repeating: 0)
    for value in registers { histogram[Int(value & 63)] &+= 1 }
    return estimate(histogram)
  }

  private static func sigma(_ start: Double) -> Double {
    if start == 1 { return .infinity }
    var x = start
    var y = 1.0
    var z = x
    while true {
      x *= x
      let last = z
      z += x * y
      y += y
      if z == last { return z }
    }
  }

  private static func tau(_ start: Double) -> Double {
    if start == 0 || start == 1 { return 0 }
    var x = start
    var y = 1.0
    var z = 1 - x
    while true {
      x = x.squareRoot()
      let last = z
      y *= 0.5
      z -= (1 - x) * (1 - x) * y
      if z == last { return z / 3 }
    }
  }
}

/// MurmurHash64A of Austin Appleby (public domain), as it reads memory on a little-endian machine.
enum MurmurHash {
  static func hash(_ bytes: RawSpan, seed: UInt64) -> UInt64 {
    let m: UInt64 = 0xc6a4_a793_5bd1_e995
    let count = bytes.byteCount
    var hash = seed ^ (UInt64(count) &* m)
    var offset = 0
    while count &- offset >= 8 {
      var word = bytes.littleEndian(at: offset, as: UInt64.self)
      word = word &* m
      word ^= word >> 47
      hash = (hash ^ (word &* m)) &* m
      offset &+= 8
    }
    if offset < count {
      var shift: UInt64 = 0
      while offset < count {
        hash ^= UInt64(bytes.byte(at: offset)) << shift
        shift &+= 8
        offset &+= 1
      }
      hash = hash &* m
    }
    hash ^= hash >> 47
    hash = hash &* m
    return hash ^ (hash >> 47)
  }
}
