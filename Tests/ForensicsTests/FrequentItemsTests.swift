import Forensics
import Persistence
import TestSupport
import Testing

@Suite struct FrequentItemsTests {
  /// Feeds the strings as batches of `batch` do.
  private func count(_ stream: [String], into items: inout FrequentItems, batch: Int = 1000) {
    var start = 0
    while start < stream.count {
      let end = min(start + batch, stream.count)
      var table = ItemTable(mostKept: CommandTally.mostKeptOfKey)
      for string in stream[start..<end] {
        let bytes = Array(string.utf8)
        table.add(bytes.raw, hash: StableHash.hash(bytes.raw), bytes: 10)
      }
      for item in table.items { items.add(item, of: table, count: item.count, bytes: item.bytes) }
      start = end
    }
  }

  /// Numbers of a Zipf distribution with exponent 1.
  private func zipf(_ count: Int, of ranks: Int, seed: UInt64) -> [String] {
    var random = SeededRandom(seed: seed)
    var sums: [Double] = []
    for rank in 1...ranks { sums.append((sums.last ?? 0) + 1 / Double(rank)) }
    return (0..<count).map { _ in
      let target = Double(random.next() >> 11) / 0x1p53 * (sums.last ?? 0)
      var (low, high) = (0, ranks - 1)
      while low < high {
        let middle = (low + high) / 2
        if sums[middle] < target { low = middle + 1 } else { high = middle }
      }
      return "key:\(low)"
    }
  }

  @Test func exactWhileThereIsRoom() {
    let stream = zipf(20_000, of: 3000, seed: 1)
    var items = FrequentItems()
    count(stream, into: &items)
    let naive = stream.reduce(into: [String: UInt64]()) { $0[$1, default: 0] += 1 }
    #expect(items.error == 0)
    let top = items.top(50)
    let expected = naive.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(50)
    #expect(top.map(\.string.description) == expected.map(\.key))
    #expect(top.map(\.atLeast) == expected.map(\.value))
    #expect(
      top.allSatisfy { $0.atMost == $0.atLeast && $0.isCertain && $0.bytes == 10 * $0.atLeast })
  }

  /// The true count of everything lies between the bounds, and nothing is missing that came more often
  /// than the error.
  @Test(arguments: [64, 1024])
  func boundsHold(_ capacity: Int) {
    let stream = zipf(200_000, of: 50_000, seed: 2)
    var items = FrequentItems(capacity: capacity)
    count(stream, into: &items)
    let naive = stream.reduce(into: [String: UInt64]()) { $0[$1, default: 0] += 1 }
    #expect(items.error > 0 && items.count <= capacity)
    let all = items.top(capacity)
    #expect(all.count == items.count)
    for item in all {
      let truth = naive[item.string.description] ?? 0
      #expect(item.atLeast <= truth && truth <= item.atMost)
    }
    let names = Set(all.map(\.string.description))
    for (name, count) in naive where count > items.error { #expect(names.contains(name)) }
    // Of a full table of the stream's numbers, half is lost at each purge.
    #expect(items.error <= UInt64(stream.count * 4 / capacity))
  }

  /// Long strings fill the room for text before the table is full.
  @Test func textIsBounded() {
    var items = FrequentItems(capacity: 5000, textCapacity: 20_000)
    let long = String(repeating: "x", count: 2000)
    count((0..<3000).map { "\($0)" + long } + Array(repeating: "short", count: 3000), into: &items)
    #expect(items.keptBytes <= 20_000)
    let top = items.top(1)
    #expect(top.first?.string == "short")
    #expect(items.top(0).isEmpty && FrequentItems().top(5).isEmpty)
  }

  @Test func sameCountsAreInTheOrderOfTheirBytes() {
    var items = FrequentItems()
    count(["b", "a", "c", "c"], into: &items)
    #expect(items.top(3).map(\.string) == ["c", "a", "b"])
  }
}
