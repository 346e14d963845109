import Foundation
// README: begin
import Persistence

/// A line for each key of a dump.
func summary(of path: String) throws -> [String] {
  var lines: [String] = []
  var reader = try RDBReader(path: path)
  while let entry = try reader.next() {
    switch entry.value {
    case .string(let text): lines.append("\(entry.key) = \(text)")
    case .hash(let fields): lines.append("\(entry.key) has \(fields.count) fields")
    default: lines.append("\(entry.key) is a \(entry.type)")
    }
  }
  return lines
}
// README: end
import TestSupport
import Testing

/// The example of the README compiles, works, and stands in the README as it is here.
@Suite struct LibraryExampleTests {
  @Test func countsTheKeysOfTheBookshop() throws {
    let path = Fixtures.folder.appendingPathComponent("bookshop.rdb").path
    let lines = try summary(of: path)
    let server = try Truth.load(Fixtures.folder.appendingPathComponent("bookshop.truth.jsonl.gz"))
    #expect(lines.count == server.count)
    for line in server where line["type"] as? String == "hash" {
      let fields = (line["value"] as? [Any])?.count ?? -1
      #expect(lines.contains("\(try Truth.key(line)) has \(fields) fields"))
    }
  }

  @Test func standsInTheReadme() throws {
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let readme = try String(
      contentsOf: Fixtures.project.appendingPathComponent("README.md"), encoding: .utf8)
    let begin = try #require(source.range(of: "// README: begin\n"))
    let end = try #require(source.range(of: "// README: end\n"))
    #expect(readme.contains(source[begin.upperBound..<end.lowerBound]))
  }
}
