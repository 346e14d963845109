internal import Persistence

// BITOP. Source: bitops.c of Redis 7.0, and of Redis 8.2 for what only that has.
extension Keyspace {
  fileprivate enum BitOperation {
    case and
    case or
    case xor
    case not
    /// What the first string has and no other.
    case difference
    /// What another string has and not the first.
    case reverseDifference
    /// What the first string has and another, too.
    case andOr
    /// What one string has, and no second one.
    case one

    init(_ arguments: Arguments) throws(CommandError) {
      if arguments.isWord("AND", at: 1) {
        self = .and
      } else if arguments.isWord("OR", at: 1) {
        self = .or
      } else if arguments.isWord("XOR", at: 1) {
        self = .xor
      } else if arguments.isWord("NOT", at: 1) {
        self = .not
      } else if arguments.isWord("DIFF", at: 1) {
        self = .difference
      } else if arguments.isWord("DIFF1", at: 1) {
        self = .reverseDifference
      } else if arguments.isWord("ANDOR", at: 1) {
        self = .andOr
      } else if arguments.isWord("ONE", at: 1) {
        self = .one
      } else {
        throw .syntax
      }
    }

    /// The name of an operation that needs two strings.
    var pairName: String? {
      switch self {
      case .difference: "DIFF"
      case .reverseDifference: "DIFF1"
      case .andOr: "ANDOR"
      default: nil
      }
    }
  }

  mutating func bitop(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let operation = try BitOperation(arguments)
    if operation == .not, arguments.count != 4 {
      throw .text("BITOP NOT must be called with a single source key.")
    }
    if let name = operation.pairName, arguments.count < 5 {
      throw .text("BITOP \(name) must be called with at least two source keys.")
    }
    var size = 0
    for index in 3..<arguments.count {
      size = max(size, try entry(arguments[index])?.withString { $0.byteCount } ?? 0)
    }
    guard size > 0 else {
      if remove(arguments[2]) { changes += 1 }
      return reply.integer(0)
    }
    let result = try combine(arguments, operation, size)
    set(arguments[2], .buffer(result))
    changes += 1
    reply.integer(size)
  }

  /// The strings from the fourth argument on, each of them with zeros up to this size, combined.
  private mutating func combine(
    _ arguments: Arguments, _ operation: BitOperation, _ size: Int
  ) throws(CommandError) -> [UInt8] {
    var result = try entry(arguments[3])?.string() ?? []
    result += [UInt8](repeating: 0, count: size - result.count)
    /// All but the first, or what more than one has.
    var others = [UInt8](repeating: 0, count: operation.isPlain ? 0 : size)
    for index in 4..<max(4, arguments.count) {
      guard let entry = entry(arguments[index]) else {
        if operation == .and { result = [UInt8](repeating: 0, count: size) }
        continue
      }
      try entry.withString { other in
        switch operation {
        case .and: Self.combine(&result, other, isAnd: true) { $0 & $1 }
        case .or: Self.combine(&result, other) { $0 | $1 }
        case .xor, .not: Self.combine(&result, other) { $0 ^ $1 }
        case .difference, .reverseDifference, .andOr: Self.combine(&others, other) { $0 | $1 }
        case .one:
          for place in 0..<other.byteCount {
            others[place] |= result[place] & other.byte(at: place)
            result[place] ^= other.byte(at: place)
          }
        }
      }
    }
    switch operation {
    case .and, .or, .xor: break
    case .not: for place in result.indices { result[place] = ~result[place] }
    case .difference, .one: for place in result.indices { result[place] &= ~others[place] }
    case .reverseDifference:
      for place in result.indices { result[place] = ~result[place] & others[place] }
    case .andOr: for place in result.indices { result[place] &= others[place] }
    }
    return result
  }

  /// Combines each byte with that of another string, which is at most as long and goes on with zeros.
  @inline(__always)
  private static func combine(
    _ result: inout [UInt8], _ other: RawSpan, isAnd: Bool = false,
    _ body: (UInt8, UInt8) -> UInt8
  ) {
    let common = min(result.count, other.byteCount)
    // Without checks for each byte, many are combined at once.
    unsafe result.withUnsafeMutableBytes { result in
      unsafe other.withUnsafeBytes { other in
        for place in 0..<common { unsafe result[place] = body(result[place], other[place]) }
        guard isAnd else { return }
        for place in common..<result.count { unsafe result[place] = 0 }
      }
    }
  }
}

extension Keyspace.BitOperation {
  /// Whether nothing has to be kept beside the result.
  fileprivate var isPlain: Bool {
    switch self {
    case .and, .or, .xor, .not: true
    default: false
    }
  }
}
