import MemoryModel
import Persistence
import TestSupport
import Testing

/// Keys that are made to fill the memory of a tree of prefixes.
@Suite(.serialized) struct PrefixTreeLoadTests {
  /// Nodes that a tree of the standard bounds never exceeds, and bytes of its memory.
  static let mostNodes = 1 + 8 << 16
  static let mostBytes = 64 << 20

  /// Adds keys to a tree, and compares its size with the bounds all along.
  static func fill(_ count: Int, _ key: (Int) -> [UInt8]) -> PrefixTree<Counted> {
    var tree = PrefixTree<Counted>(KeySeparators(Array(":|".utf8)))
    var pattern = KeyPattern(tree.separators)
    var isWithin = true
    for number in 0..<count {
      pattern.fold(key(number).raw)
      tree.add(pattern) { $0.add(Counted(keys: 1, bytes: UInt64(number))) }
      isWithin = isWithin && tree.nodeCount <= mostNodes && tree.footprint <= mostBytes
    }
    #expect(isWithin)
    #expect(tree.total == Counted(keys: UInt64(count), bytes: UInt64(count * (count - 1) / 2)))
    return tree
  }

  static func letters(_ count: Int, _ random: inout SeededRandom) -> [UInt8] {
    (0..<count).map { _ in UInt8(ascii: "g") + UInt8(truncatingIfNeeded: random.next() % 20) }
  }

  /// Random letters behind random separators.
  @Test func randomKeys() {
    var random = SeededRandom(seed: 3)
    let tree = Self.fill(1_000_000) { _ in
      var key: [UInt8] = []
      for _ in 0...(random.next() % 10) {
        key += Self.letters(Int(random.next() % 6), &random)
        key.append(random.next() % 2 == 0 ? UInt8(ascii: ":") : UInt8(ascii: "|"))
      }
      return key
    }
    #expect(tree.nodeCount < 100)
  }

  /// As many leaves as there may be, each with eight long segments of its own; the next keys fold them.
  @Test func fullTree() {
    var random = SeededRandom(seed: 4)
    let tails = (0..<8).map { _ in Self.letters(14, &random) }
    func key(_ number: Int, _ beginnings: Int) -> [UInt8] {
      var key =
        Array(PrefixTreeTests.word(number % beginnings).utf8) + tails[0] + [UInt8(ascii: ":")]
      let rest = Array(PrefixTreeTests.word(number / beginnings).utf8)
      for tail in tails.dropFirst() { key += rest + tail + [UInt8(ascii: ":")] }
      return key.dropLast()
    }
    let full = Self.fill(4096 * 16) { key($0, 4096) }
    #expect(full.nodeCount == 1 + 4096 + 7 << 16)
    var leaves = 0
    full.forEachLeaf { _, _ in leaves += 1 }
    #expect(leaves == 1 << 16)
    var merged = PrefixTree<Counted>(full.separators)
    merged.merge(full)
    #expect(merged.nodeCount == full.nodeCount && merged.footprint <= Self.mostBytes)
    // One beginning more: all are one.
    merged.add("x:y", bytes: 0)
    #expect(merged.leaves.map(\.path) == ["[*:]¦[*:]…", "[*:]¦[*]"])
    #expect(merged.nodeCount == 4)
  }

  /// Beginnings that become more and more while what is behind them is there already.
  @Test func shrinkingBudgets() {
    var random = SeededRandom(seed: 5)
    let tree = Self.fill(300_000) { number in
      let beginnings = 1 + number / 80
      let first = PrefixTreeTests.word(Int(random.next() % UInt64(beginnings)))
      return Array((first + ":").utf8) + Self.letters(3, &random) + [UInt8(ascii: ":")]
        + Self.letters(2, &random)
    }
    #expect(tree.nodeCount <= Self.mostNodes)
  }
}
