extension Text {
  /// The number of bytes that a size says, as redis.conf reads it: `512`, `512b`, `10k` (10,000), `10kb`
  /// and `10KiB` (10,240), `1.5GB`; k, m, g, t in either case, a blank before them at most.
  ///
  /// What is left of a byte is cut off. Nil for anything else, for a fraction of bytes or one with more
  /// than six digits, and for more than 64 bits hold.
  package static func byteCount(_ text: String) -> UInt64? {
    var rest = Array(text.lowercased().utf8)[...]
    guard let whole = number(&rest) else { return nil }
    var fraction: (digits: UInt64, scale: UInt64)?
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      let count = rest.count
      guard let digits = number(&rest), count - rest.count <= 6 else { return nil }
      fraction = (digits, (rest.count..<count).reduce(1) { scale, _ in scale * 10 })
    }
    if rest.first == UInt8(ascii: " "), rest.count > 1 { rest = rest.dropFirst() }
    guard let unit = units[String(decoding: rest, as: UTF8.self)] else { return nil }
    let (bytes, overflow) = whole.multipliedReportingOverflow(by: unit)
    guard !overflow else { return nil }
    guard let fraction else { return bytes }
    guard unit > 1 else { return nil }
    // At most 10^6 × 2^40, which is less than 2^64.
    let (sum, carry) = bytes.addingReportingOverflow(fraction.digits * unit / fraction.scale)
    return carry ? nil : sum
  }

  private static let units: [String: UInt64] = {
    var units: [String: UInt64] = ["": 1, "b": 1]
    var (thousands, kibis) = (UInt64(1), UInt64(1))
    for letter in ["k", "m", "g", "t"] {
      thousands *= 1000
      kibis *= 1024
      units[letter] = thousands
      units[letter + "b"] = kibis
      units[letter + "ib"] = kibis
    }
    return units
  }()

  /// Reads decimal digits, one at least. Nil also when the number does not fit.
  static func number(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    rest = rest.dropFirst(digits.count)
    // Without digits there is no number in the text.
    return UInt64(String(decoding: digits, as: UTF8.self))
  }
}
