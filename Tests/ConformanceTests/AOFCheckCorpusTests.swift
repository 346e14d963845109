import Forensics
import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

/// What the check says of the AOFs of real servers, sound and damaged.
@Suite struct AOFCheckCorpusTests {
  static func check(_ path: FilePath) -> AOFVerdict {
    var check = AOFCheck()
    check.jobs = 2
    return check.run(path.string)
  }

  @Test(arguments: SoundAOF.all)
  func soundSets(_ aof: SoundAOF) throws {
    let verdict = Self.check(FilePath(aof.url.path))
    #expect(verdict.status == .ok && verdict.outcome == .sound)
    #expect(verdict.findings.findings == [])
    let kind: AOFVerdict.Kind =
      aof.isMultiPart ? .multiPart : aof.url.hasRDB(in: aof) ? .preamble : .plain
    #expect(verdict.kind == kind)
    #expect(verdict.parts.count == aof.files.count)
    for part in verdict.parts {
      let file = try #require(aof.files[aof.isMultiPart ? part.name : aof.files.first?.key ?? ""])
      #expect(part.commands == UInt64(file.commands_total ?? 0))
      #expect(part.bytes == file.size && part.validUpTo == file.size)
      #expect(part.transactions == UInt64(file.commands?["exec"] ?? 0))
      #expect(part.openTransactionAt == nil)
      let times = (file.timestamps ?? []).compactMap { Int64($0.dropFirst("#TS:".count)) }
      #expect(part.firstTimestamp == times.first && part.lastTimestamp == times.last)
      #expect(part.status == .ok)
    }
  }

  /// Damages that our answer differs on from that of `redis-check-aof`, and why ours is right.
  private static let disagreements: [String: String] = {
    let empty =
      "an empty file is a whole AOF without commands: servers load it, and so says the tool of 7.0"
    let known =
      "the tool looks at no names and counts no arguments; the servers refuse the file or crash"
    let missing =
      "the tool stops at the file that is missing; what it tells is about the one before"
    return [
      "2.8.24-mini-empty": empty, "6.2.16-mini-preamble-empty": empty,
      "2.8.24-mini-arity": known, "2.8.24-mini-unknown-command": known,
      "7.0.15-minibase-incr-arity": known, "7.0.15-minibase-incr-unknown-command": known,
      "7.0.15-minibase-incr-missing": missing, "7.0.15-minimulti-incr-missing": missing,
      "2.8.24-mini-count-zero":
        "the tool passes a command without a name and stops behind it; no server loads it",
      "7.0.15-ts-incr-ts-cut":
        "the tool, and a server, take an annotation for whole that is cut off. What a server appends "
        + "to it next becomes part of the annotation, and its next start fails: see the test below",
    ]
  }()

  @Test(arguments: DamagedAOF.all)
  func damagedSets(_ aof: DamagedAOF) throws {
    let made = try aof.make()
    let verdict = Self.check(made.path)
    // Their tool answers an unusable manifest with 0 where it takes it for an empty file.
    let isRejected = aof.check.values.contains { $0 != 0 } || !aof.server_load.loads
    let disagrees = Self.disagreements[aof.name] != nil
    let told = aof.ok_up_to?[aof.damagedName]
    let isSame =
      isRejected == (verdict.status == .damaged)
      && (told == nil || verdict.status != .damaged || verdict.validUpTo == told)
      && (aof.missing != true || aof.ok_up_to == nil || verdict.validUpTo != 0)
    #expect(isSame != disagrees, "\(aof.what): \(verdict.validUpTo), told \(told ?? 0)")
    guard verdict.status == .damaged else { return }
    #expect(verdict.outcome == .damaged || aof.kind == "manifest-binary")
    // The file is named in which the damage is.
    let finding = try #require(verdict.findings.findings.first { $0.severity == .error })
    if verdict.kind == .multiPart, verdict.manifestFindings.errors == 0 {
      #expect(finding.file == aof.damagedName)
    }
    if let told, !disagrees {
      let places = verdict.findings.findings.map(\.offset)
      #expect(places.contains(told) || verdict.lastDamaged?.openTransactionAt == told)
    }
  }

  @Test func disagreementsAreFiles() {
    #expect(Set(Self.disagreements.keys).isSubset(of: DamagedAOF.all.map(\.name)))
  }

  /// The tool takes a log for a manifest when a line of it, also within a value, begins with `file`.
  @Test func valueThatBeginsWithFile() throws {
    let folder = try TemporaryFolder()
    let log = CommandLog.commands(["SELECT", "0"], ["SET", "a", "file name seq 1"])
    let file = try folder.write("a.aof", log)
    #expect(try Oracle.redisCheckAOF(file).exitCode == 1)
    #expect(Self.check(FilePath(file.path)).status == .ok)
    let server = try OracleServer(.redis7, arguments: ["--appendonly", "yes"]) {
      try Data(log).write(to: $0.appendingPathComponent("appendonly.aof"))
    }
    #expect(try server.command("GET", "a") == .bulk(Array("file name seq 1".utf8)))
  }

  /// A log whose last annotation is cut off, and that a server goes on writing, is lost to it.
  @Test func cutAnnotationSwallowsTheNextCommand() throws {
    let log = CommandLog.commands(["SELECT", "0"], ["SET", "a", "1"]) + Array("#TS:17953".utf8)
    let folder = try TemporaryFolder()
    let file = try folder.write("appendonly.aof", log)
    let verdict = Self.check(FilePath(file.path))
    #expect(verdict.findings.findings.map(\.code) == [.truncated])
    #expect(verdict.validUpTo == UInt64(log.count - 9))
    let server = try OracleServer(.redis7, arguments: ["--appendonly", "yes"]) { folder in
      try Data(log).write(to: folder.appendingPathComponent("appendonly.aof"))
    }
    #expect(try server.command("GET", "a") == .bulk(Array("1".utf8)))
    let continued = log + CommandLog.commands(["SELECT", "0"], ["SET", "b", "2"])
    #expect(throws: (any Error).self) {
      _ = try OracleServer(.redis7, arguments: ["--appendonly", "yes"]) { folder in
        try Data(continued).write(to: folder.appendingPathComponent("appendonly.aof"))
      }
    }
  }
}

extension URL {
  fileprivate func hasRDB(in aof: SoundAOF) -> Bool {
    aof.files.values.contains { $0.rdb_preamble_bytes != nil }
  }
}
