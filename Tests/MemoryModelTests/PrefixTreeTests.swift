import MemoryModel
import Persistence
import TestSupport
import Testing

/// Which keys a tree of prefixes tells apart.
@Suite struct PrefixTreeTests {
  static func tree(_ keys: [String], leaves: UInt8 = 16, ways: UInt8 = 12) -> PrefixTree<Counted> {
    var tree = PrefixTree<Counted>(.colon, PrefixBounds(leaves: leaves, ways: ways))
    for key in keys { tree.add(key) }
    return tree
  }

  /// Leaves of trees of 8 leaves and 4 segments at a place.
  @Test(
    arguments: [
      ([], []),
      ([""], [" 1"]),
      (["a:x", "a:x", "a:y", "b"], ["a:¦x 2", "a:¦y 1", "b 1"]),
      (["u:17:f", "u:18:f", "u:19"], ["u:¦* 1", "u:¦*:¦f 2"]),
      (["a", "b", "c", "d"], ["a 1", "b 1", "c 1", "d 1"]),
      (["a", "b", "c", "d", "e"], ["[*] 5"]),
      (["", "a", "b", "c", "d"], [" 1", "[*] 4"]),
      (["a:", "b:", "c::x", "d:y", "e"], ["[*] 1", "[*:]… 4"]),
      (["*:", "a:", "b:", "c:", "*", "d"], ["[*] 2", "[*:] 4"]),
      // A budget of 8 is 4 for each of two, and 2 for each of three or four.
      (["a:p", "a:q", "a:r", "a:s", "b"], ["a:¦p 1", "a:¦q 1", "a:¦r 1", "a:¦s 1", "b 1"]),
      (["a:p", "a:q", "a:r", "b", "c"], ["a:… 3", "b 1", "c 1"]),
      (["a:p", "a:q", "a:r:x", "a:s:y", "a:", "b"], ["a: 1", "a:¦[*] 2", "a:¦[*:]… 2", "b 1"]),
      (["a:b:c:p", "a:b:c:q", "d", "e"], ["a:¦b:¦c:¦p 1", "a:¦b:¦c:¦q 1", "d 1", "e 1"]),
      (["a::p", "b:p", "c:p", "d:::p", "e::q", "f"], ["[*] 1", "[*:]¦p 4", "[*:]¦q 1"]),
      (["a::p", "b:::p", "c::p", "d:::p", "e::p"], ["[*::]¦p 5"]),
    ] as [([String], [String])])
  func leaves(_ keys: [String], _ expected: [String]) {
    for keys in [keys, keys.reversed(), keys.sorted()] {
      let found = Self.tree(keys, leaves: 3, ways: 2).leaves.map { "\($0.path) \($0.sums.keys)" }
      #expect(found == expected.sorted())
    }
  }

  /// One beginning is folded before all beginnings are one, and the others have what is not folded.
  @Test func foldedBeforeItsParent() {
    for keys in [
      ["a:p", "a:q", "a:r", "a:s", "a:t", "b:q", "c:", "d:", "e:"],
      ["b:q", "c:", "d:", "a:p", "a:q", "a:r", "a:s", "a:t", "e:q"],
    ] {
      for keys in [keys, keys.reversed()] {
        let leaves = Self.tree(keys, leaves: 6, ways: 2).leaves
        let reference = PrefixReference(
          keys.map { key in
            let parts = key.split(separator: ":").map(String.init)
            return ([parts[0] + ":"] + parts.dropFirst(), 1)
          }, leaves: 64, ways: 4)
        #expect(leaves == reference.found)
        #expect(leaves.map(\.path).contains("[*:]¦[*]"))
      }
    }
  }

  @Test func standardBounds() {
    let few = (0..<4096).flatMap { prefix in
      (0..<8).map { "\(Self.word(prefix)):\(Self.word($0)):x" }
    }
    #expect(Self.tree(few).leaves.count == 4096 * 8)
    let many = Self.tree((0..<4097).map { "\(Self.word($0)):17" }).leaves
    #expect(many.map(\.path) == ["[*:]¦*"])
  }

  /// A number in letters.
  static func word(_ number: Int) -> String {
    var (text, rest) = ("", number)
    repeat {
      text.append(Character(Unicode.Scalar(UInt8(97 + rest % 26))))
      rest /= 26
    } while rest > 0
    return text
  }

  // MARK: Properties

  /// Random keys whose segments come from few words, so that beginnings and patterns repeat.
  static func keys(_ random: inout SeededRandom, _ separators: String) -> [(
    segments: [String], bytes: UInt64
  )] {
    let marks = Array(separators)
    let words = Int.random(in: 1...12, using: &random)
    let deepest = Int.random(in: 1...8, using: &random)
    return (0..<Int.random(in: 0...120, using: &random)).map { _ in
      var segments: [String] = []
      let count = Int.random(in: 0...deepest, using: &random)
      for index in 0..<count {
        let isLast = index == count - 1
        // Behind some words come many and behind others few, so that one beginning is folded by itself.
        let before = segments.last?.utf8.first.map { Int($0) * 5 + index } ?? words - 1
        var segment = word(Int.random(in: 0...(before % words), using: &random))
        if Int.random(in: 0...9, using: &random) == 0 { segment = "*" }
        if !isLast || Int.random(in: 0...3, using: &random) == 0 {
          for _ in 0..<(Int.random(in: 0...5, using: &random) == 0 ? 2 : 1) {
            segment.append(marks.randomElement(using: &random) ?? ":")
          }
        }
        segments.append(segment)
      }
      return (segments, UInt64.random(in: 0...1000, using: &random))
    }
  }

  /// The tree is the one of the written rules, for any order of the keys, however they are divided, and in
  /// whatever order the parts are merged or read back.
  @Test(arguments: 0..<40)
  func oneTreeForOneSet(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<6 {
      let leaves = UInt8.random(in: 1...9, using: &random)
      let ways = UInt8.random(in: 1...max(3, leaves) - 2, using: &random)
      let separators = Int.random(in: 0...1, using: &random) == 0 ? ":" : ":|"
      let empty = PrefixTree<Counted>(
        KeySeparators(Array(separators.utf8)), PrefixBounds(leaves: leaves, ways: ways))
      var keys = Self.keys(&random, separators)
      let expected = PrefixReference(keys, leaves: 1 << leaves, ways: 1 << ways, separators).found
      #expect(expected.count <= 1 << leaves)
      for order in 0..<5 {
        keys.shuffle(using: &random)
        // In order, what is behind a beginning is folded before the beginnings are; else mostly after.
        switch order {
        case 0: keys.sort { $0.segments.lexicographicallyPrecedes($1.segments) }
        case 1: keys.sort { $1.segments.lexicographicallyPrecedes($0.segments) }
        case 2: keys.sort { $0.segments.count > $1.segments.count }
        default: break
        }
        var whole = empty
        for key in keys { whole.add(key.segments.joined(), bytes: key.bytes) }
        #expect(whole.leaves == expected)
        var parts = Array(repeating: empty, count: Int.random(in: 1...6, using: &random))
        var dealt = 0
        for key in keys {
          let isDealt = order % 2 == 0
          let part =
            isDealt
            ? Int.random(in: 0..<parts.count, using: &random) : dealt * parts.count / keys.count
          dealt += 1
          parts[part].add(key.segments.joined(), bytes: key.bytes)
        }
        while parts.count > 1 {
          let other = parts.remove(at: Int.random(in: 0..<parts.count, using: &random))
          parts[Int.random(in: 0..<parts.count, using: &random)].merge(other)
        }
        #expect(parts[0].leaves == expected)
        #expect(parts[0].total == whole.total)
        #expect(parts[0].nodeCount == whole.nodeCount)
        #expect(Self.readBack(parts[0], &random).leaves == expected)
      }
    }
  }

  /// The tree that is made of the leaves of another one, taken in any order.
  static func readBack(
    _ tree: PrefixTree<Counted>, _ random: inout SeededRandom
  ) -> PrefixTree<Counted> {
    var leaves: [(PrefixLeaf, Counted)] = []
    tree.forEachLeaf { leaves.append(($0, $1)) }
    leaves.shuffle(using: &random)
    var copy = PrefixTree<Counted>(tree.separators, tree.bounds)
    for (leaf, sums) in leaves {
      let isAdded = copy.add(leaf, sums)
      #expect(isAdded)
    }
    return copy
  }

  /// Leaves of a file that no tree can have.
  @Test func foreignLeaves() throws {
    let text = Array("a:*:b".utf8)
    #expect(PrefixLeaf(text: text, ends: [2, 4, 5], folded: 2, isClosed: false) != nil)
    #expect(PrefixLeaf(text: [], ends: [], folded: 0, isClosed: true) != nil)
    #expect(PrefixLeaf(text: text, ends: [2, 4], folded: 0, isClosed: false) == nil)
    #expect(PrefixLeaf(text: text, ends: [2, 2, 5], folded: 0, isClosed: false) == nil)
    #expect(PrefixLeaf(text: text, ends: [4, 2, 5], folded: 0, isClosed: false) == nil)
    #expect(PrefixLeaf(text: text, ends: [2, 4, 5], folded: 8, isClosed: false) == nil)
    #expect(PrefixLeaf(text: text, ends: [2, 4, 5], folded: 1, isClosed: false) == nil)
    #expect(
      PrefixLeaf(text: text, ends: [1, 2, 3, 4, 5, 5, 5, 5, 5], folded: 0, isClosed: false) == nil)
    var tree = PrefixTree<Counted>()
    let other = try #require(
      PrefixLeaf(text: Array("a|b".utf8), ends: [2, 3], folded: 0, isClosed: false))
    var isAdded = tree.add(other, Counted())
    #expect(!isAdded)
    let mixed = try #require(
      PrefixLeaf(text: Array("*a:b".utf8), ends: [3, 4], folded: 1, isClosed: false))
    isAdded = tree.add(mixed, Counted())
    #expect(!isAdded)
    #expect(tree.leaves.isEmpty && tree.nodeCount == 1)
  }
}
