import Persistence
import TestSupport
import Testing

@Suite struct GlobTests {
  struct Case: Sendable, CustomStringConvertible {
    var pattern: String
    var matching: [String]
    var others: [String]
    var description: String { pattern }

    init(_ pattern: String, _ matching: [String], not others: [String]) {
      self.pattern = pattern
      self.matching = matching
      self.others = others
    }
  }

  /// What a server answers (see the conformance tests), in words.
  @Test(arguments: [
    Case("user:1", ["user:1"], not: ["user:12", "user:", "xuser:1", ""]),
    Case("user:*", ["user:", "user:1", "user:*"], not: ["user", "auser:1"]),
    Case("*:1", [":1", "a:1", ":1:1"], not: ["a:12", ""]),
    Case("a*b*c", ["abc", "aXbXc", "abcbc"], not: ["ab", "abcd", "acb"]),
    Case("h?llo", ["hello", "h?llo"], not: ["hllo", "heello"]),
    Case("h[ae]llo", ["hallo", "hello"], not: ["hillo", "h[ae]llo"]),
    Case("h[^e]llo", ["hallo", "h^llo"], not: ["hello"]),
    Case("h[a-c]llo", ["hallo", "hbllo", "hcllo"], not: ["hdllo", "h-llo"]),
    // Ends in the wrong order, and a bracket as an end.
    Case("[c-a]", ["a", "b", "c"], not: ["d", "-"]),
    Case("[a-]", ["]", "_", "a"], not: ["-", "b", "\\"]),
    Case("[a-", ["a", "-"], not: ["b"]),
    // A class without an end, or without anything in it.
    Case("[ab", ["a", "b"], not: ["[ab", "c", "ab"]),
    Case("[", [], not: ["[", "a", ""]),
    Case("[]", [], not: ["[]", "]", ""]),
    Case("[^]", ["a", "]"], not: ["", "ab"]),
    Case("[^", ["a", "^"], not: [""]),
    Case("[\\]]", ["]"], not: ["\\", "\\]"]),
    Case("[\\]", ["]"], not: ["\\"]),
    Case("[\\", ["\\"], not: ["["]),
    // Escapes.
    Case("a\\*", ["a*"], not: ["ab", "a\\*", "a"]),
    Case("a\\?b", ["a?b"], not: ["axb"]),
    Case("\\a", ["a"], not: ["\\a"]),
    Case("a\\", ["a\\"], not: ["a"]),
    Case("\\", ["\\"], not: [""]),
    // The empty key.
    Case("*", ["", "a", "anything at all"], not: []),
    Case("**", ["a", "ab"], not: [""]),
    Case("", [""], not: ["a"]),
    Case("?", ["a"], not: ["", "ab"]),
    Case("*?", ["a", "ab"], not: [""]),
  ])
  func matches(_ sample: Case) {
    let glob = Glob(sample.pattern)
    for key in sample.matching { #expect(glob.matches(Array(key.utf8)), "\(key)") }
    for key in sample.others { #expect(!glob.matches(Array(key.utf8)), "\(key)") }
  }

  @Test func bytesAreBytes() {
    #expect(Glob("a?*").matches([0x61, 0xFF, 0x00, 0xC3]))
    // One `?` is one byte, not one character.
    #expect(!Glob("?").matches(Array("é".utf8)))
    #expect(Glob("??").matches(Array("é".utf8)))
  }

  /// Backtracking into every star would take longer than anyone has.
  @Test(.timeLimit(.minutes(20))) func manyStars() {
    let key = [UInt8](repeating: UInt8(ascii: "a"), count: 20_000)
    let glob = Glob(String(repeating: "a*", count: 2000) + "b")
    #expect(!glob.matches(key))
    #expect(glob.matches(key + [UInt8(ascii: "b")]))
  }
}

extension Glob {
  fileprivate func matches(_ key: [UInt8]) -> Bool { matches(key.raw) }
}
