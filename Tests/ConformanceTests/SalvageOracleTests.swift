import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// What a salvage writes, real servers load, and find in it what the report promises.
@Suite(.timeLimit(.minutes(20))) struct SalvageOracleTests {
  /// A damaged file, and what the file it was made of holds.
  private struct Specimen {
    var name: String
    var damaged: [UInt8]
    var sound: [UInt8]
    var truth: [LabKey: LabValue]
    /// Whether every wrong value has to have a finding: the checksum gives the damage away.
    var isTold: Bool
  }

  /// Keys of salvaged files, by what was compared.
  private struct Tally {
    var files = 0
    var keys = 0
    /// Keys in doubt, or with a part of their value.
    var exempt = 0
    var partial = 0
  }

  /// The newest versions that servers load.
  private static func loads(_ oracle: Oracle, _ bytes: [UInt8]) throws -> Bool {
    let dialect = try RDBHeader.read(bytes.raw)
    return switch oracle {
    case .redis62: dialect.magic == .redis && dialect.version <= 9
    case .redis7: dialect.magic == .redis && dialect.version <= 10
    case .valkey9: dialect.magic == .valkey || dialect.version <= 11
    }
  }

  /// Values of modules need the module.
  private static func hasModules(_ name: String) -> Bool { name.contains("module") }

  /// Has a specimen salvaged, loaded, and compared key by key.
  private static func expectLoaded(
    _ specimen: Specimen, by loader: Loader, keepsPartialValues: Bool, _ tally: inout Tally
  ) throws {
    var salvage = RDBSalvage()
    salvage.keepsPartialValues = keepsPartialValues
    salvage.findingLimit = .max
    let (output, verdict) = try SalvageProperties.salvage(specimen.damaged, salvage)
    let broken = try SalvageProperties.contradiction(between: verdict, and: output)
    #expect(broken == nil, "\(specimen.name)")
    guard !output.isEmpty, let report = verdict.salvage else { return }
    let promised = verdict.databases.filter { $0.value.keys > 0 }
      .mapValues { Loader.Count(keys: $0.keys, expires: $0.expires) }
    let loaded = try loader.load(output)
    #expect(loaded == promised, "\(specimen.name)")
    guard loaded == promised else { return }

    let values = try LabFile.keys(in: output)
    let digests = try loader.digests(of: Array(values.keys))
    let truth = try loader.digests(of: Array(specimen.truth.keys), in: specimen.sound)
    var exempt = Set(report.lostKeys.map { LabKey(database: $0.database, name: $0.key) })
    for finding in verdict.findings.findings where finding.code.isAboutValue {
      guard let database = finding.database, let name = finding.key else { continue }
      exempt.insert(LabKey(database: database, name: name))
    }
    for (key, value) in values {
      if exempt.contains(key) { tally.exempt += 1 } else { tally.keys += 1 }
      // The server sees what the library reads.
      guard value == specimen.truth[key] || specimen.isTold && !exempt.contains(key) else {
        continue
      }
      let digest = try #require(digests[key], "\(specimen.name), \(key)")
      #expect(digest == truth[key], "\(specimen.name), \(key)")
    }
    tally.files += 1
    tally.partial += Int(report.keysPartial)
  }

  /// Every kind of damage, of files with a checksum and without one.
  @Test(arguments: Oracle.allCases) func damageOfEveryKind(_ oracle: Oracle) throws {
    let files = try LabFile.fixtures().filter {
      try Self.loads(oracle, $0.bytes) && !Self.hasModules($0.description)
    }
    let loader = Loader(oracle)
    var tally = Tally()
    for isChecked in [true, false] {
      let drawn = files.map { isChecked ? $0 : $0.withoutChecksum() }
        .filter { $0.isChecked == isChecked }
      let cases = LabCase.draw(3 * DamageKind.ofRDB.count, of: drawn, seed: 31)
      for (index, labCase) in cases.enumerated() {
        let specimen = Specimen(
          name: labCase.description, damaged: labCase.damage.applied(to: labCase.file.bytes),
          sound: labCase.file.bytes, truth: labCase.file.truth,
          isTold: isChecked && labCase.damage.kind != .several)
        try Self.expectLoaded(
          specimen, by: loader, keepsPartialValues: index % 3 != 0, &tally)
      }
    }
    #expect(tally.files >= 80)
    #expect(tally.keys >= 10_000)
    #expect(tally.exempt >= 10)
    #expect(tally.partial >= 1)
  }

  /// The recipes of the fixtures, each with one damage chosen for what it does to a reader.
  @Test(arguments: Oracle.allCases) func recipes(_ oracle: Oracle) throws {
    let loader = Loader(oracle)
    var tally = Tally()
    for (index, file) in DamagedFile.all.enumerated() where !Self.hasModules(file.source) {
      let sound = try file.sound().bytes()
      guard try Self.loads(oracle, sound) else { continue }
      let specimen = Specimen(
        name: file.name, damaged: try file.bytes(), sound: sound,
        truth: try LabFile.keys(in: sound), isTold: file.isGivenAwayByChecksum)
      try Self.expectLoaded(
        specimen, by: loader, keepsPartialValues: index % 2 == 0, &tally)
    }
    #expect(tally.files >= 60)
    #expect(tally.keys >= 1000)
  }

  /// Those that no server here reads, too.
  @Test func recipesAreSoundWhenSalvaged() throws {
    let folder = try TemporaryFolder()
    var written = 0
    for file in DamagedFile.all {
      let (output, verdict) = try SalvageProperties.salvage(file.bytes())
      let broken = try SalvageProperties.contradiction(between: verdict, and: output)
      #expect(broken == nil, "\(file.name)")
      guard !output.isEmpty else { continue }
      written += 1
      guard try Self.loads(.redis7, output) else { continue }
      let run = try Oracle.redisCheckRDB(try folder.write("out.rdb", output))
      #expect(run.exitCode == 0, "\(file.name): \(run.outputText)")
    }
    #expect(written >= 280)
  }
}

/// A server that loads one file after another.
private final class Loader {
  struct Count: Equatable {
    var keys: UInt64
    var expires: UInt64
  }

  private let oracle: Oracle
  private var server: OracleServer?
  /// Digests of the values of sound files.
  private var known: [[UInt8]: [LabKey: String]] = [:]

  init(_ oracle: Oracle) { self.oracle = oracle }

  /// Puts a file in place of what the server holds; returns the keys of each database.
  ///
  /// Throws when the server does not come up with it; another one is started for the next file.
  func load(_ file: [UInt8]) throws -> [UInt64: Count] {
    // A replica leaves it to its master to drop what has expired. This one has none.
    let server =
      try self.server
      ?? OracleServer(
        oracle, arguments: ["--databases", "10000", "--replicaof", "127.0.0.1", "1"])
    self.server = server
    try Data(file).write(to: server.folder.appendingPathComponent("dump.rdb"))
    do {
      try server.command("DEBUG", "RELOAD", "NOSAVE")
    } catch {
      self.server = nil
      Issue.record("\(oracle) does not load it: \(error)\n\(try server.log().suffix(500))")
      return [:]
    }
    let keyspace = try server.command("INFO", "keyspace").text ?? ""
    let lines = keyspace.matches(of: /db(\d+):keys=(\d+),expires=(\d+)/)
    let counts = lines.compactMap { line -> (UInt64, Count)? in
      guard let database = UInt64(line.1), let keys = UInt64(line.2), let expires = UInt64(line.3)
      else { return nil }
      return (database, Count(keys: keys, expires: expires))
    }
    return Dictionary(uniqueKeysWithValues: counts)
  }

  /// The server's digests of values: of those it holds.
  func digests(of keys: [LabKey]) throws -> [LabKey: String] {
    guard let server else { return [:] }
    var digests: [LabKey: String] = [:]
    for (database, keys) in Dictionary(grouping: keys, by: \.database) {
      try server.command("SELECT", Word(database))
      let replies = try server.pipeline(
        keys.map { ["DEBUG", "DIGEST-VALUE", Word($0.name.bytes)] })
      for (key, reply) in zip(keys, replies) { digests[key] = reply.array?.first?.text }
    }
    return digests
  }

  /// The server's digests of the values of a sound file, which it then holds.
  func digests(of keys: [LabKey], in file: [UInt8]) throws -> [LabKey: String] {
    if let digests = known[file] { return digests }
    _ = try load(file)
    let digests = try digests(of: keys)
    known[file] = digests
    return digests
  }
}
