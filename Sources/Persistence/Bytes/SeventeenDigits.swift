/// The seventeen significant digits of a number that is neither very small nor very large, by exact arithmetic
/// in 128 bits: `printf` goes through arguments of any type and numbers of any length.
struct SeventeenDigits {
  private let isNegative: Bool
  /// From 10^16 up to 10^17, rounded to even on a tie.
  private let digits: UInt64
  /// The power of ten of the first digit, -4...16: those of which `%g` writes no exponent.
  private let magnitude: Int

  private static let powersOfFive: [UInt128] = {
    var powers: [UInt128] = [1]
    while powers.count < 23 { powers.append(powers[powers.count - 1] * 5) }
    return powers
  }()

  /// Nil for what is outside of 10^-4..<10^17.
  init?(_ number: Double) {
    let size = number.magnitude
    guard size >= 1e-4, size < 1e17 else { return nil }
    isNegative = number.sign == .minus
    // The number is `significand * 2^exponent`; it is normal.
    let significand = UInt128(size.significandBitPattern | 1 << 52)
    let exponent = Int(size.exponent) - 52
    // A guess from the binary exponent, which is at most one too small.
    var magnitude = Int((Double(size.exponent) * 0.301_029_995_663_981_2).rounded(.down))
    var digits = Self.scaled(significand, exponent, by: 16 - magnitude)
    if digits >= 100_000_000_000_000_000 {
      magnitude += 1
      digits = Self.scaled(significand, exponent, by: 16 - magnitude)
    }
    guard (-4...16).contains(magnitude) else { return nil }
    self.digits = digits
    self.magnitude = magnitude
  }

  /// `significand * 2^exponent * 10^power`, rounded; `power` is 0...21.
  private static func scaled(_ significand: UInt128, _ exponent: Int, by power: Int) -> UInt64 {
    guard powersOfFive.indices.contains(power) else { return 0 }
    let product = significand * powersOfFive[power]
    let shift = exponent + power
    guard shift < 0 else { return UInt64(truncatingIfNeeded: product << UInt128(shift)) }
    let half = (1 as UInt128) << UInt128(-shift - 1)
    let rest = product & (half << 1 - 1)
    let whole = product >> UInt128(-shift)
    let isUp = rest > half || (rest == half && whole & 1 == 1)
    return UInt64(truncatingIfNeeded: whole) + (isUp ? 1 : 0)
  }

  /// As `%.17g` writes it.
  var text: [UInt8] {
    var rest = digits
    var count = 17
    while rest % 10 == 0, count > magnitude + 1, count > 1 {
      rest /= 10
      count -= 1
    }
    let zeros = max(-magnitude, 0)
    let sign = isNegative ? 1 : 0
    // A point goes behind the digits of the whole part, unless nothing follows.
    let whole = max(magnitude + 1, 1)
    let total = zeros + count
    let size = sign + total + (total > whole ? 1 : 0)
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      for place in (sign..<size).reversed() {
        if place == sign + whole {
          unsafe buffer.initializeElement(at: place, to: UInt8(ascii: "."))
          continue
        }
        unsafe buffer.initializeElement(at: place, to: UInt8(ascii: "0") + UInt8(rest % 10))
        rest /= 10
      }
      if isNegative { unsafe buffer.initializeElement(at: 0, to: UInt8(ascii: "-")) }
      initialized = size
    }
  }
}
