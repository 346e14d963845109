import Foundation
import Keyspace
import TestSupport
import Testing

/// The same commands for a real server and for a keyspace, and every reply compared.
final class Differential {
  private let server: OracleServer
  private var runner = KeyspaceRunner()
  /// Commands whose replies were compared.
  private(set) var compared = 0
  /// Replies that were no errors.
  private(set) var accepted = 0
  /// Kinds of commands of which one was accepted.
  private(set) var acceptedNames: Set<String> = []
  private var differences = 0

  init(_ oracle: Oracle) throws {
    server = try OracleServer(oracle)
    // Both sides remove keys when a command meets them.
    try server.command("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    // A command that waits is let go at the next turn of the server's clock.
    try server.command("CONFIG", "SET", "hz", "500")
  }

  /// Runs commands of a generator. The replies are compared, and at every checkpoint the digests.
  func run(_ generator: inout CommandGenerator, commands: Int, checkpoint: Int = 5000) throws {
    var left = commands
    while left > 0, differences < 10 {
      let batch = (0..<min(left, 500)).map { _ in generator.next() }
      left -= batch.count
      let before = Self.now()
      let replies = try server.pipeline(batch)
      runner.keyspace.clock = .running(now: before)
      for (words, expected) in zip(batch, replies) {
        compare(words, expected)
      }
    }
  }

  /// Runs commands that read, and compares the replies.
  func check(_ commands: [[Word]]) throws {
    let before = Self.now()
    let replies = try server.pipeline(commands)
    runner.keyspace.clock = .running(now: before)
    for (words, expected) in zip(commands, replies) { compare(words, expected) }
  }

  /// Asks the server alone. Throws for an error reply.
  func ask(_ words: Word...) throws -> Reply { try server.command(words) }

  /// Looks into the keyspace.
  func inspect<R>(_ body: (borrowing Keyspace) throws -> R) rethrows -> R {
    try body(runner.keyspace)
  }

  private static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  private func compare(_ words: [Word], _ expected: Reply) {
    let name = String(decoding: words[0].bytes, as: UTF8.self).uppercased()
    let found = runner.run(StreamReply.withID(of: expected, words))
    compared += 1
    if case .error = expected {
    } else {
      accepted += 1
      acceptedNames.insert(name)
    }
    if !ReplyRule.rule(name).accepts(found, expected) {
      differences += 1
      let text = words.map { ByteText($0.bytes).description }.joined(separator: " ")
      Issue.record("command \(compared), \(text)\n\(ReplyText.difference(found, expected))")
    }
  }
}

/// Bytes for a message.
struct ByteText: CustomStringConvertible {
  let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
  var description: String {
    let shown = bytes.prefix(80).map { byte in
      (0x21...0x7E).contains(byte) ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16)
    }
    return "'" + shown.joined() + (bytes.count > 80 ? "…(\(bytes.count))" : "") + "'"
  }
}

/// How replies to a command are compared.
enum ReplyRule {
  /// To the byte.
  case exact
  /// Elements come in an order of the server's own.
  case unordered
  /// Pairs come in an order of the server's own.
  case unorderedPairs
  /// A time from now: a few seconds between both do not matter.
  case time(tolerance: Int64)
  /// Among all else, times of consumers and deliveries: a few seconds between both do not matter.
  case streamTimes

  static func rule(_ name: String) -> ReplyRule {
    switch name {
    case "KEYS", "SMEMBERS", "SINTER", "SUNION", "SDIFF", "HKEYS", "HVALS": .unordered
    case "HGETALL": .unorderedPairs
    case "XPENDING", "XINFO": .streamTimes
    case "TTL", "EXPIRETIME": .time(tolerance: 20)
    case "PTTL", "PEXPIRETIME": .time(tolerance: 20_000)
    default: .exact
    }
  }

  func accepts(_ found: Reply, _ expected: Reply) -> Bool {
    switch self {
    case .exact: return found == expected
    case .unordered: return Self.sorted(found, by: 1) == Self.sorted(expected, by: 1)
    case .unorderedPairs: return Self.sorted(found, by: 2) == Self.sorted(expected, by: 2)
    case .streamTimes: return StreamReply.isEqual(found, expected)
    case .time(let tolerance):
      guard let a = found.integer, let b = expected.integer, a > 0, b > 0 else {
        return found == expected
      }
      return abs(a - b) <= tolerance
    }
  }

  private static func sorted(_ reply: Reply, by step: Int) -> [String] {
    guard case .array(let elements) = reply, elements.count % step == 0 else { return ["\(reply)"] }
    return stride(from: 0, to: elements.count, by: step).map { start in
      "\(elements[start..<(start + step)])"
    }.sorted()
  }
}
