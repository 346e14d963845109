internal import Glibc
internal import Persistence

// Strings as numbers. Source: t_string.c and util.c of Redis 7.0.
extension Keyspace {
  mutating func increment(
    _ arguments: Arguments, by step: Int64, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = find(arguments[1]) else {
      insert(arguments[1], .integer(step))
      changes += 1
      return reply.integer(step)
    }
    let old = try database[place].integer()
    let (sum, overflow) = old.addingReportingOverflow(step)
    guard !overflow else { throw .text("increment or decrement would overflow") }
    tryModify(place) { $0 = .integer(sum) }
    changes += 1
    reply.integer(sum)
  }

  mutating func decrby(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let step = try arguments.integer(at: 2)
    guard step != .min || semantics.decrementTakesMinimum else {
      throw .text("decrement would overflow")
    }
    try increment(arguments, by: 0 &- step, &reply)
  }

  mutating func incrbyfloat(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let place = find(arguments[1])
    let old = try place.map { (place) throws(CommandError) in
      try database[place].withString { (bytes) throws(CommandError) in
        try LongDouble(bytes)
      }
    }
    let step = try LongDouble(arguments[2])
    let sum = try (old ?? LongDouble.zero).adding(step)
    let text = sum.text
    let entry = Entry.make(key: arguments[1], text: unsafe text.span.bytes)
    if let place { entry.expiresAt = database[place].expiresAt }
    databases[selected].set(entry)
    changes += 1
    reply.bulk(text)
  }
}

extension Entry {
  /// The number whose text a string is. Throws `wrongType` or `notInteger`.
  func integer() throws(CommandError) -> Int64 {
    if case .integer(let number) = value { return number }
    return try withString { (bytes) throws(CommandError) in
      guard let number = NumberText.canonicalInteger(bytes) else { throw .notInteger }
      return number
    }
  }
}

/// A number in the precision in which INCRBYFLOAT and HINCRBYFLOAT count: C's `long double`.
struct LongDouble {
  #if arch(x86_64) || arch(i386)
    typealias Number = Float80
  #else
    typealias Number = Double
  #endif

  let number: Number

  static let zero = LongDouble(0)

  private init(_ number: Number) { self.number = number }

  init(double: Double) { number = Number(double) }

  /// The number that a text is. Throws `notFloat`.
  init(_ text: RawSpan) throws(CommandError) {
    guard text.byteCount > 0, text.byteCount < 5 * 1024 else { throw .notFloat }
    var copy = unsafe text.withUnsafeBytes { unsafe Array($0) }
    guard isspace(Int32(copy[0])) == 0, !copy.contains(0) else { throw .notFloat }
    copy.append(0)
    let parsed: Number? = unsafe copy.withUnsafeBytes { buffer in
      guard let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else {
        return nil
      }
      var end: UnsafeMutablePointer<CChar>?
      #if arch(x86_64) || arch(i386)
        let value = unsafe strtold(start, &end)
      #else
        let value = unsafe strtod(start, &end)
      #endif
      guard let stop = unsafe end, unsafe UnsafePointer(stop) == start + (buffer.count - 1) else {
        return nil
      }
      return value
    }
    guard let parsed, !parsed.isNaN else { throw .notFloat }
    number = parsed
  }

  /// Whether it is a number and no infinity.
  var isFinite: Bool { number.isFinite }

  /// Throws where the sum is no number, or too large.
  func adding(_ other: LongDouble) throws(CommandError) -> LongDouble {
    let sum = number + other.number
    guard sum.isFinite else { throw .text("increment would produce NaN or Infinity") }
    return LongDouble(sum)
  }

  /// At most 17 digits behind the point, and none that are zeros at the end.
  var text: [UInt8] {
    var bytes = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 5 * 1024) { buffer in
      let count = unsafe withVaList([number]) {
        unsafe vsnprintf(buffer.baseAddress, buffer.count, "%.17Lf", $0)
      }
      return (0..<min(Int(count), buffer.count - 1)).map { unsafe UInt8(bitPattern: buffer[$0]) }
    }
    guard bytes.contains(UInt8(ascii: ".")) else { return bytes }
    while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
    if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
    return bytes == Array("-0".utf8) ? Array("0".utf8) : bytes
  }
}
