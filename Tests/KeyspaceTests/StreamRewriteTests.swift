import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// Streams as commands: what a log says of a stream is read back as the same stream.
@Suite struct StreamRewriteTests {
  /// Every pending entry whose message is gone comes back, wherever its ID lies among the others, with the
  /// highest deleted ID as it was.
  @Test(arguments: OrphanedStream.all, RDBTarget.all.filter { $0.version >= 9 })
  func orphansComeBack(_ made: OrphanedStream, _ target: RDBTarget) throws {
    let written = try Rewritten(made.stream, target)
    #expect(written.report.losses.allSatisfy { !$0.loss.what.isAboutPending }, "\(target)")
    let found = try #require(written.stream)
    #expect(found.groups.map(\.pending) == made.stream.groups.map(\.pending))
    #expect(
      found.groups.map { $0.consumers.map { "\($0.name) \($0.pending)" } }
        == made.stream.groups.map { group in
          // Before Redis 6.2, no command makes a consumer that owns nothing.
          group.consumers.filter { written.hasIdleConsumers || !$0.pending.isEmpty }
            .map { "\($0.name) \($0.pending)" }
        })
    #expect(found.entries == made.stream.entries)
    #expect(found.lastID == made.stream.lastID)
    #expect(found.groups.map(\.lastID) == made.stream.groups.map(\.lastID))
    guard target.version >= 10 else { return }
    #expect(found.maxDeletedID == made.stream.maxDeletedID)
    #expect(found.entriesAdded == made.stream.entriesAdded)
    #expect(found.groups.map(\.entriesRead) == made.stream.groups.map(\.entriesRead))
  }

  /// No message has the ID 0-0, and no command makes it pending.
  @Test func zeroCannotBeClaimed() throws {
    var stream = OrphanedStream.all[0].stream
    stream.groups[0].pending.insert(
      RDBStream.Pending(id: .zero, deliveredAt: 1_700_000_000_000, deliveries: 1), at: 0)
    stream.groups[0].consumers[0].pending.insert(.zero, at: 0)
    let written = try Rewritten(stream, try #require(RDBTarget(named: "redis-7.0")))
    #expect(written.report.losses.map(\.loss.what) == [.orphanedPending(group: "g", 1)])
    stream.groups[0].pending.removeFirst()
    #expect(written.stream?.groups.first?.pending == stream.groups[0].pending)
  }

  /// What XCLAIM would refuse is put within bounds, and told: a log with it would not be loaded.
  @Test func deliveriesWithinBounds() throws {
    var stream = OrphanedStream.all[0].stream
    stream.groups[0].pending[0].deliveries = .max
    stream.groups[0].pending[1].deliveredAt = -1
    let written = try Rewritten(stream, try #require(RDBTarget(named: "redis-7.0")))
    #expect(written.report.losses.map(\.loss.what) == [.deliveries(group: "g", 2)])
    let found = try #require(written.stream?.groups.first?.pending)
    #expect(found.map(\.id) == stream.groups[0].pending.map(\.id))
    #expect(found[0].deliveries == UInt64(Int64.max) && found[1].deliveredAt == 0)
  }
}

extension ConversionLoss.What {
  fileprivate var isAboutPending: Bool {
    if case .orphanedPending = self { true } else { false }
  }
}

/// A stream that went through a log.
private struct Rewritten {
  let report: RewriteReport
  /// What came back.
  let stream: RDBStream?
  /// Whether consumers that own nothing are told.
  let hasIdleConsumers: Bool

  init(_ stream: RDBStream, _ target: RDBTarget) throws {
    let newest = try #require(RDBTarget(named: "redis-7.4"))
    let folder = try TemporaryFolder()
    let file = Written.file([RDBEntry(key: "k", value: .stream(stream))], for: newest)
    let keyspace = try Self.replay(folder.write("dump.rdb", file.bytes))
    var log: [UInt8] = []
    report = AOFRewriter(target).write(keyspace.keyspace.snapshot()) { (piece: RawSpan) in
      unsafe piece.withUnsafeBytes { unsafe log.append(contentsOf: $0) }
    }
    self.stream = try Self.replay(folder.write("log.aof", log)).stream("k")
    hasIdleConsumers = target.version >= 10 || target.name == "redis-6.2"
  }

  private static func replay(_ file: URL) throws -> KeyspaceRunner {
    var runner = KeyspaceRunner()
    let outcome = Replay().run(FilePath(file.path), into: &runner.keyspace)
    #expect(outcome.failure == nil && outcome.tail == nil)
    return runner
  }
}
