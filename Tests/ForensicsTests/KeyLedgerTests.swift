import Forensics
import Persistence
import TestSupport
import Testing

@Suite struct KeyLedgerTests {
  /// A repeated hash: how often, the first offsets, the last.
  private struct Group: Equatable {
    var count: UInt64
    var first: [UInt64]
    var last: UInt64
  }

  private func repeated(
    _ entries: [KeyEntry], limit: Int, batch: Int
  ) throws -> [UInt64: Group] {
    var ledger = KeyLedger(limit: limit)
    var start = 0
    while start < entries.count {
      let end = min(start + batch, entries.count)
      try ledger.add(Array(entries[start..<end]))
      start = end
    }
    var groups: [UInt64: Group] = [:]
    for hash in try ledger.repeatedHashes(limit: .max) {
      #expect(groups[hash.hash] == nil, "told twice")
      groups[hash.hash] = Group(count: hash.count, first: hash.offsets, last: hash.last)
    }
    return groups
  }

  /// The hashes that come more than once, as a dictionary tells it.
  private func oracle(_ entries: [KeyEntry]) -> [UInt64: Group] {
    Dictionary(grouping: entries, by: \.hash).filter { $0.value.count > 1 }.mapValues { all in
      let offsets = all.map(\.offset)
      return Group(
        count: UInt64(all.count), first: Array(offsets.prefix(16)), last: offsets.max() ?? 0)
    }
  }

  @Test func nothing() throws {
    #expect(try repeated([], limit: 10, batch: 1).isEmpty)
    #expect(try repeated([KeyEntry(hash: 0, offset: 9)], limit: 10, batch: 1).isEmpty)
  }

  @Test func extremes() throws {
    let entries = [0, .max, 0, .max, 1, 1 << 63, 1, 0].enumerated().map {
      KeyEntry(hash: $0.element as UInt64, offset: UInt64($0.offset))
    }
    for limit in [1, 2, 3, 100] {
      // 0 and 1 may be told apart or not: a hash is only ever a candidate. Here they repeat both.
      #expect(try repeated(entries, limit: limit, batch: 3) == oracle(entries))
    }
  }

  /// Random sets against a `Set`, with limits that force none, one or many spills.
  @Test(arguments: [1, 7, 100, 1000, 5000, 1 << 20], [1, 64, 999])
  func randomSets(limit: Int, batch: Int) throws {
    var random = SeededRandom(seed: UInt64(limit) << 16 | UInt64(batch))
    for _ in 0..<3 {
      let count = Int.random(in: 0...8000, using: &random)
      // Few bits, so that hashes repeat; spread over the partitions or crowded in some.
      let bits = UInt64.random(in: 8...40, using: &random)
      let isCrowded = Bool.random(using: &random)
      let entries = (0..<count).map { index in
        let hash = random.next() >> (64 - bits)
        return KeyEntry(
          hash: (isCrowded ? hash : hash &* 0x9E37_79B9_7F4A_7C15) | 2, offset: UInt64(index))
      }
      #expect(try repeated(entries, limit: limit, batch: batch) == oracle(entries))
    }
  }

  /// More in one partition than is searched at once: several passes over it.
  @Test(arguments: [1 << 18, 1 << 22])
  func severalPasses(limit: Int) throws {
    var random = SeededRandom(seed: 77)
    var entries = (0..<1_300_000).map { index in
      KeyEntry(hash: 0xAB << 56 | random.next() >> 8 | 2, offset: UInt64(index))
    }
    for index in 0..<50 {
      entries.append(
        KeyEntry(hash: entries[index * 20_011].hash, offset: UInt64(entries.count)))
    }
    #expect(try repeated(entries, limit: limit, batch: 10_000) == oracle(entries))
  }

  @Test func aLimitOnCandidates() throws {
    var ledger = KeyLedger(limit: 100)
    for index in 0..<2000 as Range<UInt64> {
      try ledger.add([KeyEntry(hash: (index % 1000) << 54, offset: index)])
    }
    let found = try ledger.repeatedHashes(limit: 10)
    #expect(found.count >= 10 && found.count < 1000)
  }
}
