import Foundation
import TestSupport
import Testing

/// The tool as it is built, from outside.
@Suite struct CheckRDBTests {
  static let rdb = Fixtures.folder.appendingPathComponent("rdb")

  static func fixture(_ name: String) -> String {
    rdb.appendingPathComponent(name + ".rdb").path
  }

  static func check(_ arguments: String..., input: Run.Input = .nothing) throws -> Run {
    try Run.built("check-rdb", arguments, input: input)
  }

  /// The lines of a run with `--json`.
  static func lines(_ run: Run) throws -> [[String: Any]] {
    try run.output.split(separator: 10).map {
      try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
    }
  }

  static func codes(_ line: [String: Any]) -> [String] {
    (line["findings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
  }

  // MARK: Exit codes

  @Test func soundIsZero() throws {
    let run = try Self.check(Self.fixture("7.2.6-census"))
    #expect(run.exitCode == 0)
    #expect(run.outputText.contains("OK"))
    #expect(run.errorText == "")
  }

  /// What a file says of itself is shown as text, however absurd, and never reaches a terminal raw.
  @Test(arguments: ["-9223372036854775808", "9223372036854775807", "-1", "x"])
  func absurdAuxFields(_ time: String) throws {
    let folder = try TemporaryFolder()
    var file = RDBBuilder("REDIS0010")
    for (name, value) in [
      ("ctime", time), ("used-mem", "18446744073709551615"), ("redis-ver", "\u{1B}[2J7.0"),
    ] {
      file.append(0xFA)
      file.string(name)
      file.string(value)
    }
    file.append(0xF5)
    file.string("#!\u{1B}[31mlua name=\u{1B}[2Jlib\nreturn")
    let run = try Self.check(folder.write("file.rdb", file.finished()).path)
    #expect(run.exitCode == 0)
    #expect(!run.outputText.contains("\u{1B}"))
    #expect(run.outputText.contains("\\x1B[2J7.0"))
  }

  @Test func damagedIsOne() throws {
    let folder = try TemporaryFolder()
    let cut = try folder.write(
      "cut", try Data(contentsOf: Self.rdb.appendingPathComponent("7.2.6-small.rdb")).dropLast(9))
    let run = try Self.check(cut.path)
    #expect(run.exitCode == 1)
    #expect(run.outputText.contains("DAMAGED"))
    #expect(run.outputText.contains("truncated"))
  }

  @Test func usageIsSixtyFour() throws {
    let nothing = try Self.check()
    #expect(nothing.exitCode == 64)
    #expect((nothing.outputText + nothing.errorText).contains("USAGE: check-rdb"))
    for arguments in [
      ["--no-such-option", "x"], ["--jobs", "0", "x"], ["--jobs", "many", "x"],
      ["--databases", "0", "x"],
      ["--explain", "no-such-code"], ["--progress", "sometimes", "x"],
      ["--max-findings", "-1", "x"],
    ] {
      let run = try Run.built("check-rdb", arguments)
      #expect(run.exitCode == 64, "\(arguments)")
      #expect(run.output.isEmpty)
      #expect(!run.errorText.isEmpty)
    }
  }

  @Test func notAnRDBIsSixtyFive() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("text", Array("Ceci n'est pas un dump.\n".utf8))
    let packed = try Run.program("/bin/gzip", ["-c", text.path])
    let inputs: [(String, [UInt8])] = [
      ("aof", Array("*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n".utf8)), ("text", Array("text\n".utf8)),
      ("gzip of text", packed.output), ("zstd", [0x28, 0xB5, 0x2F, 0xFD, 4, 0, 1, 0, 0, 0x78]),
      ("unknown version", Array("REDIS9999".utf8) + [0xFF] + [UInt8](repeating: 0, count: 8)),
      ("unknown version of Valkey", Array("VALKEY999".utf8)),
      ("manifest", Array("file appendonly.aof.1.base.rdb seq 1 type b\n".utf8)),
    ]
    for (name, bytes) in inputs {
      let run = try Self.check("--json", try folder.write("input", bytes).path)
      #expect(run.exitCode == 65, "\(name)")
      let line = try #require(try Self.lines(run).first)
      #expect(line["status"] as? String == "damaged")
      let expected = name.hasPrefix("unknown version") ? "unsupported-version" : "bad-magic"
      #expect(Self.codes(line) == [expected], "\(name)")
    }
  }

  @Test func whatCannotBeOpenedIsSixtySix() throws {
    let folder = try TemporaryFolder()
    let secret = try folder.write("secret", [])
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: secret.path)
    var paths = [folder.file("missing").path, folder.url.path, folder.file("missing/x").path]
    // Nothing is unreadable to the superuser.
    if geteuid() == 0 { paths.append("/proc/self/mem/x") } else { paths.append(secret.path) }
    for path in paths {
      let run = try Self.check("--json", path)
      #expect(run.exitCode == 66, "\(path)")
      #expect(run.errorText.hasPrefix("check-rdb: \(path): "))
      let line = try #require(try Self.lines(run).first)
      #expect(line["status"] as? String == "unreadable")
      #expect(line["error"] is String)
    }
  }

  @Test(arguments: ["gzip", "lz4"])
  func compressedFilesFitTheSchema(_ compression: String) throws {
    let packed = try Run.program(
      "/usr/bin/\(compression)", ["-c", Self.fixture("7.2.6-small")])
    let run = try Self.check("--json", "-", input: .pipe(packed.output))
    #expect(run.exitCode == 0)
    #expect(try JSONSchema("check-rdb.schema.json").judge(run.output) == "1\n")
    #expect(try Self.lines(run).first?["compression"] as? String == compression)
  }

  @Test func pipeWithoutWriterIsSixtySix() throws {
    let folder = try TemporaryFolder()
    let fifo = folder.file("fifo")
    try #require(unsafe mkfifo(fifo.path, 0o600) == 0)
    let run = try Run.built("check-rdb", [fifo.path], timeout: .milliseconds(2500))
    #expect(run.exitCode == 66)
    #expect(!run.errorText.isEmpty)
  }

  @Test func fullDiskIsSeventyFour() throws {
    for option in ["--json", "--shallow"] {
      let run = try Self.shell("\"$0\" \(option) \"$1\" >/dev/full", Self.fixture("7.2.6-small"))
      #expect(run.exitCode == 74)
    }
  }

  @Test func closedOutputIsAnErrorAndNoTrap() throws {
    let run = try Self.shell("\"$0\" --json \"$1\" >&-", Self.fixture("7.2.6-small"))
    #expect(run.signal == nil)
    #expect(run.exitCode == 74)
  }

  @Test func closedInputIsNoTrap() throws {
    let run = try Self.shell("\"$0\" --json - <&-", "")
    #expect(run.signal == nil)
    #expect([66, 74].contains(run.exitCode))
  }

  @Test func readerThatLeavesIsNoTrouble() throws {
    // Many times what a pipe holds.
    let files = [String](repeating: Self.fixture("7.2.6-census"), count: 300)
    let tool = Run.builtProducts.appendingPathComponent("check-rdb").path
    let run = try Run.program(
      "/bin/bash",
      [
        "-c", "\"$@\" | head -n 1 >/dev/null; echo ${PIPESTATUS[0]}", "bash", tool, "--shallow",
        "--json",
      ] + files)
    // 141 is what a shell calls an end by SIGPIPE.
    #expect(["0\n", "141\n"].contains(run.outputText))
    #expect(run.errorText == "")
  }

  /// Runs a command line in which `$0` is the tool and `$1` a file.
  private static func shell(_ command: String, _ file: String) throws -> Run {
    let tool = Run.builtProducts.appendingPathComponent("check-rdb").path
    return try Run.program("/bin/sh", ["-c", command, tool, file])
  }

  // MARK: Inputs

  @Test func severalFiles() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("text", Array("text\n".utf8)).path
    let cut = try folder.write("cut", Array("REDIS0010".utf8)).path
    let files = [Self.fixture("7.2.6-small"), cut, text, Self.fixture("2.4.18-onekey")]
    let run = try Run.built("check-rdb", ["--json"] + files)
    #expect(run.exitCode == 65)
    let lines = try Self.lines(run)
    #expect(lines.map { $0["file"] as? String } == files)
    #expect(lines.map { $0["status"] as? String } == ["ok", "damaged", "damaged", "ok"])
    #expect(try Run.built("check-rdb", [files[0], cut, files[3]]).exitCode == 1)
    #expect(try Run.built("check-rdb", [cut, text, folder.file("missing").path]).exitCode == 66)
    #expect(try Run.built("check-rdb", [files[0], files[3]]).exitCode == 0)
  }

  @Test func standardInput() throws {
    let bytes = Array(try Data(contentsOf: Self.rdb.appendingPathComponent("6.2.16-small.rdb")))
    let named = try Self.lines(Self.check("--json", Self.fixture("6.2.16-small"))).first
    for input in [Run.Input.pipe(bytes), .file(URL(fileURLWithPath: Self.fixture("6.2.16-small")))]
    {
      let run = try Self.check("--json", "-", input: input)
      #expect(run.exitCode == 0)
      var line = try #require(try Self.lines(run).first)
      #expect(line["file"] as? String == "-")
      line["file"] = named?["file"]
      #expect(line as NSDictionary == named as NSDictionary?)
    }
  }

  // MARK: Text

  @Test func versionAndHelp() throws {
    let version = try Self.check("--version")
    #expect(version.exitCode == 0)
    #expect(version.outputText.contains(/^\d+\.\d+\.\d+\n$/))
    let help = try Self.check("--help")
    #expect(help.exitCode == 0)
    for option in [
      "--json", "--shallow", "--sha256", "--jobs", "--explain", "--progress", "--databases",
    ] {
      #expect(help.outputText.contains(option))
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScript(_ shell: String) throws {
    let run = try Self.check("--generate-completion-script", shell)
    #expect(run.exitCode == 0)
    #expect(run.outputText.contains("check-rdb"))
    #expect(run.outputText.contains("shallow"))
  }

  @Test func everyCodeIsExplained() throws {
    let schema = try JSONSerialization.jsonObject(with: Data(contentsOf: Self.schema.file))
    let definitions = (schema as? [String: Any])?["$defs"] as? [String: Any]
    let codes = try #require((definitions?["code"] as? [String: Any])?["enum"] as? [String])
    #expect(codes.count == 29)
    var texts: Set<String> = []
    for code in codes {
      let run = try Self.check("--explain", code)
      #expect(run.exitCode == 0, "\(code)")
      #expect(run.outputText.hasPrefix("\(code): "))
      for heading in ["Meaning", "Causes", "What to do"] {
        #expect(run.outputText.contains("\n\(heading)\n"))
      }
      #expect(run.outputText.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(code)")
      texts.insert(run.outputText)
    }
    #expect(texts.count == codes.count)
    // The usage error lists all codes that there are.
    let listed = try Self.check("--explain", "x").errorText
    for code in codes { #expect(listed.contains(code)) }
  }

  @Test func noEscapeCodesWithoutATerminal() throws {
    for variable in [[:], ["NO_COLOR": "1"], ["TERM": "xterm-256color"]] {
      let run = try Run.built(
        "check-rdb", [Self.fixture("6.2.16-manydb")], environment: variable)
      #expect(run.exitCode == 0)
      #expect(!run.output.contains(0x1B))
      #expect(!run.errors.contains(0x1B))
      #expect(run.errorText == "")
    }
  }

  /// `script` gives the tool a terminal.
  @Test func colourOnATerminalUnlessRefused() throws {
    let tool = Run.builtProducts.appendingPathComponent("check-rdb").path
    func onTerminal(_ environment: [String: String]) throws -> Run {
      try Run.program(
        "/usr/bin/script",
        ["-qec", "'\(tool)' --progress never '\(Self.fixture("6.2.16-manydb"))'", "/dev/null"],
        environment: environment)
    }
    let coloured = try onTerminal(["TERM": "xterm", "NO_COLOR": ""])
    #expect(coloured.exitCode == 0)
    #expect(coloured.output.contains(0x1B))
    #expect(try !onTerminal(["TERM": "xterm", "NO_COLOR": "1"]).output.contains(0x1B))
  }

  @Test func noLineIsLongerThanEightyColumns() throws {
    let folder = try TemporaryFolder()
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.rdb.path)
    let files = names.filter { $0.hasSuffix(".rdb") }.map {
      Self.rdb.appendingPathComponent($0).path
    }
    #expect(files.count == 77)
    var bad = RDBBuilder()
    bad.append(0xFE, 0x81)
    bad.append([UInt8](repeating: 0xFE, count: 8))
    bad.resizeDB(.max, .max)
    for number in 0..<40 {
      bad.key(2, String(repeating: "key \u{7}\u{1F600} ", count: number) + String(number))
      bad.length(0)
    }
    bad.key(0, "last")
    let damaged = try folder.write("damaged", bad.bytes)
    for path in files + [damaged.path] {
      for option in ["--sha256", "--shallow"] {
        let run = try Run.built("check-rdb", [option, path], environment: ["COLUMNS": ""])
        for line in run.outputText.split(separator: "\n") where !line.hasPrefix(path) {
          // Emoji take two columns.
          let width = line.count + line.unicodeScalars.count { $0.value > 0xFFFF }
          #expect(width <= 80, "\(line)")
        }
      }
    }
  }

  // MARK: JSON

  private static let schema = JSONSchema("check-rdb.schema.json")

  @Test func everyVerdictFitsTheSchema() throws {
    let folder = try TemporaryFolder()
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.rdb.path)
    var files = names.filter { $0.hasSuffix(".rdb") }.map {
      Self.rdb.appendingPathComponent($0).path
    }
    var random = SeededRandom(seed: 11)
    for name in [
      "2.8.24-small", "6.2.16-small", "7.2.6-small", "7.4.1-hfesmall", "valkey-9.1.2-lfu",
    ] {
      let sound = Array(try Data(contentsOf: URL(fileURLWithPath: Self.fixture(name))))
      for number in 0..<60 {
        var bytes = sound
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
        if number % 10 == 0 { bytes.removeLast(bytes.count - place) }
        files.append(try folder.write("\(name)-\(number)", bytes).path)
      }
    }
    files += [folder.file("missing").path, folder.url.path]
    let deep = try Run.built("check-rdb", ["--json", "--sha256"] + files)
    let shallow = try Run.built("check-rdb", ["--json", "--shallow"] + files)
    #expect(try Self.schema.judge(deep.output + shallow.output) == "\(2 * files.count)\n")
  }

  @Test func schemaIsStrict() throws {
    let line = try #require(
      try Self.check("--json", Self.fixture("2.4.18-onekey")).output.split(separator: 10).first)
    let text = String(decoding: line, as: UTF8.self)
    #expect(try Self.schema.judge(Array(text.utf8) + [10]) == "1\n")
    for (from, to) in [
      ("\"keys\":1,\"types\"", "\"keys\":-1,\"types\""), ("\"schema\"", "\"scheme\""),
      ("\"status\":\"ok\"", "\"status\":\"fine\""), ("\"errors\":0", "\"errors\":1"),
      ("{\"schema\"", "{\"more\":1,\"schema\""), ("\"string\":1", "\"strong\":1"),
    ] {
      let changed = text.replacingOccurrences(of: from, with: to)
      try #require(changed != text, "\(from)")
      #expect(try Self.schema.judge(Array(changed.utf8) + [10]) != "1\n", "\(to)")
    }
  }
}
