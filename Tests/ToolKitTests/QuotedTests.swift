import TestSupport
import Testing
import ToolKit

@Suite struct QuotedTests {
  @Test(arguments: [
    ("", #""""#),
    ("user:1", #""user:1""#),
    ("a\u{0}", #""a\x00""#),
    ("say \"hi\" \\", #""say \"hi\" \\""#),
    ("line\nline\u{1B}[31m", #""line\x0Aline\x1B[31m""#),
    ("Zoë 日本 🎉", #""Zoë 日本 🎉""#),
    ("\u{7F}\u{9B}", #""\x7F\xC2\x9B""#),
    ("abc\u{202E}cba", #""abc\xE2\x80\xAEcba""#),
    ("a\u{200B}b\u{FEFF}\u{AD}", #""a\xE2\x80\x8Bb\xEF\xBB\xBF\xC2\xAD""#),
    ("a\u{A0}b\u{2028}", #""a\xC2\xA0b\xE2\x80\xA8""#),
    ("\u{E000}\u{3164}", #""\xEE\x80\x80\xE3\x85\xA4""#),
  ])
  func text(_ text: String, _ shown: String) {
    #expect(Text.quoted(Array(text.utf8)) == shown)
  }

  @Test(
    arguments: [
      ([0xFF], #""\xFF""#),
      ([0x61, 0xC3], #""a\xC3""#),
      ([0xC3, 0x61], #""\xC3a""#),
      ([0xC0, 0xAF], #""\xC0\xAF""#),
      ([0xED, 0xA0, 0x80], #""\xED\xA0\x80""#),
      ([0xF4, 0x90, 0x80, 0x80], #""\xF4\x90\x80\x80""#),
      ([0xE2, 0x82, 0x61], #""\xE2\x82a""#),
    ] as [([UInt8], String)])
  func brokenUTF8(_ bytes: [UInt8], _ shown: String) {
    #expect(Text.quoted(bytes) == shown)
  }

  @Test(arguments: [
    ("abcdef", 8, #""abcdef""#), ("abcdef", 7, #""abcd"…"#), ("abcdef", 3, #"""…"#),
    ("日本語", 8, #""日本語""#), ("日本語", 7, #""日本"…"#), ("日本語", 6, #""日"…"#),
    ("ab\u{0}", 8, #""ab\x00""#), ("ab\u{0}c", 8, #""ab"…"#),
  ])
  func cut(_ text: String, _ columns: Int, _ shown: String) {
    #expect(Text.quoted(Array(text.utf8), columns: columns) == shown)
    #expect(Text.displayWidth(shown) <= columns)
  }

  @Test func marksWithoutEndAreCutToo() {
    let marks = String(repeating: "\u{301}", count: 10_000)
    #expect(Text.quoted(Array(marks.utf8), columns: 20).unicodeScalars.count == 20)
  }

  @Test func differentBytesNeverLookTheSame() {
    var random = SeededRandom(seed: 2)
    let alphabet: [UInt8] = [0x22, 0x5C, 0x78, 0x30, 0x41, 0x00, 0xC3, 0xA9, 0xE2, 0x80, 0x8B]
    var seen: [String: [UInt8]] = [:]
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...5, using: &random)
      let bytes = (0..<count).compactMap { _ in alphabet.randomElement(using: &random) }
      #expect(seen.updateValue(bytes, forKey: Text.quoted(bytes)) ?? bytes == bytes)
    }
  }
}
