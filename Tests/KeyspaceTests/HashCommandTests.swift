import Keyspace
import TestSupport
import Testing

/// What no comparison with a server shows: time that goes by, loading, and large scans.
@Suite struct HashCommandTests {
  @Test func fieldsExpire() {
    var runner = KeyspaceRunner()
    runner.keyspace.clock = .running(now: 1000)
    _ = runner.run("HSET", "h", "a", "1", "b", "2", "c", "3")
    _ = runner.run("HPEXPIRE", "h", "500", "FIELDS", "1", "a")
    _ = runner.run("HPEXPIRE", "h", "900", "FIELDS", "1", "b")
    #expect(
      runner.run("HPTTL", "h", "FIELDS", "2", "a", "c") == .array([.integer(500), .integer(-1)]))
    runner.keyspace.clock = .running(now: 1500)
    #expect(runner.run("HLEN", "h") == .integer(3))
    runner.keyspace.clock = .running(now: 1501)
    #expect(runner.run("HGET", "h", "a") == .null)
    #expect(runner.run("HLEN", "h") == .integer(2))
    #expect(runner.run("HSETNX", "h", "a", "again") == .integer(1))
    #expect(runner.run("HTTL", "h", "FIELDS", "1", "a") == .array([.integer(-1)]))
    _ = runner.run("HDEL", "h", "a", "c")
    runner.keyspace.clock = .running(now: 2000)
    #expect(runner.run("HEXISTS", "h", "b") == .integer(0))
    #expect(runner.run("DBSIZE") == .integer(0))
  }

  @Test func lifetimesInThePastAreKeptWhileLoading() {
    var runner = KeyspaceRunner()
    runner.keyspace.clock = .loading(now: 5000)
    _ = runner.run("HSET", "h", "a", "1", "b", "2")
    #expect(runner.run("HPEXPIREAT", "h", "100", "FIELDS", "1", "a") == .array([.integer(1)]))
    #expect(runner.run("HLEN", "h") == .integer(2))
    #expect(runner.run("HPEXPIRETIME", "h", "FIELDS", "1", "a") == .array([.integer(100)]))
    runner.keyspace.clock = .running(now: 5000)
    #expect(runner.run("HKEYS", "h") == .array([.bulk([UInt8(ascii: "b")])]))
  }

  @Test func largestTimesOverflowNothing() {
    var runner = KeyspaceRunner()
    for clock in [Keyspace.Clock.loading(now: 0), .running(now: 0), .running(now: 1 << 50)] {
      runner.keyspace.clock = clock
      _ = runner.run("HSET", "h", "a", "1")
      let most = Word(Int.max)
      #expect(runner.run("HPEXPIREAT", "h", most, "FIELDS", "1", "a") == .array([.integer(1)]))
      for command in ["HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME"] {
        #expect(runner.run(Word(command), "h", "FIELDS", "1", "a").array?.count == 1)
      }
      for command in ["HEXPIRE", "HPEXPIRE", "HEXPIREAT"] {
        _ = runner.run(Word(command), "h", most, "FIELDS", "1", "a")
      }
    }
  }

  @Test func scansOfLargeHashesTellAll() {
    var runner = KeyspaceRunner()
    let pairs = (0..<3000).flatMap { [Word("field:\($0)"), Word($0)] }
    #expect(runner.run(["HSET", "h"] + pairs) == .integer(3000))
    var seen: Set<[UInt8]> = []
    var cursor: Word = "0"
    repeat {
      guard case .array(let parts) = runner.run("HSCAN", "h", cursor, "COUNT", "100"),
        let next = parts[0].bytes, let found = parts[1].array
      else { break }
      for index in stride(from: 0, to: found.count, by: 2) {
        if let bytes = found[index].bytes { seen.insert(bytes) }
      }
      cursor = Word(next)
    } while cursor.bytes != [UInt8(ascii: "0")]
    #expect(seen.count == 3000)
    #expect(
      runner.run("HSCAN", "h", "18446744073709551615")
        == .array([.bulk([UInt8(ascii: "0")]), .array([])]))
    let names = runner.run("HSCAN", "h", "0", "COUNT", "9000", "NOVALUES").array?.last?.array
    #expect(names?.count == 3000)
  }

  @Test func drawsOfAnyNumberAreBounded() {
    var runner = KeyspaceRunner()
    _ = runner.run("HSET", "h", "a", "1")
    _ = runner.run("SADD", "s", "a")
    let most = Word(-Int.max)
    let error = Reply.error("ERR value is out of range")
    #expect(runner.run("HRANDFIELD", "h", most) == error)
    #expect(runner.run("SRANDMEMBER", "s", most) == error)
    #expect(runner.run("SRANDMEMBER", "s", Word(Int.max)).array?.count == 1)
    #expect(runner.run("SPOP", "s", Word(Int.max)).array?.count == 1)
    #expect(runner.run("EXISTS", "s") == .integer(0))
  }
}
