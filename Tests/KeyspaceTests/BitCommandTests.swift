import TestSupport
import Testing

@Suite struct BitCommandTests {
  /// What came with Redis 8.2, by its definition.
  @Test func operationsOfNewerReleases() {
    var random = SeededRandom(seed: 31)
    for _ in 0..<200 {
      var runner = KeyspaceRunner()
      let strings = (0..<Int.random(in: 2...4, using: &random)).map { _ in
        random.bytes(Int.random(in: 0...20, using: &random))
      }
      for (index, string) in strings.enumerated() where !string.isEmpty {
        _ = runner.run("SET", "s\(index)", Word(string))
      }
      let size = strings.map(\.count).max() ?? 0
      let keys = strings.indices.map { Word("s\($0)") }
      func bits(_ place: Int) -> [UInt8] {
        strings.map { place < $0.count ? $0[place] : 0 }
      }
      let definitions: [(Word, ([UInt8]) -> UInt8)] = [
        ("DIFF", { $0[0] & ~$0.dropFirst().reduce(0, |) }),
        ("diff1", { ~$0[0] & $0.dropFirst().reduce(0, |) }),
        ("ANDOR", { $0[0] & $0.dropFirst().reduce(0, |) }),
        (
          "ONE",
          { bytes in
            (0..<8).reduce(0) { result, bit in
              bytes.count { $0 >> bit & 1 == 1 } == 1 ? result | 1 << bit : result
            }
          }
        ),
      ]
      for (name, definition) in definitions {
        #expect(runner.run(["BITOP", name, "target"] + keys) == .integer(Int64(size)))
        let expected = (0..<size).map { definition(bits($0)) }
        #expect(runner.run("GET", "target") == (size > 0 ? .bulk(expected) : .null))
      }
    }
    var runner = KeyspaceRunner()
    #expect(
      runner.run("BITOP", "DIFF", "target", "a")
        == .error("ERR BITOP DIFF must be called with at least two source keys."))
  }

  @Test func knownAnswers() {
    var runner = KeyspaceRunner()
    _ = runner.run("SET", "s", "foobar")
    #expect(runner.run("BITCOUNT", "s") == .integer(26))
    #expect(runner.run("BITCOUNT", "s", "5", "30", "BIT") == .integer(17))
    _ = runner.run("SET", "ones", [0xFF, 0xFF, 0xFF])
    #expect(runner.run("BITPOS", "ones", "0") == .integer(24))
    #expect(runner.run("BITPOS", "ones", "0", "0", "-1") == .integer(-1))
    #expect(runner.run("BITPOS", "ones", "1", "9", "-1", "BIT") == .integer(9))
    let first = runner.run(
      "BITFIELD", "f", "INCRBY", "u2", "100", "1", "OVERFLOW", "SAT", "INCRBY", "u2", "102", "1")
    #expect(first == .array([.integer(1), .integer(1)]))
    #expect(
      runner.run("BITFIELD", "f", "OVERFLOW", "FAIL", "INCRBY", "u2", "102", "3") == .array([.null])
    )
  }
}
