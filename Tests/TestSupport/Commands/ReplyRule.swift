/// How replies to a command are compared.
package enum ReplyRule {
  /// To the byte.
  case exact
  /// Elements come in an order of the server's own.
  case unordered
  /// Pairs come in an order of the server's own.
  case unorderedPairs
  /// A time from now: a few seconds between both do not matter.
  case time(tolerance: Int64)
  /// Times from now, one for each field.
  case times(tolerance: Int64)
  /// Elements are drawn at random: only their number is compared.
  case sample
  /// A cursor, and elements in an order of the server's own, of which so many belong together. Parts of a
  /// scan are not compared.
  case scan(step: Int)
  /// Among all else, times of consumers and deliveries: a few seconds between both do not matter.
  case streamTimes

  package static func rule(_ name: String) -> ReplyRule {
    switch name {
    case "KEYS", "SMEMBERS", "SINTER", "SUNION", "SDIFF", "HKEYS", "HVALS": .unordered
    case "HGETALL": .unorderedPairs
    case "HRANDFIELD", "SRANDMEMBER", "ZRANDMEMBER", "SPOP": .sample
    case "HSCAN", "ZSCAN": .scan(step: 2)
    case "SSCAN": .scan(step: 1)
    case "HTTL", "HEXPIRETIME": .times(tolerance: 20)
    case "HPTTL", "HPEXPIRETIME": .times(tolerance: 20_000)
    case "XPENDING", "XINFO": .streamTimes
    case "TTL", "EXPIRETIME": .time(tolerance: 20)
    case "PTTL", "PEXPIRETIME": .time(tolerance: 20_000)
    default: .exact
    }
  }

  package func accepts(_ found: Reply, _ expected: Reply) -> Bool {
    switch self {
    case .exact: return found == expected
    case .unordered: return Self.counted(found, by: 1) == Self.counted(expected, by: 1)
    case .unorderedPairs: return Self.counted(found, by: 2) == Self.counted(expected, by: 2)
    case .sample:
      switch (found, expected) {
      case (.array(let a), .array(let b)): return a.count == b.count
      case (.bulk, .bulk): return true
      default: return found == expected
      }
    case .scan(let step):
      guard case .array(let a) = found, case .array(let b) = expected, a.count == 2, b.count == 2
      else { return found == expected }
      guard a[0].text == "0", b[0].text == "0" else { return true }
      // A table that is just being enlarged may tell an element twice.
      return Self.counted(a[1], by: step).keys == Self.counted(b[1], by: step).keys
    case .times(let tolerance):
      guard case .array(let a) = found, case .array(let b) = expected, a.count == b.count
      else { return found == expected }
      return zip(a, b).allSatisfy { ReplyRule.time(tolerance: tolerance).accepts($0, $1) }
    case .streamTimes: return StreamReply.isEqual(found, expected)
    case .time(let tolerance):
      guard let a = found.integer, let b = expected.integer, a > 0, b > 0 else {
        return found == expected
      }
      return abs(a - b) <= tolerance
    }
  }

  /// How often each element is there, or each run of `step` elements.
  private static func counted(_ reply: Reply, by step: Int) -> [[UInt8]: Int] {
    guard case .array(let elements) = reply, elements.count % step == 0 else {
      return [Array("\(reply)".utf8): 0]
    }
    var counts: [[UInt8]: Int] = [:]
    for start in stride(from: 0, to: elements.count, by: step) {
      var group: [UInt8] = []
      for element in elements[start..<(start + step)] {
        let bytes = element.bytes ?? Array("\(element)".utf8)
        group += Array("\(bytes.count) ".utf8) + bytes
      }
      counts[group, default: 0] += 1
    }
    return counts
  }
}
