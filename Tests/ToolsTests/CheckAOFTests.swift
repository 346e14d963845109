import Foundation
import TestSupport
import Testing

/// The tool as it is built, from outside.
@Suite struct CheckAOFTests {
  static let aof = Fixtures.folder.appendingPathComponent("aof")
  static let schema = JSONSchema("check-aof.schema.json")

  static func check(_ arguments: String..., input: Run.Input = .nothing) throws -> Run {
    try Run.built("check-aof", arguments, input: input)
  }

  static func line(_ run: Run) throws -> [String: Any] {
    #expect(try schema.judge(run.output) == "1\n")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any])
  }

  private static let log = CommandLog.commands(
    ["SELECT", "0"], ["SET", "a", "1"], ["SET", "b", "2"])

  // MARK: Exit codes

  @Test func soundIsZero() throws {
    let run = try Self.check(Self.aof.appendingPathComponent("7.0.15-ts.appendonlydir").path)
    #expect(run.exitCode == 0)
    #expect(run.outputText.contains("OK"))
    #expect(run.errorText == "")
  }

  @Test func emptyIsZero() throws {
    let folder = try TemporaryFolder()
    #expect(try Self.check(folder.write("empty.aof", []).path).exitCode == 0)
  }

  @Test func usageIsSixtyFour() throws {
    let nothing = try Self.check()
    #expect(nothing.exitCode == 64)
    #expect((nothing.outputText + nothing.errorText).contains("USAGE: check-aof"))
    for arguments in [
      ["--no-such-option", "x"], ["--jobs", "0", "x"], ["--databases", "0", "x"],
      ["--explain", "no-such-code"], ["--explain", "preamble-bad-framing"],
      ["--max-findings", "-1", "x"], ["--yes", "x"], ["--dry-run", "x"], ["--fail-on-loss", "x"],
      ["--salvage", "-", "x"], ["--salvage", "y", "--fix", "x"], ["--salvage", "y", "x", "z"],
      ["--keep-partial-transactions", "x"],
      ["--fix", "-"], ["--truncate-to-timestamp", "noon", "x"],
    ] {
      let run = try Run.built("check-aof", arguments)
      #expect(run.exitCode == 64, "\(arguments)")
      #expect(run.output.isEmpty)
      #expect(!run.errorText.isEmpty)
    }
  }

  @Test func notAnAOFIsSixtyFive() throws {
    let folder = try TemporaryFolder()
    for (name, text) in [
      ("png", "\u{89}PNG\r\n\u{1A}\n"), ("text", "hello\nworld\n"), ("inline", "SET a 1\r\n"),
    ] {
      let run = try Self.check("--json", folder.write(name, Array(text.utf8)).path)
      #expect(run.exitCode == 65, "\(name)")
      #expect(try Self.line(run)["status"] as? String == "damaged")
    }
    // The first command of a log that is damaged is no reason to call it something else.
    var log = Self.log
    log[0] = 0x2B
    #expect(try Self.check(folder.write("a.aof", log).path).exitCode == 1)
  }

  @Test func missingIsSixtySix() throws {
    let folder = try TemporaryFolder()
    let run = try Self.check("--json", folder.file("nothing.aof").path)
    #expect(run.exitCode == 66)
    #expect(run.errorText.hasPrefix("check-aof: "))
    let line = try Self.line(run)
    #expect(line["status"] as? String == "unreadable" && line["error"] != nil)
    #expect(try Self.check(folder.url.path).exitCode == 66)
  }

  @Test func severalPathsEndWithTheWorst() throws {
    let folder = try TemporaryFolder()
    let sound = try folder.write("sound.aof", Self.log).path
    let damaged = try folder.write("damaged.aof", Self.log.dropLast()).path
    let run = try Self.check("--json", sound, damaged, sound)
    #expect(run.exitCode == 1)
    #expect(try Self.schema.judge(run.output) == "3\n")
  }

  // MARK: Inputs

  @Test(arguments: ["plain", "gzip", "lz4"])
  func fromAPipe(_ compression: String) throws {
    let folder = try TemporaryFolder()
    var bytes = Self.log
    if compression != "plain" {
      let file = try folder.write("log", Self.log)
      bytes = try Run.program("/usr/bin/\(compression)", ["-c", file.path]).output
    }
    let line = try Self.line(Self.check("--json", "-", input: .pipe(bytes)))
    #expect(line["status"] as? String == "ok" && line["commands"] as? Int == 3)
    let part = try #require((line["parts"] as? [[String: Any]])?.first)
    #expect(part["compression"] as? String == (compression == "plain" ? nil : compression))
    #expect(part["bytes"] as? Int == Self.log.count)
  }

  /// A folder without its manifest: a server would start empty.
  @Test func manifestIsMissing() throws {
    let folder = try TemporaryFolder()
    try folder.write("appendonly.aof.1.base.aof", Self.log)
    try folder.write("appendonly.aof.1.incr.aof", Self.log)
    let run = try Self.check("--json", folder.url.path)
    #expect(run.exitCode == 1)
    let codes = CheckRDBTests.codes(try Self.line(run))
    #expect(codes == ["manifest-missing-file"])
  }

  @Test func orphansAndHistory() throws {
    let folder = try TemporaryFolder()
    let manifest =
      "file a.2.base.aof seq 2 type b\nfile a.1.incr.aof seq 1 type h\nfile a.2.incr.aof seq 2 type i\n"
    try folder.write("a.manifest", Array(manifest.utf8))
    for name in ["a.2.base.aof", "a.2.incr.aof", "a.3.incr.aof"] {
      try folder.write(name, Self.log)
    }
    // What is loaded no more does not make an AOF damaged.
    try folder.write("a.1.incr.aof", Self.log.dropLast(3))
    let run = try Self.check("--json", folder.url.path)
    #expect(run.exitCode == 0)
    let line = try Self.line(run)
    #expect(line["status"] as? String == "warning")
    #expect(CheckRDBTests.codes(line) == ["manifest-orphan-file", "truncated"])
    #expect(line["commands"] as? Int == 6)
    let parts = try #require(line["parts"] as? [[String: Any]])
    #expect(parts.compactMap { $0["type"] as? String } == ["base", "incr", "history"])
  }

  /// A part that is named directly says where it belongs.
  @Test func partOfAManifest() throws {
    let part = Self.aof.appendingPathComponent(
      "7.0.15-ts.appendonlydir/appendonly.aof.1.incr.aof")
    let line = try Self.line(Self.check("--json", part.path))
    #expect((line["listed_in"] as? String)?.hasSuffix("appendonly.aof.manifest") == true)
  }

  @Test func linesOfTheManifest() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.manifest", Array("file a.1.base.aof seq 1 type b\nfile x\n".utf8))
    try folder.write("a.1.base.aof", Self.log)
    let line = try Self.line(Self.check("--json", folder.url.path))
    let finding = try #require((line["findings"] as? [[String: Any]])?.first)
    #expect(finding["line"] as? Int == 2 && finding["file"] as? String == "a.manifest")
  }

  // MARK: Output

  /// The output is the same for every number of workers, and every run of `--json` fits the schema.
  @Test(arguments: ["7.0.15-minimulti.appendonlydir", "6.2.16-mini-preamble.aof"])
  func jobs(_ name: String) throws {
    let path = Self.aof.appendingPathComponent(name).path
    let one = try Self.check("--json", "--jobs", "1", path)
    _ = try Self.line(one)
    for jobs in ["2", "5"] {
      #expect(try Self.check("--json", "--jobs", jobs, path).output == one.output)
    }
  }

  @Test func textFitsATerminal() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "x", count: 200)
    let log =
      Self.log
      + CommandLog.commands(
        ["SELECT", "99"], ["MULTI"], ["GET", "a"], [Word(long), Word(long)], ["SET", "a"],
        ["JSON.SET", "a", "b"], ["EXEC"], ["EXEC"])
      + Array("*3\r\n$3\r\nSET\r\n$200\r\n\(long)\r\n$-5\r\n".utf8)
    let run = try Self.check(folder.write("a.aof", log).path)
    #expect(run.exitCode == 1)
    let lines = run.outputText.split(separator: "\n")
    for line in lines where !line.contains("xxxx") && !line.contains(folder.url.path) {
      #expect(line.count <= 80, "\(line)")
    }
    for code in [
      "db-out-of-range", "unexpected-command", "unknown-command", "wrong-arity",
      "exec-without-multi", "bad-length",
    ] {
      #expect(run.outputText.contains(code), "\(code)")
    }
  }

  /// Commands by name are those of the truth, and what `--stats` prints fits the schema, for every number of
  /// workers alike; the text fits a terminal.
  @Test(arguments: [
    "6.2.16-long.aof", "7.0.15-ts.appendonlydir", "7.2.6-history.appendonlydir", "2.4.18-tiny.aof",
  ])
  func statistics(_ name: String) throws {
    let path = Self.aof.appendingPathComponent(name).path
    let one = try Self.check("--json", "--stats", "--jobs", "1", path)
    let line = try Self.line(one)
    #expect(try Self.check("--json", "--stats", "--jobs", "3", path).output == one.output)
    let names = try #require(line["commands_by_name"] as? [String: [String: Int]])
    #expect(names.values.reduce(0) { $0 + ($1["count"] ?? 0) } == line["commands"] as? Int)
    let statistics = try #require(line["statistics"] as? [String: Any])
    #expect(statistics["commands"] as? Int == line["commands"] as? Int)
    let text = try Self.check("--stats", path)
    #expect(text.exitCode == 0 && text.outputText.contains("Statistics"))
    for line in text.outputText.split(separator: "\n") where !line.contains(path) {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test func explanations() throws {
    for code in ["open-transaction", "preamble-bad-lzf", "manifest-orphan-file"] {
      let run = try Self.check("--explain", code)
      #expect(run.exitCode == 0)
      #expect(run.outputText.hasPrefix("\(code): "))
    }
  }

  @Test func schemaIsStrict() throws {
    let run = try Self.check("--json", Self.aof.appendingPathComponent("2.4.18-tiny.aof").path)
    for (from, to) in [
      ("\"kind\":\"plain\"", "\"kind\":\"other\""), ("\"errors\":0", "\"errors\":1"),
      ("\"transactions\":", "\"transaction\":"), ("\"format\":\"aof\"", "\"format\":\"json\""),
    ] {
      let changed = run.outputText.replacingOccurrences(of: from, with: to)
      #expect(changed != run.outputText)
      #expect(try Self.schema.judge(Array(changed.utf8)) != "1\n", "\(to)")
    }
  }
}
