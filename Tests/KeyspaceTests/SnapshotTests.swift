import Foundation
import Keyspace
import Persistence
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Keys by name, and what a snapshot keeps of them.
@Suite struct SnapshotTests {
  /// Random insertions and removals of keys, many of which share a slot, compared with a dictionary.
  @Test(arguments: 1...4)
  func keysAreFoundAndRemoved(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var runner = KeyspaceRunner()
    var model: [String: String] = [:]
    for step in 0..<8000 {
      let number = Int.random(in: 0...400, using: &random)
      let key = number % 2 == 0 ? "{tag}\(number)" : "key \(number)"
      switch Int.random(in: 0...3, using: &random) {
      case 0, 1:
        #expect(runner.run("SET", Word(key), Word(step)) == .simple("OK"))
        model[key] = "\(step)"
      case 2:
        let found = runner.run("DEL", Word(key))
        #expect(found == .integer(model.removeValue(forKey: key) == nil ? 0 : 1))
      default:
        let found = runner.run("GET", Word(key))
        #expect(found == (model[key].map { .bulk(Array($0.utf8)) } ?? .null))
      }
    }
    #expect(runner.run("DBSIZE") == .integer(Int64(model.count)))
    let keys = runner.run("KEYS", "*").array?.compactMap(\.text) ?? []
    #expect(keys.sorted() == model.keys.sorted())
  }

  /// A snapshot does not see what comes after it, whichever command it is.
  @Test(arguments: 1...3)
  func aSnapshotStaysAsItWas(_ seed: UInt64) {
    var generator = CommandGenerator(
      seed: seed, CommandGenerator.allFamilies)
    var runner = KeyspaceRunner()
    runner.keyspace.clock = .running(now: 1_900_000_000_000)
    for _ in 0..<3000 { _ = runner.run(generator.next()) }
    let snapshot = runner.keyspace.snapshot()
    let before = Self.content(snapshot)
    for _ in 0..<3000 { _ = runner.run(generator.next()) }
    #expect(Self.content(snapshot) == before)
    #expect(Self.content(runner.keyspace.snapshot()) != before)
  }

  /// Two datasets of the same commands are written to the same bytes, and what is read back is equal.
  @Test(arguments: RDBTarget.all.filter { $0.version >= 12 || $0.magic == .valkey })
  func isWrittenAndReadBack(_ target: RDBTarget) throws {
    var generator = CommandGenerator(seed: 7, CommandGenerator.allFamilies)
    var runner = KeyspaceRunner()
    for _ in 0..<4000 { _ = runner.run(generator.next()) }
    var file: [UInt8] = []
    let report = RDBRewriter(target).write(runner.keyspace.snapshot()) { (piece: RawSpan) in
      unsafe piece.withUnsafeBytes { unsafe file.append(contentsOf: $0) }
    }
    #expect(report.keys == UInt64(runner.keyspace.keyCount) && report.leftOut == 0)
    var again: [UInt8] = []
    var rewriter = RDBRewriter(target)
    rewriter.jobs = 3
    _ = rewriter.write(runner.keyspace.snapshot()) { (piece: RawSpan) in
      unsafe piece.withUnsafeBytes { unsafe again.append(contentsOf: $0) }
    }
    #expect(file == again)
    let folder = try TemporaryFolder()
    var loaded = Keyspace()
    let outcome = Replay().run(FilePath(try folder.write("a.rdb", file).path), into: &loaded)
    #expect(outcome.failure == nil)
    #expect(loaded.digest() == runner.keyspace.digest())
  }

  /// Who makes way writes the same file, and does so within long strings, too; and while a snapshot is forgotten, of
  /// which nothing is missing in the dataset then.
  @Test func makingWay() {
    var random = SeededRandom(seed: 9)
    var runner = KeyspaceRunner()
    for number in 0..<5000 { _ = runner.run("SET", Word("key:\(number)"), Word(number)) }
    let long = (0..<(1 << 20)).map { _ in UInt8(truncatingIfNeeded: random.next() & 15) }
    _ = runner.run("SET", "long", Word(long))
    var files: [[UInt8]] = []
    let ways = Atomic(0)
    for makesWay in [false, true] {
      var file: [UInt8] = []
      var rewriter = RDBRewriter(.newestRedis)
      if makesWay { rewriter.makeWay = { ways.wrappingAdd(1, ordering: .relaxed) } }
      _ = rewriter.write(runner.keyspace.snapshot()) { (piece: RawSpan) in
        unsafe piece.withUnsafeBytes { unsafe file.append(contentsOf: $0) }
      }
      files.append(file)
    }
    #expect(files[0] == files[1])
    // Every 16 KiB of the string, but for matches that reach over a border.
    #expect(ways.load(ordering: .relaxed) > 60)

    var snapshot = runner.keyspace.snapshot()
    let before = Self.content(snapshot)
    var calls = 0
    snapshot.removeAll { calls += 1 }
    #expect(snapshot.keyCount == 0)
    // Behind every slot of the only database.
    #expect(calls == 16384)
    #expect(Self.content(runner.keyspace.snapshot()) == before)
  }

  private static func content(_ snapshot: Snapshot) -> [RDBEntry] {
    var entries: [RDBEntry] = []
    snapshot.forEach { entries.append($0) }
    return entries
  }
}

extension CommandGenerator {
  /// The makers of all families.
  static var allFamilies: [[Maker]] {
    [
      strings, keys, lists, sets, hashs, sortedSets, streams, geos, sorts, bits, hyperLogLogs,
    ]
  }
}
