import Persistence
import TestSupport
import Testing

@Suite struct ZipmapTests {
  private func pairs(_ bytes: [UInt8]) throws(FormatError) -> [[CompactEntry]] {
    var cursor = try ZipmapCursor(bytes.raw)
    var pairs: [[CompactEntry]] = []
    while let pair = try cursor.next() {
      pairs.append([
        CompactEntry(pair.field, in: cursor.blob), CompactEntry(pair.value, in: cursor.blob),
      ])
    }
    return pairs
  }

  /// Made by hand, taken by Redis 7.0.15; two unused bytes behind the second value.
  @Test func known() throws {
    let bytes = hex("02 03 66 6F 6F 03 00 62 61 72 05 68 65 6C 6C 6F 05 02 77 6F 72 6C 64 00 00 FF")
    #expect(try pairs(bytes) == [["foo", "bar"], ["hello", "world"]])
  }

  @Test func longLengthsAreLittleEndian() throws {
    let value = [UInt8](repeating: 0x76, count: 300)
    let bytes = hex("01 FE 01 00 00 00 66 FE 2C 01 00 00 00") + value + [0xFF]
    #expect(try pairs(bytes) == [["f", .text(value)]])
    // 253 is a length like any other.
    let short = [UInt8](repeating: 0x76, count: 253)
    #expect(try pairs(hex("01 01 66 FD 00") + short + [0xFF]) == [["f", .text(short)]])
  }

  @Test(arguments: [UInt8(254), 255])
  func unknownCount(_ count: UInt8) throws {
    #expect(try pairs([count] + hex("01 66 01 00 76 FF")) == [["f", "v"]])
  }

  @Test func emptyParts() throws {
    #expect(try pairs(hex("00 FF")) == [])
    #expect(try pairs(hex("01 00 00 00 FF")) == [["", ""]])
  }

  static let malformed: [Malformed] = [
    .init("no byte", "", .badZipmap, at: 0),
    .init("one byte", "FF", .badZipmap, at: 0),
    .init("no terminator", "01 01 66 01 00 76 00", .badZipmap, at: 6),
    .init("count too small", "00 01 66 01 00 76 FF", .badZipmap, at: 0),
    .init("count too large", "02 01 66 01 00 76 FF", .badZipmap, at: 0),
    .init("field over the end", "01 09 66 01 00 76 FF", .badZipmap, at: 1),
    .init("field without a value", "01 01 66 FF", .badZipmap, at: 3),
    .init("value without a free byte", "01 01 66 01 FF", .badZipmap, at: 3),
    .init("value over the end", "01 01 66 02 00 76 FF", .badZipmap, at: 3),
    .init("free bytes over the end", "01 01 66 01 01 76 FF", .badZipmap, at: 3),
    .init("long length is cut", "01 FE 01 00 00 FF", .badZipmap, at: 1),
    .init("long length over the end", "01 FE FF FF FF FF 66 01 00 76 FF", .badZipmap, at: 1),
    .init("terminator in the middle", "01 01 66 01 00 76 FF FF", .badZipmap, at: 6),
  ]

  @Test(arguments: malformed)
  func refused(_ example: Malformed) {
    #expect(fault { () throws(FormatError) in try pairs(example.bytes) } == example.fault)
  }
}
