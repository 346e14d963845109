import Keyspace
import TestSupport
import Testing

/// The table of large hashes and sets against a dictionary.
@Suite struct PackedTableTests {
  @Test(arguments: [false, true]) func behavesAsADictionary(hasValues: Bool) {
    var random = SeededRandom(seed: hasValues ? 11 : 12)
    var table = PackedTable(hasValues: hasValues)
    var model: [[UInt8]: [UInt8]] = [:]
    var mistakes = 0
    for step in 0..<20_000 {
      // Phases of growing and of shrinking.
      let shrinks = step / 4000 % 2 == 1
      let key = Self.key(Int.random(in: 0..<1000, using: &random))
      if Int.random(in: 0..<10, using: &random) < (shrinks ? 7 : 3) {
        let wasThere = table.remove(key: key)
        if wasThere != (model.removeValue(forKey: key) != nil) { mistakes += 1 }
      } else {
        let value = hasValues ? random.bytes(Int.random(in: 0..<4, using: &random) * 70) : []
        let isNew = table.set(key, value)
        if isNew != (model.updateValue(value, forKey: key) == nil) { mistakes += 1 }
      }
      if step % 2000 == 0 { Self.expectEqual(table, model) }
    }
    #expect(mistakes == 0)
    Self.expectEqual(table, model)
    for key in model.keys { table.remove(key: key) }
    #expect(table.count == 0 && table.arena.isEmpty && table.slots.count <= 16)
  }

  /// Keys of all lengths that the head of a record tells differently.
  private static func key(_ number: Int) -> [UInt8] {
    let key = Array("key:\(number)".utf8)
    switch number % 50 {
    case 0: return number == 0 ? [] : key + [UInt8](repeating: 0, count: 64 + number % 9)
    case 1: return key + [UInt8](repeating: 1, count: 130)
    case 2 where number < 60: return key + [UInt8](repeating: 2, count: 20_000)
    default: return key
    }
  }

  private static func expectEqual(_ table: PackedTable, _ model: [[UInt8]: [UInt8]]) {
    #expect(table.count == model.count)
    #expect(table.contents == model)
    #expect(model.allSatisfy { table.value(of: $0.key) == $0.value })
    let live = model.reduce(0) { $0 + $1.key.count + $1.value.count }
    #expect(table.arena.count <= 2 * (live + 6 * model.count))
    #expect(4 * table.count <= 3 * table.slots.count)
  }

  @Test func keepsTheOrderOfInsertions() {
    var table = PackedTable(hasValues: true)
    for number in 0..<1000 { table.set(Self.key(number), [UInt8(number % 256)]) }
    for number in stride(from: 0, to: 1000, by: 3) { table.remove(key: Self.key(number)) }
    table.set(Self.key(1), [7])
    let expected = (0..<1000).filter { $0 % 3 != 0 }.map { Self.key($0) }
    #expect(table.keys == expected)
    // A value of another length goes to the end.
    table.set(Self.key(1), [7, 7])
    #expect(table.keys == expected.filter { $0 != Self.key(1) } + [Self.key(1)])
  }

  @Test func copiesAreIndependent() {
    var table = PackedTable(hasValues: true)
    for number in 0..<300 { table.set(Self.key(number), [1]) }
    let copy = table
    for number in 0..<250 { table.remove(key: Self.key(number)) }
    table.set(Self.key(299), [2])
    #expect(copy.count == 300)
    #expect(copy.value(of: Self.key(299)) == [1])
    #expect(table.count == 50)
  }

  @Test func scansTellAllThatStays() {
    var random = SeededRandom(seed: 13)
    for round in 0..<20 {
      var table = PackedTable(hasValues: false)
      let stable = (0..<300).map { Self.key($0) }
      for key in stable { table.set(key, []) }
      for number in 1000..<(1000 + 400 * (round % 5)) { table.set(Self.key(number), []) }
      var seen: Set<[UInt8]> = []
      var cursor: UInt64 = 0
      var calls = 0
      repeat {
        cursor = table.scan(from: cursor, count: 7) { record in
          seen.insert(Array(table.arena[record.key]))
        }
        calls += 1
        // The table grows in some rounds and shrinks in others, while it is told.
        for _ in 0..<20 {
          let key = Self.key(Int.random(in: 1000..<6000, using: &random))
          if Int.random(in: 0..<10, using: &random) < (round % 2 == 0 ? 8 : 2) {
            table.set(key, [])
          } else {
            table.remove(key: key)
          }
        }
      } while cursor != 0 && calls < 10_000
      #expect(cursor == 0)
      #expect(seen.isSuperset(of: stable))
    }
  }

  @Test func drawsAreEven() {
    var table = PackedTable(hasValues: false)
    for number in 3..<11 { table.set(Self.key(number), []) }
    var counts: [[UInt8]: Int] = [:]
    for _ in 0..<8000 {
      guard let record = table.randomRecord() else { continue }
      counts[Array(table.arena[record.key]), default: 0] += 1
    }
    #expect(counts.count == 8)
    // Ten standard deviations of a binomial distribution.
    for count in counts.values { #expect(abs(count - 1000) < 300) }
    for most in [0, 1, 2, 5, 8, 20] {
      let drawn = table.randomRecords(most).map { table.arena[$0.key] }
      #expect(drawn.count == min(most, 8))
      #expect(Set(drawn).count == drawn.count)
    }
  }
}

extension PackedTable {
  @discardableResult
  fileprivate mutating func set(_ key: [UInt8], _ value: [UInt8]) -> Bool {
    unsafe set(key.span.bytes, value.span.bytes)
  }

  @discardableResult
  fileprivate mutating func remove(key: [UInt8]) -> Bool { unsafe remove(key.span.bytes) }

  fileprivate func value(of key: [UInt8]) -> [UInt8]? {
    unsafe find(key.span.bytes).map { Array(arena[$0.value]) }
  }

  fileprivate var contents: [[UInt8]: [UInt8]] {
    var contents: [[UInt8]: [UInt8]] = [:]
    all { key, value in
      contents[unsafe key.withUnsafeBytes { unsafe Array($0) }] =
        unsafe value.withUnsafeBytes { unsafe Array($0) }
      return true
    }
    return contents
  }

  fileprivate var keys: [[UInt8]] {
    var keys: [[UInt8]] = []
    all { key, _ in
      keys.append(unsafe key.withUnsafeBytes { unsafe Array($0) })
      return true
    }
    return keys
  }
}
