import Persistence

/// Why a value was refused, in the words of a server.
struct ValueError: Error {
  var reason: String
  /// Whether a folder is missing, or may not be gone into.
  var isAboutFolder: Bool

  init(_ reason: String, isAboutFolder: Bool = false) {
    self.reason = reason
    self.isAboutFolder = isAboutFolder
  }
}

/// The text of values, as Redis 7.0 reads and tells it.
enum SettingText {
  /// `yes` or `no` in either case.
  static func flag(_ word: ByteString) throws(ValueError) -> Bool {
    switch word.lowercased {
    case "yes": true
    case "no": false
    default: throw ValueError("argument must be 'yes' or 'no'")
    }
  }

  /// A decimal integer in its shortest form.
  static func integer(_ word: ByteString, in range: ClosedRange<Int>) throws(ValueError) -> Int {
    guard let value = NumberText.canonicalInteger(unsafe word.bytes.span.bytes) else {
      // A server reads more digits than 64 bits hold as no number either.
      throw ValueError("argument couldn't be parsed into an integer")
    }
    guard range.contains(Int(value)) else {
      throw outside("\(range.lowerBound)", "\(range.upperBound)")
    }
    return Int(value)
  }

  /// Octal digits.
  static func octal(_ word: ByteString, in range: ClosedRange<Int>) throws(ValueError) -> Int {
    guard let text = word.utf8, let value = Int(text, radix: 8) else {
      throw ValueError("argument couldn't be parsed as an octal number")
    }
    guard range.contains(value) else {
      throw outside(
        String(range.lowerBound, radix: 8), String(range.upperBound, radix: 8))
    }
    return value
  }

  /// A number of bytes.
  static func memory(
    _ word: ByteString, in range: ClosedRange<UInt64>
  ) throws(ValueError) -> UInt64 {
    guard let value = memory(word) else { throw ValueError("argument must be a memory value") }
    guard range.contains(value) else { throw outside("\(range.lowerBound)", "\(range.upperBound)") }
    return value
  }

  /// Decimal digits and a unit in either case: `b` or none for bytes, `k`, `m` and `g` for powers of 1000,
  /// `kb`, `mb` and `gb` for powers of 1024. No digits are 0. Nil for all else, and, unlike a server, which
  /// tells the low bits, for what 64 bits do not hold.
  static func memory(_ word: ByteString) -> UInt64? {
    let digits = word.bytes.prefix { isDigit($0) }
    let unit: UInt64? =
      switch ByteString(Array(word.bytes.dropFirst(digits.count))).lowercased {
      case "", "b": 1
      case "k": 1000
      case "kb": 1 << 10
      case "m": 1_000_000
      case "mb": 1 << 20
      case "g": 1_000_000_000
      case "gb": 1 << 30
      default: nil
      }
    guard let unit else { return nil }
    guard let value = digits.isEmpty ? 0 : UInt64(String(decoding: digits, as: UTF8.self)) else {
      return nil
    }
    let (bytes, overflows) = value.multipliedReportingOverflow(by: unit)
    return overflows ? nil : bytes
  }

  /// A number of bytes as files of settings have it: in the largest unit that leaves no rest.
  static func memoryText(_ bytes: UInt64) -> ByteString {
    for (name, unit) in [("gb", UInt64(1) << 30), ("mb", 1 << 20), ("kb", 1 << 10)]
    where bytes > 0 && bytes % unit == 0 {
      return ByteString("\(bytes / unit)\(name)")
    }
    return ByteString("\(bytes)")
  }

  /// Which of some names it is, in either case.
  static func choice(_ word: ByteString, of names: [String]) throws(ValueError) -> String {
    let text = word.lowercased
    guard let name = names.first(where: { ByteString($0) == text }) else {
      throw ValueError(
        "argument(s) must be one of the following: \(names.joined(separator: ", "))")
    }
    return name
  }

  /// A text: UTF-8 without a zero byte, which no path can have.
  static func text(_ word: ByteString) throws(ValueError) -> String {
    guard let text = word.utf8 else { throw ValueError("argument must be UTF-8 text") }
    guard !word.bytes.contains(0) else {
      throw ValueError("argument must not have a zero byte in it")
    }
    return text
  }

  /// The name of a file in a folder, and not a path.
  static func fileName(
    _ word: ByteString, of setting: String, kind: String = "filename"
  ) throws(ValueError) -> String {
    let text = try text(word)
    guard !text.utf8.contains(UInt8(ascii: "/")) else {
      throw ValueError("\(setting) can't be a path, just a \(kind)")
    }
    return text
  }

  /// An integer as C's `strtoll` reads a whole text: blanks and a plus before it do not matter, an empty text
  /// is 0, and what 64 bits do not hold is the nearest that they do.
  static func looseInteger(_ word: ByteString) -> Int? {
    guard word.count > 0 else { return 0 }
    let number = word.bytes.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
    let hasSign = number.first == UInt8(ascii: "-") || number.first == UInt8(ascii: "+")
    let digits = number.dropFirst(hasSign ? 1 : 0)
    guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
    return Int(String(decoding: number, as: UTF8.self))
      ?? (number.first == UInt8(ascii: "-") ? .min : .max)
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func outside(_ first: String, _ last: String) -> ValueError {
    ValueError("argument must be between \(first) and \(last) inclusive")
  }
}

extension ByteString {
  /// The bytes with those of A to Z in lower case.
  var lowercased: ByteString {
    ByteString(bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 })
  }

  /// The words between single blanks, as CONFIG SET splits a value: two blanks have an empty word between
  /// them, and an empty text is one empty word.
  var wordsBetweenBlanks: [ByteString] {
    bytes.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
      ByteString(Array($0))
    }
  }

  /// Words with a blank between them.
  init(joining words: [ByteString]) {
    self.init(Array(words.map(\.bytes).joined(separator: [UInt8(ascii: " ")])))
  }
}
