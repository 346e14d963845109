import TestSupport
import Testing

/// Random uses of SORT for a real server and the keyspace.
@Suite struct SortConformanceTests {
  @Test func sorts() throws {
    let differential = try Differential(.redis7)
    var random = SeededRandom(seed: 9)
    func numbers(_ count: Int, _ random: inout SeededRandom) -> [Word] {
      (0..<count).map { _ in Word(Int.random(in: 0...60, using: &random)) }
    }
    try differential.fill(["RPUSH", "sort:list"] + numbers(12, &random))
    try differential.fill(["RPUSH", "sort:long"] + numbers(150, &random))
    try differential.fill(["SADD", "sort:intset"] + numbers(30, &random))
    try differential.fill(["SADD", "sort:set"] + numbers(30, &random) + ["1.5", "-2.25", "1e3"])
    let texts: [Word] = ["b", "a", "B", "aa", "", "10", "9", "é", "ab", "a b", [0xFF], "Z"]
    try differential.fill(["RPUSH", "sort:texts"] + texts + texts)
    try differential.fill(["SADD", "sort:textset"] + texts)
    for index in 0...60 {
      let weight = Word(Int.random(in: -9...9, using: &random))
      try differential.fill([
        "HSET", "weights:\(index)", "w", weight, "v",
        index % 7 == 0 ? Word("") : weight,
      ])
    }
    var generator = CommandGenerator(seed: 6, [CommandGenerator.sorts])
    try differential.run(&generator, commands: 20_000)
    #expect(differential.compared >= 20_000)
  }
}
