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
