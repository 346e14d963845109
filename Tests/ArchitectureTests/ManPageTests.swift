import Foundation
import TestSupport
import Testing

@Suite struct ManPageTests {
  private static let folder = Fixtures.project.appendingPathComponent("man")

  /// The executable products of the package, by the manifest.
  private static func tools() throws -> [String] {
    let manifest = Fixtures.project.appendingPathComponent("Package.swift")
    let text = try String(contentsOf: manifest, encoding: .utf8)
    return text.matches(of: /\.executable\(name: "([^"]+)"/).map { String($0.1) }
  }

  private static func page(_ tool: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent("\(tool).1"), encoding: .utf8)
  }

  @Test func everyToolHasAPage() throws {
    let tools = try Self.tools()
    #expect(tools.contains("check-rdb"))
    #expect(tools.contains("rdb-dump-to-json"))
    for tool in tools {
      let page = try Self.page(tool)
      for section in [
        "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO",
      ] {
        #expect(page.contains(".Sh \(section)\n"), "\(tool): \(section)")
      }
    }
  }

  @Test func mandocHasNothingToSay() throws {
    for tool in try Self.tools() {
      let page = Self.folder.appendingPathComponent("\(tool).1").path
      let run = try Run.program("/usr/bin/mandoc", ["-Tlint", "-W", "warning", page])
      #expect(run.exitCode == 0)
      #expect(run.outputText == "")
    }
  }

  private struct Help: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String
    }
    struct Argument: Decodable {
      var names: [Name]?
    }
    struct Command: Decodable {
      var arguments: [Argument]
    }
    var command: Command
  }

  /// What each tool itself says it takes.
  @Test(arguments: [
    ("check-rdb", "shallow"), ("check-aof", "salvage"), ("rdb-dump-to-json", "larger-than"),
    ("aof-rewrite", "until"), ("memory-report", "what-if"),
  ])
  func everyOptionIsDescribed(_ tool: String, with one: String) throws {
    let dump = try Run.built(tool, ["--experimental-dump-help"])
    let help = try JSONDecoder().decode(Help.self, from: Data(dump.output))
    let names = help.command.arguments.flatMap { $0.names ?? [] }
    #expect(names.contains { $0.name == one })
    let page = try Self.page(tool)
    for name in names {
      let flag = name.kind == "long" ? "Fl Fl \(name.name)" : "Fl \(name.name)"
      let described = page.split(separator: "\n").contains {
        $0.hasPrefix(".It ") && ($0 + " ").contains(" \(flag) ")
      }
      #expect(described, "\(name.name)")
    }
  }

  /// No page describes an option that its tool does not take.
  @Test func everyDescribedOptionIsTaken() throws {
    for tool in try Self.tools() {
      let names = try tool == "replay-server" ? Self.settings() : Self.options(of: tool)
      let items = try Self.page(tool).split(separator: "\n").filter { $0.hasPrefix(".It ") }
      let described = items.flatMap { $0.matches(of: /Fl Fl ([a-z0-9-]+)/).map { String($0.1) } }
      #expect(described.count >= 8)
      #expect(Set(described).isSubset(of: names), "\(tool)")
    }
  }

  private static func options(of tool: String) throws -> [String] {
    let dump = try Run.built(tool, ["--experimental-dump-help"])
    let help = try JSONDecoder().decode(Help.self, from: Data(dump.output))
    return help.command.arguments.flatMap { $0.names ?? [] }.map(\.name)
  }

  /// The options of the server are its settings, which it tells its clients.
  private static func settings() throws -> [String] {
    let reply = try OracleServer.ours().command("CONFIG", "GET", "*")
    let words = (reply.array ?? []).compactMap(\.text)
    #expect(words.count > 100)
    return ["help", "version", "include", "replay", "until", "fork-at", "fault"]
      + stride(from: 0, to: words.count, by: 2).map { words[$0] }
  }

  /// The codes as the tool lists them.
  @Test(arguments: [("check-rdb", 26), ("check-aof", 20)])
  func everyFindingIsDescribed(_ tool: String, _ least: Int) throws {
    let answer = try Run.built(tool, ["--explain", "?"])
    #expect(answer.exitCode == 64)
    let list = try #require(answer.errorText.firstMatch(of: /The codes are: ([a-z0-9, \n-]+)\./))
    let codes = list.1.split { ", \n".contains($0) }
    #expect(codes.count >= least)
    let items = try Self.page(tool).split(separator: "\n").filter { $0.hasPrefix(".It Cm ") }
    let described = Set(items.flatMap { $0.dropFirst(".It Cm ".count).split(separator: " ") })
    for code in codes { #expect(described.contains(code), "\(code)") }
  }
}
