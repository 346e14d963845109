import ArgumentParser
import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing
import ToolKit

private struct Probe: ParsableCommand {
  @OptionGroup(title: SelectionOptions.title) var selection: SelectionOptions
  @OptionGroup var output: OutputOption
}

@Suite struct SelectionOptionsTests {
  private static func selection(_ arguments: String...) throws -> KeySelection {
    try Probe.parse(arguments).selection.selection(now: 1_000_000)
  }

  @Test func nothingAskedFor() throws {
    let selection = try Self.selection()
    #expect(selection.selectsEverything)
    #expect(selection.limit == nil)
    #expect(selection.now == 1_000_000)
  }

  @Test func everyOption() throws {
    let selection = try Self.selection(
      "--db", "0", "--db", "15", "--key", "user:*", "--key", "*:1", "--not-key", "tmp:*",
      "--key-regex", #"\d+$"#, "--type", "hash", "--type", "zset", "--slot", "0-5460", "--slot",
      "16383", "--expired", "only", "--now", "2026-11-22T09:53:18.123Z", "--larger-than", "1.5kb",
      "--limit", "10")
    #expect(selection.databases == [0, 15])
    #expect(selection.keys == [Glob("user:*"), Glob("*:1")])
    #expect(selection.notKeys == [Glob("tmp:*")])
    #expect(selection.keyRegexes.map(\.text) == [#"\d+$"#])
    #expect(selection.types == [.hash, .zset])
    #expect(selection.slots == [0...5460, 16383...16383])
    #expect(selection.expired == .only)
    #expect(selection.now == 1_795_341_198_123)
    #expect(selection.largerThan == 1536)
    #expect(selection.limit == 10)
    #expect(!selection.selectsEverything)
  }

  /// Each of them alone is a selection, but for the limit and the clock.
  @Test(arguments: [
    ["--db", "0"], ["--key", "*"], ["--not-key", ""], ["--key-regex", ""], ["--type", "string"],
    ["--slot", "0"], ["--expired", "exclude"], ["--larger-than", "0"],
  ])
  func eachSelects(_ arguments: [String]) throws {
    #expect(try !Probe.parse(arguments).selection.selection(now: 0).selectsEverything)
  }

  /// The message has the option, the text and what is wrong with it.
  @Test(arguments: [
    (["--db", "x"], ["'x'", "--db"]),
    (["--db", "18446744073709551616"], ["'18446744073709551616'", "--db"]),
    (["--key-regex", "a("], ["'a('", "--key-regex", "expected ')'"]),
    (["--type", "Hash"], ["'Hash'", "--type", "string, list, set, zset, hash, stream, module"]),
    (["--slot", "16384"], ["'16384'", "--slot", "from 0 to 16383"]),
    (["--slot", "5-4"], ["'5-4'", "--slot", "ends before it begins"]),
    (["--slot", "5-"], ["'5-'", "--slot", "range of slots"]),
    (["--slot", "1-2-3"], ["'1-2-3'", "--slot", "range of slots"]),
    (["--slot", ""], ["''", "--slot", "range of slots"]),
    (["--expired", "no"], ["'no'", "--expired", "include", "exclude", "only"]),
    (["--now", "yesterday"], ["'yesterday'", "--now", "ISO 8601"]),
    (["--larger-than", "10x"], ["'10x'", "--larger-than", "10kb"]),
    (["--limit", "many"], ["'many'", "--limit"]),
  ])
  func nonsenseIsAUsageError(_ arguments: [String], _ parts: [String]) throws {
    let error = try #require(throws: (any Error).self) { _ = try Probe.parse(arguments) }
    #expect(Probe.exitCode(for: error).rawValue == ToolKit.ExitStatus.usage.rawValue)
    let message = Probe.message(for: error)
    for part in parts { #expect(message.contains(part), "\(message)") }
  }

  @Test func help() {
    let help = Probe.helpMessage(columns: 80)
    #expect(help.contains("SELECTION:"))
    for option in [
      "--db <n>", "--key <glob>", "--not-key <glob>", "--key-regex <re>", "--type <type>",
      "--slot <a-b>", "--expired <what>", "--now <time>", "--larger-than <size>", "--limit <n>",
      "-o, --output <file>",
    ] {
      #expect(help.contains("  \(option)"), "\(option)")
    }
  }
}

@Suite struct OutputOptionTests {
  @Test(
    arguments: [
      ([], nil), (["-o", "out"], "out"), (["--output", "out.gz"], "out.gz"), (["-o", "-"], "-"),
    ] as [([String], String?)])
  func path(_ arguments: [String], _ path: String?) throws {
    #expect(try Probe.parse(arguments).output.path == path)
  }

  @Test func opensTheFile() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("out")
    let output = try Probe.parse(["-o", file.path]).output.file
    #expect(!output.isOpen)
    try output.write([7].raw)
    #expect(output.isOpen)
    try output.commit()
    #expect(Array(try Data(contentsOf: file)) == [7])
    #expect(throws: OutputError.cannotCreate(.isDirectory)) {
      try Probe.parse(["-o", folder.url.path]).output.file.write([7].raw)
    }
  }

  @Test func nothingToWrite() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("out")
    let output = try Probe.parse(["-o", file.path]).output.file
    try output.commit()
    #expect(!FileManager.default.fileExists(atPath: file.path))
  }

  @Test func statuses() {
    #expect(ToolKit.ExitStatus(OutputError.cannotCreate(.permissionDenied)) == .cannotCreate)
    #expect(ToolKit.ExitStatus(OutputError.writeFailed(.noSpace)) == .ioError)
  }
}
