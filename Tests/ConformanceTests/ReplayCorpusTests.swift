import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// Sound AOFs of twelve server releases replay to what a fresh server held that had loaded them.
@Suite struct ReplayCorpusTests {
  @Test(arguments: SoundAOF.all)
  func replaysToItsTruth(_ aof: SoundAOF) throws {
    var keyspace = Keyspace()
    var replay = Replay()
    replay.jobs = 2
    replay.now = Int64(Date().timeIntervalSince1970 * 1000)
    replay.writer = aof.target
    let outcome = replay.run(FilePath(aof.url.path), into: &keyspace)
    if aof.hasScripts {
      guard case .command(let problem) = outcome.failure, case .script = problem.reason else {
        Issue.record(
          "\(aof.name): no script ended the replay: \(String(describing: outcome.failure))")
        return
      }
      return
    }
    #expect(outcome.failure == nil && outcome.tail == nil, "\(aof.name)")
    let truth = try Truth.load(SoundAOF.folder.appendingPathComponent(aof.name + ".truth.jsonl.gz"))
    let differences = try AOFTruth.differences(
      keyspace.snapshot(), truth, cutsTimes: aof.server.hasPrefix("redis 5."))
    #expect(differences.isEmpty, "\(aof.name): \(differences.prefix(5).joined(separator: "\n"))")
  }

  @Test(arguments: SoundAOF.all.filter { !$0.hasScripts })
  func digestIsThatOfTheServer(_ aof: SoundAOF) throws {
    guard let target = aof.target else { return }
    var keyspace = Keyspace()
    var replay = Replay()
    replay.now = Int64(Date().timeIntervalSince1970 * 1000)
    replay.writer = aof.target
    _ = replay.run(FilePath(aof.url.path), into: &keyspace)
    #expect(keyspace.digest(DigestStyle(target)).description == aof.debug_digest, "\(aof.name)")
  }
}

extension SoundAOF {
  /// Whether there are scripts in it.
  var hasScripts: Bool {
    files.values.contains { file in
      (file.commands ?? [:]).keys.contains { $0 == "eval" || $0 == "evalsha" }
    }
  }

  /// The release that wrote it.
  var target: RDBTarget? { RDBTarget(server: server) }
}

/// The keys of a dataset that was replayed, compared with what a server held.
enum AOFTruth {
  private struct Name: Hashable {
    var database: UInt64
    var key: ByteString
  }

  static func differences(_ snapshot: Snapshot, _ truth: [[String: Any]], cutsTimes: Bool) throws
    -> [String]
  {
    var lines: [Name: [String: Any]] = [:]
    for line in truth {
      let database = (line["db"] as? NSNumber)?.uint64Value ?? .max
      lines[Name(database: database, key: try Truth.key(line))] = line
    }
    var found: [String] = []
    snapshot.forEach { entry in
      let name = Name(database: entry.database, key: entry.key)
      guard let line = lines.removeValue(forKey: name) else {
        // A key whose time was over when the server was asked is no longer there.
        if entry.expiresAt.map({ $0 > 1_900_000_000_000 }) ?? true {
          found.append("\(entry.key) in database \(entry.database) is not in the truth")
        }
        return
      }
      var entry = entry
      forgive(&entry, line)
      if cutsTimes { cutTimes(&entry) }
      found += Truth.differences(entry, line, isExact: false).map { "\(entry.key): \($0)" }
    }
    found += lines.keys.map { "\($0.key) in database \($0.database) is missing" }
    return found
  }

  /// Times of pending entries, of which 5.0 only tells the seconds.
  private static func cutTimes(_ entry: inout RDBEntry) {
    guard case .stream(var stream) = entry.value else { return }
    for group in stream.groups.indices {
      for place in stream.groups[group].pending.indices {
        stream.groups[group].pending[place].deliveredAt -=
          stream.groups[group].pending[place].deliveredAt % 1000
      }
    }
    entry.value = .stream(stream)
  }

  /// What the corpus says is not to be compared to the millisecond.
  private static func forgive(_ entry: inout RDBEntry, _ line: [String: Any]) {
    guard let wanted = (line["expire_at_ms"] as? NSNumber)?.int64Value, let own = entry.expiresAt
    else { return }
    let tolerance = (line["expire_tolerance_ms"] as? NSNumber)?.int64Value ?? 5
    let isRelative = line["expire_relative_to_load"] != nil
    if isRelative || abs(own - wanted) <= tolerance { entry.expiresAt = wanted }
  }
}
