import Keyspace
import TestSupport
import Testing

/// Sorted sets by their commands, with known answers.
@Suite struct SortedSetTests {
  private func texts(_ reply: Reply) -> [String?]? { reply.array?.map(\.text) }

  @Test func ranksAndRanges() {
    var runner = KeyspaceRunner()
    #expect(runner.run("ZADD", "z", "1", "a", "2", "b", "3", "c") == .integer(3))
    #expect(runner.run("ZREVRANK", "z", "a") == .integer(2))
    #expect(
      runner.run("ZRANK", "z", "b", "WITHSCORE") == .array([.integer(1), .bulk(Array("2".utf8))]))
    #expect(runner.run("ZRANK", "z", "x", "WITHSCORE") == .null)
    #expect(texts(runner.run("ZRANGE", "z", "(1", "+inf", "BYSCORE", "LIMIT", "1", "5")) == ["c"])
    #expect(texts(runner.run("ZRANGE", "z", "-1", "0")) == [])
    #expect(texts(runner.run("ZRANGE", "z", "0", "-1", "REV")) == ["c", "b", "a"])
  }

  @Test func keyGoesWithItsLastMember() {
    var runner = KeyspaceRunner()
    for command: [Word] in [
      ["ZREM", "z", "a", "b"], ["ZREMRANGEBYRANK", "z", "0", "-1"], ["ZPOPMIN", "z", "9"],
      ["ZREMRANGEBYSCORE", "z", "-inf", "+inf"], ["ZREMRANGEBYLEX", "z", "-", "+"],
      ["ZDIFFSTORE", "z", "1", "nothing"], ["ZRANGESTORE", "z", "nothing", "0", "1"],
    ] {
      _ = runner.run("ZADD", "z", "0", "a", "0", "b")
      _ = runner.run(command)
      #expect(runner.run("EXISTS", "z") == .integer(0))
    }
  }

  @Test func numbersThatAreStatedCostNothing() {
    var runner = KeyspaceRunner()
    _ = runner.run("ZADD", "z", "0", "a")
    let most = Word(Int64.max)
    let least = Word(Int64.min)
    #expect(texts(runner.run("ZRANDMEMBER", "z", most)) == ["a"])
    #expect(
      runner.run("ZRANDMEMBER", "z", "-9223372036854775807") == .error("ERR value is out of range"))
    #expect(texts(runner.run("ZRANGE", "z", least, most)) == ["a"])
    #expect(texts(runner.run("ZRANGEBYSCORE", "z", "0", "0", "LIMIT", most, most)) == [])
    #expect(texts(runner.run("ZRANGEBYSCORE", "z", "0", "0", "LIMIT", "0", least)) == ["a"])
    #expect(runner.run("ZUNION", most, "z") == .error("ERR syntax error"))
    #expect(runner.run("ZMPOP", most, "z", "MIN") == .error("ERR syntax error"))
    #expect(runner.run("ZREMRANGEBYRANK", "z", most, least) == .integer(0))
    #expect(texts(runner.run("SORT", "z", "ALPHA", "LIMIT", "0", most)) == ["a"])
    #expect(texts(runner.run("ZPOPMAX", "z", most)) == ["a", "0"])
  }

  @Test func opposingInfinities() {
    var runner = KeyspaceRunner()
    _ = runner.run("ZADD", "a", "inf", "m")
    _ = runner.run("ZADD", "b", "-inf", "m")
    #expect(
      runner.run("ZINCRBY", "a", "-inf", "m")
        == .error("ERR resulting score is not a number (NaN)"))
    #expect(texts(runner.run("ZUNION", "2", "a", "b", "WITHSCORES")) == ["m", "0"])
    #expect(texts(runner.run("ZUNION", "1", "a", "WEIGHTS", "0", "WITHSCORES")) == ["m", "0"])
  }

  @Test func encodingsStayLarge() {
    var runner = KeyspaceRunner()
    func encoding(_ runner: inout KeyspaceRunner) -> String? {
      runner.run("OBJECT", "ENCODING", "z").text
    }
    for number in 0..<128 { _ = runner.run("ZADD", "z", Word(number), Word("m\(number)")) }
    #expect(encoding(&runner) == "listpack")
    _ = runner.run("ZADD", "z", "0", "one more")
    #expect(encoding(&runner) == "skiplist")
    _ = runner.run("ZREM", "z", "one more")
    #expect(encoding(&runner) == "skiplist")
    _ = runner.run("ZUNIONSTORE", "z", "1", "z")
    #expect(encoding(&runner) == "listpack")
    _ = runner.run("SORT", "z", "ALPHA")
    #expect(encoding(&runner) == "skiplist")
  }
}

/// Places by their commands, with known answers.
@Suite struct GeoTests {
  @Test func sicily() {
    var runner = KeyspaceRunner()
    _ = runner.run(
      "GEOADD", "s", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania")
    #expect(runner.run("GEODIST", "s", "Palermo", "Catania").text == "166274.1516")
    #expect(runner.run("GEODIST", "s", "Palermo", "Catania", "km").text == "166.2742")
    #expect(
      runner.run("GEOHASH", "s", "Palermo", "Catania").array?.map(\.text)
        == ["sqc8b49rny0", "sqdtr74hyu0"])
    #expect(runner.run("ZSCORE", "s", "Palermo").text == "3479099956230698")
    #expect(
      runner.run("GEOPOS", "s", "Palermo").array?.first?.array?.map(\.text)
        == ["13.36138933897018433", "38.11555639549629859"])
    #expect(
      runner.run("GEOSEARCH", "s", "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km", "ASC")
        .array?.map(\.text) == ["Catania", "Palermo"])
    #expect(
      runner.run("GEOADD", "s", "181", "0", "x")
        == .error("ERR invalid longitude,latitude pair 181.000000,0.000000"))
  }

  /// Scores that no place has: nothing traps.
  @Test(arguments: ["inf", "-inf", "1e300", "-1", "1.5", "18446744073709551615", "5e-324"])
  func strangeScores(score: String) {
    var runner = KeyspaceRunner()
    _ = runner.run("ZADD", "z", Word(score), "m")
    _ = runner.run("ZADD", "z", "3479099956230698", "p")
    #expect(runner.run("GEOPOS", "z", "m").array?.count == 1)
    #expect(runner.run("GEODIST", "z", "m", "p").text != nil)
    #expect(runner.run("GEOHASH", "z", "m").array?.first?.text?.count == 11)
    let found = runner.run(
      "GEOSEARCH", "z", "FROMMEMBER", "m", "BYBOX", "inf", "inf", "m", "WITHHASH", "WITHCOORD")
    #expect(found.array != nil)
  }
}

/// The order that a partial sort gives.
@Suite struct PartialSortTests {
  @Test func sortsThePlacesThatMatter() {
    var random = SeededRandom(seed: 4)
    for count in [0, 1, 6, 7, 8, 40, 41, 500] {
      for _ in 0..<20 {
        let values = (0..<count).map { _ in Int.random(in: 0...(count / 2), using: &random) }
        let start = Int.random(in: 0...count, using: &random)
        let places = start..<Int.random(in: start...count, using: &random)
        var sorted = values
        sorted.sort(places: places) { $0 - $1 }
        #expect(sorted[places] == values.sorted()[places])
        #expect(sorted.sorted() == values.sorted())
      }
    }
  }
}
