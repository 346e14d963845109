import Forensics
import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

/// What `--fix` makes of damaged AOFs: what was cut is saved, and a real server starts on the rest with the
/// dataset of the commands before the cut.
@Suite struct AOFRepairOracleTests {
  /// The AOFs of servers that 7.0 reads, of which the tool and the server say that cutting mends them.
  private static func plan(_ path: FilePath) throws -> (AOFRepair, AOFRepair.Plan)? {
    let repair = AOFRepair(AOFCheckCorpusTests.check(path))
    guard let plan = try? repair.plan() else { return nil }
    return (repair, plan)
  }

  /// Damages that cutting does not mend: as `redis-check-aof`, we do not cut.
  @Test(arguments: DamagedAOF.all)
  func whatIsCut(_ aof: DamagedAOF) throws {
    let made = try aof.make()
    guard let (repair, plan) = try Self.plan(made.path) else {
      // The tool of 7.0 empties a manifest that it takes for a damaged file: nothing of that here.
      let isManifest = aof.damagedName.hasSuffix(".manifest")
      let isOurs = Self.ours.contains(aof.name)
      #expect(aof.fix.changed.isEmpty || isManifest || isOurs, "\(aof.what)")
      return
    }
    let before = try #require(try aof.bytes())
    #expect(plan.file.lastComponent?.string == aof.damagedName)
    try repair.perform(plan)
    let after = Array(try Data(contentsOf: URL(fileURLWithPath: plan.file.string)))
    let saved = Array(try Data(contentsOf: URL(fileURLWithPath: plan.savedAs.string)))
    #expect(after + saved == before)
    #expect(plan.savedAs.string == plan.file.string + ".cut-\(plan.cutFrom)")
    let verdict = AOFCheckCorpusTests.check(made.path)
    #expect(verdict.status == .ok && verdict.errors == 0)
    // Where the tool of 7.0 cuts, it leaves the same file.
    if let theirs = aof.fix.changed[aof.damagedName], !Self.ours.contains(aof.name) {
      #expect(theirs.size == plan.cutFrom)
      let run = try Run.program("/usr/bin/sha256sum", [plan.file.string])
      #expect(run.outputText.hasPrefix(theirs.sha256 + " "))
    } else {
      #expect(Self.ours.contains(aof.name), "\(aof.what)")
    }
  }

  /// What we cut elsewhere, or the tool does not cut at all: see `AOFCheckCorpusTests`.
  private static let ours: Set<String> = [
    "2.8.24-mini-arity", "2.8.24-mini-unknown-command", "7.0.15-minibase-incr-arity",
    "7.0.15-minibase-incr-unknown-command", "2.8.24-mini-count-zero", "7.0.15-ts-incr-ts-cut",
  ]

  /// Damages of each source that cutting mends: the server starts on the rest, and holds what the commands
  /// of the rest make of it when they are sent by a client. Both read every source that was damaged.
  @Test(arguments: DamagedAOF.all, [Oracle.redis7, .valkey9])
  func serverStartsOnTheRest(_ aof: DamagedAOF, _ oracle: Oracle) throws {
    let made = try aof.make()
    guard let (repair, plan) = try Self.plan(made.path) else { return }
    try repair.perform(plan)
    let rest = Array(try Data(contentsOf: URL(fileURLWithPath: plan.file.string)))
    let isFolder = made.path.string == made.folder.url.path
    let server = try OracleServer(oracle, arguments: ["--appendonly", "yes"]) { folder in
      if isFolder {
        let inner = folder.appendingPathComponent("appendonlydir")
        try FileManager.default.copyItem(at: made.folder.url, to: inner)
      } else {
        try Data(rest).write(to: folder.appendingPathComponent("appendonly.aof"))
      }
    }
    // The server has not cut anything off by itself.
    #expect(try !server.log().contains("runcat"))
    let digest = try server.debugDigest()
    // The digest is of the text of a score, and of 0.1 that is 0.10000000000000001 to Redis 7.0.
    let isOtherText = oracle == .valkey9 && aof.name == "7.0.15-ts-incr-zero-page"
    if let told = aof.server_load_after_fix?.debug_digest, aof.source.hasPrefix("7.0.15"),
      !Self.ours.contains(aof.name), !isOtherText
    {
      #expect(digest == told)
    }
    guard !isFolder, !aof.source.contains("preamble") else { return }
    let other = try OracleServer(oracle)
    try other.pipeline(try Self.commands(in: rest))
    #expect(try other.debugDigest() == digest)
  }

  private static func commands(in log: [UInt8]) throws -> [[Word]] {
    let folder = try TemporaryFolder()
    var reader = try AOFReader(path: folder.write("a.aof", log).path)
    var commands: [[Word]] = []
    while let item = try reader.next() {
      if case .command(let command) = item {
        commands.append(command.arguments.map { Word($0.bytes) })
      }
    }
    return commands
  }
}
