import Persistence
import TestSupport
import Testing

@Suite struct ZiplistTests {
  private func walk(_ bytes: [UInt8]) throws(FormatError) -> [CompactEntry] {
    var cursor = try ZiplistCursor(bytes.raw)
    var entries: [CompactEntry] = []
    while let element = try cursor.next() {
      entries.append(CompactEntry(element, in: cursor.blob))
    }
    return entries
  }

  /// A hash of Redis 6.2.14.
  @Test func hash() throws {
    let bytes = hex(
      """
      27 00 00 00 24 00 00 00 08 00 | 00 02 66 31 | 04 02 76 31 | 04 02 66 32 | 04 FE 16 |
      03 02 66 33 | 04 FE 9C | 03 02 66 34 | 04 F6 | FF
      """)
    #expect(try walk(bytes) == ["f1", "v1", "f2", 22, "f3", -100, "f4", 5])
  }

  /// A list node of Redis 6.2.14 with every integer form.
  @Test func everyForm() throws {
    let bytes = hex(
      """
      74 00 00 00 30 00 00 00 09 00 | 00 03 6F 6E 65 | 05 F3 | 02 FE 0D | 03 FE FF |
      03 C0 80 00 | 04 F0 FF 7F FF | 05 D0 00 00 80 00 | 06 E0 00 F2 05 2A 01 00 00 00 |
      0A 40 40 78×64 | FF
      """)
    #expect(
      try walk(bytes) == [
        "one", 2, 13, -1, 128, -32769, 8_388_608, 5_000_000_000, .text(hex("78×64")),
      ])
  }

  @Test(arguments: 0...12)
  func immediate(_ value: Int64) throws {
    let bytes = Encode.ziplist([[0xF1 + UInt8(value)]])
    #expect(try walk(bytes) == [.integer(value)])
  }

  /// 255 × z and then q: the second entry says the size of the first in five bytes.
  @Test func longPrevlen() throws {
    let bytes = hex(
      "14 01 00 00 0C 01 00 00 02 00 00 40 FF 7A×255 FE 02 01 00 00 01 71 FF")
    #expect(try walk(bytes) == [.text(hex("7A×255")), "q"])
  }

  /// Servers leave such entries behind.
  @Test func smallSizeInLongPrevlen() throws {
    let bytes = hex("16 00 00 00 0D 00 00 00 02 00 00 01 61 FE 03 00 00 00 01 62 FF")
    #expect(fault { () throws(FormatError) in try walk(bytes) } == Fault(.badZiplist, 0))
    let whole = hex("15 00 00 00 0D 00 00 00 02 00 00 01 61 FE 03 00 00 00 01 62 FF")
    #expect(try walk(whole) == ["a", "b"])
  }

  /// The low six bits of a 32-bit length's first byte mean nothing.
  @Test(arguments: [UInt8(0x80), 0x81, 0xBF])
  func longString(_ first: UInt8) throws {
    let text = [UInt8](repeating: 0x61, count: 20_000)
    let bytes = Encode.ziplist([[first] + Encode.bigEndian(20_000, 4) + text])
    #expect(try walk(bytes) == [.text(text)])
  }

  @Test func emptyAndUnknownCount() throws {
    #expect(try walk(hex("0B 00 00 00 0A 00 00 00 00 00 FF")) == [])
    #expect(try walk(hex("0E 00 00 00 0A 00 00 00 FF FF 00 01 61 FF")) == ["a"])
  }

  static let malformed: [Malformed] = [
    .init("no byte", "", .badZiplist, at: 0),
    .init("ten bytes", "0A 00 00 00 0A 00 00 00 00 FF", .badZiplist, at: 0),
    .init("zlbytes too small", "0A 00 00 00 0A 00 00 00 00 00 FF", .badZiplist, at: 0),
    .init("zlbytes too large", "FF FF FF FF 0A 00 00 00 00 00 FF", .badZiplist, at: 0),
    .init("no terminator", "0B 00 00 00 0A 00 00 00 00 00 00", .badZiplist, at: 10),
    .init("tail of an empty one", "0B 00 00 00 0B 00 00 00 00 00 FF", .badZiplist, at: 4),
    .init("tail beyond", "0E 00 00 00 FF FF FF FF 01 00 00 01 61 FF", .badZiplist, at: 4),
    .init(
      "tail at the wrong entry", "11 00 00 00 0A 00 00 00 02 00 00 01 61 03 01 62 FF",
      .badZiplist, at: 4),
    .init("zllen too small", "0E 00 00 00 0A 00 00 00 00 00 00 01 61 FF", .badZiplist, at: 8),
    .init("zllen too large", "0E 00 00 00 0A 00 00 00 02 00 00 01 61 FF", .badZiplist, at: 8),
    .init(
      "first prevlen is not 0", "0E 00 00 00 0A 00 00 00 01 00 01 01 61 FF", .badZiplist, at: 10),
    .init(
      "second prevlen is wrong", "11 00 00 00 0D 00 00 00 02 00 00 01 61 04 01 62 FF",
      .badZiplist, at: 13),
    .init(
      "long prevlen is wrong",
      "15 00 00 00 0D 00 00 00 02 00 00 01 61 FE 04 00 00 00 01 62 FF", .badZiplist, at: 13),
    .init(
      "long prevlen is cut", "11 00 00 00 0D 00 00 00 02 00 00 01 61 FE 03 00 FF",
      .badZiplist, at: 13),
    .init(
      "terminator in the middle", "0F 00 00 00 0A 00 00 00 01 00 00 01 61 FF FF",
      .badZiplist, at: 13),
    .init("prevlen and nothing else", "0C 00 00 00 0A 00 00 00 01 00 00 FF", .badZiplist, at: 10),
    .init("string over the end", "0E 00 00 00 0A 00 00 00 01 00 00 02 61 FF", .badZiplist, at: 10),
    .init(
      "14-bit length over the end", "0F 00 00 00 0A 00 00 00 01 00 00 40 05 61 FF",
      .badZiplist, at: 10),
    .init(
      "32-bit length over the end",
      "11 00 00 00 0A 00 00 00 01 00 00 80 FF FF FF FF FF", .badZiplist, at: 10),
    .init("14-bit length cut", "0D 00 00 00 0A 00 00 00 01 00 00 40 FF", .badZiplist, at: 11),
    .init("32-bit length cut", "0F 00 00 00 0A 00 00 00 01 00 00 80 00 00 FF", .badZiplist, at: 11),
    .init("8 bits cut", "0D 00 00 00 0A 00 00 00 01 00 00 FE FF", .badZiplist, at: 11),
    .init("16 bits cut", "0E 00 00 00 0A 00 00 00 01 00 00 C0 00 FF", .badZiplist, at: 11),
    .init("24 bits cut", "0F 00 00 00 0A 00 00 00 01 00 00 F0 00 00 FF", .badZiplist, at: 11),
    .init("32 bits cut", "10 00 00 00 0A 00 00 00 01 00 00 D0 00 00 00 FF", .badZiplist, at: 11),
    .init("64 bits cut", "10 00 00 00 0A 00 00 00 01 00 00 E0 00 00 00 FF", .badZiplist, at: 11),
  ]

  @Test(arguments: malformed)
  func refused(_ example: Malformed) {
    #expect(fault { () throws(FormatError) in try walk(example.bytes) } == example.fault)
  }

  @Test(arguments: [UInt8(0xC1), 0xCF, 0xD1, 0xDF, 0xE1, 0xEF, 0xFF])
  func unknownEncoding(_ first: UInt8) {
    let bytes = hex("15 00 00 00 0A 00 00 00 01 00 00") + [first] + hex("00×8 FF")
    #expect(fault { () throws(FormatError) in try walk(bytes) } == Fault(.badZiplist, 11))
  }
}
