import MemoryModel
import Persistence
import TestSupport

/// Sums for tests.
struct Counted: PrefixSums, Hashable {
  var keys: UInt64 = 0
  var bytes: UInt64 = 0

  init() {}
  init(keys: UInt64, bytes: UInt64) { (self.keys, self.bytes) = (keys, bytes) }

  mutating func add(_ other: Counted) {
    keys += other.keys
    bytes += other.bytes
  }
}

/// A leaf as the reference and the tree tell it: `user:¦[*:]¦x`, closed ones with `…` behind.
struct Leaf: Hashable, CustomStringConvertible {
  var path: String
  var sums: Counted
  var description: String { "\(path) \(sums.keys)/\(sums.bytes)" }
}

/// The rules of folding as they are written down, from the root down and for all keys at once.
struct PrefixReference {
  struct Key {
    var segments: ArraySlice<String>
    var bytes: UInt64
  }

  var leaves: Int
  var ways: Int
  var separators: String = ":"
  private(set) var found: [Leaf] = []

  init(
    _ keys: [(segments: [String], bytes: UInt64)], leaves: Int, ways: Int,
    _ separators: String = ":"
  ) {
    self.leaves = leaves
    self.ways = ways
    self.separators = separators
    visit(keys.map { Key(segments: $0.segments[...], bytes: $0.bytes) }, budget: leaves, path: [])
    found.sort { $0.path < $1.path }
  }

  private mutating func add(_ path: [String], _ keys: [Key], _ mark: String = "") {
    let sums = Counted(keys: UInt64(keys.count), bytes: keys.reduce(0) { $0 + $1.bytes })
    found.append(Leaf(path: path.joined(separator: "¦") + mark, sums: sums))
  }

  private mutating func visit(_ keys: [Key], budget: Int, path: [String]) {
    let ends = keys.filter { $0.segments.isEmpty }
    let groups = Dictionary(grouping: keys.filter { !$0.segments.isEmpty }) {
      $0.segments.first ?? ""
    }
    let continuations = groups.count + (ends.isEmpty ? 0 : 1)
    if continuations > min(budget, ways) {
      if budget < 4 { return add(path, keys, "…") }
      if !ends.isEmpty { add(path, ends) }
      let rest = groups.filter { !run($0.key).isEmpty }
      let last = groups.filter { run($0.key).isEmpty }.flatMap(\.value)
      if !last.isEmpty { add(path + ["[*]"], last) }
      // The shortest run of separators, the smallest of these.
      let runs = rest.keys.map(run).sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
      if let shortest = runs.first {
        let tails = rest.values.joined().map {
          Key(segments: $0.segments.dropFirst(), bytes: $0.bytes)
        }
        visit(tails, budget: max(1, budget / ways), path: path + ["[*\(shortest)]"])
      }
      return
    }
    if !ends.isEmpty { add(path, ends) }
    var share = 1
    while share < continuations { share *= 2 }
    for (segment, keys) in groups {
      let tails = keys.map { Key(segments: $0.segments.dropFirst(), bytes: $0.bytes) }
      visit(tails, budget: max(1, budget / share), path: path + [segment])
    }
  }

  private func run(_ segment: String) -> String {
    String(segment.reversed().prefix { separators.contains($0) }.reversed())
  }
}

extension PrefixTree<Counted> {
  /// Adds a key by its pattern.
  mutating func add(_ key: String, bytes: UInt64 = 1) {
    var pattern = KeyPattern(separators)
    pattern.fold(Array(key.utf8).raw)
    add(pattern) { $0.add(Counted(keys: 1, bytes: bytes)) }
  }

  /// All leaves, as the reference tells them.
  var leaves: [Leaf] {
    var leaves: [Leaf] = []
    forEachLeaf { leaf, sums in
      var start = 0
      var path: [String] = []
      for (index, end) in leaf.ends.enumerated() {
        let segment = String(decoding: leaf.text[start..<Int(end)], as: UTF8.self)
        path.append(leaf.folded >> UInt8(index) & 1 == 1 ? "[\(segment)]" : segment)
        start = Int(end)
      }
      leaves.append(
        Leaf(path: path.joined(separator: "¦") + (leaf.isClosed ? "…" : ""), sums: sums))
    }
    return leaves.sorted { $0.path < $1.path }
  }
}
