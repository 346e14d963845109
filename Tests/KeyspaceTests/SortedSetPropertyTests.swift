import Persistence
import TestSupport
import Testing

import Keyspace

/// Sorted sets against a model: an array that is sorted after each change.
@Suite struct SortedSetPropertyTests {
  /// What a sorted set should hold.
  private struct Model {
    var scores: [[UInt8]: Double] = [:]

    var ordered: [RDBScoredMember] {
      scores.map { RDBScoredMember(member: ByteString($0.key), score: $0.value) }
        .sorted { ($0.score, $0.member) < ($1.score, $1.member) }
    }
  }

  private func add(
    _ member: [UInt8], _ score: Double, to set: inout SortedSetValue, _ limits: EncodingLimits
  ) -> Bool {
    set.add(unsafe member.span.bytes, score, limits: limits) { $0 == score ? nil : score }
  }

  private func member(_ random: inout SeededRandom, of count: Int) -> [UInt8] {
    let number = Int.random(in: 0..<count, using: &random)
    // Lengths on both sides of where the length takes more than a byte.
    return number % 97 == 0
      ? Array("\(number)".utf8) + [UInt8](repeating: 0xFF, count: 250 + number % 9)
      : Array("m\(number)".utf8)
  }

  private func score(_ random: inout SeededRandom) -> Double {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: Double.random(in: -1...1, using: &random)
    case 1:
      [.infinity, -.infinity, 0x1p47, -0x1p47, .leastNonzeroMagnitude].randomElement(using: &random)
        ?? 0
    case 2: Double(Int.random(in: -0x1_0000_0000...0x1_0000_0000, using: &random))
    case 3: Double(Int.random(in: -40_000...40_000, using: &random))
    default: Double(Int.random(in: -10...300, using: &random))
    }
  }

  /// Compares all that a set tells with the model.
  private func check(_ set: SortedSetValue, _ model: Model, _ random: inout SeededRandom) {
    let ordered = model.ordered
    #expect(set.members == ordered)
    #expect(set.count == ordered.count)
    guard !ordered.isEmpty else { return }
    for _ in 0..<20 {
      let rank = Int.random(in: 0..<ordered.count, using: &random)
      let bytes = ordered[rank].member.bytes
      #expect(set.rank(of: unsafe bytes.span.bytes) == rank)
      #expect(set.score(of: unsafe bytes.span.bytes) == ordered[rank].score)
      let end = Int.random(in: rank...ordered.count, using: &random)
      var found: [RDBScoredMember] = []
      set.forEach(rank..<end, reversed: true) {
        found.append(RDBScoredMember(member: ByteString($0), score: $1))
      }
      #expect(found.reversed() == Array(ordered[rank..<end]))
    }
    let absent = Array("absent".utf8)
    #expect(set.rank(of: unsafe absent.span.bytes) == nil)
  }

  @Test(arguments: [0, 20, 300, 1_000_000])
  func changes(smallEntries: Int) {
    var limits = EncodingLimits()
    limits.sortedSetEntries = smallEntries
    limits.sortedSetValue = 300
    var random = SeededRandom(seed: UInt64(smallEntries) + 1)
    var set = SortedSetValue()
    var model = Model()
    for step in 1...6000 {
      // Times of growth and of decline.
      let grows = step / 1500 % 2 == 0
      switch Int.random(in: 0..<100, using: &random) {
      case 0..<(grows ? 80 : 30):
        let member = member(&random, of: 3000)
        let score = score(&random)
        let isNew = add(member, score, to: &set, limits)
        #expect(isNew == (model.scores[member] == nil))
        model.scores[member] = score
      case 98 where !set.isEmpty:
        let start = Int.random(in: 0..<set.count, using: &random)
        let end = Int.random(in: start...min(set.count, start + (grows ? 9 : 400)), using: &random)
        for member in model.ordered[start..<end] { model.scores[member.member.bytes] = nil }
        set.remove(start..<end)
      default:
        let member = member(&random, of: 3000)
        let isThere = model.scores.removeValue(forKey: member) != nil
        #expect(set.remove(unsafe member.span.bytes) == isThere)
      }
      if step % 300 == 0 { check(set, model, &random) }
    }
  }

  @Test func copiesAreIndependent() {
    for count in [50, 5000] {
      let limits = EncodingLimits()
      var set = SortedSetValue()
      for number in 0..<count {
        _ = add(Array("m\(number)".utf8), Double(number % 100), to: &set, limits)
      }
      let copy = set
      let before = copy.members
      for number in 0..<count where number % 2 == 0 {
        let member = Array("m\(number)".utf8)
        _ = set.remove(unsafe member.span.bytes)
      }
      _ = add(Array("m1".utf8), -5, to: &set, limits)
      #expect(copy.members == before)
      #expect(set.count == count / 2)
    }
  }

  @Test(arguments: [10, 129, 3000])
  func buildsFromAnyOrder(count: Int) {
    let ascending = (0..<count).map {
      RDBScoredMember(member: ByteString("m\($0)"), score: Double($0) / 4)
    }
    var random = SeededRandom(seed: 8)
    for order in [ascending, ascending.reversed(), ascending.shuffled(using: &random)] {
      let set = SortedSetValue(order)
      #expect(set.members == ascending)
      #expect(set.isSmall == (count <= 128))
    }
  }

  @Test func keepsEveryDouble() {
    let scores: [Double] = [
      -.infinity, -1e300, -0x1p47, -0x1p46 - 1, -0x8000_0001, -0x8000_0000, -32769, -32768, -0.1,
      -.leastNonzeroMagnitude, -0.0, .leastNonzeroMagnitude, 0.1, 1, 250, 251, 32767, 32768,
      0x7FFF_FFFF, 0x8000_0000, 0x1p47 - 1,
      0x1p53 + 2, 1e300, .infinity,
    ]
    let members = scores.enumerated().map {
      RDBScoredMember(member: ByteString("m\($0.offset)"), score: $0.element)
    }
    for limit in [128, 0] {
      var limits = EncodingLimits()
      limits.sortedSetEntries = limit
      let set = SortedSetValue(members, limits: limits)
      #expect(set.isSmall == (limit > 0))
      #expect(set.members.map(\.score.bitPattern) == scores.map(\.bitPattern))
    }
  }

  /// What is in a large set all the time is told by a scan during which others come and go.
  @Test func scansTellAllThatStays() {
    let limits = EncodingLimits()
    var set = SortedSetValue()
    for number in 0..<1000 { _ = add(Array("stays:\(number)".utf8), 0, to: &set, limits) }
    var told: Set<ByteString> = []
    var cursor: UInt64 = 0
    var step = 0
    repeat {
      cursor = set.scan(cursor) { member, _ in told.insert(ByteString(member)) }
      // A set that grew for ever would not be told to its end.
      for number in 0..<(step < 400 ? 7 : 0) {
        _ = add(Array("new:\(step):\(number)".utf8), 1, to: &set, limits)
      }
      let gone = Array("new:\(step / 2):0".utf8)
      _ = set.remove(unsafe gone.span.bytes)
      step += 1
    } while cursor != 0
    #expect((0..<1000).allSatisfy { told.contains(ByteString("stays:\($0)")) })
  }
}
