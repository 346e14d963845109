internal import Persistence

// Strings as integers of any width. Source: bitops.c of Redis 7.0.
extension Keyspace {
  mutating func bitfield(
    _ arguments: Arguments, isReadOnly: Bool, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let operations = try BitFieldOperation.read(arguments)
    let end = operations.reduce(0) { $1.isWrite ? max($0, $1.offset + $1.bits) : $0 }
    guard end > 0 else {
      let entry = entry(arguments[1])
      guard entry?.value.isString ?? true else { throw .wrongType }
      reply.array(operations.count)
      try (entry ?? Entry.make(key: RawSpan(), text: RawSpan())).withString { bytes in
        for operation in operations { reply.integer(operation.value(in: bytes)) }
      }
      return
    }
    guard !isReadOnly else { throw .text("BITFIELD_RO only supports the GET subcommand") }
    let results = try modifyBits(arguments[1], size: (end - 1) >> 3 + 1) { bytes in
      var changed = false
      let results = operations.map { $0.apply(to: &bytes, &changed) }
      return (results, changed)
    }
    reply.array(results.count)
    for result in results {
      if let result { reply.integer(result) } else { reply.null() }
    }
  }
}

/// One of the operations of a BITFIELD.
private struct BitFieldOperation {
  enum Action {
    case get
    case set(Int64)
    case increment(Int64)
  }

  /// What becomes of a number that is too large or too small for its width.
  enum Overflow {
    case wrap
    case saturate
    case fail
  }

  var action: Action
  var isSigned: Bool
  /// 1 to 64 bits, or 63 without a sign.
  var bits: Int
  var offset: Int
  var overflow: Overflow

  var isWrite: Bool { if case .get = action { false } else { true } }

  // MARK: Reading the arguments

  static func read(_ arguments: Arguments) throws(CommandError) -> [BitFieldOperation] {
    var operations: [BitFieldOperation] = []
    var overflow = Overflow.wrap
    var index = 2
    while index < arguments.count {
      let left = arguments.count - index - 1
      let isSet = arguments.isWord("SET", at: index)
      if arguments.isWord("GET", at: index), left >= 2 {
        operations.append(try read(arguments, at: index + 1, .get, overflow))
        index += 3
      } else if isSet || arguments.isWord("INCRBY", at: index), left >= 3 {
        var operation = try read(arguments, at: index + 1, .get, overflow)
        let number = try arguments.integer(at: index + 3)
        operation.action = isSet ? .set(number) : .increment(number)
        operations.append(operation)
        index += 4
      } else if arguments.isWord("OVERFLOW", at: index), left >= 1 {
        overflow = try readOverflow(arguments, at: index + 1)
        index += 2
      } else {
        throw .syntax
      }
    }
    return operations
  }

  private static func read(
    _ arguments: Arguments, at index: Int, _ action: Action, _ overflow: Overflow
  ) throws(CommandError) -> BitFieldOperation {
    let type = arguments[index]
    let sign = type.byteCount > 0 ? type.byte(at: 0) : 0
    guard sign == UInt8(ascii: "i") || sign == UInt8(ascii: "u"),
      let bits = NumberText.canonicalInteger(type.extracting(1..<type.byteCount)), bits >= 1,
      bits <= (sign == UInt8(ascii: "i") ? 64 : 63)
    else {
      throw .text(
        "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
      )
    }
    return BitFieldOperation(
      action: action, isSigned: sign == UInt8(ascii: "i"), bits: Int(bits),
      offset: try Keyspace.bitOffset(arguments[index + 1], width: Int(bits)), overflow: overflow)
  }

  private static func readOverflow(
    _ arguments: Arguments, at index: Int
  ) throws(CommandError) -> Overflow {
    if arguments.isWord("WRAP", at: index) { return .wrap }
    if arguments.isWord("SAT", at: index) { return .saturate }
    guard arguments.isWord("FAIL", at: index) else {
      throw .text("Invalid OVERFLOW type specified")
    }
    return .fail
  }

  // MARK: Doing it

  /// The number that is there; what lies behind the end is zero.
  func value(in bytes: RawSpan) -> Int64 {
    var word: UInt64 = 0
    for index in offset..<(offset + bits) {
      let byte = index >> 3 < bytes.byteCount ? bytes.byte(at: index >> 3) : 0
      word = word << 1 | UInt64(byte >> UInt8(7 - index & 7) & 1)
    }
    guard isSigned else { return Int64(bitPattern: word) }
    return Int64(bitPattern: word << UInt64(64 - bits)) >> Int64(64 - bits)
  }

  private func put(_ number: Int64, into bytes: inout [UInt8]) {
    for index in 0..<bits {
      let mask: UInt8 = 0x80 >> UInt8((offset + index) & 7)
      if number >> Int64(bits - 1 - index) & 1 == 1 {
        bytes[(offset + index) >> 3] |= mask
      } else {
        bytes[(offset + index) >> 3] &= ~mask
      }
    }
  }

  /// Does it, and tells what to reply: the old number for SET, the new one for INCRBY, nil where it failed.
  func apply(to bytes: inout [UInt8], _ changed: inout Bool) -> Int64? {
    let old = value(in: unsafe bytes.span.bytes)
    let exact: Int128
    switch action {
    case .get: return old
    // A number without a sign is taken as the bits that it has.
    case .set(let number): exact = isSigned ? Int128(number) : Int128(UInt64(bitPattern: number))
    case .increment(let step): exact = Int128(old) + Int128(step)
    }
    guard let new = fitting(exact) else { return nil }
    put(new, into: &bytes)
    if new != old { changed = true }
    if case .set = action { return old }
    return new
  }

  /// The number as it fits into the width; nil where it is not to be made fit.
  private func fitting(_ number: Int128) -> Int64? {
    let low: Int128 = isSigned ? -(1 << (bits - 1)) : 0
    let high: Int128 = isSigned ? 1 << (bits - 1) - 1 : 1 << bits - 1
    if number >= low, number <= high { return Int64(number) }
    switch overflow {
    case .fail: return nil
    case .saturate: return Int64(number < low ? low : high)
    case .wrap:
      let word = UInt64(truncatingIfNeeded: number) << UInt64(64 - bits)
      return isSigned
        ? Int64(bitPattern: word) >> Int64(64 - bits)
        : Int64(bitPattern: word >> UInt64(64 - bits))
    }
  }
}
