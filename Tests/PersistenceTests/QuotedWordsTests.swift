import Persistence
import TestSupport
import Testing

@Suite struct QuotedWordsTests {
  private static func split(_ text: String) -> [ByteString]? {
    QuotedWords.split(Array(text.utf8).raw)
  }

  @Test func words() {
    #expect(Self.split("") == [])
    #expect(Self.split("  \t ") == [])
    #expect(Self.split(" file a.aof\tseq  1 ") == ["file", "a.aof", "seq", "1"])
    #expect(Self.split(#"file "my append file.aof" seq"#) == ["file", "my append file.aof", "seq"])
    #expect(Self.split(#""" x"#) == ["", "x"])
    #expect(Self.split(#"a"b c""#) == ["ab c"])
    #expect(Self.split(#"'it\'s' "a'b""#) == ["it's", "a'b"])
    #expect(Self.split(#"'a\n\x41' a\nb"#) == [#"a\n\x41"#, #"a\nb"#])
  }

  @Test func escapes() {
    let text = #""\n\r\t\b\a\\\"\q\x00\xfF\x4g\x""#
    #expect(
      Self.split(text) == [
        ByteString([10, 13, 9, 8, 7, 0x5C, 0x22, 0x71, 0, 0xFF] + Array("x4gx".utf8))
      ])
  }

  @Test(arguments: [#""a"#, #"'a"#, #""a\""#, #""a"b"#, #"'a'b"#, #""a""b""#, #"x "a\"#])
  func unbalanced(_ text: String) {
    #expect(Self.split(text) == nil)
  }

  @Test func quoting() {
    func quoted(_ bytes: ByteString) -> String { QuotedWords.quoted(bytes).description }
    #expect(quoted("appendonly.aof.1.base.rdb") == "appendonly.aof.1.base.rdb")
    #expect(quoted("my file") == #""my file""#)
    #expect(quoted(#"a"b\c"#) == #""a\"b\\c""#)
    #expect(quoted(ByteString([10, 13, 9, 8, 7, 0, 0x7F, 0xE9])) == #""\n\r\t\b\a\x00\x7f\xe9""#)
    #expect(quoted("") == #""""#)
    #expect(quoted("it's") == #""it's""#)
  }

  @Test func whatIsQuotedReadsBack() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<500 {
      let words = (0..<3).map { _ in
        ByteString(random.bytes(Int.random(in: 0...12, using: &random)))
      }
      var line: [UInt8] = []
      for word in words { line += QuotedWords.quoted(word).bytes + [0x20] }
      #expect(!line.contains(10))
      let again = QuotedWords.split(line.raw)
      #expect(again == words)
    }
  }
}
