import Forensics
import Persistence
import TestSupport
import Testing

@Suite struct AOFStatisticsTests {
  /// A log of many kinds of commands over many keys.
  private static func mixed(_ commands: Int, keys: UInt64, seed: UInt64) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    var log: [UInt8] = []
    for number in 0..<commands {
      let key = Word("k:\(random.next(upperBound: keys))")
      let field = Word("f\(random.next(upperBound: UInt64(40)))")
      switch random.next() % 12 {
      case 0...3: log += CommandLog.command(["SET", key, Word(number)])
      case 4: log += CommandLog.command(["HSET", "h:\(key.bytes.count)", field, Word(number)])
      case 5: log += CommandLog.commands(["MULTI"], ["INCR", key], ["DEL", "x"], ["EXEC"])
      case 6: log += CommandLog.command(["MSET", key, "1", field, "2"])
      case 7: log += CommandLog.text("#TS:\(1_700_000_000 + number / 10)|")
      case 8: log += CommandLog.command(["EVAL", "return \(number % 5)", "1", key])
      case 9: log += CommandLog.command(["SELECT", Word(number % 3)])
      case 10: log += CommandLog.command(["MODULE.DO", key])
      default: log += CommandLog.command(["SADD", "s:\(number % 7)", key])
      }
    }
    return log
  }

  private func text(_ statistics: AOFStatistics) -> String {
    var json = JSONWriter()
    json.beginArray()
    statistics.writeNames(to: &json)
    statistics.write(to: &json)
    json.endArray()
    return String(decoding: json.take(), as: UTF8.self)
  }

  /// The answer is the same for every number of workers, also when nothing is exact any more.
  @Test func workersDoNotMatter() throws {
    let log = Self.mixed(60_000, keys: 40_000, seed: 3)
    let one = try StatisticsRun(jobs: 1, batchSize: 20_000).statistics(of: log)
    #expect(one.rewrite.isSampled && one.hottestKeys.contains { $0.atMost > $0.atLeast })
    for jobs in [2, 5] {
      let other = try StatisticsRun(jobs: jobs, batchSize: 20_000).statistics(of: log)
      #expect(text(other) == text(one))
    }
  }

  /// How the log is cut into batches matters to the bounds of what comes most often, and to nothing else.
  @Test(arguments: [200, 3000, 1 << 20])
  func batchesDoNotMatter(_ size: Int) throws {
    let small = Self.mixed(4000, keys: 2000, seed: 4)
    #expect(
      try text(StatisticsRun(batchSize: size).statistics(of: small))
        == text(StatisticsRun().statistics(of: small)))
    let log = Self.mixed(60_000, keys: 40_000, seed: 4)
    var (cut, whole) = (
      try StatisticsRun(batchSize: size).statistics(of: log),
      try StatisticsRun().statistics(of: log)
    )
    #expect(whole.rewrite.isSampled)
    for item in cut.hottestPrefixes { #expect(item.atMost == item.atLeast) }
    (cut.hottestKeys, whole.hottestKeys) = ([], [])
    // The margin heeds how much of the log single keys have, as far as those bounds tell.
    cut.rewrite.margin = whole.rewrite.margin
    #expect(text(cut) == text(whole))
  }

  /// A million commands: the top keys are those of a full count, each within its bounds.
  @Test func hottestKeysOfAMillion() throws {
    var random = SeededRandom(seed: 11)
    var collector = AOFStatisticsCollector()
    var naive = [UInt64](repeating: 0, count: 200_000)
    var log: [UInt8] = []
    for _ in 0..<1_000_000 {
      // The cube of an even distribution: few keys have most.
      let part = Double(random.next() >> 11) / 0x1p53
      let key = Int(part * part * part * Double(naive.count))
      naive[key] += 1
      log += Array("*2\r\n$4\r\nINCR\r\n".utf8)
      let name = "n:\(key)"
      log += Array("$\(name.utf8.count)\r\n\(name)\r\n".utf8)
    }
    try StatisticsRun(jobs: 2).add(log, to: &collector)
    let statistics = collector.statistics(top: 20)
    let best = naive.indices.sorted { naive[$0] > naive[$1] }.prefix(20)
    #expect(Set(statistics.hottestKeys.map(\.string.description)) == Set(best.map { "n:\($0)" }))
    for item in statistics.hottestKeys {
      let truth = naive[Int(item.string.description.dropFirst(2)) ?? 0]
      #expect(item.atLeast <= truth && truth <= item.atMost)
    }
    #expect(statistics.hottestPrefixes.map(\.string) == ["n:"])
    #expect(statistics.hottestPrefixes.first?.atLeast == 1_000_000)
    let distinct = Double(naive.count { $0 > 0 })
    let estimate = statistics.distinctKeys
    #expect(abs(estimate.value - distinct) < 4 * estimate.standardError)
    #expect(estimate.standardError < 0.03 * distinct)
  }

  /// A command too large to hold counts like one that is held.
  @Test func largeCommands() throws {
    let value = Word([UInt8](repeating: 0x76, count: 5000))
    let log = CommandLog.commands(
      ["SET", "k", value], ["SET", "k", "small"], ["SELECT", "2"], ["SET", "other", value])
    let whole = try StatisticsRun().statistics(of: log)
    let large = try StatisticsRun(largeCommand: 2000).statistics(of: log)
    #expect(text(large) == text(whole))
    #expect(large.largest?.bytes == 5000 && large.largest?.key == "k")
    // Of a value that is not held, the length is what the others leave of the command.
    let huge = Word([UInt8](repeating: 0x76, count: 100_000))
    let set = CommandLog.commands(["SET", "k", huge], ["APPEND", "k", huge])
    let unseen = try StatisticsRun(largeCommand: 2000).statistics(of: set)
    #expect(unseen.largest?.bytes == 100_000 && unseen.largest?.offset == 0)
    #expect(unseen.rewrite.bytesAfter == 200_000 + 31)
    let many = (0..<3000).map { Word("member:\($0)") }
    let members = CommandLog.command(["SADD", "s"] + many)
    let estimate = try StatisticsRun(largeCommand: 2000).statistics(of: members)
    #expect(estimate.names == [.init(name: "sadd", count: 1, bytes: UInt64(members.count))])
    #expect(estimate.hottestKeys.map(\.string) == ["s"])
    #expect(estimate.rewrite.share < 0.05)
  }

  @Test func nothingAtAll() throws {
    let empty = try StatisticsRun().statistics(of: [])
    #expect(empty.rewrite.share == 0 && empty.rewrite.bytesAfter == 0)
    #expect(empty.names.isEmpty && empty.hottestKeys.isEmpty && empty.distinctKeys.value == 0)
  }

  @Test func scriptsByDigest() throws {
    let statistics = try StatisticsRun().statistics(
      of: CommandLog.commands(
        ["EVAL", "return 1", "0"],
        ["EVALSHA", "E0E1F9FABFC9D4800C877A703B823AC0578FF8DB", "0"],
        ["SCRIPT", "LOAD", "return 1"], ["FCALL", "f", "0"]))
    // The digest of "return 1" as `sha1sum` tells it.
    #expect(
      statistics.scripts == [
        .init(
          sha1: "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", calls: 2, loads: 1,
          bytes: 36 + 66 + 44, beginning: "return 1", length: 8)
      ])
    #expect(statistics.functions.map(\.name) == ["f"])
  }

  @Test func jsonOfASmallLog() throws {
    let log =
      CommandLog.text("#TS:100|")
      + CommandLog.commands(["SET", [0xFF], "12"], ["INCR", "n:1"], ["Odd.One"])
    let statistics = try StatisticsRun().statistics(of: log)
    #expect(
      text(statistics) == #"""
        [{"incr":{"count":1,"bytes":23},"odd.one":{"count":1,"bytes":17},"set":{"count":1,"bytes":28}},\#
        {"commands":3,"bytes":77,"names_omitted":0,\#
        "largest_argument":{"size":7,"command_offset":60,"db":0,"key":null},\#
        "hottest_keys":[\#
        {"db":0,"key":"n:1","writes_at_least":1,"writes_at_most":1,"bytes_at_least":23,"certain":true},\#
        {"db":0,"key":"ÿ","bytes":"latin1","writes_at_least":1,"writes_at_most":1,"bytes_at_least":28,\#
        "certain":true}],\#
        "hottest_prefixes":[\#
        {"prefix":"n:","writes_at_least":1,"writes_at_most":1,"bytes_at_least":23,"certain":true},\#
        {"prefix":"ÿ","bytes":"latin1","writes_at_least":1,"writes_at_most":1,"bytes_at_least":28,\#
        "certain":true}],\#
        "writes_per_second":{"first":100000,"last":100000,"writes":2,"mean":2,\#
        "peak":{"at":100000,"writes":2}},\#
        "timeline":{"start":100000,"bucket_seconds":1,"writes":[2]},\#
        "transactions":{"count":0,"commands":0,"largest":0},\#
        "scripts":[],"functions":[],"scripts_omitted":0,\#
        "distinct_keys":{"estimate":2,"standard_error":0},\#
        "rewrite_estimate":{"bytes":77,"bytes_after":74,\#
        "redundant_share":0.039,"margin":0.05,"sampled":false}}]
        """#)
  }
}
