import Forensics
import Persistence
import Testing

@Suite struct FindingCatalogueTests {
  /// The codes that users and scripts rely on.
  private static let contract = [
    "bad-magic", "unsupported-version", "truncated", "bad-opcode", "bad-type", "bad-length",
    "bad-string", "bad-lzf", "bad-listpack", "bad-ziplist", "bad-zipmap", "bad-intset",
    "bad-quicklist", "bad-stream", "bad-score", "bad-expire", "bad-module", "empty-collection",
    "duplicate-element", "duplicate-key", "checksum-mismatch", "trailing-bytes",
    "resizedb-mismatch", "db-out-of-range", "unknown-module", "suspect-value",
  ]

  @Test(arguments: contract)
  func codeOfTheContract(_ code: String) {
    #expect(FindingCode(rawValue: code) != nil)
  }

  @Test(arguments: FindingCode.allCases)
  func everyCodeHasItsTexts(_ code: FindingCode) {
    let texts = code.explanation
    #expect(!texts.title.isEmpty && !texts.title.hasSuffix("."))
    for text in [texts.meaning, texts.causes, texts.advice] {
      #expect(text.hasSuffix("."))
      #expect(text.count > 20)
      #expect(!text.contains("  "), "two blanks where lines were joined")
      #expect(text.first?.isUppercase == true || text.hasPrefix("`"))
    }
  }
}
