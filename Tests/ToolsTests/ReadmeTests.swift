import Foundation
import TestSupport
import Testing

/// The README shows what the tool prints.
@Suite struct ReadmeTests {
  private static let readme = try? String(
    contentsOf: Fixtures.project.appendingPathComponent("README.md"), encoding: .utf8)

  @Test func showsTheCheckOfTheBookshop() throws {
    let dump = Fixtures.folder.appendingPathComponent("bookshop.rdb").path
    let run = try Run.built("check-rdb", [dump])
    #expect(run.exitCode == 0)
    try expectShown(run, of: dump, as: "fixtures/bookshop.rdb")
  }

  @Test func showsTheCheckOfADamagedCopy() throws {
    let folder = try TemporaryFolder()
    let damaged = try Self.writeDamagedCopy(to: folder)
    let run = try Run.built("check-rdb", [damaged.path])
    #expect(run.exitCode == 1)
    try expectShown(run, of: damaged.path, as: "damaged.rdb")
  }

  /// The copy is damaged as the README says: byte 60000 is zero, bytes 300000 and 300001 are FF.
  private static func writeDamagedCopy(to folder: TemporaryFolder) throws -> URL {
    var bytes = Array(
      try Data(contentsOf: Fixtures.folder.appendingPathComponent("bookshop.rdb")))
    bytes[60_000] = 0
    bytes[300_000] = 0xFF
    bytes[300_001] = 0xFF
    return try folder.write("damaged.rdb", bytes)
  }

  private func expectShown(_ run: Run, of path: String, as name: String) throws {
    let readme = try #require(Self.readme)
    let text = String(decoding: run.output, as: UTF8.self)
      .replacingOccurrences(of: path, with: name)
    #expect(readme.contains("\n" + text + "```"), "\(text)")
  }

  // MARK: Commands with their output

  /// A block of shell commands and the block that follows it.
  private struct Example {
    var commands: String
    var output: String
  }

  private static func examples() throws -> [Example] {
    let readme = try #require(readme)
    let blocks = readme.matches(of: /\n```sh\n((?s:.*?))```\n(?:\n```\n((?s:.*?))```\n)?/)
    return try blocks.map { block in
      let output = try #require(block.2, "no output after \(block.1)")
      return Example(commands: String(block.1), output: String(output))
    }
  }

  /// Runs commands as the README's reader does: beside `fixtures` and `damaged.rdb`, with the tools,
  /// the Python of the tests and the system's programs in the path.
  private static func shell(_ commands: String, in folder: TemporaryFolder) throws -> Run {
    let path = [
      Run.builtProducts.path, Oracle.environment.appendingPathComponent("bin").path, "/usr/bin",
      "/bin",
    ]
    return try Run.program(
      "/bin/bash", ["-c", "cd \"$0\" && exec 2>&1 && eval \"$1\"", folder.url.path, commands],
      environment: ["PATH": path.joined(separator: ":"), "LC_ALL": "C.UTF-8"])
  }

  @Test func everyExampleGivesWhatIsShown() throws {
    _ = try Oracle.installed("jq")
    _ = try Oracle.installed("redis-cli")
    let examples = try Self.examples()
    for program in [
      "rdb-dump-to-json", "jq", "duckdb", "damaged.rdb", "check-aof", "aof-rewrite",
      "memory-report", "replay-server", "redis-cli",
    ] {
      #expect(examples.contains { $0.commands.contains(program) }, "\(program)")
    }
    let folder = try TemporaryFolder()
    _ = try Self.writeDamagedCopy(to: folder)
    try FileManager.default.createSymbolicLink(
      at: folder.file("fixtures"), withDestinationURL: Fixtures.folder)
    for example in examples {
      let run = try Self.shell(example.commands, in: folder)
      #expect(run.exitCode == 0)
      // DuckDB ends its table with an empty line.
      let output = String(run.outputText.trimmingSuffix(while: \.isNewline)) + "\n"
      #expect(output == example.output, "\(example.commands)")
    }
  }

  /// The section on records names every member that the schema has, at any depth.
  @Test func namesEveryMemberOfARecord() throws {
    let file = Fixtures.folder.appendingPathComponent("schemas/rdb-dump-to-json.schema.json")
    let schema = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    let definitions = try #require(schema?["$defs"] as? [String: Any])
    let members = Self.members(of: ["key", "stream", "group", "module"].map { definitions[$0] })
    #expect(members.isSuperset(of: ["db", "value", "first_id", "deliveries", "active_at"]))
    let readme = try #require(Self.readme)
    let sections = readme.components(separatedBy: "\n## ")
    let section = try #require(sections.first { $0.hasPrefix("Dumps as JSON") })
    for member in members {
      let isNamed = section.contains("\"\(member)\"") || section.contains("`\(member)`")
      #expect(isNamed, "\(member)")
    }
  }

  /// The names under every `properties` of a schema.
  private static func members(of schema: Any?) -> Set<String> {
    var names: Set<String> = []
    if let list = schema as? [Any?] {
      for element in list { names.formUnion(members(of: element)) }
    } else if let object = schema as? [String: Any] {
      for (name, value) in object {
        if name == "properties", let properties = value as? [String: Any] {
          names.formUnion(properties.keys)
          names.formUnion(members(of: Array(properties.values)))
        } else {
          names.formUnion(members(of: value))
        }
      }
    }
    return names
  }
}

extension StringProtocol {
  /// The text without the characters at its end for which `isDropped` holds.
  fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> SubSequence {
    var end = endIndex
    while end > startIndex, isDropped(self[index(before: end)]) { formIndex(before: &end) }
    return self[..<end]
  }
}
