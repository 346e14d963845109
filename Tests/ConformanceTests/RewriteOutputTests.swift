import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// What a rewrite writes, real servers load, and have the same dataset then.
@Suite struct RewriteOutputTests {
  /// Every encoding and type that servers have had, lifetimes of keys and fields that are over and that are to
  /// come, eviction data, many databases, functions, and logs of one file and of several.
  private static let inputs = inputs([
    "2.4.18-census", "2.8.24-census", "3.2.13-census", "5.0.14-census", "5.0.14-lfu",
    "6.2.16-census", "6.2.16-manydb", "7.0.15-census", "7.2.6-depth", "7.2.6-small",
    "7.4-rc1-hfe", "7.4.1-census", "7.4.1-hfe", "valkey-9.1.2-census", "2.4.18-rewrite",
    "6.2.16-mini-preamble",
    "7.0.15-minimulti", "7.4.1-cmds", "valkey-9.1.2-cmds",
  ])

  private static func inputs(_ names: Set<String>) -> [RewriteInput] {
    let inputs = (RewriteInput.dumps + RewriteInput.logs).filter { names.contains($0.name) }
    #expect(inputs.count == names.count)
    return inputs
  }

  @Test(arguments: Oracle.allCases, Rewriter.Form.allCases)
  func serversHoldTheSame(_ oracle: Oracle, _ form: Rewriter.Form) throws {
    let target = try #require(oracle.release)
    let server = try OutputServer(oracle, form)
    for input in Self.inputs {
      let folder = try TemporaryFolder()
      let now = Int64(Date().timeIntervalSince1970 * 1000)
      let output = folder.file("output")
      let outcome = try Self.rewrite(input, to: output, form, target, now: now)
      let report = try #require(outcome.report, "\(input.name)")
      try server.load(output)
      var wanted = WantedDataset(input, now: now)
      wanted.removeWhole(report.losses)
      if form == .aof { wanted.addScoresAsCommandsDo(target) }
      if oracle == .valkey9 { wanted.removeExpiredFields() }
      try wanted.removeExpired(alsoOn: server.server)
      try wanted.expect(on: server, target, input.name)
    }
  }

  /// A start, which makes nothing of the files but what it finds in them.
  @Test(arguments: Oracle.allCases, Rewriter.Form.allCases)
  func serversStartWithIt(_ oracle: Oracle, _ form: Rewriter.Form) throws {
    let target = try #require(oracle.release)
    for input in Self.inputs(["7.0.15-empty", "6.2.16-mini-preamble", "7.2.6-spaces"]) {
      let folder = try TemporaryFolder()
      let output = folder.file("output")
      let now = Int64(Date().timeIntervalSince1970 * 1000)
      _ = try Self.rewrite(input, to: output, form, target, now: now)
      let server = try OutputServer(oracle, form, startingWith: output)
      var wanted = WantedDataset(input, now: now)
      if form == .aof { wanted.addScoresAsCommandsDo(target) }
      try wanted.removeExpired(alsoOn: server.server)
      try wanted.expect(on: server, target, input.name)
    }
  }

  private static func rewrite(
    _ input: RewriteInput, to output: URL, _ form: Rewriter.Form, _ target: RDBTarget, now: Int64
  ) throws -> Rewriter.Outcome {
    var rewriter = Rewriter()
    rewriter.replay = input.replay(now: now)
    rewriter.target = target
    rewriter.form = form
    rewriter.dropsUnsupported = true
    return try rewriter.run(input.path, to: FilePath(output.path))
  }
}

/// What a server should have, once it has loaded what an input was rewritten to.
private struct WantedDataset: ~Copyable {
  private var runner: KeyspaceRunner
  private let now: Int64

  /// Everything, also what has expired at `now`, in Unix milliseconds.
  init(_ input: RewriteInput, now: Int64) {
    runner = input.load(now: now)
    self.now = now
  }

  /// Compares digests and the numbers of keys; where those differ, tells the keys that do.
  mutating func expect(on server: OutputServer, _ target: RDBTarget, _ name: String) throws {
    let style = DigestStyle(target)
    let digest = runner.keyspace.digest(style).description
    var isEqual = try server.server.debugDigest() == digest
    // A hash whose fields have all expired stays in Valkey until its cycle of expiry comes to it.
    let deadline = ContinuousClock.now + .seconds(30)
    while !isEqual, server.server.oracle == .valkey9, ContinuousClock.now < deadline {
      Thread.sleep(forTimeInterval: 0.1)
      isEqual = try server.server.debugDigest() == digest
    }
    let differing = isEqual ? [] : try differences(server, style)
    #expect(isEqual, "\(name) for \(target): \(differing)")
    #expect(try server.keyCount() == runner.keyspace.keyCount, "\(name) for \(target)")
  }

  private mutating func differences(_ server: OutputServer, _ style: DigestStyle) throws -> [String]
  {
    var found: [String] = []
    for entry in entries() {
      try server.server.command("SELECT", Word(entry.database))
      let told = try server.server.command("DEBUG", "DIGEST-VALUE", Word(entry.key.bytes))
      _ = runner.keyspace.select(Int(entry.database))
      if told.array?.first?.text != runner.keyspace.valueDigest(entry.key, style)?.description {
        found.append("\(entry.key) in database \(entry.database)")
      }
    }
    return found
  }

  /// Removes keys that the target cannot hold.
  mutating func removeWhole(_ losses: [RewriteReport.Loss]) {
    for loss in losses where loss.loss.isWhole {
      _ = runner.keyspace.select(loss.database)
      _ = runner.run("DEL", Word(loss.key.bytes))
    }
  }

  /// Removes fields of hashes that have expired: a server that knows their lifetimes shows them to nobody.
  mutating func removeExpiredFields() {
    for entry in entries() {
      guard case .hash(let fields) = entry.value else { continue }
      for field in fields where field.expiresAt.map({ $0 < UInt64(now) }) ?? false {
        _ = runner.keyspace.select(Int(entry.database))
        _ = runner.run("HDEL", Word(entry.key.bytes), Word(field.name.bytes))
      }
    }
  }

  /// Takes the sign from each score of -0 in what servers from 7.0 on hold as a listpack, into which no
  /// command brings one.
  mutating func addScoresAsCommandsDo(_ target: RDBTarget) {
    guard target.version >= 10 else { return }
    for entry in entries() {
      guard case .sortedSet(let members) = entry.value, members.count <= 128,
        members.allSatisfy({ $0.member.count <= 64 })
      else { continue }
      for member in members where member.score == 0 && member.score.sign == .minus {
        _ = runner.keyspace.select(Int(entry.database))
        // By another score on the way, since 0 is -0 for ZADD.
        for score in ["1", "0"] as [Word] {
          _ = runner.run("ZADD", Word(entry.key.bytes), score, Word(member.member.bytes))
        }
      }
    }
  }

  /// Removes expired keys, here and on a server, which leaves those of a log until somebody asks for them.
  mutating func removeExpired(alsoOn server: OracleServer) throws {
    var commands: [[Word]] = []
    for entry in entries() where entry.expiresAt.map({ $0 < now }) ?? false {
      commands += [["SELECT", Word(entry.database)], ["EXISTS", Word(entry.key.bytes)]]
    }
    try server.pipeline(commands)
    runner.keyspace.clock = .running(now: now)
    runner.keyspace.removeExpired()
  }

  private func entries() -> [RDBEntry] {
    var entries: [RDBEntry] = []
    runner.keyspace.snapshot().forEach { entries.append($0) }
    return entries
  }
}
