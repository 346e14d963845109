import Foundation
import TestSupport
import Testing

/// The same commands for a real server and for ours, over sockets, and every reply compared. Both keep a log.
final class SocketDifferential {
  let real: OracleServer
  let ours: OracleServer
  /// Replies that were compared, those inside of transactions among them.
  private(set) var compared = 0
  /// Transactions that were executed, and those that were not since a key had changed.
  private(set) var executed = 0
  private(set) var dirty = 0
  /// Kinds of commands of which one was not refused.
  private(set) var acceptedNames: Set<String> = []
  private(set) var differences = 0

  /// What is told has been written: nothing waits for a sync that runs, so that the files can be copied.
  private static let options = ["--appendonly", "yes", "--appendfsync", "always"]

  init() throws {
    // A server looks ten times a second for clients whose waiting is over.
    real = try OracleServer(.redis7, arguments: Self.options + ["--hz", "500"])
    ours = try OracleServer.ours(arguments: Self.options)
    // Keys are removed when a command meets them, and not in between.
    for server in [real, ours] { try server.command("DEBUG", "SET-ACTIVE-EXPIRE", "0") }
  }

  // MARK: Running

  /// Runs commands of a generator, some of them in transactions.
  func run(
    _ generator: inout CommandGenerator, commands: Int, besides unsent: Set<String> = []
  ) throws {
    let end = compared + commands
    while compared < end, differences < 10 {
      var requests: [[Word]] = []
      var last: [Word]?
      while requests.count < 200, last == nil {
        let words = generator.next(besides: unsent)
        if Self.isOwn(words) {
          last = words
        } else if generator.oneIn(12) {
          requests += transaction(beginningWith: words, &generator, unsent)
        } else {
          requests += Self.waitsForEver(words) ? [["MULTI"], words, ["EXEC"]] : [words]
        }
      }
      compare(requests, try ours.pipeline(requests), try real.pipeline(requests))
      if let last { try runOwn(last) }
    }
  }

  /// Runs commands on both sides, and compares the replies.
  func check(_ requests: [[Word]]) throws {
    compare(requests, try ours.pipeline(requests), try real.pipeline(requests))
  }

  private func transaction(
    beginningWith words: [Word], _ generator: inout CommandGenerator, _ unsent: Set<String>
  ) -> [[Word]] {
    var requests: [[Word]] = []
    if words.count > 1, generator.oneIn(3) {
      requests.append(["WATCH", words[1]])
      // What the client itself changes counts, too.
      if generator.oneIn(2) {
        requests.append(generator.oneIn(2) ? ["DEL", words[1]] : ["PERSIST", words[1]])
      }
    }
    requests += [["MULTI"], words]
    for _ in 0..<generator.number(0...6) {
      let next = generator.next(besides: unsent)
      if !Self.isOwn(next) { requests.append(next) }
    }
    requests.append(generator.oneIn(9) ? ["DISCARD"] : ["EXEC"])
    return requests
  }

  /// Whether the effect of a command is a server's own: it chooses, or makes an ID.
  private static func isOwn(_ words: [Word]) -> Bool {
    switch name(words) {
    case "SPOP": true
    case "XADD": words.dropFirst(2).contains { $0.bytes == [UInt8(ascii: "*")] }
    default: false
    }
  }

  /// Whether a command may keep the client waiting for longer than a test takes: 0.0001 s below 0 is none, and that is
  /// for ever.
  private static func waitsForEver(_ words: [Word]) -> Bool {
    words.contains { ["9e15", "-0.0001"].contains(String(decoding: $0.bytes, as: UTF8.self)) }
  }

  /// Runs a command with an effect of its own, and has our server do what the other one has done.
  private func runOwn(_ words: [Word]) throws {
    let expected = try real.pipeline([words])
    let own = StreamReply.withID(of: expected[0], words)
    let found = try ours.pipeline([own])
    compare([words], found, expected)
    guard Self.name(words) == "SPOP" else { return }
    let (chosen, wanted) = (Self.members(found[0]), Self.members(expected[0]))
    guard !chosen.isEmpty, chosen.count == wanted.count else { return }
    try ours.pipeline([["SADD", words[1]] + chosen, ["SREM", words[1]] + wanted])
  }

  private static func members(_ reply: Reply) -> [Word] {
    if case .error = reply { return [] }
    return (reply.array ?? [reply]).compactMap(\.bytes).map { Word($0) }
  }

  // MARK: Comparing

  private static func name(_ words: [Word]) -> String {
    String(decoding: words[0].bytes, as: UTF8.self).uppercased()
  }

  private func compare(_ requests: [[Word]], _ found: [Reply], _ expected: [Reply]) {
    var queued: [[Word]]?
    for (words, (found, expected)) in zip(requests, zip(found, expected)) {
      let name = Self.name(words)
      if let inside = queued {
        if name == "EXEC", case .array(let replies) = found, case .array(let others) = expected,
          replies.count == others.count, others.count == inside.count
        {
          executed += 1
          for (words, (found, expected)) in zip(inside, zip(replies, others)) {
            compare(words, found, expected, ReplyRule.rule(Self.name(words)))
          }
        } else {
          if name == "EXEC", expected == .null { dirty += 1 }
          compare(words, found, expected, .exact)
        }
        if name == "EXEC" || name == "DISCARD" {
          queued = nil
        } else if expected == .simple("QUEUED") {
          queued?.append(words)
        }
      } else {
        compare(words, found, expected, ReplyRule.rule(name))
        if name == "MULTI" { queued = [] }
      }
    }
  }

  private func compare(_ words: [Word], _ found: Reply, _ expected: Reply, _ rule: ReplyRule) {
    compared += 1
    if case .error = expected {} else { acceptedNames.insert(Self.name(words)) }
    guard !rule.accepts(found, expected) else { return }
    differences += 1
    Issue.record(
      "reply \(compared), to \(ByteText.command(words))\n\(ReplyText.difference(found, expected))")
  }

  /// Compares the digests of both, also after ours has loaded its log, and after each has saved its dataset and
  /// loaded it again. The logs begin anew then.
  func compareDigests() throws {
    try forgetExpired()
    let digest = try real.debugDigest()
    try expectDigest(digest, "after \(compared) replies")
    try load("LOADAOF", ours)
    try expectDigest(digest, "of the log, after \(compared) replies")
    for server in [real, ours] { try load("RELOAD", server) }
    // Not always the one before: some scores of -0 come back as 0.
    try expectDigest(try real.debugDigest(), "of the dump, after \(compared) replies")
    for server in [real, ours] {
      try server.command("BGREWRITEAOF")
      while try server.info("persistence")["aof_rewrite_in_progress"] != "0" { usleep(2000) }
      #expect(try server.info("persistence")["aof_last_bgrewrite_status"] == "ok")
    }
  }

  /// Has a server load its dataset again. Its log tells why it cannot.
  private func load(_ word: Word, _ server: OracleServer) throws {
    guard case .error(let message) = try server.pipeline([["DEBUG", word]])[0] else { return }
    differences += 1
    Issue.record("\(message)\n\(try server.log().suffix(2000))")
  }

  /// Has both remove what is over. Both are in database 0 then.
  private func forgetExpired() throws {
    let requests: [[Word]] = (0...3).flatMap { [["SELECT", Word($0)], ["KEYS", "*"]] }
    for server in [real, ours] { try server.pipeline(requests + [["SELECT", "0"]]) }
  }

  private func expectDigest(_ digest: String, _ text: String) throws {
    let found = try ours.debugDigest()
    guard found != digest else { return }
    differences += 1
    Issue.record("the digest \(text): \(try differentKeys())")
  }

  /// The keys whose values differ, of the databases that commands use.
  private func differentKeys() throws -> String {
    var texts: [String] = []
    for number in 0...3 {
      for server in [real, ours] { try server.command("SELECT", Word(number)) }
      let keys = try [real, ours].flatMap { try $0.command("KEYS", "*").array ?? [] }
      for key in Set(keys.compactMap(\.bytes)) {
        let words: [Word] = ["DEBUG", "DIGEST-VALUE", Word(key)]
        let (one, other) = (try real.command(words), try ours.command(words))
        if one != other { texts.append("\(number):\(ByteText(key))") }
      }
    }
    for server in [real, ours] { try server.command("SELECT", "0") }
    return texts.isEmpty ? "no value differs" : texts.joined(separator: ", ")
  }

  // MARK: Files

  /// Has each server load the log and the dump of the other.
  func exchangeFiles() throws {
    try forgetExpired()
    try exchange("appendonlydir", digest: try real.debugDigest(), ["--appendonly", "yes"])
    for server in [real, ours] { try load("RELOAD", server) }
    try exchange("dump.rdb", digest: try real.debugDigest(), [])
    let manifest = ours.folder.appendingPathComponent("appendonlydir/appendonly.aof.manifest")
    let check = try Oracle.redisCheckAOF(manifest)
    #expect(check.exitCode == 0, "\(check.outputText)")
  }

  private func exchange(_ name: String, digest: String, _ arguments: [String]) throws {
    func copy(of writer: OracleServer) -> (URL) throws -> Void {
      let source = writer.folder.appendingPathComponent(name)
      return { folder in
        try FileManager.default.copyItem(at: source, to: folder.appendingPathComponent(name))
      }
    }
    let theirs = try OracleServer(.redis7, arguments: arguments, prepare: copy(of: ours))
    #expect(try theirs.debugDigest() == digest, "\(name) of ours, in the real server")
    let own = try OracleServer.ours(arguments: arguments, prepare: copy(of: real))
    #expect(try own.debugDigest() == digest, "\(name) of the real server, in ours")
  }
}
