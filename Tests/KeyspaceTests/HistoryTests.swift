import Foundation
import Keyspace
import Persistence
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// What is told of writes to keys.
@Suite struct HistoryTests {
  fileprivate final class Events: Sendable {
    let all = Mutex<[HistoryEvent]>([])
  }

  fileprivate static func events(of glob: String, in log: [UInt8]) throws -> [HistoryEvent] {
    let folder = try TemporaryFolder()
    let events = Events()
    var replay = Replay()
    replay.history = HistoryRequest(globs: [Glob(glob)]) { event in
      events.all.withLock { $0.append(event) }
    }
    var keyspace = Keyspace()
    let path = try folder.write("a.aof", log)
    #expect(replay.run(FilePath(path.path), into: &keyspace).failure == nil)
    return events.all.withLock { $0 }
  }

  /// The digest that a key has behind so many commands of a log.
  fileprivate static func digest(
    of key: String, behind number: UInt64, in log: [UInt8]
  ) throws -> DatasetDigest? {
    let folder = try TemporaryFolder()
    var replay = Replay()
    replay.end = .command(number, file: nil)
    var keyspace = Keyspace()
    _ = replay.run(FilePath(try folder.write("a.aof", log).path), into: &keyspace)
    return keyspace.valueDigest(ByteString(key))
  }

  @Test func statesOfSmallValues() throws {
    let log = CommandLog.commands(
      ["RPUSH", "l", "a", "b"], ["SET", "other", "1"], ["LPOP", "l"], ["LREM", "l", "0", "x"],
      ["DEL", "l"])
    let events = try Self.events(of: "l", in: log)
    #expect(events.map(\.number) == [1, 3, 4, 5])
    #expect(events.map(\.isUnchanged) == [false, false, true, false])
    #expect(events.map { $0.before?.size } == [nil, 2, 1, 1])
    #expect(events.map { $0.after?.size } == [2, 1, 1, nil])
    for event in events {
      let digest = try Self.digest(of: "l", behind: event.number, in: log)
      #expect(event.after?.digest == digest)
    }
  }
}

/// Histories of large values: in a release build only.
@Suite struct HistoryLoadTests {
  /// The digests of a large value do not take time in proportion to its elements times the events, and those
  /// that are told are right.
  @Test func statesOfALargeValue() throws {
    var log: [UInt8] = []
    let words = (0..<20_000).map { Word("element \($0)") }
    log += CommandLog.command(["RPUSH", "large"] + words)
    for index in 0..<1000 {
      log += CommandLog.command(["LSET", "large", "\(index)", "changed"])
      log += CommandLog.command(["LREM", "large", "1", "not there"])
    }
    log += CommandLog.command(["DEL", "large"])
    let events = try HistoryTests.events(of: "large", in: log)
    #expect(events.count == 2002)
    // Where no digest tells, the dataset does.
    for (index, event) in events.enumerated() {
      #expect(event.isUnchanged == (index > 0 && index.isMultiple(of: 2) && index < 2001))
    }
    let known = events.filter { $0.after?.digest != nil }
    #expect(known.count > 200 && known.count < 500)
    #expect(events[0].after?.digest != nil && events[1].before?.digest == events[0].after?.digest)
    for event in [known[0], known[1], known[known.count / 2], known[known.count - 1]] {
      let digest = try HistoryTests.digest(of: "large", behind: event.number, in: log)
      #expect(event.after?.digest == digest)
    }
    #expect(events[2001].after == nil)
  }
}
