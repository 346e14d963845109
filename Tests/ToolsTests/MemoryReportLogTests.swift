import Foundation
import TestSupport
import Testing

/// Logs as inputs of the tool, from outside. What a replay leads to is compared with servers elsewhere; here it is
/// that the report is about just that.
@Suite struct MemoryReportLogTests {
  private static let aof = Fixtures.folder.appendingPathComponent("aof")

  /// Every log of the fixtures: files, and folders with a manifest.
  static let logs: [URL] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: aof.path)) ?? []
    return names.filter { $0.hasSuffix(".aof") || $0.hasSuffix(".appendonlydir") }.sorted()
      .map { aof.appendingPathComponent($0) } + [
        Fixtures.folder.appendingPathComponent("bookshop.aof")
      ]
  }()

  private static func run(_ arguments: String..., input: Run.Input = .nothing) throws -> Run {
    try Run.built("memory-report", arguments, input: input)
  }

  private static let schema = JSONSchema("memory-report.schema.json")

  private static func object(_ run: Run) throws -> [String: Any] {
    #expect(try schema.judge(run.output) == "1\n", "\(run.errorText)")
    let object = try JSONSerialization.jsonObject(with: Data(run.output))
    return try #require(object as? [String: Any])
  }

  private static func file(_ report: [String: Any]) throws -> [String: Any] {
    try #require((report["files"] as? [[String: Any]])?.first)
  }

  /// A report without what it says of its files.
  private static func sums(_ run: Run) throws -> NSDictionary {
    var report = try object(run)
    report["files"] = nil
    return report as NSDictionary
  }

  private static let log = CommandLog.commands(
    ["SELECT", "0"], ["SET", "a", "1"], ["RPUSH", "b", "x", "y"], ["SET", "c", "2"], ["DEL", "c"])

  // MARK: What a log leads to

  @Test func thereAreLogs() { #expect(Self.logs.count > 30) }

  /// The dump that another tool makes of a log has the same report, and that tool ends with the same exit code.
  @Test(arguments: logs)
  func reportOfALogIsThatOfItsDump(_ log: URL) throws {
    let folder = try TemporaryFolder()
    for (target, others) in [
      ([], []),
      (
        ["--target", "valkey-9.1"],
        [
          "--setting", "hash-max-listpack-entries=3", "--by", "slot", "--what-if",
          "zset-max-listpack-entries=2", "--allocator", "libc",
        ]
      ),
    ] {
      let dump = folder.file("dump.rdb").path
      let now = ["--now", "1795888020958"]
      let rewrite = try Run.built(
        "aof-rewrite", target + now + ["--keep-going", "--drop-unsupported", "-o", dump, log.path])
      #expect(rewrite.exitCode == 0 || rewrite.exitCode == 2, "\(rewrite.errorText)")
      let options = target + others + now
      let own = try Run.built("memory-report", options + ["--json", log.path])
      #expect(own.exitCode == rewrite.exitCode, "\(own.errorText)")
      let other = try Run.built("memory-report", options + ["--json", dump])
      #expect(try Self.sums(own) == Self.sums(other))
    }
  }

  @Test(arguments: ["bookshop.aof", "aof/valkey-9.1.2-cmds.appendonlydir"])
  func keysOfALogAreThoseOfItsDump(_ name: String) throws {
    let folder = try TemporaryFolder()
    let log = Fixtures.folder.appendingPathComponent(name).path
    let dump = folder.file("dump.rdb").path
    let target = ["--target", "valkey-9.1", "--now", "1795888020958"]
    #expect(try Run.built("aof-rewrite", target + ["-o", dump, log]).exitCode == 0)
    let tables = try [log, dump].map { input in
      try Run.built("memory-report", target + ["--format", "csv", input]).outputText
    }
    #expect(tables[0].split(separator: "\r\n").count > 50)
    let isSame = tables[0] == tables[1]
    #expect(isSame)
  }

  /// Known answers: an integer and its name of one byte take an object of 16 bytes, shared integers none
  /// (`redisObject`, `OBJ_SHARED_INTEGERS`), and the name 8; each key has a table entry of 24 bytes.
  @Test func oneKey() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(
      "a.aof", CommandLog.commands(["SELECT", "0"], ["SET", "a", "7"], ["INCRBY", "a", "123456"]))
    let report = try Self.object(try Self.run("--json", log.path))
    #expect(report["target"] as? String == "redis-7.0")
    #expect(report["keys"] as? Int == 1)
    #expect(report["memory_usage"] as? Int == 16 + 8 + 24)
    let size = try Data(contentsOf: log).count
    let file = try Self.file(report)
    #expect(file["bytes"] as? Int == size && file["keys"] as? Int == 1)
    #expect(file["status"] as? String == "ok" && file["error"] == nil)
    #expect(report["calibration"] is NSNull)
  }

  @Test func everyWayToALog() throws {
    let folder = try TemporaryFolder()
    let name = "7.0.15-minimulti.appendonlydir"
    let parts = Self.aof.appendingPathComponent(name)
    let server = folder.file("appendonlydir")
    try FileManager.default.copyItem(at: parts, to: server)
    let whole = try Self.sums(try Self.run("--json", "--now", "1795888020", parts.path))
    for path in [
      folder.url.path, server.path, server.appendingPathComponent("appendonly.aof.manifest").path,
    ] {
      let run = try Self.run("--json", "--now", "1795888020", path)
      #expect(run.exitCode == 0 && run.errorText.isEmpty)
      #expect(try Self.sums(run) == whole)
    }
    // One file, plain and with a dump in front, stored and through pipes.
    for source in ["6.2.16-cmds", "6.2.16-mini-preamble"] {
      let file = Self.aof.appendingPathComponent("\(source).aof")
      let bytes = Array(try Data(contentsOf: file))
      let one = try Self.sums(try Self.run("--json", "--now", "1795888020", file.path))
      #expect(try #require(one["keys"] as? Int) > 0)
      for input in [Run.Input.pipe(bytes), .file(file)] {
        let run = try Self.run("--json", "--now", "1795888020", "-", input: input)
        #expect(run.exitCode == 0, "\(run.errorText)")
        #expect(try Self.sums(run) == one)
      }
      let pipe = try folder.fifo("\(source).pipe", carrying: bytes)
      #expect(try Self.sums(try Self.run("--json", "--now", "1795888020", pipe.path)) == one)
    }
    let file = Self.aof.appendingPathComponent("7.4.1-cmds.appendonlydir")
    for ending in ["", ".gz", ".lz4"] {
      let log = folder.file("log.aof\(ending)")
      #expect(try Run.built("aof-rewrite", ["-o", log.path, file.path]).exitCode == 0)
    }
    let plain = try Self.run("--json", "--now", "1795888020", folder.file("log.aof").path)
    for ending in [".gz", ".lz4"] {
      let log = folder.file("log.aof\(ending)").path
      #expect(try Self.sums(try Self.run("--json", "--now", "1795888020", log)) == Self.sums(plain))
    }
  }

  @Test func optionsWorkOnLogs() throws {
    let folder = try TemporaryFolder()
    var commands: [[Word]] = [["SELECT", "0"]]
    for number in 0..<5000 {
      commands.append(["SET", "key:\(number)", Word("value \(number)")])
      if number % 2 == 0 {
        commands.append(["PEXPIREAT", "key:\(number)", Word(1_700_000_000_000 + number)])
      }
    }
    commands += [["SELECT", "3"], ["SADD", "letters", "a", "b"]]
    let log = try folder.write("a.aof", commands.flatMap(CommandLog.command)).path
    func keys(_ arguments: String...) throws -> Int? {
      let run = try Run.built("memory-report", ["--json"] + arguments + [log])
      #expect(run.exitCode == 0, "\(run.errorText)")
      return try Self.object(run)["keys"] as? Int
    }
    #expect(try keys() == 5001)
    #expect(try keys("--db", "3") == 1)
    #expect(try keys("--key", "key:12?") == 10)
    #expect(try keys("--limit", "7") == 7)
    #expect(try keys("--expired", "exclude", "--now", "1700000001000") == 4501)
    #expect(try keys("--expired", "only", "--now", "1700000001000") == 500)
    for format in ["text", "json", "csv", "html", "partial"] {
      let runs = try ["1", "2", "5"].map { jobs in
        try Self.run("--format", format, "--now", "1795888020958", "--jobs", jobs, log)
      }
      #expect(runs[0].exitCode == 0 && runs[0].errorText.isEmpty)
      #expect(runs[1].output == runs[0].output && runs[2].output == runs[0].output)
    }
  }

  /// The sums of a log and of a dump, on one machine or on two.
  @Test func partialReportsMerge() throws {
    let folder = try TemporaryFolder()
    let torn = try folder.write("torn.aof", Self.log + Array("*3\r\n$3\r\nSE".utf8)).path
    let inputs = [
      Self.aof.appendingPathComponent("7.2.6-cmds.appendonlydir").path,
      CheckRDBTests.fixture("7.2.6-census"), torn,
    ]
    let options = ["--target", "redis-7.2", "--now", "1795888020958"]
    var parts: [String] = []
    for (number, input) in inputs.enumerated() {
      let part = folder.file("\(number).part").path
      let run = try Run.built(
        "memory-report", options + ["--format", "partial", "-o", part, input])
      #expect(run.exitCode == (input == torn ? 2 : 0))
      parts.append(part)
    }
    for format in ["text", "json", "html", "partial"] {
      let merged = try Run.built("memory-report", ["--format", format] + parts)
      let whole = try Run.built("memory-report", options + ["--format", format] + inputs)
      #expect(merged.exitCode == 2 && whole.exitCode == 2)
      #expect(merged.output == whole.output)
    }
  }

  // MARK: Damage

  @Test func tornEndIsLeftOutAndSaid() throws {
    let folder = try TemporaryFolder()
    let open = CommandLog.commands(["MULTI"], ["SET", "d", "4"])
    for (name, tail) in [
      ("command", Array(CommandLog.command(["SET", "d", "4"]).dropLast(3))), ("transaction", open),
      ("zeros", [UInt8](repeating: 0, count: 5000)),
    ] {
      let log = try folder.write("\(name).aof", Self.log + tail).path
      let json = try Self.run("--json", log)
      #expect(json.exitCode == 2)
      #expect(json.errorText.contains("from byte \(Self.log.count) on left out"))
      let report = try Self.object(json)
      #expect(report["keys"] as? Int == 2)
      let file = try Self.file(report)
      #expect(file["status"] as? String == "warning")
      #expect(file["bytes"] as? Int == Self.log.count + tail.count)
      #expect(file["read_up_to"] as? Int == Self.log.count)
      #expect((file["error"] as? String)?.hasPrefix("offset \(Self.log.count): ") == true)
      let text = try Self.run(log)
      #expect(text.exitCode == 2)
      #expect(text.outputText.prefix(400).contains("is not covered whole"))
    }
  }

  @Test func damageEndsTheReport() throws {
    let folder = try TemporaryFolder()
    let broken = try folder.write(
      "a.aof", Self.log + Array("X\r\n".utf8) + CommandLog.command(["SET", "z", "1"])
    ).path
    let json = try Self.run("--json", broken)
    #expect(json.exitCode == 1)
    #expect(json.errorText.contains("check-aof --salvage"))
    let report = try Self.object(json)
    #expect(report["keys"] as? Int == 2)
    let file = try Self.file(report)
    #expect(file["status"] as? String == "damaged")
    #expect(file["read_up_to"] as? Int == Self.log.count)
    let text = try Self.run(broken)
    #expect(text.exitCode == 1 && text.outputText.prefix(400).contains("is damaged"))
    // In the dump in front.
    let preamble = Self.aof.appendingPathComponent("6.2.16-mini-preamble.aof")
    var bytes = Array(try Data(contentsOf: preamble))
    let end = try #require(Data(bytes).range(of: Data("*2\r\n$6\r\nSELECT".utf8))).lowerBound
    bytes[end - 1] ^= 1
    let damaged = try Self.run("--json", folder.write("b.aof", bytes).path)
    #expect(damaged.exitCode == 1 && damaged.errorText.contains("check-rdb"))
    #expect(try Self.file(try Self.object(damaged))["status"] as? String == "damaged")
    // In the compression.
    let packed = folder.file("c.aof.gz")
    let source = Self.aof.appendingPathComponent("7.2.6-cmds.appendonlydir")
    #expect(try Run.built("aof-rewrite", ["-o", packed.path, source.path]).exitCode == 0)
    let cut = try folder.write("d.aof.gz", try Data(contentsOf: packed).dropLast(100)).path
    let short = try Self.run("--json", cut)
    #expect(short.exitCode == 1 && short.errorText.contains("truncated gzip"))
    #expect(try Self.file(try Self.object(short))["status"] as? String == "damaged")
  }

  /// What a server refuses it refuses here too, and goes on.
  @Test func commandsThatCannotBeRun() throws {
    let folder = try TemporaryFolder()
    for words: [Word] in [["LPOP", "a"], ["EVAL", "return 1", "0"], ["NONSENSE"]] {
      let log = try folder.write(
        "a.aof", Self.log + CommandLog.commands(words, ["SET", "z", "1"])
      ).path
      let run = try Self.run("--json", log)
      #expect(run.exitCode == 2 && run.errorText.contains("byte \(Self.log.count)"))
      let report = try Self.object(run)
      #expect(report["keys"] as? Int == 3)
      #expect((try Self.file(report)["error"] as? String)?.hasSuffix("run: 1") == true)
    }
  }

  @Test func whatTheTargetCannotHold() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(
      "a.aof", Self.log + CommandLog.command(["XADD", "s", "1-1", "field", "value"])
    ).path
    let run = try Self.run("--json", "--target", "redis-4.0", log)
    #expect(run.exitCode == 2 && run.errorText.contains("key \"s\": left out"))
    let report = try Self.object(run)
    #expect(report["keys"] as? Int == 2)
    #expect((try Self.file(report)["error"] as? String)?.hasSuffix("cannot hold: 1") == true)
    #expect(try Self.run("--json", "--target", "redis-5.0", log).exitCode == 0)
  }

  @Test func whatIsNoLog() throws {
    let folder = try TemporaryFolder()
    let empty = try Self.run("--json", folder.url.path)
    #expect(empty.exitCode == 65 && empty.errorText.contains("neither a manifest nor an AOF"))
    _ = try folder.write(
      "dump.rdb", try Data(contentsOf: URL(fileURLWithPath: CheckRDBTests.fixture("7.2.6-census"))))
    #expect(try Self.run("--json", folder.url.path).exitCode == 65)
    _ = try folder.write("a.aof.manifest", Array("file a.aof.1.incr.aof seq 1 type i\n".utf8))
    let missing = try Self.run("--json", folder.url.path)
    #expect(missing.exitCode == 1 && missing.errorText.contains("is listed and not there"))
    let report = try Self.object(missing)
    #expect(report["keys"] as? Int == 0)
    #expect(try Self.file(report)["status"] as? String == "damaged")
    #expect(
      try Self.run(try folder.write("text", Array("hello\nworld\n".utf8)).path).exitCode == 65)
    #expect(try Self.run(folder.file("nowhere.aof").path).exitCode == 66)
    // An empty log is a log of nothing; an empty dump is none.
    let nothing = try Self.run("--json", folder.write("empty.aof", []).path)
    #expect(nothing.exitCode == 0)
    #expect(try Self.object(nothing)["keys"] as? Int == 0)
    #expect(try Self.run(folder.write("empty.rdb", []).path).exitCode == 1)
  }

  @Test func killedItLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write("a.aof", Self.log)
    let other = try TemporaryFolder()
    // The pipe stays open, so that the tool waits for more.
    let script = """
      mkfifo "$1/pipe"; TMPDIR="$1" "$0" --json -o "$1/report" "$1/pipe" & tool=$!
      exec 3>"$1/pipe"; cat "$2" >&3; sleep 0.3; kill -TERM $tool; wait $tool
      """
    let tool = Run.builtProducts.appendingPathComponent("memory-report").path
    let run = try Run.program("/bin/bash", ["-c", script, tool, other.url.path, log.path])
    #expect(run.exitCode == 143, "\(run.errorText)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: other.url.path) == ["pipe"])
  }
}
