import Persistence
import TestSupport
import Testing

@Suite struct IntsetTests {
  private func members(_ bytes: [UInt8]) throws(FormatError) -> [Int64] {
    let set = try Intset(bytes.raw)
    try set.checkOrder()
    var members: [Int64] = []
    for index in 0..<set.count { members.append(set[index]) }
    return members
  }

  /// Redis 7.0.15.
  @Test(arguments: [
    ("02 00 00 00 03 00 00 00 FD FF 01 00 02 00", [-3, 1, 2]),
    ("04 00 00 00 02 00 00 00 01 00 00 00 70 11 01 00", [1, 70000]),
    (
      "08 00 00 00 02 00 00 00 01 00 00 00 00 00 00 00 00 F2 05 2A 01 00 00 00",
      [1, 5_000_000_000] as [Int64]
    ),
  ])
  func known(text: String, expected: [Int64]) throws {
    #expect(try members(hex(text)) == expected)
  }

  @Test func extremesAndNeedlessWidth() throws {
    #expect(
      try members(Encode.intset(width: 8, [.min, -1, 0, .max])) == [.min, -1, 0, .max])
    #expect(try members(Encode.intset(width: 2, [-32768, 32767])) == [-32768, 32767])
    #expect(try members(Encode.intset(width: 4, [7])) == [7])
  }

  static let malformed: [Malformed] = [
    .init("no byte", "", .badIntset, at: 0),
    .init("seven bytes", "02 00 00 00 01 00 00", .badIntset, at: 0),
    .init("width 0", "00 00 00 00 01 00 00 00 01 00", .badIntset, at: 0),
    .init("width 3", "03 00 00 00 01 00 00 00 01 00 00", .badIntset, at: 0),
    .init("width 16", "10 00 00 00 01 00 00 00 01×16", .badIntset, at: 0),
    .init("no member", "02 00 00 00 00 00 00 00", .badIntset, at: 4),
    .init("count too small", "02 00 00 00 01 00 00 00 01 00 02 00", .badIntset, at: 4),
    .init("count too large", "02 00 00 00 03 00 00 00 01 00 02 00", .badIntset, at: 4),
    .init(
      "count whose product wraps in 32 bits", "08 00 00 00 00 00 00 20 ", .badIntset, at: 4),
    .init("descending", "02 00 00 00 03 00 00 00 01 00 03 00 02 00", .badIntset, at: 12),
    .init("signs", "02 00 00 00 02 00 00 00 01 00 FF FF", .badIntset, at: 10),
    .init("twice", "02 00 00 00 03 00 00 00 01 00 02 00 02 00", .duplicateElement, at: 12),
    .init("twice, 64 bits", "08 00 00 00 02 00 00 00 01×8 01×8", .duplicateElement, at: 16),
  ]

  @Test(arguments: malformed)
  func refused(_ example: Malformed) {
    #expect(fault { () throws(FormatError) in try members(example.bytes) } == example.fault)
  }
}
