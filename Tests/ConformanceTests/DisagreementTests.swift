import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// Where our verdict differs from that of `redis-check-rdb` 7.0 and from what real servers load: each
/// difference has a name and a reason here, and one that is no more fails the test.
@Suite struct DisagreementTests {
  /// A file of RDB version 10 or less.
  struct Specimen: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: @Sendable () throws -> [UInt8]
    var version: Int

    static let handMade = HandMade.all.map { file in
      Specimen(testDescription: file.name, bytes: { file.bytes }, version: 10)
    }
    static let sound = SoundFile.all.filter { $0.rdb_version <= 10 }.map { file in
      Specimen(testDescription: file.name, bytes: { try file.bytes() }, version: file.rdb_version)
    }
    static let damaged = DamagedFile.all.compactMap { file -> Specimen? in
      guard let source = SoundFile.all.first(where: { $0.name == file.source }),
        source.rdb_version <= 10
      else { return nil }
      return Specimen(
        testDescription: file.name, bytes: { try file.bytes() }, version: source.rdb_version)
    }
    static let all = handMade + sound + damaged
  }

  private static func verdict(_ bytes: [UInt8]) throws -> RDBVerdict {
    let folder = try TemporaryFolder()
    var check = RDBCheck()
    check.jobs = 2
    return check.run(try folder.write("file.rdb", bytes).path)
  }

  private static func isDamaged(_ specimen: Specimen) throws -> Bool {
    try verdict(specimen.bytes()).status == .damaged
  }

  @Test func specimensAreAllHere() {
    #expect(Specimen.handMade.count == 104)
    #expect(Specimen.sound.count == 44)
    #expect(Specimen.damaged.count == 148)
    #expect(Set(Specimen.all.map(\.testDescription)).count == Specimen.all.count)
    let names = Set(Specimen.all.map(\.testDescription))
    #expect(names.isSuperset(of: Self.missedByRedisCheckRDB.keys))
    #expect(names.isSuperset(of: Self.loadedByRedis7.keys))
    #expect(names.isSuperset(of: Self.refusedByRedis7.keys))
    #expect(names.isSuperset(of: Self.loadedByValkey9.keys))
    #expect(names.isSuperset(of: Self.loadedByRedis62.keys))
  }

  @Test(arguments: HandMade.all)
  func handMadeFileIsJudgedByTheRule(_ file: HandMade) throws {
    let verdict = try Self.verdict(file.bytes)
    let codes = verdict.findings.findings.map(\.code.rawValue)
    switch file.answer {
    case .ok: #expect(verdict.status == .ok, "\(codes)")
    case .warning: #expect(verdict.status == .warning, "\(codes)")
    case .damaged: #expect(verdict.status == .damaged, "\(codes)")
    }
    #expect(codes.isEmpty == (file.code == nil))
    if let code = file.code { #expect(codes.contains(code), "\(codes)") }
  }

  // MARK: redis-check-rdb

  /// Damaged to us, sound to `redis-check-rdb` 7.0.15.
  private static let missedByRedisCheckRDB: [String: String] = {
    let trailing = "it stops reading at the end mark"
    let duplicate = "it does not remember keys"
    let score = "it does not look at the scores of compact sorted sets"
    let stream = "it checks nodes one by one, and not the stream against them"
    return [
      "version 1 with bytes after the end": trailing, "bytes after the checksum": trailing,
      "2.8.24-small-garbage-after": trailing, "2.8.24-small-zeros-after": trailing,
      "6.2.16-mid-zeros-after": trailing,
      "a key twice": duplicate, "2.8.24-small-dup-key": duplicate,
      "6.2.16-small-dup-key": duplicate,
      "NaN in type 17": score, "text that is no number in type 17": score,
      "scores out of order in type 17": score,
      "members of one score out of order in type 17": score,
      "scores out of order in type 12": score,
      "a wrong length of a stream": stream, "a stream's last ID below its entries": stream,
      "nodes of a stream out of order": stream, "deleted entries miscounted": stream,
      "LZF of length 0": "its decompressor answers 0 for an error, which is the stated length",
      "a string encoding where a count belongs": "it takes the low six bits of C0-FF for a number",
      "a quicklist of listpacks in a file of version 6":
        "it does not compare types with the version of the header",
    ]
  }()

  /// `redis-check-rdb` 7.0.15 reads on and on: its step over module data knows no unknown operand.
  private static let endless = "an unknown operand of a module"

  @Test(arguments: Specimen.all)
  func redisCheckRDB(_ specimen: Specimen) throws {
    let folder = try TemporaryFolder()
    let url = try folder.write("file.rdb", specimen.bytes())
    let program = try Oracle.installed("redis-check-rdb").path
    if specimen.testDescription == Self.endless {
      let run = try Run.program(program, [url.path], timeout: .seconds(2))
      #expect(run.isTimedOut)
      #expect(try Self.isDamaged(specimen))
      return
    }
    let run = try Run.program(program, [url.path])
    let code = try #require(run.exitCode, "signal \(run.signal ?? 0)")
    let isMissed = Self.missedByRedisCheckRDB[specimen.testDescription] != nil
    #expect(try Self.isDamaged(specimen) == (code != 0 || isMissed), "\(run.outputText)")
    if isMissed { #expect(code == 0, "no disagreement any more: \(run.outputText)") }
  }

  // MARK: Servers

  /// Whether a server comes up with the file. One that does not must say that the file is why.
  private static func loads(_ specimen: Specimen, _ oracle: Oracle) throws -> Bool {
    let bytes = try specimen.bytes()
    do {
      let server = try OracleServer(oracle) {
        try Data(bytes).write(to: $0.appendingPathComponent("dump.rdb"))
      }
      return try server.command("PING") == .simple("PONG")
    } catch let error as OracleServer.StartError {
      let words = [
        "RDB", "FATAL: Data file", "loading the DB", "Wrong signature", "ASSERTION FAILED",
        "crashed by signal",
      ]
      guard words.contains(where: { error.log.contains($0) }) else { throw error }
      return false
    }
  }

  /// Damaged to us and loaded by a server of 7.0, which looks inside compact encodings only with
  /// `sanitize-dump-payload yes`. What `redis-check-rdb` misses is loaded too, but for duplicate keys.
  private static let loadedByRedis7: [String: String] = {
    let empty = "a server leaves out empty collections, which old servers wrote by mistake"
    let unchecked = "listpacks and intsets are checked by their header only"
    let node = "the inside of stream nodes is not checked"
    var names = [
      "a list of none": empty, "a set of none": empty, "a hash of none": empty,
      "a sorted set of none": empty, "an old sorted set of none": empty,
      "a quicklist of none": empty, "an empty hash listpack": empty,
      "an empty sorted set listpack": empty, "an empty hash ziplist": empty,
      "nothing but an empty listpack in a quicklist": empty,
      "a field twice in a hash": "it becomes a listpack, into which fields go without a look",
      "a field twice in a hash listpack": unchecked,
      "a field twice in a hash listpack, as text and as a number": unchecked,
      "a member twice in a sorted set listpack": unchecked,
      "an odd number of entries in type 16": unchecked, "a wrong count in a listpack": unchecked,
      "a wrong way back in a listpack": unchecked,
      "an unknown encoding in a listpack": unchecked, "an intset out of order": unchecked,
      "an intset with a number twice": unchecked,
      "a wrong count of elements in an entry": node, "elements after the last entry": node,
      "fewer entries than counted": node, "deleted entries miscounted": node,
      "a pending entry without a consumer": "checked with sanitize-dump-payload only",
    ]
    for (name, why) in missedByRedisCheckRDB where !refusedForDuplicateKeys.contains(name) {
      names[name] = why
    }
    return names
  }()

  /// A server stops at a key that it has already.
  private static let refusedForDuplicateKeys: Set<String> = [
    "a key twice", "2.8.24-small-dup-key", "6.2.16-small-dup-key",
  ]

  /// No damage to us, and refused by a server of 7.0 with 16 databases and no modules.
  private static let refusedByRedis7: [String: String] = [
    "database 99999": "it has 16 databases", "2.8.24-small-selectdb-9999": "it has 16 databases",
    "6.2.16-manydb": "it has 16 databases",
    "a value of an unknown module": "it does not have the module",
    "6.2.16-module": "it does not have the modules",
  ]

  @Test(arguments: Specimen.all.filter { $0.testDescription != endless })
  func redis7(_ specimen: Specimen) throws {
    let name = specimen.testDescription
    let loads = try Self.loads(specimen, .redis7)
    let isDamaged = try Self.isDamaged(specimen)
    #expect(
      loads
        == (isDamaged == (Self.loadedByRedis7[name] != nil) && Self.refusedByRedis7[name] == nil))
    if Self.loadedByRedis7[name] != nil { #expect(isDamaged && loads) }
    if Self.refusedByRedis7[name] != nil { #expect(!isDamaged && !loads) }
  }

  /// Damaged to us and loaded by Valkey 9, which always checks compact encodings in full. It knows type
  /// 20, too.
  private static let loadedByValkey9: [String: String] = {
    var names = loadedByRedis7.filter { _, why in why.hasPrefix("a server leaves out empty") }
    for (name, why) in missedByRedisCheckRDB where !refusedForDuplicateKeys.contains(name) {
      names[name] = why
    }
    for name in ["NaN in type 17", "a wrong length of a stream", "deleted entries miscounted"] {
      names[name] = nil
    }
    names["a set listpack in a file of version 10"] =
      "it does not compare types with the version of the header"
    return names
  }()

  @Test(arguments: Specimen.handMade.filter { $0.testDescription != endless } + Specimen.sound)
  func valkey9(_ specimen: Specimen) throws {
    let name = specimen.testDescription
    let loads = try Self.loads(specimen, .valkey9)
    let isDamaged = try Self.isDamaged(specimen)
    #expect(
      loads
        == (isDamaged == (Self.loadedByValkey9[name] != nil) && Self.refusedByRedis7[name] == nil))
    if Self.loadedByValkey9[name] != nil { #expect(isDamaged && loads) }
    if Self.refusedByRedis7[name] != nil { #expect(!isDamaged && !loads) }
  }

  /// Damaged to us and loaded by a server of 6.2, which checks ziplists by their header only.
  private static let loadedByRedis62: [String: String] = {
    let trailing = "it stops reading at the end mark"
    let unchecked = "ziplists are checked by their header only"
    return [
      "2.8.24-small-garbage-after": trailing, "2.8.24-small-zeros-after": trailing,
      "6.2.16-mid-zeros-after": trailing,
      "2.8.24-small-flipcrc-03": unchecked, "2.8.24-small-flipcrc-08": unchecked,
      "6.2.16-small-flipcrc-04": unchecked, "6.2.16-small-flipcrc-10": unchecked,
    ]
  }()

  @Test(arguments: (Specimen.sound + Specimen.damaged).filter { $0.version <= 9 })
  func redis62(_ specimen: Specimen) throws {
    let name = specimen.testDescription
    let loads = try Self.loads(specimen, .redis62)
    let isDamaged = try Self.isDamaged(specimen)
    #expect(
      loads
        == (isDamaged == (Self.loadedByRedis62[name] != nil) && Self.refusedByRedis7[name] == nil))
    if Self.loadedByRedis62[name] != nil { #expect(isDamaged && loads) }
    if Self.refusedByRedis7[name] != nil { #expect(!isDamaged && !loads) }
  }
}
