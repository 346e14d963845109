import Keyspace
import Persistence
import TestSupport
import Testing

/// The small sets of integers against a set.
@Suite struct EditableIntsetTests {
  @Test func behavesAsASet() throws {
    var random = SeededRandom(seed: 21)
    let ranges: [ClosedRange<Int64>] = [-100...100, -40_000...40_000, .min ... .max]
    for range in ranges {
      var intset = EditableIntset()
      var model: Set<Int64> = []
      var mistakes = 0
      for step in 0..<3000 {
        let near = Int64.random(in: -50...50, using: &random)
        let member =
          Bool.random(using: &random) ? near : Int64.random(in: range, using: &random)
        if Int.random(in: 0..<10, using: &random) < (step < 1500 ? 7 : 3) {
          let isNew = intset.insert(member)
          if isNew != model.insert(member).inserted { mistakes += 1 }
        } else {
          let wasThere = intset.remove(member)
          if wasThere != (model.remove(member) != nil) { mistakes += 1 }
        }
        if intset.contains(member) != model.contains(member) { mistakes += 1 }
        if step % 100 == 0, !model.isEmpty { try expectValid(intset, model) }
      }
      #expect(mistakes == 0)
    }
  }

  private func expectValid(_ intset: EditableIntset, _ model: Set<Int64>) throws {
    let blob = try unsafe Intset(intset.bytes.span.bytes)
    try blob.checkOrder()
    #expect(blob.count == model.count && intset.count == model.count)
    #expect((0..<blob.count).map { blob[$0] } == model.sorted())
  }

  @Test func widensAndNeverNarrows() {
    var intset = EditableIntset([3, 1, 2, 2])
    #expect(intset.bytes == [2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 2, 0, 3, 0])
    let isNew = intset.insert(-70_000)
    #expect(isNew)
    #expect(
      intset.bytes == [4, 0, 0, 0, 4, 0, 0, 0] + [0x90, 0xEE, 0xFE, 0xFF] + [1, 0, 0, 0]
        + [2, 0, 0, 0] + [3, 0, 0, 0])
    let wasThere = intset.remove(-70_000)
    #expect(wasThere)
    #expect(intset.bytes == [4, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
  }
}
