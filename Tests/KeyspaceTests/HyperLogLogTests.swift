import TestSupport
import Testing

@Suite struct HyperLogLogTests {
  @Test func knownAnswers() {
    var runner = KeyspaceRunner()
    #expect(runner.run("PFADD", "hll") == .integer(1))
    // Sparse, nothing cached, 16,384 zeros.
    let header = Array("HYLL".utf8) + [1] + [UInt8](repeating: 0, count: 10) + [0x80]
    #expect(runner.run("GET", "hll") == .bulk(header + [0x7F, 0xFF]))
    #expect(runner.run("PFCOUNT", "hll") == .integer(0))
    #expect(runner.run("GET", "hll").bytes?[15] == 0)
    #expect(runner.run("PFADD", "hll", "a", "b", "c", "d", "e", "f", "g") == .integer(1))
    #expect(runner.run("PFADD", "hll", "a", "b") == .integer(0))
    #expect(runner.run("PFCOUNT", "hll") == .integer(7))
    #expect(runner.run("PFDEBUG", "TODENSE", "hll") == .integer(1))
    #expect(runner.run("STRLEN", "hll") == .integer(12_304))
    #expect(runner.run("PFCOUNT", "hll") == .integer(7))
  }

  @Test func estimatesAreNear() {
    var runner = KeyspaceRunner()
    for start in stride(from: 0, to: 100_000, by: 1000) {
      _ = runner.run(["PFADD", "hll"] + (start..<(start + 1000)).map { Word($0) })
    }
    let count = runner.run("PFCOUNT", "hll").integer ?? 0
    // Three standard errors of 0.81 %.
    #expect(abs(count - 100_000) < 2500)
    #expect(runner.run("PFDEBUG", "ENCODING", "hll") == .simple("dense"))
  }
}
