import Foundation
import Keyspace
import Persistence
import SystemPackage
import TestSupport
import Testing

/// Logs that broke off or are damaged.
@Suite struct ReplayDamageTests {
  private static func replay(
    _ path: URL, _ change: (inout Replay) -> Void = { _ in }
  ) -> (ReplayOutcome, digest: String) {
    var keyspace = Keyspace()
    var replay = Replay()
    change(&replay)
    let outcome = replay.run(FilePath(path.path), into: &keyspace)
    return (outcome, "\(keyspace.digest(.complete))")
  }

  /// Values of several types, transactions, a time, and a text with a line end inside.
  private static let commands: [[Word]] = [
    ["SELECT", "1"], ["SET", "a", "1"], ["RPUSH", "l", "one", "two"], ["MULTI"],
    ["INCR", "a"], ["HSET", "h", "f", "v", "g", "w"], ["EXEC"], ["SADD", "s", "1", "2", "x\r\ny"],
    ["ZADD", "z", "1.5", "m"], ["PEXPIREAT", "a", "4102444800000"],
    ["XADD", "x", "1-1", "f", "v"], ["SELECT", "0"], ["MULTI"], ["APPEND", "t", "text"],
    ["MSET", "b", "2", "c", "3"], ["EXEC"], ["DEL", "b"],
  ]

  /// Cut anywhere, a log gives the dataset of its whole commands; the rest is told.
  @Test func everyPrefix() throws {
    let folder = try TemporaryFolder()
    var log: [UInt8] = []
    // Where the replay may end, and the dataset there.
    var ends: [(offset: Int, digest: String)] = []
    var isInTransaction = false
    func note() throws {
      let path = try folder.write("whole.aof", log)
      ends.append((log.count, Self.replay(path).digest))
    }
    try note()
    for command in Self.commands {
      log += CommandLog.command(command)
      if command[0].bytes == Array("MULTI".utf8) { isInTransaction = true }
      if command[0].bytes == Array("EXEC".utf8) { isInTransaction = false }
      if !isInTransaction { try note() }
    }
    for count in 0...log.count {
      let path = try folder.write("cut.aof", Array(log.prefix(count)))
      let (outcome, digest) = Self.replay(path)
      let end = try #require(ends.last { $0.offset <= count })
      #expect(outcome.failure == nil && digest == end.digest, "\(count) bytes")
      let left = count - end.offset
      #expect(outcome.tail?.bytes == (left > 0 ? UInt64(left) : nil), "\(count) bytes")
      #expect(outcome.tail?.from == (left > 0 ? UInt64(end.offset) : nil), "\(count) bytes")
    }
  }

  /// With any byte changed, a log is refused, or replayed up to where it tells; and the number of threads
  /// does not matter.
  @Test(arguments: [1, 2, 3])
  func everyByteChanged(_ seed: UInt64) throws {
    let folder = try TemporaryFolder()
    let log = Self.commands.flatMap { CommandLog.command($0) }
    var random = SeededRandom(seed: seed)
    for place in log.indices {
      var damaged = log
      damaged[place] ^= UInt8.random(in: 1...255, using: &random)
      let path = try folder.write("damaged.aof", damaged)
      let (outcome, digest) = Self.replay(path)
      let (other, otherDigest) = Self.replay(path) { $0.jobs = 2 }
      #expect(outcome.failure == other.failure && digest == otherDigest, "byte \(place)")
      if case .log(let error, _)? = outcome.failure { #expect(error.offset <= log.count) }
      if let tail = outcome.tail {
        #expect(tail.from + tail.bytes == UInt64(log.count), "byte \(place)")
        // What a tail leaves out begins no later than the damage.
        #expect(tail.from <= UInt64(place), "byte \(place)")
      }
    }
  }

  /// A length that claims all that follows is damage in the middle, not the end of the file.
  @Test(arguments: ["middle.aof", "middle.aof.gz"], [1, 2])
  func aDamagedLengthIsNoTail(_ name: String, _ jobs: Int) throws {
    let folder = try TemporaryFolder()
    let first = CommandLog.commands(["SET", "a", "1"])
    let broken = Array("*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$70000000\r\nvalue\r\n".utf8)
    let rest = (0..<40).flatMap { CommandLog.command(["SET", "key:\($0)", "value \($0)"]) }
    var path = try folder.write("middle.aof", first + broken + rest)
    if name.hasSuffix("gz") {
      path = try folder.write(name, try Run.program("/bin/gzip", ["-c", path.path]).output)
    }
    let (outcome, _) = Self.replay(path) { $0.jobs = jobs }
    guard case .log(let error, _)? = outcome.failure else {
      Issue.record("taken for a tail: \(String(describing: outcome.tail))")
      return
    }
    #expect(error.code == .truncated && outcome.tail == nil)
    // The same without anything behind it broke off.
    let torn = try folder.write("torn.aof", first + broken)
    #expect(Self.replay(torn).0.tail?.from == UInt64(first.count))
  }
}
