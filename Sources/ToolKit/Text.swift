internal import Forensics

/// Numbers, sizes and times as people read them.
package enum Text {
  /// A size with one decimal in binary units: `512 B`, `1.5 GiB`, `16.0 EiB`.
  package static func byteSize(_ bytes: UInt64) -> String {
    guard bytes >= 1024 else { return "\(bytes) B" }
    var exponent = (63 - bytes.leadingZeroBitCount) / 10
    var tenths = tenths(bytes, of: 1 << (10 * exponent))
    // 1023.95 KiB and up would print as 1024.0 KiB.
    if tenths >= 10240, exponent < 6 {
      exponent += 1
      tenths = Self.tenths(bytes, of: 1 << (10 * exponent))
    }
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    return "\(tenths / 10).\(tenths % 10) \(units[exponent])"
  }

  /// `bytes / unit` in tenths, rounded to nearest, without overflow for any unit up to 2^60.
  private static func tenths(_ bytes: UInt64, of unit: UInt64) -> UInt64 {
    bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit
  }

  /// The number with a comma between groups of three digits: `1,234,567`.
  package static func grouped(_ number: some BinaryInteger) -> String {
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// A number of things: `1 record`, `1,234 records`.
  package static func count(_ number: UInt64, _ noun: String) -> String {
    "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// A span of time with the two units that matter: `340 ms`, `12.3 s`, `2 min 3 s`, `3 h 4 min`,
  /// `5 d 6 h`. Anything smaller is cut off, not rounded.
  package static func duration(milliseconds: UInt64) -> String {
    let seconds = milliseconds / 1000
    switch seconds {
    case 0: return "\(milliseconds) ms"
    case ..<60: return "\(seconds).\(milliseconds % 1000 / 100) s"
    case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
    case ..<86400: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    default: return "\(seconds / 86400) d \(seconds / 3600 % 24) h"
    }
  }

  /// A span of time as on a stopwatch: `0:07`, `12:34`, `1:02:03`.
  package static func stopwatch(seconds: UInt64) -> String {
    let low = padded(seconds % 60, to: 2)
    guard seconds >= 3600 else { return "\(seconds / 60):\(low)" }
    return "\(seconds / 3600):\(padded(seconds / 60 % 60, to: 2)):\(low)"
  }

  /// A moment of whole seconds; see ``isoMilliseconds(_:)``. Those beyond 64 bits of milliseconds are the
  /// last one.
  package static func iso(unixSeconds: Int64) -> String {
    isoMilliseconds(AOFVerdict.milliseconds(ofSeconds: unixSeconds))
  }

  /// The moment in ISO 8601 with milliseconds: `2026-11-22T09:53:18.123Z`.
  ///
  /// Every moment that 64 bits hold has a name: years outside 0000–9999 carry a sign and at least
  /// six digits, as the standard's expanded form asks (`+292278994-08-17T07:12:55.807Z`).
  /// - Parameter unixMilliseconds: milliseconds since 1970-01-01T00:00:00Z, leap seconds left out.
  package static func isoMilliseconds(_ unixMilliseconds: Int64) -> String {
    let millisecondsOfDay: Int64 = 86_400_000
    let (day, time) = floorDivide(unixMilliseconds, by: millisecondsOfDay)
    let date = civilDate(daysSince1970: day)
    let seconds = time / 1000
    return "\(isoYear(date.year))-\(padded(date.month, to: 2))-\(padded(date.day, to: 2))"
      + "T\(padded(seconds / 3600, to: 2)):\(padded(seconds / 60 % 60, to: 2))"
      + ":\(padded(seconds % 60, to: 2)).\(padded(time % 1000, to: 3))Z"
  }

  private static func isoYear(_ year: Int64) -> String {
    if (0...9999).contains(year) { return padded(year, to: 4) }
    return (year < 0 ? "-" : "+") + padded(year.magnitude, to: 6)
  }

  /// The date in the proleptic Gregorian calendar.
  ///
  /// Counts in eras of 400 years that begin on 1 March, so that the leap day is the last of its
  /// year: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
  private static func civilDate(
    daysSince1970 days: Int64
  ) -> (year: Int64, month: Int64, day: Int64) {
    let daysOfEra: Int64 = 146_097
    let daysFrom0000To1970: Int64 = 719_468
    let (era, dayOfEra) = floorDivide(days + daysFrom0000To1970, by: daysOfEra)
    let leapDays = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
    let yearOfEra = (dayOfEra - leapDays) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  /// Quotient rounded down and the remainder, which is never negative.
  private static func floorDivide(
    _ number: Int64, by divisor: Int64
  ) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  /// The decimal digits of a number that is not negative, with zeros in front up to `width`.
  private static func padded(_ number: some BinaryInteger, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
