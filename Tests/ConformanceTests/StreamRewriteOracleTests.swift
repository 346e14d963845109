import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// A server that loads a stream as commands has what one has that loads it as a dump, and the other way round:
/// groups and counters included, which no digest sees.
@Suite struct StreamRewriteOracleTests {
  @Test(arguments: Oracle.allCases)
  func orphansAreTheSame(_ oracle: Oracle) throws {
    let entries = OrphanedStream.all.map { made in
      RDBEntry(key: ByteString(made.description), value: .stream(made.stream))
    }
    let target = try #require(oracle.release)
    let folder = try TemporaryFolder()
    let dump = try folder.write("dump.rdb", Written.file(entries, for: target).bytes)
    try Self.compare(dump, nil, oracle)
  }

  /// The streams of the census, some of which have pending entries without messages.
  @Test(arguments: [
    (Oracle.redis62, "6.2.16-census"), (.redis7, "7.0.15-census"), (.redis7, "6.2.16-census"),
    (.valkey9, "valkey-9.1.2-census"), (.valkey9, "7.2.6-census"),
  ])
  func streamsAreTheSame(_ oracle: Oracle, _ name: String) throws {
    let input = try #require(RewriteInput.dumps.first { $0.name == name })
    try Self.compare(input.url, input.source, oracle)
  }

  /// Logs of a release that counts nothing of streams become its dumps, though their streams were trimmed and
  /// emptied: a replay that counts as Redis 7.0 does is no reason to refuse.
  @Test(arguments: ["5.0.14-cmds", "6.2.16-cmds", "6.2.16-rewrite-aof"])
  func countersAreNoObstacle(_ name: String) throws {
    let input = try #require(RewriteInput.logs.first { $0.name == name })
    let report = try Self.compare(input.url, input.source, .redis62, from: .aof, to: .rdb)
    #expect(report.streamsWithoutCounters > 0)
  }

  /// Compares the streams that a server has that starts with a file with those of one that starts with what
  /// the file was rewritten to.
  @discardableResult
  private static func compare(
    _ file: URL, _ source: RDBTarget?, _ oracle: Oracle, from old: Rewriter.Form = .rdb,
    to new: Rewriter.Form = .aof
  ) throws -> RewriteReport {
    let folder = try TemporaryFolder()
    let output = folder.file("output")
    var rewriter = Rewriter()
    rewriter.target = oracle.release
    rewriter.form = new
    rewriter.verifies = true
    rewriter.selection.types = [.stream]
    let outcome = try rewriter.run(FilePath(file.path), to: FilePath(output.path))
    let report = try #require(outcome.report)
    #expect(!report.isLossy && !outcome.isRefused && outcome.verification?.isEqual == true)
    let before = try OutputServer(oracle, old, startingWith: file).server
    let after = try OutputServer(oracle, new, startingWith: output).server
    var compared = 0
    for database in 0..<16 {
      for server in [before, after] { try server.command("SELECT", Word(database)) }
      for reply in try after.command("KEYS", "*").array ?? [] {
        let key = Word(try #require(reply.bytes))
        let told = try facts(key, on: before)
        #expect(try facts(key, on: after) == told, "\(reply.text ?? "")")
        compared += 1
      }
    }
    #expect(compared > 0 && UInt64(compared) == report.keys)
    return report
  }

  /// All that a server tells about a stream, but for when consumers were seen, which no command says, and the
  /// shape of its tree, which depends on when messages came and went.
  private static func facts(_ key: Word, on server: OracleServer) throws -> [Reply] {
    let information = try server.command("XINFO", "STREAM", key, "FULL", "COUNT", "0")
    var passedOver: Set = ["seen-time", "active-time", "radix-tree-keys", "radix-tree-nodes"]
    // Without an entry, 7.0 has the largest ID there after loading a dump of 6.2.
    if try server.command("XLEN", key) == .integer(0) {
      passedOver.insert("recorded-first-entry-id")
    }
    var facts = [without(passedOver, information)]
    facts.append(try server.command("DEBUG", "DIGEST-VALUE", key))
    for group in try server.command("XINFO", "GROUPS", key).array ?? [] {
      let name = Word(group.array?[1].bytes ?? [])
      facts.append(try server.command("XPENDING", key, name))
      let pending = try server.command("XPENDING", key, name, "-", "+", "100000")
      // The third of each is the time since the delivery, which goes on.
      for entry in pending.array ?? [] {
        let told = entry.array ?? []
        facts.append(.array([0, 1, 3].map { told[$0] }))
      }
    }
    return facts
  }

  private static func without(_ names: Set<String>, _ reply: Reply) -> Reply {
    guard let replies = reply.array else { return reply }
    var kept: [Reply] = []
    var isDropped = false
    for reply in replies {
      if isDropped {
        isDropped = false
      } else if let text = reply.text, names.contains(text) {
        isDropped = true
      } else {
        kept.append(without(names, reply))
      }
    }
    return .array(kept)
  }
}
