import Persistence
import TestSupport
import Testing

@Suite struct ListpackTests {
  private func walk(_ bytes: [UInt8]) throws(FormatError) -> [CompactEntry] {
    var cursor = try ListpackCursor(bytes.raw)
    var entries: [CompactEntry] = []
    while let element = try cursor.next() {
      entries.append(CompactEntry(element, in: cursor.blob))
    }
    return entries
  }

  /// `RPUSH one 2 three` on Redis 7.0.15.
  @Test func threeEntries() throws {
    let bytes = hex("15 00 00 00 03 00 83 6F 6E 65 04 02 01 85 74 68 72 65 65 06 FF")
    #expect(try walk(bytes) == ["one", 2, "three"])
  }

  /// Every form of integers and strings that Redis 7.0.15 writes.
  @Test func everyForm() throws {
    let bytes = hex(
      """
      CE 00 00 00 10 00
      81 61 02 DF FF 02 7F 01 C0 80 02 D0 00 02 CF FF 02
      F1 00 10 03 F1 FF 7F 03 F2 00 80 00 04
      F2 FF FF 7F 04 F3 00 00 80 00 05 F3 FF FF FF 7F 05
      F4 00 00 00 80 00 00 00 00 09 F4 00 00 00 00 00 00 00 80 09
      BF 78×63 40 E0 40 79×64 42 FF
      """)
    #expect(
      try walk(bytes) == [
        "a", -1, 127, 128, -4096, 4095, 4096, 32767, 32768, 8_388_607, 8_388_608, 2_147_483_647,
        2_147_483_648, .integer(.min), .text(hex("78×63")), .text(hex("79×64")),
      ])
  }

  @Test func negativeIntegersOfEveryWidth() throws {
    let bytes = Encode.listpack([-4097, -32769, -8_388_609, -2_147_483_649, -8_388_608])
    #expect(try walk(bytes) == [-4097, -32769, -8_388_609, -2_147_483_649, -8_388_608])
  }

  @Test func nonMinimalFormsAreLegal() throws {
    let bytes = hex("1A 00 00 00 03 00 C0 05 02 F1 05 00 03 F4 05 00 00 00 00 00 00 00 09 81 35 02")
    #expect(
      fault { () throws(FormatError) in try walk(bytes) } != nil, "the length is one short")
    let whole = hex(
      "1B 00 00 00 04 00 C0 05 02 F1 05 00 03 F4 05 00 00 00 00 00 00 00 09 81 35 02 FF")
    #expect(try walk(whole) == [5, 5, 5, "5"])
  }

  @Test func empty() throws {
    #expect(try walk(hex("07 00 00 00 00 00 FF")) == [])
  }

  @Test func unknownCount() throws {
    #expect(try walk(hex("0A 00 00 00 FF FF 81 61 02 FF")) == ["a"])
    #expect(try walk(hex("07 00 00 00 FF FF FF")) == [])
  }

  /// The sizes at which one more byte says how long the entry was: one before what groups of seven
  /// bits would suggest. Redis 7.0.15 writes `00 FF FF` behind 16383 bytes and `00 FF FF FF` behind
  /// 2097151.
  @Test(arguments: [
    (127, "7F"), (128, "01 80"), (16382, "7F FE"), (16383, "00 FF FF"), (16384, "01 80 80"),
    (2_097_150, "7F FF FE"), (2_097_151, "00 FF FF FF"), (2_097_152, "01 80 80 80"),
  ])
  func backlen(size: Int, text: String) throws {
    let overhead = size < 66 ? 1 : size < 4098 ? 2 : 5
    let data = [UInt8](repeating: 0x61, count: size - overhead)
    let prefix: [UInt8] =
      overhead == 2
      ? [0xE0 | UInt8(data.count >> 8), UInt8(data.count & 0xFF)]
      : [0xF0] + Encode.littleEndian(UInt64(data.count), 4)
    let entry = prefix + data + hex(text)
    let bytes = Encode.littleEndian(UInt64(entry.count + 7), 4) + [1, 0] + entry + [0xFF]
    #expect(try walk(bytes) == [.text(data)])
    #expect(ListpackCursor.backlenSize(size) == hex(text).count)
  }

  static let malformed: [Malformed] = [
    .init("no byte", "", .badListpack, at: 0),
    .init("six bytes", "06 00 00 00 00 FF", .badListpack, at: 0),
    .init("total too small", "06 00 00 00 00 00 FF", .badListpack, at: 0),
    .init("total too large", "08 00 00 00 00 00 FF", .badListpack, at: 0),
    .init("total of 4 GiB", "FF FF FF FF 00 00 FF", .badListpack, at: 0),
    .init("no terminator", "07 00 00 00 00 00 FE", .badListpack, at: 6),
    .init("count too small", "0A 00 00 00 00 00 81 61 02 FF", .badListpack, at: 4),
    .init("count too large", "0A 00 00 00 02 00 81 61 02 FF", .badListpack, at: 4),
    .init("terminator in the middle", "0A 00 00 00 01 00 FF 61 02 FF", .badListpack, at: 6),
    .init("bytes after the terminator", "0B 00 00 00 01 00 01 01 FF 00 FF", .badListpack, at: 8),
    .init("string over the end", "0A 00 00 00 01 00 85 61 02 FF", .badListpack, at: 6),
    .init("no room for the backlen", "09 00 00 00 01 00 81 61 FF", .badListpack, at: 6),
    .init("wrong backlen", "0A 00 00 00 01 00 81 61 03 FF", .badListpack, at: 8),
    .init("backlen of nought", "0A 00 00 00 01 00 81 61 00 FF", .badListpack, at: 8),
    .init("second entry is wrong", "0C 00 00 00 02 00 05 01 81 61 03 FF", .badListpack, at: 10),
    .init("13 bits cut", "09 00 00 00 01 00 C0 01 FF", .badListpack, at: 6),
    .init("13 bits at the end", "08 00 00 00 01 00 C0 FF", .badListpack, at: 6),
    .init("12-bit length cut", "08 00 00 00 01 00 E0 FF", .badListpack, at: 6),
    .init("12-bit length over the end", "0A 00 00 00 01 00 E0 40 01 FF", .badListpack, at: 6),
    .init("32-bit length cut", "0A 00 00 00 01 00 F0 01 00 FF", .badListpack, at: 6),
    .init(
      "32-bit length over the end", "0C 00 00 00 01 00 F0 FF FF FF FF FF", .badListpack, at: 6),
    .init("16 bits cut", "08 00 00 00 01 00 F1 FF", .badListpack, at: 6),
    .init("24 bits cut", "09 00 00 00 01 00 F2 00 FF", .badListpack, at: 6),
    .init("32 bits cut", "0A 00 00 00 01 00 F3 00 00 FF", .badListpack, at: 6),
    .init("64 bits cut", "0B 00 00 00 01 00 F4 00 00 00 FF", .badListpack, at: 6),
    .init(
      "long backlen without its mark", [0x8A, 0, 0, 0, 1, 0, 0xE0, 0x7F] + hex("61×127 01 01 FF"),
      .badListpack, at: 135),
    .init(
      "long backlen with a mark too many",
      [0x8A, 0, 0, 0, 1, 0, 0xE0, 0x7F] + hex("61×127 81 81 FF"), .badListpack, at: 135),
  ]

  @Test(arguments: malformed)
  func refused(_ example: Malformed) {
    #expect(fault { () throws(FormatError) in try walk(example.bytes) } == example.fault)
  }

  @Test(arguments: UInt8(0xF5)...0xFE)
  func unknownEncoding(_ first: UInt8) {
    let bytes = hex("0B 00 00 00 02 00 05 01") + [first, 0x01, 0xFF]
    #expect(fault { () throws(FormatError) in try walk(bytes) } == Fault(.badListpack, 8))
  }

  /// What the test's own writer makes is what the walk reads.
  @Test func randomListpacks() throws {
    var random = SeededRandom(seed: 12)
    for _ in 0..<200 {
      let entries = (0..<Int.random(in: 0...40, using: &random)).map { _ -> CompactEntry in
        if Bool.random(using: &random) {
          return .integer(
            Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random))
        }
        return .text(random.bytes(Int.random(in: 0...5000, using: &random) >> 4))
      }
      #expect(try walk(Encode.listpack(entries)) == entries)
    }
  }
}
