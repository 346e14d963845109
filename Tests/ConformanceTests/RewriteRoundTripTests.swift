import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// Dumps turned into commands and back are the dumps that they were.
@Suite struct RewriteRoundTripTests {
  private static let inputs = SoundFile.all.map {
    RewriteInput(name: $0.name, url: $0.url, source: RDBTarget(server: $0.server))
  }

  /// What the commands of the release that wrote a dump cannot say of it: before Redis 6.2, there is none that
  /// makes a consumer, but for one that gets an entry.
  private static let losses: [String: [String]] = [
    "5.0.14-census": [
      "stream:groups0: consumer consumer-0 of the group g-alpha is left out",
      "stream:groups0: consumer \\xfebin of the group g-alpha is left out",
      "stream:groups2: consumer consumer-0 of the group группа is left out",
      "stream:groups2: consumer consumer-1 of the group группа is left out",
      "stream:groups2: consumer \\xfebin of the group группа is left out",
      "stream:groups1: consumer consumer-0 of the group  is left out",
      "stream:groups1: consumer consumer-1 of the group  is left out",
      "stream:groups1: consumer \\xfebin of the group  is left out",
    ]
  ]

  @Test(arguments: inputs)
  func commandsAndBack(_ input: RewriteInput) throws {
    let folder = try TemporaryFolder()
    let log = folder.file("log.aof")
    let dump = folder.file("dump.rdb")
    let there = try Self.rewrite(input.url, to: log, .aof, input.source)
    let told = there.report?.losses.map { "\($0.key): \($0.loss)" }
    #expect(told == Self.losses[input.name] ?? [])
    let back = try Self.rewrite(log, to: dump, .rdb, input.source)
    #expect(back.report?.isLossy == false)
    #expect(back.replay.problems.isEmpty)
    let differences = Self.differences(
      try Self.keys(input.url), try Self.keys(dump), except: there.report?.losses ?? [])
    #expect(differences.isEmpty, "\(input.name)")
  }

  private static func rewrite(
    _ input: URL, to output: URL, _ form: Rewriter.Form, _ target: RDBTarget?
  ) throws -> Rewriter.Outcome {
    var rewriter = Rewriter()
    rewriter.target = target
    rewriter.form = form
    rewriter.dropsUnsupported = true
    rewriter.verifies = true
    let outcome = try rewriter.run(FilePath(input.path), to: FilePath(output.path))
    #expect(outcome.verification?.isEqual == true)
    return outcome
  }

  /// A key as this library's reader tells it.
  private struct Name: Hashable {
    var database: UInt64
    var key: ByteString
  }

  private static func keys(_ file: URL) throws -> [Name: RDBEntry] {
    var reader = try RDBReader(path: file.path)
    var keys: [Name: RDBEntry] = [:]
    while let entry = try reader.next() {
      keys[Name(database: entry.database, key: entry.key)] = withoutUnsaid(entry)
    }
    return keys
  }

  private static func differences(
    _ keys: [Name: RDBEntry], _ found: [Name: RDBEntry], except losses: [RewriteReport.Loss]
  ) -> [String] {
    let lossy = Set(losses.map { Name(database: UInt64($0.database), key: $0.key) })
    return Set(keys.keys).union(found.keys).subtracting(lossy).compactMap { name in
      guard let entry = keys[name], let other = found[name] else {
        return "\(name.key) in database \(name.database) is on one side only"
      }
      let isEqual = entry.value == other.value && entry.expiresAt == other.expiresAt
      return isEqual ? nil : "\(name.key) in database \(name.database)"
    }
  }

  /// A key without what no command says, when consumers were seen. What has no order is in one of its own.
  private static func withoutUnsaid(_ entry: RDBEntry) -> RDBEntry {
    var entry = entry
    guard case .stream(var stream) = entry.value else {
      entry.value = Written.sorted(entry.value)
      return entry
    }
    for group in stream.groups.indices {
      for consumer in stream.groups[group].consumers.indices {
        stream.groups[group].consumers[consumer].seenAt = 0
        stream.groups[group].consumers[consumer].activeAt = 0
      }
    }
    entry.value = .stream(stream)
    return entry
  }
}
