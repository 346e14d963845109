import Foundation
import Keyspace
import TestSupport
import Testing

/// The same commands for a real server and for a keyspace, and every reply compared.
final class Differential {
  let server: OracleServer
  var runner = KeyspaceRunner()
  /// Commands whose replies were compared.
  private(set) var compared = 0
  /// Replies that were no errors.
  private(set) var accepted = 0
  /// Commands that the server refused and that were left out.
  var refused = 0
  /// Kinds of commands of which one was accepted.
  private(set) var acceptedNames: Set<String> = []
  private var differences = 0
  /// Commands that are not sent.
  var unsent: Set<String> = []
  /// Whether what counts is what would be in the server's log: commands that it refuses are not run, and the
  /// forms of replies may be those of its release.
  private let isLogged: Bool

  /// `isLogged`: for a release whose errors and forms of replies are not those of the keyspace.
  init(_ oracle: Oracle, isLogged: Bool = false) throws {
    server = try OracleServer(oracle)
    self.isLogged = isLogged
    if isLogged {
      runner.keyspace.semantics = LogSemantics(try #require(oracle.release))
    }
    // Both sides remove keys when a command meets them.
    try server.command("DEBUG", "SET-ACTIVE-EXPIRE", "0")
  }

  /// Runs commands of a generator. The replies are compared, and at every checkpoint what all keys hold.
  func run(_ generator: inout CommandGenerator, commands: Int, checkpoint: Int = 5000) throws {
    var left = commands
    var unchecked = 0
    while left > 0, differences < 10 {
      let batch = (0..<min(left, 500)).map { _ in generator.next(besides: unsent) }
      left -= batch.count
      try check(batch)
      unchecked += batch.count
      if unchecked >= checkpoint || left == 0 {
        unchecked = 0
        runner.keyspace.clock = .running(now: Self.now())
        try compareContents()
        if server.oracle == .redis7 || isLogged { try compareDigests() }
      }
    }
  }

  /// Runs commands, and compares the replies.
  func check(_ commands: [[Word]]) throws {
    let before = Self.now()
    let replies = try serverReplies(commands)
    runner.keyspace.clock = .running(now: before)
    for (words, expected) in zip(commands, replies) { compare(words, expected) }
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

  /// Commands that keep the client waiting where there is nothing to answer.
  static let waiting: Set<String> = [
    "BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP",
  ]

  private static func waits(_ words: [Word]) -> Bool {
    waiting.contains(String(decoding: words[0].bytes, as: UTF8.self).uppercased())
  }

  /// Asks the server alone. Throws for an error reply.
  func ask(_ words: Word...) throws -> Reply { try server.command(words) }

  /// Looks into the keyspace.
  func inspect<R>(_ body: (borrowing Keyspace) throws -> R) rethrows -> R {
    try body(runner.keyspace)
  }

  private static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  func accepts(_ rule: ReplyRule, _ found: Reply, _ expected: Reply) -> Bool {
    rule.accepts(found, expected)
      || isLogged && rule.accepts(ReplyText.withNumbers(found), ReplyText.withNumbers(expected))
  }

  private func compare(_ words: [Word], _ expected: Reply) {
    let name = String(decoding: words[0].bytes, as: UTF8.self).uppercased()
    if isLogged, isNotLogged(words, name, expected) { return }
    defer { if isLogged { runLogged(besides: words, name) } }
    let found = runner.run(StreamReply.withID(of: expected, words))
    compared += 1
    if case .error = expected {
    } else {
      accepted += 1
      acceptedNames.insert(name)
    }
    if found != expected { repair(words, name, found, expected) }
    if !accepts(ReplyRule.rule(name), found, expected) {
      differences += 1
      let text = ByteText.command(words)
      Issue.record("command \(compared), \(text)\n\(ReplyText.difference(found, expected))")
    }
  }
}
