/// Moments as people write them.
package enum ISOTime {
  /// Unix milliseconds of a moment as a person writes it: a time in ISO 8601, or a number since 1970.
  ///
  /// A number of less than 100,000,000,000 is one of seconds (up to the year 5138), a larger one of
  /// milliseconds (from 1973 on). Nil for what is neither, or is more than 64 bits hold.
  package static func moment(_ text: String) -> Int64? {
    guard let number = Int64(text) else { return unixMilliseconds(text) }
    // The product of what is smaller fits by far.
    return number.magnitude < 100_000_000_000 ? number * 1000 : number
  }

  /// Unix milliseconds of a time in ISO 8601, in its long form: `2026-11-22`, `2026-11-22T09:53`,
  /// `2026-11-22 09:53:18`, `2026-11-22T09:53:18.123Z`, `2026-11-22T10:53:18+01:00`.
  ///
  /// Without a zone it is UTC. Years outside 0000-9999 have a sign and six digits or more, as
  /// the tools write them. What is smaller than a millisecond is cut off. Nil for days and
  /// hours that there are not, leap seconds too.
  package static func unixMilliseconds(_ text: String) -> Int64? {
    var reader = ISOReader(rest: Array(text.utf8)[...])
    guard let day = reader.readDate() else { return nil }
    var milliseconds: Int64 = 0
    if !reader.rest.isEmpty {
      guard reader.skip("T") || reader.skip("t") || reader.skip(" "),
        let time = reader.readTime(), let zone = reader.readZone(), reader.rest.isEmpty
      else { return nil }
      milliseconds = time - zone
    }
    // In two steps, since the first moment of 64 bits is later than its day.
    let (base, isTooFar) = (day < 0 ? day + 1 : day).multipliedReportingOverflow(by: 86_400_000)
    let (moment, overflow) = base.addingReportingOverflow(
      milliseconds - (day < 0 ? 86_400_000 : 0))
    return isTooFar || overflow ? nil : moment
  }
}

/// Reads the parts of a time in ISO 8601, one after another. Nil is for what is not there or cannot be.
private struct ISOReader {
  var rest: ArraySlice<UInt8>

  /// Takes a character if it is the next.
  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard rest.first.map({ Unicode.Scalar($0) }) == character else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// Days since 1970-01-01.
  mutating func readDate() -> Int64? {
    guard let year = readYear(), skip("-"), let month = read(digits: 2, in: 1...12), skip("-"),
      let day = read(digits: 2, in: 1...Self.lastDay(of: month, year))
    else { return nil }
    return Self.daysSince1970(year, month, day)
  }

  /// Milliseconds since midnight.
  mutating func readTime() -> Int64? {
    guard let hours = read(digits: 2, in: 0...23), skip(":"),
      let minutes = read(digits: 2, in: 0...59)
    else { return nil }
    var milliseconds = (hours * 60 + minutes) * 60_000
    guard skip(":") else { return milliseconds }
    guard let seconds = read(digits: 2, in: 0...59) else { return nil }
    milliseconds += seconds * 1000
    guard skip(".") || skip(",") else { return milliseconds }
    var unit: Int64 = 100
    let before = rest.count
    while let digit = read(digits: 1, in: 0...9) {
      milliseconds += digit * unit
      unit /= 10
    }
    return rest.count < before ? milliseconds : nil
  }

  /// Milliseconds that the zone is ahead of UTC; 0 when the text ends here.
  mutating func readZone() -> Int64? {
    if rest.isEmpty || skip("Z") || skip("z") { return 0 }
    let isEast = skip("+")
    guard isEast || skip("-"), let hours = read(digits: 2, in: 0...23) else { return nil }
    var minutes: Int64 = 0
    if !rest.isEmpty {
      _ = skip(":")
      guard let given = read(digits: 2, in: 0...59) else { return nil }
      minutes = given
    }
    return (hours * 60 + minutes) * (isEast ? 60_000 : -60_000)
  }

  private mutating func readYear() -> Int64? {
    let isPast = skip("-")
    guard isPast || skip("+") else { return read(digits: 4, in: 0...9999) }
    let before = rest.count
    // No year that 64 bits of milliseconds hold has more than nine digits.
    guard let year = readNumber(&rest), (6...9).contains(before - rest.count) else { return nil }
    return isPast ? -Int64(clamping: year) : Int64(clamping: year)
  }

  private mutating func read(digits count: Int, in range: ClosedRange<Int64>) -> Int64? {
    var field = rest.prefix(count)
    guard field.count == count, let number = readNumber(&field), field.isEmpty,
      let value = Int64(exactly: number), range.contains(value)
    else { return nil }
    rest = rest.dropFirst(count)
    return value
  }

  /// The number that decimal digits at the start are; nil without any, and for one of more than 18 digits.
  private func readNumber(_ digits: inout ArraySlice<UInt8>) -> UInt64? {
    let found = digits.prefix { $0 &- UInt8(ascii: "0") <= 9 }
    guard !found.isEmpty, found.count <= 18 else { return nil }
    digits = digits[found.endIndex...]
    return found.reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
  }

  private static func lastDay(of month: Int64, _ year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The inverse of what `Text.isoMilliseconds` of the tools does, in the same eras of 400 years from 1 March on:
  /// https://howardhinnant.github.io/date_algorithms.html#days_from_civil
  private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let monthFromMarch = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
