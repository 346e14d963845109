import Foundation
import Keyspace
import TestSupport
import Testing

/// The same commands for a real server and for a keyspace, and every reply compared.
final class Differential {
  let server: OracleServer
  /// Commands that tell all of the dataset that is compared.
  private let contents: [[Word]]
  var runner = KeyspaceRunner()
  /// Commands whose replies were compared.
  private(set) var compared = 0
  /// Replies that were no errors.
  private(set) var accepted = 0
  /// Kinds of commands of which one was accepted.
  private(set) var acceptedNames: Set<String> = []
  private var differences = 0

  init(_ oracle: Oracle, contents: [[Word]] = []) throws {
    self.contents = contents
    server = try OracleServer(oracle)
    // Both sides remove keys when a command meets them.
    try server.command("DEBUG", "SET-ACTIVE-EXPIRE", "0")
  }

  /// Runs commands of a generator. The replies are compared, and at every checkpoint the contents.
  func run(_ generator: inout CommandGenerator, commands: Int, checkpoint: Int = 5000) throws {
    var left = commands
    while left > 0, differences < 10 {
      let batch = (0..<min(left, 500)).map { _ in generator.next() }
      left -= batch.count
      try run(batch)
      if left % checkpoint < 500 { try run(contents) }
    }
  }

  private func run(_ batch: [[Word]]) throws {
    let before = Self.now()
    let replies = try serverReplies(batch)
    runner.keyspace.clock = .running(now: before)
    for (words, expected) in zip(batch, replies) {
      compare(words, expected)
    }
  }

  /// The server's replies. Commands that would wait are sent in transactions, where they do not.
  private func serverReplies(_ batch: [[Word]]) throws -> [Reply] {
    var sent: [[Word]] = []
    for words in batch {
      sent += Self.waits(words) ? [["MULTI"], words, ["EXEC"]] : [words]
    }
    var replies = try server.pipeline(sent)[...]
    return batch.map { words in
      guard Self.waits(words) else { return replies.removeFirst() }
      defer { replies = replies.dropFirst(3) }
      let (queued, result) = (replies[replies.startIndex + 1], replies[replies.startIndex + 2])
      return result.array?.first ?? queued
    }
  }

  private static func waits(_ words: [Word]) -> Bool {
    ["BZPOPMIN", "BZPOPMAX", "BZMPOP"].contains(String(decoding: words[0].bytes, as: UTF8.self))
  }

  private static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  private func compare(_ words: [Word], _ expected: Reply) {
    let name = String(decoding: words[0].bytes, as: UTF8.self).uppercased()
    let found = runner.run(words)
    compared += 1
    if case .error = expected {
    } else {
      accepted += 1
      acceptedNames.insert(name)
    }
    if !ReplyRule.rule(name).accepts(found, expected) {
      differences += 1
      let text = words.map { ByteText($0.bytes).description }.joined(separator: " ")
      let (server, keyspace) = ReplyText.differing(expected, found)
      Issue.record("command \(compared), \(text)\nserver:   \(server)\nkeyspace: \(keyspace)")
    }
  }
}

/// Replies for a message.
enum ReplyText {
  /// The texts of two replies, from shortly before where they differ.
  static func differing(_ a: Reply, _ b: Reply) -> (String, String) {
    let (first, second) = (text(a), text(b))
    let common = zip(first, second).prefix { $0 == $1 }.count
    func part(_ text: String) -> String {
      (common > 60 ? "…" : "") + text.dropFirst(max(0, common - 60)).prefix(240)
    }
    return (part(first), part(second))
  }

  private static func text(_ reply: Reply) -> String {
    switch reply {
    case .simple(let text): "+" + text
    case .error(let text): "-" + text
    case .integer(let number): String(number)
    case .bulk(let bytes): ByteText(bytes).description
    case .null: "null"
    case .array(let replies): "[" + replies.map(text).joined(separator: " ") + "]"
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
  /// A cursor, and pairs that come in an order of the server's own.
  case scannedPairs
  /// Drawn at random: only how many there are is the same.
  case random
  /// A time from now: a few seconds between both do not matter.
  case time(tolerance: Int64)

  static func rule(_ name: String) -> ReplyRule {
    switch name {
    case "KEYS", "SMEMBERS", "SINTER", "SUNION", "SDIFF", "HKEYS", "HVALS": .unordered
    case "HGETALL": .unorderedPairs
    case "ZSCAN": .scannedPairs
    case "ZRANDMEMBER": .random
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
    case .scannedPairs:
      guard let a = found.array, let b = expected.array, a.count == 2, b.count == 2 else {
        return found == expected
      }
      // Cursors are a server's own, too, and so is how much it tells at a time.
      if a[0] != .bulk([48]) || b[0] != .bulk([48]) { return true }
      return Self.sorted(a[1], by: 2) == Self.sorted(b[1], by: 2)
    case .random:
      if let a = found.array, let b = expected.array { return a.count == b.count }
      return found.bytes != nil && expected.bytes != nil || found == expected
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
