import Keyspace
import Persistence
import TestSupport
import Testing

/// The structure of lists.
@Suite struct ListValueTests {
  /// Random changes, compared with an array. Small nodes, so that there are many.
  @Test(arguments: [40, 100, 8192])
  func randomChanges(limit: Int) {
    var random = SeededRandom(seed: UInt64(limit))
    var list = ListValue()
    var model: [[UInt8]] = []
    for step in 0..<6000 {
      let isLarge = limit == 8192
      let entry = Self.entry(&random, isLarge)
      let index = Int.random(in: 0...max(model.count - 1, 0), using: &random)
      switch Int.random(in: 0...11, using: &random) {
      case 0...2:
        list.prepare(adding: entry.count, limit: limit)
        list.push(unsafe entry.span.bytes, atHead: false, limit: limit)
        model.append(entry)
      case 3, 4:
        list.prepare(adding: entry.count, limit: limit)
        list.push(unsafe entry.span.bytes, atHead: true, limit: limit)
        model.insert(entry, at: 0)
      case 5 where !model.isEmpty, 6 where !model.isEmpty:
        list.insert(unsafe entry.span.bytes, at: list.place(of: index), limit: limit)
        model.insert(entry, at: index)
      case 7 where !model.isEmpty:
        list.replace(at: list.place(of: index), with: unsafe entry.span.bytes, limit: limit)
        model[index] = entry
      case 8 where !model.isEmpty:
        let most = Int.random(in: 0...30, using: &random) == 0 ? model.count : 5
        let count = Int.random(in: 1...min(most, model.count - index), using: &random)
        list.remove(from: index, count: count, limit: limit)
        model.removeSubrange(index..<(index + count))
      case 9 where !model.isEmpty:
        let wanted = model[index]
        let backwards = Bool.random(using: &random)
        let removed = list.removeAll(
          unsafe wanted.span.bytes, most: 2, backwards: backwards, limit: limit)
        #expect(Self.remove(wanted, most: 2, backwards, &model) == removed)
      case 10 where !model.isEmpty:
        #expect(list.copy(index) == model[index])
      default:
        var backwards: [[UInt8]] = []
        list.scan(from: model.count - 1, backwards: true) { element, blob, _ in
          backwards.append(element.bytes(in: blob).bytes)
          return backwards.count < 50
        }
        #expect(backwards == Array(model.reversed().prefix(50)))
      }
      #expect(list.count == model.count)
      if step % 20 == 0 {
        #expect(list.elements.map(\.bytes) == model)
        Self.check(list, limit: limit)
      }
    }
    #expect(ListValue(list.elements, limit: limit).elements == list.elements)
  }

  private static func entry(_ random: inout SeededRandom, _ isLarge: Bool) -> [UInt8] {
    switch Int.random(in: 0...9, using: &random) {
    case 0: random.bytes(Int.random(in: 0...(isLarge ? 12_000 : 60), using: &random))
    case 1: random.bytes(Int.random(in: 0...(isLarge ? 4000 : 30), using: &random))
    case 2, 3: Array(String(Int.random(in: -9...9, using: &random)).utf8)
    case 4: Array(String(Int.random(in: -70_000...70_000, using: &random)).utf8)
    default: Array("element \(Int.random(in: 0...20, using: &random))".utf8)
    }
  }

  private static func remove(
    _ entry: [UInt8], most: Int, _ backwards: Bool, _ model: inout [[UInt8]]
  ) -> Int {
    var removed = 0
    while removed < most,
      let index = backwards ? model.lastIndex(of: entry) : model.firstIndex(of: entry)
    {
      model.remove(at: index)
      removed += 1
    }
    return removed
  }

  /// Every node is one that a server may have.
  private static func check(_ list: ListValue, limit: Int) {
    guard case .quicklist = list else { return }
    for index in 0..<list.nodeCount {
      let node = list.node(index)
      #expect(node.count > 0)
      if node.isPlain {
        #expect(node.size > limit && node.count == 1)
      } else {
        #expect(node.size <= max(limit, 7 + limit + 7) && node.count == node.pack.count)
        #expect((try? ListpackProperty.count(node.bytes)) == node.count)
      }
    }
  }

  @Test func copiesAreIndependent() {
    var list = ListValue((0..<5000).map { ByteString("element \($0)") })
    let copy = list
    list.remove(from: 0, count: 4999, limit: 8192)
    list.push(unsafe Array("new".utf8).span.bytes, atHead: true, limit: 8192)
    #expect(copy.count == 5000)
    #expect(copy.copy(2500) == Array("element 2500".utf8))
    #expect(list.elements == ["new", "element 4999"])
  }

  @Test func formsFollowTheSize() {
    var list = ListValue()
    #expect(list.nodeCount == 1)
    let entry = [UInt8](repeating: 120, count: 1000)
    for _ in 0..<9 {
      list.prepare(adding: 1000, limit: 8192)
      list.push(unsafe entry.span.bytes, atHead: false, limit: 8192)
    }
    guard case .quicklist = list else { return #expect(Bool(false), "not a quicklist") }
    list.remove(from: 5, count: 4, limit: 8192)
    guard case .quicklist = list else { return #expect(Bool(false), "above half a node") }
    list.remove(from: 0, count: 1, limit: 8192)
    guard case .listpack(let pack) = list else { return #expect(Bool(false), "not a listpack") }
    #expect(pack.count == 4)
  }
}

/// What the checker of files says of listpacks.
enum ListpackProperty {
  /// The number of entries. Throws for a listpack that is not valid.
  static func count(_ bytes: [UInt8]) throws -> Int {
    var cursor = try ListpackCursor(unsafe bytes.span.bytes)
    while try cursor.next() != nil {}
    return cursor.position
  }
}
