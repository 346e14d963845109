internal import Glibc

/// The text of scores as servers of different ages write it.
package enum ScoreText {
  /// Which doubles are written as integers, and how the others are.
  package enum Style: Sendable {
    /// 17 significant digits: up to Redis 6.2.
    case seventeenDigits
    /// Integers up to 2⁶², and 17 significant digits: Redis 7.0.
    case wideIntegers
    /// Integers up to 2⁶², and a text that reads back equal and is nearly always the shortest one: from
    /// Redis 7.2 and Valkey on.
    case shortest
  }

  /// The integer as which a score is written; nil for a score that is not written as one. That is so for
  /// -0, which Redis before 7.0 writes as text, and later releases keep when they load it; from a client
  /// they take it as 0.
  package static func integer(_ score: Double, _ style: Style) -> Int64? {
    switch style {
    case .seventeenDigits: guard abs(score) < 0x1p52 else { return nil }
    case .wideIntegers, .shortest: guard abs(score) <= 0x1p62 else { return nil }
    }
    return score == 0 && score.sign == .minus ? nil : Int64(exactly: score)
  }

  /// The text of a score that is not written as an integer.
  package static func text(_ score: Double, _ style: Style) -> [UInt8] {
    if score.isInfinite { return Array((score < 0 ? "-inf" : "inf").utf8) }
    return style == .shortest ? shortest(score) : seventeenDigits(score)
  }

  /// The text of a score in a reply of Redis 7.0: 17 significant digits, which from 10¹⁷ on are less than the
  /// digits of an integer.
  package static func reply(_ score: Double) -> [UInt8] {
    if abs(score) < 1e17, let integer = integer(score, .wideIntegers) {
      return NumberText.bytes(integer)
    }
    return text(score, .wideIntegers)
  }

  /// The text of a score as it stands in a compact encoding of a release, and in its logs.
  package static func element(_ score: Double, _ style: Style = .wideIntegers) -> [UInt8] {
    integer(score, style).map(NumberText.bytes) ?? text(score, style)
  }

  /// The text of a score that servers take for digests: before Redis 7.2 with 17 digits, from then on the
  /// shortest one, with an exponent also for large integers, which are written as such everywhere else.
  package static func digest(_ score: Double, isShortest: Bool) -> [UInt8] {
    guard isShortest else { return seventeenDigits(score) }
    return score == 0 && score.sign == .plus ? [UInt8(ascii: "0")] : text(score, .shortest)
  }

  /// What C's `printf` makes of `%.17g`.
  private static func seventeenDigits(_ score: Double) -> [UInt8] {
    if let decimal = SeventeenDigits(score) { return decimal.text }
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
      let count = unsafe withVaList([score]) {
        unsafe vsnprintf(buffer.baseAddress, buffer.count, "%.17g", $0)
      }
      return (0..<Int(count)).map { unsafe UInt8(bitPattern: buffer[$0]) }
    }
  }

  /// Few digits that read back equal, set as `fpconv_dtoa` of Redis 7.2 sets them: as an integer
  /// with at most seven zeros added, as a decimal fraction down to 10⁻⁶ or a bit less, else with an
  /// exponent.
  private static func shortest(_ score: Double) -> [UInt8] {
    if score == 0 { return Array("-0".utf8) }
    let (digits, exponent) = Grisu.digits(score.magnitude)
    let count = digits.count
    var text: [UInt8] = score.sign == .minus ? [UInt8(ascii: "-")] : []
    // Of the first digit.
    let magnitude = exponent + count - 1
    if exponent >= 0, abs(magnitude) < count + 7 {
      return text + digits + [UInt8](repeating: UInt8(ascii: "0"), count: exponent)
    }
    if exponent < 0, exponent > -7 || abs(magnitude) < 4 {
      let whole = count + exponent
      guard whole <= 0 else {
        return text + digits[..<whole] + [UInt8(ascii: ".")] + digits[whole...]
      }
      return text + Array("0.".utf8) + [UInt8](repeating: UInt8(ascii: "0"), count: -whole)
        + digits
    }
    text.append(digits[0])
    if count > 1 { text += [UInt8(ascii: ".")] + digits[1...] }
    return text + Array("e\(magnitude < 0 ? "-" : "+")\(abs(magnitude))".utf8)
  }
}
