import Persistence
import TestSupport
import Testing

@Suite struct AOFManifestTests {
  private static func read(_ text: String) -> (AOFManifest, [ManifestProblem]) {
    var problems: [ManifestProblem] = []
    let bytes = Array(text.utf8)
    let manifest = AOFManifest(bytes.raw, problems: &problems)
    return (manifest, problems)
  }

  /// That of a fresh Redis 7.0.15 (88 bytes).
  private static let fresh =
    "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"

  @Test func freshServer() {
    let (manifest, problems) = Self.read(Self.fresh)
    #expect(problems.isEmpty)
    #expect(
      manifest.records.map(\.name) == [
        "appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof",
      ])
    #expect(manifest.records.map(\.sequence) == [1, 1])
    #expect(manifest.records.map(\.role) == [.base, .incremental])
    #expect(manifest.records.map(\.line) == [1, 2])
    #expect(manifest.records.map(\.offset) == [0, 44])
    #expect(manifest.text == Array(Self.fresh.utf8) && Self.fresh.utf8.count == 88)
  }

  @Test func everythingThatServersRead() {
    let (manifest, problems) = Self.read(
      """
      # a comment
      TYPE incr seq 2 File "a b.aof" other "x y"
      file h.rdb seq 7 type history
      seq 3 type b file base
      file c seq 9 type i startoffset 100 endoffset 250\r
      file d seq 10 type i startoffset -1

      """)
    #expect(problems.isEmpty)
    #expect(manifest.records.map(\.name) == ["a b.aof", "h.rdb", "base", "c", "d"])
    #expect(manifest.loaded.map(\.name) == ["base", "a b.aof", "c", "d"])
    #expect(manifest.records[3].startOffset == 100 && manifest.records[3].endOffset == 250)
    #expect(manifest.records[4].startOffset == -1 && manifest.records[4].endOffset == nil)
    let written = """
      file base seq 3 type b
      file h.rdb seq 7 type h
      file "a b.aof" seq 2 type i
      file c seq 9 type i startoffset 100 endoffset 250
      file d seq 10 type i startoffset -1

      """
    #expect(String(decoding: manifest.text, as: UTF8.self) == written)
  }

  @Test func commentsOnly() {
    let (manifest, problems) = Self.read("# nothing\n#")
    #expect(problems.isEmpty && manifest.records.isEmpty)
  }

  struct Broken: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var line: Int
    var code: FindingCode
    var offset: Int
    /// Records that can be used all the same.
    var records = 1
  }

  private static let good = "file a seq 1 type b\n"

  static let broken: [Broken] = {
    func broken(
      _ name: String, _ second: String, _ code: FindingCode = .manifestSyntax
    ) -> Broken {
      Broken(testDescription: name, text: good + second, line: 2, code: code, offset: 20)
    }
    return [
      Broken(
        testDescription: "empty", text: "", line: 1, code: .manifestSyntax, offset: 0, records: 0),
      broken("no LF", "file b seq 1 type i"),
      broken("a blank line", "\n"),
      broken("blanks", "  \n"),
      broken("four words", "file b seq 1\n"),
      broken("seven words", "file b seq 1 type i x\n"),
      broken("no file", "fyle b seq 1 type i\n"),
      broken("no seq", "file b soq 1 type i\n"),
      broken("no type", "file b seq 1 tipe i\n"),
      broken("seq 0", "file b seq 0 type i\n"),
      broken("seq x", "file b seq x type i\n"),
      broken("seq -1", "file b seq -1 type i\n"),
      broken("seq 2x", "file b seq 2x type i\n"),
      broken("seq too large", "file b seq 9223372036854775808 type i\n"),
      broken("an unknown type", "file b seq 1 type x\n"),
      broken("an empty type", "file b seq 1 type \"\"\n"),
      broken("a path", "file ../b seq 1 type i\n"),
      broken("a path of Windows", "file x\\b seq 1 type i\n"),
      broken("the folder above", "file .. seq 1 type i\n"),
      broken("an escaped slash", "file \"x\\x2fb\" seq 1 type i\n"),
      broken("an escaped zero", "file \"x\\x00\" seq 1 type i\n"),
      broken("an empty name", "file \"\" seq 1 type i\n"),
      broken("a zero byte", "file b seq 1 type i\0\n"),
      broken("an open quotation", "file \"b seq 1 type i\n"),
      broken("a long line", "file b seq 1 type i x \(String(repeating: "x", count: 1002))\n"),
      broken("a second base", "file b seq 2 type b\n", .manifestDuplicateBase),
    ]
  }()

  @Test(arguments: broken)
  func lineIsLeftOut(_ broken: Broken) {
    let (manifest, problems) = Self.read(broken.text)
    #expect(problems.map(\.line) == [broken.line])
    #expect(problems.map { Fault($0.error) } == [Fault(broken.code, broken.offset)])
    #expect(manifest.records.count == broken.records)
  }

  /// The lines behind a broken one are read.
  @Test(arguments: broken.filter { $0.text.hasSuffix("\n") })
  func goesOnBehind(_ broken: Broken) {
    let (manifest, problems) = Self.read(broken.text + "file c seq 5 type i\n")
    #expect(problems.map(\.line) == [broken.line])
    #expect(manifest.records.last?.name == "c" && manifest.records.last?.line == 3)
  }

  @Test func longestLine() {
    let start = "file b seq 1 type i x "
    let line = start + String(repeating: "x", count: 1023 - start.utf8.count) + "\n"
    #expect(line.utf8.count == 1024)
    #expect(Self.read(line).1.isEmpty)
    // A server reads a long comment in pieces, the second of which is a line to it.
    let comment = "#" + String(repeating: "x", count: 1022) + "\n"
    #expect(Self.read(comment).1.isEmpty)
    #expect(Self.read("#" + String(repeating: "x", count: 1023) + "\n").1.map(\.line) == [2])
  }

  @Test func sequence() {
    let (manifest, problems) = Self.read(
      "file a seq 2 type i\nfile b seq 2 type i\nfile c seq 1 type i\nfile d seq 3 type i\n"
        + "file e seq 1 type h\n")
    #expect(manifest.records.map(\.name) == ["a", "d", "e"])
    #expect(problems.map(\.line) == [2, 3])
    #expect(problems.map(\.error.code) == [.manifestSequence, .manifestSequence])
    #expect(problems.map(\.error.found) == [2, 1] && problems.map(\.error.expected) == [3, 3])
  }

  @Test func mutantsNeverTrap() {
    var random = SeededRandom(seed: 11)
    let text = Array((Self.fresh + "file \"x \\x41\" seq 3 type i startoffset 5\n# note\n").utf8)
    for _ in 0..<3000 {
      var bytes = text
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = random.bytes(1)[0]
      }
      var problems: [ManifestProblem] = []
      let manifest = AOFManifest(bytes.raw, problems: &problems)
      #expect(manifest.records.count <= 3 + bytes.count / 20)
      // What was read reads back.
      var none: [ManifestProblem] = []
      let again = AOFManifest(manifest.text.raw, problems: &none)
      if !manifest.records.isEmpty { #expect(none.isEmpty) }
      #expect(again.loaded.map(\.name) == manifest.loaded.map(\.name))
    }
  }

  @Test func partNames() {
    func part(_ name: ByteString) -> String? {
      AOFPartName(name).map { "\($0.base) \($0.sequence ?? 0) \($0.role.map { "\($0)" } ?? "-")" }
    }
    #expect(part("appendonly.aof.1.base.rdb") == "appendonly.aof 1 base")
    #expect(part("a.b.17.base.aof") == "a.b 17 base")
    #expect(part("x.2.incr.aof") == "x 2 incremental")
    #expect(part("temp-x.incr") == "x 0 incremental")
    #expect(part("temp-x.manifest") == "x 0 -")
    for name: ByteString in [
      "appendonly.aof", "x.manifest", "x.0.incr.aof", "x.y.incr.aof", ".1.incr.aof",
      "x.1.incr.aof.cut-7", "1.incr.aof", "temp-.incr", "x.1.incr.rdb",
    ] {
      #expect(part(name) == nil, "\(name)")
    }
  }
}
