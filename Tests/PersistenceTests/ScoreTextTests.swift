import Foundation
import Persistence
import TestSupport
import Testing

@Suite struct ScoreTextTests {
  private func text(_ score: Double, _ style: ScoreText.Style) -> String {
    if let integer = ScoreText.integer(score, style) { return "integer \(integer)" }
    return String(decoding: ScoreText.text(score, style), as: UTF8.self)
  }

  /// What C's `printf("%.17g")` prints.
  @Test(
    arguments: [
      (0.1, "0.10000000000000001"), (2.5, "2.5"), (-0.0, "-0"), (1e300, "1.0000000000000001e+300"),
      (.leastNonzeroMagnitude, "4.9406564584124654e-324"), (1e-5, "1.0000000000000001e-05"),
      (0x1p52, "4503599627370496"),
      (1e17, "1e+17"), (123456789012345680, "1.2345678901234568e+17"), (.infinity, "inf"),
      (-.infinity, "-inf"), (3, "integer 3"), (-0x1p51, "integer -2251799813685248"),
    ] as [(Double, String)]) func seventeenDigits(_ score: Double, _ expected: String)
  {
    #expect(text(score, .seventeenDigits) == expected)
  }

  /// What `printf` makes of numbers of every size, and of those in the middle between two texts.
  @Test func seventeenDigitsOfAnyNumber() {
    var random = SeededRandom(seed: 17)
    var numbers: [Double] = [
      1e-4, 1e-4.nextDown, 1e17.nextDown, 9.5, 0.5, 1.5, 99_999_999_999_999_984,
    ]
    for power in -6...18 {
      let edge = Double("1e\(power)") ?? 0
      numbers += [edge.nextDown, edge, edge.nextUp, -edge, edge * 9.999_999_999_999_999]
    }
    for _ in 0..<50_000 {
      numbers.append(Double.random(in: -1e3...1e3, using: &random))
      let digits = Double(Int.random(in: 1...9_999_999, using: &random))
      numbers.append(
        digits / Double([8, 10, 1024, 1_000_000, 1e10].randomElement(using: &random) ?? 1))
      let bits = UInt64.random(in: 0...(.max), using: &random)
      let number = Double(bitPattern: bits)
      if number.isFinite { numbers.append(number) }
      // From 2^-20 to 2^60.
      let near = (bits & ~(0x7FF << 52)) | UInt64.random(in: 1003...1083, using: &random) << 52
      numbers.append(Double(bitPattern: near))
    }
    for number in numbers {
      let text = String(decoding: ScoreText.text(number, .seventeenDigits), as: UTF8.self)
      #expect(text == String(format: "%.17g", number))
    }
  }

  /// Integers are entries of their own.
  @Test(
    arguments: [
      (0.1, "0.10000000000000001"), (-0.0, "-0"), (1e17, "integer 100000000000000000"),
      (0x1p62, "integer 4611686018427387904"), (0x1p63, "9.2233720368547758e+18"),
      (-.infinity, "-inf"),
    ] as [(Double, String)]) func wideIntegers(_ score: Double, _ expected: String)
  {
    #expect(text(score, .wideIntegers) == expected)
  }

  /// Answers of `ZSCORE` of Valkey 9.1.
  @Test(
    arguments: [
      (0.1, "0.1"), (1.5e-7, "1.5e-7"), (0.000001, "0.000001"), (1e300, "1e+300"),
      (.leastNonzeroMagnitude, "5e-324"),
      (-2.5, "-2.5"), (1e20, "1e+20"), (1e19, "1e+19"), (12345678e15, "1.2345678e+22"),
      (1.5e21, "1.5e+21"), (1.25e-10, "1.25e-10"), (123456.789, "123456.789"),
      (1.7976931348623157e308, "1.7976931348623157e+308"), (0.001234, "0.001234"),
      (.infinity, "inf"), (-0.0, "-0"),
    ] as [(Double, String)]) func shortest(_ score: Double, _ expected: String)
  {
    #expect(text(score, .shortest) == expected)
  }
}
