import Foundation
import Glibc
import Persistence
import TestSupport
import Testing

@Suite struct NumberTextTests {
  private func integer(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    return NumberText.canonicalInteger(bytes.raw)
  }

  @Test(arguments: [
    ("0", 0), ("1", 1), ("-1", -1), ("9", 9), ("10", 10), ("127", 127), ("-32769", -32769),
    ("1000000000000000000", 1_000_000_000_000_000_000),
    ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
  ])
  func canonical(text: String, value: Int64) {
    #expect(integer(text) == value)
    #expect(NumberText.bytes(value) == Array(text.utf8))
    #expect(NumberText.digits(value) == text.utf8.count)
  }

  @Test(arguments: [
    "", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1.0", "1e3", "0x1", "a", "1a", "--1",
    "9223372036854775808", "-9223372036854775809", "18446744073709551616",
    "99999999999999999999", "-99999999999999999999", "123456789012345678901", "\u{0}", "1\u{0}",
  ])
  func notCanonical(_ text: String) {
    #expect(integer(text) == nil)
  }

  @Test func everyRandomIntegerReadsBack() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<20_000 {
      let value = Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)
      #expect(NumberText.bytes(value) == Array(String(value).utf8))
      #expect(integer(String(value)) == value)
    }
  }

  // MARK: Doubles

  private func double(_ text: [UInt8]) -> Double? { NumberText.double(text.raw) }

  /// What `strtod` makes of a text when it takes all of it, and the text begins with no blank.
  private func strtodOfAll(_ text: [UInt8]) -> Double? {
    guard let first = text.first, !text.contains(0), first > 0x20 else { return nil }
    let copy = text.map { CChar(bitPattern: $0) } + [0]
    return unsafe copy.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return nil }
      var end: UnsafeMutablePointer<CChar>?
      let value = unsafe strtod(start, &end)
      guard let stop = unsafe end, unsafe UnsafePointer(stop) == start + text.count else {
        return nil
      }
      return value
    }
  }

  private func agrees(_ text: [UInt8]) -> Bool {
    let (ours, theirs) = (double(text), strtodOfAll(text))
    guard let ours, let theirs else { return ours == nil && theirs == nil }
    return ours.bitPattern == theirs.bitPattern || (ours.isNaN && theirs.isNaN)
  }

  @Test(arguments: [
    ("0", 0.0), ("-0", -0.0), ("1", 1), ("2.5", 2.5), ("-2.5", -2.5), (".5", 0.5), ("5.", 5),
    ("inf", .infinity), ("-inf", -.infinity), ("+inf", .infinity), ("Infinity", .infinity),
    ("5e-324", .leastNonzeroMagnitude), ("1e300", 1e300), ("1e+21", 1e21), ("1e999", .infinity),
    ("1e-999", 0),
    ("0.10000000000000001", 0.1), ("0.1", 0.1), ("0x1p3", 8), ("0X1.8", 1.5),
    ("17976931348623157e292", 1.7976931348623157e308), ("9007199254740993", 9_007_199_254_740_992),
    ("123456789012345.6789", 123456789012345.6789), ("000000000000000000000001", 1),
  ])
  func known(text: String, value: Double) {
    #expect(double(Array(text.utf8))?.bitPattern == value.bitPattern)
  }

  @Test func notANumber() {
    #expect(double(Array("nan".utf8))?.isNaN == true)
    #expect(double(Array("-nan".utf8))?.isNaN == true)
  }

  @Test(arguments: [
    "", "-", ".", "-.", "e", "xyz", " 1", "\t1", "\n1", "1 ", "1x", "1,5", "1.2.3", "--1", "1e",
    "1e+", "0x", "in", "infx", "1\u{0}", "\u{0}", "+", "1_000", "٣",
  ])
  func noDouble(_ text: String) {
    #expect(double(Array(text.utf8)) == nil)
  }

  /// Random bit patterns in the ways that servers print them: 17 digits, and the shortest.
  @Test func everyRandomDoubleReadsBack() {
    var random = SeededRandom(seed: 5)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      for text in [String(format: "%.17g", value), "\(value)"] {
        #expect(double(Array(text.utf8))?.bitPattern == value.bitPattern, "\(text)")
      }
    }
  }

  /// Decimal numbers of few digits, which most scores are.
  @Test func shortDecimals() {
    var random = SeededRandom(seed: 6)
    for _ in 0..<50_000 {
      var digits = Array(String(random.next() >> UInt64.random(in: 0...60, using: &random)).utf8)
      if Bool.random(using: &random) {
        digits.insert(0x2E, at: Int.random(in: 0...digits.count, using: &random))
      }
      if Bool.random(using: &random) { digits.insert(0x2D, at: 0) }
      #expect(agrees(digits), "\(String(decoding: digits, as: UTF8.self))")
    }
  }

  /// Texts that are nearly numbers.
  @Test func randomTexts() {
    let alphabet = Array("0123456789012345.eE+-xXpPinfatyINF() ".utf8)
    var random = SeededRandom(seed: 7)
    for _ in 0..<100_000 {
      let text = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      #expect(agrees(text), "\(String(decoding: text, as: UTF8.self))")
    }
  }
}
