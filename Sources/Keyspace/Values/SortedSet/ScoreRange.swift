internal import Persistence

/// A range of scores, as ZRANGEBYSCORE reads its ends: `5` belongs to it, `(5` does not.
package struct ScoreRange {
  package var min: Double
  package var max: Double
  package var excludesMin = false
  package var excludesMax = false

  /// Throws `notScoreRange`.
  package init(_ min: RawSpan, _ max: RawSpan) throws(CommandError) {
    (self.min, excludesMin) = try Self.end(min)
    (self.max, excludesMax) = try Self.end(max)
  }

  package init(from min: Double, upTo max: Double) {
    self.min = min
    self.max = max
    excludesMax = true
  }

  private static func end(_ text: RawSpan) throws(CommandError) -> (Double, Bool) {
    let isOpen =
      text.byteCount > 0 && text.load(0, as: UInt8.self) == UInt8(ascii: "(")
    let number = LenientNumber(isOpen ? text.extracting(1..<text.byteCount) : text)
    guard let value = number.value else { throw .notScoreRange }
    return (value, isOpen)
  }

  /// Whether no score at all is in it.
  package var isEmpty: Bool { min > max || (min == max && (excludesMin || excludesMax)) }

  @inline(__always)
  package func isNotBelow(_ score: Double) -> Bool { excludesMin ? score > min : score >= min }

  @inline(__always)
  package func isNotAbove(_ score: Double) -> Bool { excludesMax ? score < max : score <= max }
}

/// A range of members in the order of their bytes, as ZRANGEBYLEX reads its ends: `[a` belongs to it, `(a` does
/// not, `-` is before and `+` behind all members.
package struct LexRange: ~Escapable {
  private enum Place {
    case beforeAll
    case at
    case behindAll
  }

  private let minPlace: Place
  private let min: RawSpan
  private let excludesMin: Bool
  private let maxPlace: Place
  private let max: RawSpan
  private let excludesMax: Bool

  /// Throws `notLexRange`.
  @_lifetime(copy min, copy max)
  package init(_ min: RawSpan, _ max: RawSpan) throws(CommandError) {
    (minPlace, excludesMin) = try Self.end(min)
    (maxPlace, excludesMax) = try Self.end(max)
    self.min = min.extracting(Swift.min(1, min.byteCount)..<min.byteCount)
    self.max = max.extracting(Swift.min(1, max.byteCount)..<max.byteCount)
  }

  private static func end(_ text: RawSpan) throws(CommandError) -> (Place, Bool) {
    guard text.byteCount > 0 else { throw .notLexRange }
    // For a server, which reads a C string here, a zero byte is the end.
    let isAlone = text.byteCount == 1 || text.load(1, as: UInt8.self) == 0
    switch text.load(0, as: UInt8.self) {
    case UInt8(ascii: "-") where isAlone: return (.beforeAll, true)
    case UInt8(ascii: "+") where isAlone: return (.behindAll, true)
    case UInt8(ascii: "("): return (.at, true)
    case UInt8(ascii: "["): return (.at, false)
    default: throw .notLexRange
    }
  }

  /// Whether no member at all is in it.
  package var isEmpty: Bool {
    switch (minPlace, maxPlace) {
    case (.beforeAll, .beforeAll), (.behindAll, _), (_, .beforeAll): return true
    case (.beforeAll, _), (_, .behindAll): return false
    case (.at, .at):
      let order = min.order(max)
      return order > 0 || (order == 0 && (excludesMin || excludesMax))
    }
  }

  @inline(__always)
  package func isNotBelow(_ member: RawSpan) -> Bool {
    guard minPlace == .at else { return minPlace == .beforeAll }
    let order = member.order(min)
    return excludesMin ? order > 0 : order >= 0
  }

  @inline(__always)
  package func isNotAbove(_ member: RawSpan) -> Bool {
    guard maxPlace == .at else { return maxPlace == .behindAll }
    let order = member.order(max)
    return excludesMax ? order < 0 : order <= 0
  }
}
