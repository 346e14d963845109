import Persistence
import TestSupport
import Testing

@Suite struct LengthAndStringTests {
  private func length(_ bytes: [UInt8]) throws(FormatError) -> (value: UInt64, end: Int) {
    var cursor = ByteCursor(bytes.raw)
    let value = try cursor.readLength()
    return (value, cursor.offset)
  }

  @Test(
    arguments: [
      ("00", 0), ("3F", 63), ("40 00", 0), ("40 40", 64), ("40 46", 70), ("7F FF", 16383),
      ("80 00 00 40 00", 16384), ("80 00 00 00 01", 1), ("80 FF FF FF FF", 0xFFFF_FFFF),
      ("81 00 00 00 01 00 00 00 00", 0x1_0000_0000), ("81 00 00 00 00 00 00 00 05", 5),
      // What servers use as an error value is legal data.
      ("81 FF×8", .max), ("81 80 00×7", 1 << 63),
    ] as [(String, UInt64)])
  func lengths(text: String, expected: UInt64) throws {
    let bytes = hex(text)
    let (value, end) = try length(bytes + [0xAA])
    #expect(value == expected)
    #expect(end == bytes.count)
    for count in bytes.indices {
      let cut = Array(bytes.prefix(count))
      #expect(fault { () throws(FormatError) in try length(cut) }?.code == .truncated)
    }
  }

  @Test(arguments: UInt8(0x82)...0xFF)
  func noLength(_ first: UInt8) {
    let bytes = [first] + hex("00×10")
    #expect(fault { () throws(FormatError) in try length(bytes) } == Fault(.badLength, 0))
  }

  // MARK: Strings

  private func string(_ bytes: [UInt8]) throws(FormatError) -> (text: ByteString, end: Int) {
    var cursor = ByteCursor(bytes.raw)
    var decoder = StringDecoder()
    let reference = try cursor.readString()
    return (try decoder.copy(reference, in: cursor.bytes), cursor.offset)
  }

  private func skip(_ bytes: [UInt8]) throws(FormatError) -> Int {
    var cursor = ByteCursor(bytes.raw)
    try cursor.skipString()
    return cursor.offset
  }

  static let strings: [(String, String)] = [
    ("00", ""), ("05 68 65 6C 6C 6F", "hello"), ("C0 FF", "-1"), ("C0 7F", "127"),
    ("C0 80", "-128"), ("C1 80 00", "128"), ("C1 00 80", "-32768"), ("C2 00 80 00 00", "32768"),
    ("C2 00 00 00 80", "-2147483648"), ("0A \"2147483648\"", "2147483648"), ("03 30 30 37", "007"),
    ("40 03 61 62 63", "abc"), ("80 00 00 00 03 61 62 63", "abc"),
    ("81 00 00 00 00 00 00 00 03 61 62 63", "abc"),
    ("C3 09 40 64 01 61 61 E0 57 00 01 61 61", String(repeating: "a", count: 100)),
    ("C3 0A 28 02 61 62 61 E0 1A 01 01 61 62", String(repeating: "ab", count: 20)),
    ("C3 40 09 80 00 00 00 64 01 61 61 E0 57 00 01 61 61", String(repeating: "a", count: 100)),
  ]

  @Test(arguments: strings)
  func string(text: String, expected: String) throws {
    let bytes = hex(text)
    let (value, end) = try string(bytes + [0xAA])
    #expect(value == ByteString(expected))
    #expect(end == bytes.count)
    #expect(try skip(bytes + [0xAA]) == bytes.count)
    for count in bytes.indices {
      let cut = Array(bytes.prefix(count))
      #expect(fault { () throws(FormatError) in try string(cut) }?.code == .truncated)
      #expect(fault { () throws(FormatError) in try skip(cut) }?.code == .truncated)
    }
  }

  @Test(arguments: UInt8(0xC4)...0xFF)
  func unknownEncoding(_ first: UInt8) {
    let bytes = [first] + hex("00×10")
    #expect(fault { () throws(FormatError) in try string(bytes) } == Fault(.badString, 0))
    #expect(fault { () throws(FormatError) in try skip(bytes) } == Fault(.badString, 0))
  }

  @Test(arguments: UInt8(0x82)...0xBF)
  func unknownLength(_ first: UInt8) {
    let bytes = [first] + hex("00×10")
    #expect(fault { () throws(FormatError) in try string(bytes) } == Fault(.badLength, 0))
    #expect(fault { () throws(FormatError) in try skip(bytes) } == Fault(.badLength, 0))
  }

  /// What a claim needs is said, so that a reader knows whether more input would help.
  @Test(
    arguments: [
      ("05 61 62", 6), ("81 7F FF×7", UInt64(Int64.max) + 9), ("81 FF×8", .max),
      ("81 80 00×7 61", (1 << 63) + 9), ("80 FF FF FF FF", 0xFFFF_FFFF + 5), ("40", 2),
      ("C2 00", 5),
    ] as [(String, UInt64)])
  func neededBytes(text: String, needed: UInt64) {
    let bytes = hex(text)
    do throws(FormatError) {
      _ = try string(bytes)
      Issue.record("a string that is not there")
    } catch {
      #expect(error.code == .truncated)
      #expect(error.expected == needed)
    }
  }

  @Test(arguments: ["C3 81 FF×8 0A 00", "C3 02 81 FF×8 01 61", "C3 81 7F FF×7 81 7F FF×7 00"])
  func largeClaimsOfCompression(text: String) {
    let bytes = hex(text)
    let found = fault { () throws(FormatError) in try string(bytes) }
    #expect(found?.code == .truncated || found?.code == .badLZF)
  }
}
