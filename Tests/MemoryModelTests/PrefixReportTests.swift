import MemoryModel
import Testing

/// What is told of a tree of prefixes.
@Suite struct PrefixReportTests {
  static let keys = [
    ("user:1:friends", 40), ("user:2:friends", 50), ("user:3:feed", 5), ("user:4", 7),
    ("page:home", 100),
    ("page:", 1), ("a:b:c:9", 3), ("a:b:c:x:y", 2), ("solo", 100), ("", 4),
  ]

  static func report(
    _ most: Int, leaves: UInt8 = 16, depth: Int = .max
  ) -> PrefixReport<Counted> {
    var tree = PrefixTree<Counted>(.colon, PrefixBounds(leaves: leaves, ways: leaves))
    for (key, bytes) in keys.shuffled() { tree.add(key, bytes: UInt64(bytes)) }
    return tree.report(most: most, depth: depth) { $0.bytes }
  }

  /// A line for each node: prefix, bytes of all, of its own, and of what is left out.
  static func lines(_ node: PrefixReport<Counted>.Node, _ indent: String = "") -> [String] {
    var line = indent + String(decoding: node.prefix, as: UTF8.self) + " \(node.total.bytes)"
    if let own = node.own { line += " own \(own.bytes)" }
    if let other = node.other { line += " other \(node.otherCount): \(other.bytes)" }
    return [line] + node.children.flatMap { lines($0, indent + "  ") }
  }

  @Test func all() {
    let report = Self.report(100)
    #expect(
      Self.lines(report.root) == [
        " 312 own 4",
        "  user: 102",
        "    user:*: 95",
        "      user:*:friends 90 own 90",
        "      user:*:feed 5 own 5",
        "    user:* 7 own 7",
        "  page: 101 own 1",
        "    page:home 100 own 100",
        "  solo 100 own 100",
        "  a:b:c: 5",
        "    a:b:c:* 3 own 3",
        "    a:b:c:x:y 2 own 2",
      ])
    #expect(report.count == 11)
    #expect(report.root.total.keys == 10)
  }

  /// The largest ones, of equal ones those whose bytes come first.
  @Test(arguments: [
    (0, [" 312 own 4 other 4: 308"]),
    (1, [" 312 own 4 other 3: 206", "  user: 102 other 2: 102"]),
    (
      3,
      [
        " 312 own 4 other 2: 105", "  user: 102 other 2: 102", "  page: 101 own 1",
        "    page:home 100 own 100",
      ]
    ),
    (
      5,
      [
        " 312 own 4 other 1: 5", "  user: 102 other 1: 7", "    user:*: 95 other 2: 95",
        "  page: 101 own 1", "    page:home 100 own 100", "  solo 100 own 100",
      ]
    ),
  ])
  func largest(_ most: Int, _ expected: [String]) {
    #expect(Self.lines(Self.report(most).root) == expected)
  }

  /// Prefixes of at most so many segments, each with all that is below it.
  @Test func depth() {
    #expect(
      Self.lines(Self.report(100, depth: 1).root) == [
        " 312 own 4", "  user: 102", "  page: 101 own 1", "  solo 100 own 100", "  a: 5",
      ])
    #expect(
      Self.lines(Self.report(100, depth: 2).root) == [
        " 312 own 4", "  user: 102", "    user:*: 95", "    user:* 7 own 7", "  page: 101 own 1",
        "    page:home 100 own 100", "  solo 100 own 100", "  a:b: 5",
      ])
    #expect(Self.lines(Self.report(100, depth: 5).root) == Self.lines(Self.report(100).root))
  }

  /// What is not told apart has a `*` behind it.
  @Test func closedPrefixes() {
    #expect(
      Self.lines(Self.report(100, leaves: 3).root) == [
        " 312 own 4",
        "  user:* 102 own 102",
        "  page:* 101 own 101",
        "  solo 100 own 100",
        "  a:b:c:* 5 own 5",
      ])
    #expect(Self.lines(Self.report(100, leaves: 1).root) == ["* 312 own 312"])
  }
}
