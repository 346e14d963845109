import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// Logs and dumps that are loaded into a keyspace.
@Suite struct ReplayTests {
  private static func replay(
    _ path: URL, _ change: (inout Replay) -> Void = { _ in }
  ) -> (ReplayOutcome, [String: String]) {
    var keyspace = Keyspace()
    var replay = Replay()
    change(&replay)
    let outcome = replay.run(FilePath(path.path), into: &keyspace)
    var keys: [String: String] = [:]
    keyspace.snapshot().forEach { entry in
      guard case .string(let text) = entry.value else { return }
      keys["\(entry.database):\(entry.key)"] = "\(text)"
    }
    return (outcome, keys)
  }

  @Test(arguments: [1, 2, 4])
  func aTransactionMayBeLongerThanABatch(_ jobs: Int) throws {
    let folder = try TemporaryFolder()
    let commands = (0..<60_000).map { CommandLog.command(["SET", "k\($0 % 1000)", "\($0)"]) }
    let inside = commands.reduce(into: [UInt8]()) { $0 += $1 }
    #expect(inside.count > 1 << 20)
    let begin = CommandLog.commands(["SET", "k0", "before"], ["MULTI"])
    let whole = try folder.write("a.aof", begin + inside + CommandLog.command(["EXEC"]))
    let (outcome, keys) = Self.replay(whole) { $0.jobs = jobs }
    #expect(outcome.failure == nil && outcome.tail == nil)
    #expect(outcome.commands == 60_003)
    #expect(keys.count == 1000 && keys["0:k7"] == "59007")
    let open = try folder.write("b.aof", begin + inside)
    let (left, rest) = Self.replay(open) { $0.jobs = jobs }
    #expect(left.tail?.from == UInt64(CommandLog.command(["SET", "k0", "before"]).count))
    #expect(rest == ["0:k0": "before"])
  }

  @Test func aCommandMayBeLargerThanABatch() throws {
    let folder = try TemporaryFolder()
    let large = [UInt8](repeating: 0x61, count: 6 << 20)
    let log = CommandLog.commands(["SET", "a", Word(large)], ["SET", "b", "2"])
    let (outcome, keys) = Self.replay(try folder.write("a.aof", log))
    #expect(outcome.failure == nil)
    #expect(keys["0:a"]?.utf8.count == large.count && keys["0:b"] == "2")
  }

  /// Each file of a log begins in database 0.
  @Test func filesOfALog() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("x.1.base.aof", CommandLog.commands(["SELECT", "3"], ["SET", "a", "1"]))
    _ = try folder.write(
      "x.1.incr.aof", CommandLog.commands(["SET", "a", "2"], ["SET", "b", "2"]))
    _ = try folder.write(
      "x.2.incr.aof", CommandLog.commands(["SET", "a", "3"], ["SET", "c", "3"]))
    let manifest = try folder.write(
      "x.manifest",
      Array(
        """
        file x.1.base.aof seq 1 type b
        file x.1.incr.aof seq 1 type i
        file x.2.incr.aof seq 2 type i

        """.utf8))
    for path in [folder.url, manifest] {
      let (outcome, keys) = Self.replay(path)
      #expect(outcome.failure == nil && outcome.commands == 6)
      #expect(keys == ["3:a": "1", "0:a": "3", "0:b": "2", "0:c": "3"])
    }
    let ends: [(ReplayEnd, [String: String])] = [
      (.command(1, file: nil), ["3:a": "1", "0:a": "3", "0:b": "2"]),
      (.command(1, file: "x.1.incr.aof"), ["3:a": "1", "0:a": "2"]),
      (.command(2, file: "x.1.incr.aof"), ["3:a": "1", "0:a": "2", "0:b": "2"]),
      (.offset(99_999, file: "x.1.base.aof"), ["3:a": "1"]),
      (.offset(0, file: "x.1.base.aof"), [:]), (.before("SELECT"), [:]),
    ]
    for (end, wanted) in ends {
      let (outcome, keys) = Self.replay(folder.url) { $0.end = end }
      #expect(outcome.failure == nil && keys == wanted, "\(end)")
    }
    let (nowhere, _) = Self.replay(folder.url) { $0.end = .offset(1, file: "y") }
    guard case .noLog = nowhere.failure else {
      Issue.record("\(String(describing: nowhere.failure))")
      return
    }
    try FileManager.default.removeItem(at: folder.file("x.1.incr.aof"))
    let (missing, _) = Self.replay(folder.url)
    guard case .brokenManifest = missing.failure else {
      Issue.record("\(String(describing: missing.failure))")
      return
    }
  }

  /// A torn end of a file that is not the last is no tail: what follows would run on other data.
  @Test func aTornFileInTheMiddle() throws {
    let folder = try TemporaryFolder()
    let first = CommandLog.commands(["SET", "a", "1"])
    _ = try folder.write("x.1.incr.aof", Array(first.dropLast(2)))
    _ = try folder.write("x.2.incr.aof", CommandLog.commands(["SET", "b", "1"]))
    _ = try folder.write(
      "x.manifest",
      Array("file x.1.incr.aof seq 1 type i\nfile x.2.incr.aof seq 2 type i\n".utf8))
    guard case .log(let error, let file) = Self.replay(folder.url).0.failure else {
      Issue.record("not refused")
      return
    }
    #expect(error.code == .truncated && file.hasSuffix("x.1.incr.aof"))
  }

  /// Nothing expires while a file is loaded, and what is told to expire in the past does so in a server.
  @Test func pastLifetimesAreKept() throws {
    let folder = try TemporaryFolder()
    let log = CommandLog.commands(
      ["SET", "a", "1", "PXAT", "1000"], ["INCR", "a"], ["SET", "b", "1"],
      ["PEXPIREAT", "b", "2000"], ["EXPIRE", "b", "-5"], ["SET", "c", "1", "EX", "10"])
    var keyspace = Keyspace()
    var replay = Replay()
    replay.now = 50_000
    _ = replay.run(FilePath(try folder.write("a.aof", log).path), into: &keyspace)
    var expiries: [String: Int64?] = [:]
    keyspace.snapshot().forEach { expiries["\($0.key)"] = $0.expiresAt }
    #expect(expiries == ["a": 1000, "b": 45_000, "c": 60_000])
  }

  @Test func aDamagedDumpIsRefused() throws {
    let folder = try TemporaryFolder()
    var bytes = Array(
      try Data(contentsOf: Fixtures.folder.appendingPathComponent("bookshop.rdb")))
    let sound = try folder.write("sound.rdb", bytes)
    #expect(Self.replay(sound).0.failure == nil)
    #expect(Self.replay(sound).0.loadedKeys == 3389)
    bytes[164_470] ^= 1
    guard case .rdb(let error, _) = Self.replay(try folder.write("a.rdb", bytes)).0.failure else {
      Issue.record("not refused")
      return
    }
    #expect(error.code == .checksumMismatch)
  }

  /// RESIZEDB tells how many keys follow, or does not: all that come are loaded.
  @Test(arguments: [0, 1, 5_000, 20_000, 1 << 40, .max] as [UInt64])
  func announcedKeys(_ announced: UInt64) throws {
    var file: [UInt8] = []
    var writer = RDBWriter<Never>(.newestRedis) { piece in
      unsafe piece.withUnsafeBytes { unsafe file.append(contentsOf: $0) }
    }
    var wanted: [String: String] = [:]
    for database in [0, 3] {
      writer.select(database: UInt64(database))
      writer.resize(keys: announced, expires: announced)
      // Beside keys all over the slots many of one, whose table has to grow.
      for number in 0..<10_000 {
        let key = number.isMultiple(of: 2) ? "key:\(number)" : "key:\(number){one}"
        let text = "\(number * 7919)"
        _ = writer.append(
          RDBEntry(
            key: ByteString(key), value: .string(ByteString(text)), database: UInt64(database)))
        wanted["\(database):\(key)"] = text
      }
    }
    writer.finish()
    let folder = try TemporaryFolder()
    let before = try #require(ProcessMemory.bytes("VmHWM"))
    let (outcome, keys) = Self.replay(try folder.write("a.rdb", file))
    #expect(outcome.failure == nil)
    #expect(outcome.loadedKeys == 20_000)
    #expect(keys == wanted)
    // Other tests run beside this one; what is announced would take thousands of times more.
    #expect(try #require(ProcessMemory.bytes("VmHWM")) < before + 1 << 30)
  }

  /// Numbers of databases cost nothing, and a key that comes twice is no dataset.
  @Test func whatNoServerLoads() throws {
    let folder = try TemporaryFolder()
    let select = CommandLog.commands(["SELECT", "2147483647"], ["SET", "a", "1"])
    guard case .command = Self.replay(try folder.write("a.aof", select)).0.failure else {
      Issue.record("not refused")
      return
    }
    for (database, code) in [(UInt64(1) << 40, "db-out-of-range"), (0, "duplicate-key")] {
      var file: [UInt8] = []
      var writer = RDBWriter<Never>(.newestRedis) { piece in
        unsafe piece.withUnsafeBytes { unsafe file.append(contentsOf: $0) }
      }
      for _ in 0...1 {
        _ = writer.append(RDBEntry(key: "a", value: .string("1"), database: database))
      }
      writer.finish()
      let path = try folder.write("a.rdb", file)
      guard case .rdb(let error, _) = Self.replay(path).0.failure else {
        Issue.record("not refused")
        return
      }
      #expect(error.code.rawValue == code)
    }
  }
}
