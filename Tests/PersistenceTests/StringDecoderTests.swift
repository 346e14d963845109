import Persistence
import TestSupport
import Testing

@Suite struct StringDecoderTests {
  /// The decoder keeps one buffer: each answer is right whatever came before it, and a trim between.
  @Test func manyStringsOneAfterAnother() throws {
    var decoder = StringDecoder()
    let long = [UInt8](repeating: 0x61, count: 70_000)
    // A literal and matches of 264 from distance 1: 70,000 times a.
    let compressed = hex("00 61") + (0..<265).flatMap { _ in hex("E0 FF 00") } + hex("E0 1E 00")
    let packed =
      hex("C3") + Encode.length(UInt64(compressed.count)) + Encode.length(70_000) + compressed
    var random = SeededRandom(seed: 8)
    for _ in 0..<300 {
      let (bytes, expected): ([UInt8], [UInt8]) =
        switch Int.random(in: 0..<4, using: &random) {
        case 0: (hex("C2 00 00 00 80"), Array("-2147483648".utf8))
        case 1: (packed, long)
        case 2:
          (
            hex("C3 0A 28 02 61 62 61 E0 1A 01 01 61 62"),
            Array(repeating: [0x61, 0x62], count: 20).flatMap { $0 }
          )
        default: (hex("02 68 69"), Array("hi".utf8))
        }
      var cursor = ByteCursor(bytes.raw)
      let reference = try cursor.readString()
      #expect(try decoder.copy(reference, in: cursor.bytes).bytes == expected)
      #expect(reference.length == UInt64(expected.count))
      if Bool.random(using: &random) { decoder.trim() }
    }
  }

  static let damaged: [Malformed] = [
    .init("no output", "C3 02 00 00 61", .badLZF, at: 3),
    .init("reference before the start", "C3 04 05 00 61 20 01", .badLZF, at: 5),
    .init("literal is cut", "C3 02 05 04 61", .badLZF, at: 3),
    .init("output is too short", "C3 02 05 00 61", .badLZF, at: 3),
    .init("output is too long", "C3 06 02 04 61 62 63 64 65", .badLZF, at: 3),
    .init("a claim beyond any ratio", "C3 02 81 7F FF×7 00 61", .badLZF, at: 11),
  ]

  @Test(arguments: damaged)
  func refused(_ example: Malformed) throws {
    var decoder = StringDecoder()
    var cursor = ByteCursor(example.bytes.raw)
    let reference = try cursor.readString()
    let decoded = fault { () throws(FormatError) in
      try decoder.copy(reference, in: example.bytes.raw)
    }
    let checked = fault { () throws(FormatError) in
      try StringDecoder.check(reference, in: example.bytes.raw)
    }
    #expect(decoded?.code == .badLZF)
    #expect(checked == decoded)
    // Where exactly depends on the token; it lies in the payload.
    let payload = reference.offset...(reference.offset + reference.count)
    #expect(decoded.map { payload.contains($0.offset) } == true)
  }

  /// An error inside a compressed blob is told in both places.
  @Test func offsetsInsideCompressedBlobs() {
    var lzf = StringReference.empty
    lzf.form = .lzf
    lzf.offset = 40
    let inner = FormatError(.badListpack, at: 6, "x").inside(lzf)
    #expect(inner.offset == 40)
    #expect(inner.decompressedOffset == 6)
    lzf.form = .raw
    let plain = FormatError(.badListpack, at: 6, "x").inside(lzf)
    #expect(plain.offset == 46)
    #expect(plain.decompressedOffset == nil)
  }
}
