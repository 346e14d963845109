import Foundation
import TestSupport
import Testing

/// The tool as it is built, from outside.
@Suite struct AOFRewriteTests {
  static let aof = Fixtures.folder.appendingPathComponent("aof")
  static let schema = JSONSchema("aof-rewrite.schema.json")
  static let historySchema = JSONSchema("aof-rewrite-history.schema.json")

  static func rewrite(_ arguments: String..., input: Run.Input = .nothing) throws -> Run {
    try Run.built("aof-rewrite", arguments, input: input)
  }

  static func line(_ run: Run) throws -> [String: Any] {
    #expect(try schema.judge(run.output) == "1\n")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any])
  }

  /// What the keys of a file are, by another tool.
  static func keys(_ file: URL) throws -> [String: String] {
    let run = try Run.built("rdb-dump-to-json", ["--layout", "lines", file.path])
    #expect(run.exitCode == 0)
    var keys: [String: String] = [:]
    for line in run.output.split(separator: 10) {
      let record = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
      keys[record?["key"] as? String ?? ""] = "\(record?["value"] ?? "")"
    }
    return keys
  }

  private static let log = CommandLog.commands(
    ["SELECT", "0"], ["SET", "a", "1"], ["SET", "b", "2"], ["SET", "a", "3"], ["DEL", "b"])

  // MARK: Exit codes

  @Test func doneIsZero() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("a.aof", Self.log)
    let output = folder.file("a.rdb")
    let run = try Self.rewrite(input.path, "-o", output.path, "--verify")
    #expect(run.exitCode == 0 && run.errorText == "")
    #expect(run.outputText.contains("1 key read back, all equal"))
    #expect(try Self.keys(output) == ["a": "3"])
  }

  @Test func usageIsSixtyFour() throws {
    let nothing = try Self.rewrite()
    #expect(nothing.exitCode == 64)
    #expect((nothing.outputText + nothing.errorText).contains("USAGE: aof-rewrite"))
    for arguments in [
      ["x"], ["x", "-o"], ["x", "-o", "-", "--verify"], ["x", "--verify", "--digest"],
      ["x", "-o", "-", "--digest"], ["x", "-o", "-", "--json"], ["x", "-o", "-", "--history", "*"],
      ["x", "-o", "-", "--format", "multi-part"], ["x", "-o", "y", "--until", "noon"],
      ["x", "-o", "y", "--until", "offset:"], ["x", "-o", "y", "--until", "offset:-1"],
      ["x", "-o", "y", "--until", "before:"], ["-", "-o", "y", "--until", "before:SET"],
      ["x", "-o", "y", "--target", "redis-9"], ["x", "-o", "y", "--format", "json"],
      ["x", "--digest", "--drop-unsupported"], ["x", "-o", "y", "--jobs", "0"],
    ] {
      let run = try Run.built("aof-rewrite", arguments)
      #expect(run.exitCode == 64, "\(arguments)")
      #expect(run.output.isEmpty)
      #expect(!run.errorText.isEmpty)
    }
  }

  @Test func whatIsNoLogIsSixtyFive() throws {
    let folder = try TemporaryFolder()
    for (name, text) in [("png", "\u{89}PNG\r\n\u{1A}\n"), ("text", "hello\nworld\n")] {
      let run = try Self.rewrite(
        folder.write(name, Array(text.utf8)).path, "-o", folder.file("o").path, "--json")
      #expect(run.exitCode == 65, "\(name)")
      #expect(try Self.line(run)["status"] as? String == "failed")
    }
    #expect(try Self.rewrite(folder.url.path, "-o", folder.file("o").path).exitCode == 65)
    #expect(!FileManager.default.fileExists(atPath: folder.file("o").path))
  }

  @Test func missingIsSixtySix() throws {
    let folder = try TemporaryFolder()
    let run = try Self.rewrite(folder.file("nothing").path, "-o", folder.file("o").path)
    #expect(run.exitCode == 66)
    #expect(run.errorText.contains("nothing"))
  }

  @Test func noPlaceIsSeventyThree() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("a.aof", Self.log)
    let run = try Self.rewrite(input.path, "-o", folder.file("no/where.rdb").path)
    #expect(run.exitCode == 73)
    // A folder that holds something is not written into.
    let taken = try Self.rewrite(input.path, "--format", "multi-part", "-o", folder.url.path)
    #expect(taken.exitCode == 73)
  }

  @Test func aFullDiskIsSeventyFour() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("a.aof", Self.log)
    let run = try Self.rewrite(input.path, "-o", "/dev/full", "--format", "rdb")
    #expect(run.exitCode == 74)
  }

  // MARK: Damage

  @Test func whatBreaksOffIsLeftOut() throws {
    let folder = try TemporaryFolder()
    let open = CommandLog.commands(["MULTI"], ["SET", "c", "4"])
    for (name, tail) in [
      ("command", Array(CommandLog.command(["SET", "c", "4"]).dropLast(3))),
      ("transaction", open), ("both", open + Array("*3\r\n".utf8)),
      ("zeros", [UInt8](repeating: 0, count: 5000)),
    ] {
      let input = try folder.write("\(name).aof", Self.log + tail)
      let output = folder.file("\(name).rdb")
      let run = try Self.rewrite(input.path, "-o", output.path, "--json")
      #expect(run.exitCode == 2, "\(name)")
      let left = try Self.line(run)["left_out_at_end"] as? [String: Any]
      #expect(left?["from"] as? Int == Self.log.count && left?["bytes"] as? Int == tail.count)
      #expect(run.errorText.contains("from byte \(Self.log.count) on"))
      #expect(try Self.keys(output) == ["a": "3"])
    }
  }

  @Test func damageInTheMiddleIsRefused() throws {
    let folder = try TemporaryFolder()
    var bytes = Self.log
    bytes[CommandLog.command(["SELECT", "0"]).count] = UInt8(ascii: "X")
    let input = try folder.write("a.aof", bytes)
    let output = try folder.write("o.rdb", [1, 2, 3])
    let run = try Self.rewrite(input.path, "-o", output.path, "--json")
    #expect(run.exitCode == 1)
    let failure = try Self.line(run)["failure"] as? [String: Any]
    #expect(failure?["code"] as? String == "bad-framing")
    #expect(run.errorText.contains("check-aof --salvage"))
    #expect(try Data(contentsOf: output) == Data([1, 2, 3]))
  }

  @Test func commandsThatAServerRefuses() throws {
    let folder = try TemporaryFolder()
    let bad: [[Word]] = [
      ["INCR", "text"], ["GET"], ["NONSENSE", "x"], ["SET", "a"], ["INCRBY", "a", "x"],
      ["EVAL", "return 1", "0"], ["RESTORE", "r", "0", "rubbish"],
    ]
    for words in bad {
      let first = CommandLog.command(["SET", "text", "abc"])
      let log = first + CommandLog.command(words)
      let input = try folder.write("a.aof", log + CommandLog.command(["SET", "z", "1"]))
      let output = folder.file("o.rdb")
      let stopped = try Self.rewrite(input.path, "-o", output.path, "--json")
      #expect(stopped.exitCode == 1, "\(words)")
      let failure = try #require(try Self.line(stopped)["failure"] as? [String: Any])
      let command = try #require(failure["command"] as? [String: Any])
      #expect(command["command"] as? Int == 2 && command["offset"] as? Int == first.count)
      #expect(!FileManager.default.fileExists(atPath: output.path))
      let gone = try Self.rewrite(input.path, "-o", output.path, "--keep-going", "--json")
      #expect(gone.exitCode == 2, "\(words)")
      #expect(try Self.line(gone)["problem_count"] as? Int == 1)
      #expect(try Self.keys(output) == ["text": "abc", "z": "1"])
      try FileManager.default.removeItem(at: output)
    }
  }

  @Test func scriptsAreNamedByTheirSHA1() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("a.aof", CommandLog.commands(["EVAL", "return 1", "0"]))
    let run = try Self.rewrite(input.path, "-o", folder.file("o.rdb").path)
    // sha1sum of "return 1".
    #expect(run.errorText.contains("e0e1f9fabfc9d4800c877a703b823ac0578ff8db"))
    let skipped = try Self.rewrite(
      input.path, "-o", folder.file("o.rdb").path, "--skip", "eval", "--json")
    #expect(skipped.exitCode == 0)
    #expect(try Self.line(skipped)["skipped"] as? Int == 1)
  }

  // MARK: Back in time

  private static let timed =
    CommandLog.text("#TS:1000|") + CommandLog.commands(["SET", "a", "1"])
    + CommandLog.text("#TS:2000|") + CommandLog.commands(["SET", "a", "2"], ["SET", "b", "1"])
    + CommandLog.text("#TS:3000|") + CommandLog.commands(["FLUSHALL"])
    + CommandLog.text("#TS:4000|") + CommandLog.commands(["SET", "c", "1"])

  @Test func untilEveryKindOfMoment() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("a.aof", Self.timed)
    let first = CommandLog.text("#TS:1000|").count + CommandLog.command(["SET", "a", "1"]).count
    for (until, keys) in [
      ("999", [:]), ("1000", ["a": "1"]), ("1999", ["a": "1"]), ("2000", ["a": "2", "b": "1"]),
      ("1970-01-01T00:33:20Z", ["a": "2", "b": "1"]), ("3999", [:]), ("9999", ["c": "1"]),
      ("offset:\(first)", ["a": "1"]), ("offset:\(first - 1)", [:]), ("offset:0", [:]),
      ("command:0", [:]), ("command:2", ["a": "2"]), ("command:99", ["c": "1"]),
      ("before:FLUSHALL", ["a": "2", "b": "1"]), ("before:set", [:]),
      ("offset:a.aof:\(first)", ["a": "1"]),
    ] as [(String, [String: String])] {
      let output = folder.file("o.rdb")
      let run = try Self.rewrite(input.path, "-o", output.path, "--until", until, "--json")
      #expect(run.exitCode == 0, "\(until)")
      _ = try Self.line(run)
      #expect(try Self.keys(output) == keys, "\(until)")
    }
    for until in ["before:HSET", "before:NOSUCH"] {
      let run = try Self.rewrite(
        input.path, "-o", folder.file("o.rdb").path, "--until", until, "--json")
      #expect(run.exitCode == 1, "\(until)")
      #expect(
        try (Self.line(run)["failure"] as? [String: Any])?["code"] as? String == "end-not-found")
    }
  }

  @Test func transactionsAreNotCut() throws {
    let folder = try TemporaryFolder()
    let log = CommandLog.commands(
      ["SET", "a", "1"], ["MULTI"], ["SET", "a", "2"], ["FLUSHDB"], ["SET", "b", "2"], ["EXEC"])
    let input = try folder.write("a.aof", log)
    for until in ["command:3", "command:5", "before:FLUSHDB", "offset:\(log.count - 1)"] {
      let output = folder.file("o.rdb")
      #expect(try Self.rewrite(input.path, "-o", output.path, "--until", until).exitCode == 0)
      #expect(try Self.keys(output) == ["a": "1"], "\(until)")
    }
    let output = folder.file("o.rdb")
    #expect(try Self.rewrite(input.path, "-o", output.path).exitCode == 0)
    #expect(try Self.keys(output) == ["b": "2"])
  }

  // MARK: History

  @Test func whoDeletedIt() throws {
    let folder = try TemporaryFolder()
    let log =
      Self.timed + CommandLog.commands(["MULTI"], ["SET", "a", "3"], ["DEL", "a"], ["EXEC"])
    let input = try folder.write("a.aof", log)
    let run = try Self.rewrite(input.path, "--history", "a", "--json")
    #expect(run.exitCode == 0)
    let lines = run.output.split(separator: 10).map { Array($0) + [10] }
    let events = lines.dropLast()
    #expect(try Self.historySchema.judge(Array(events.joined())) == "\(events.count)\n")
    let told = try events.map { line -> String in
      let event = try #require(
        try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
      let name = (event["arguments"] as? [String])?.first ?? ""
      let before = event["before"] is NSNull ? "-" : "+"
      let after = event["after"] is NSNull ? "-" : "+"
      return "\(event["command"] ?? 0) \(event["timestamp"] ?? 0) \(name) \(before)\(after) "
        + "\(event["transaction"] as? Bool ?? false)"
    }
    #expect(
      told == [
        "1 1000 SET -+ false", "2 2000 SET ++ false", "4 3000 FLUSHALL +- false",
        "7 4000 SET -+ true", "8 4000 DEL +- true",
      ])
    let text = try Self.rewrite(input.path, "--history", "a")
    #expect(text.outputText.contains("\"FLUSHALL\""))
    #expect(text.outputText.contains("1970-01-01T00:50:00.000Z"))
  }

  // MARK: Forms

  @Test func inPlaceOldFilesBecomeHistory() throws {
    let folder = try TemporaryFolder()
    let name = "appendonly.aof"
    _ = try folder.write("\(name).3.incr.aof", Self.log)
    _ = try folder.write(
      "\(name).manifest", Array("file \(name).3.incr.aof seq 3 type i\n".utf8))
    let run = try Self.rewrite(folder.url.path, "-o", folder.url.path, "--verify")
    #expect(run.exitCode == 0)
    let manifest = try String(contentsOf: folder.file("\(name).manifest"), encoding: .utf8)
    #expect(
      manifest == """
        file \(name).4.base.rdb seq 4 type b
        file \(name).3.incr.aof seq 3 type h
        file \(name).4.incr.aof seq 4 type i

        """)
    #expect(try Data(contentsOf: folder.file("\(name).3.incr.aof")) == Data(Self.log))
    #expect(try Data(contentsOf: folder.file("\(name).4.incr.aof")).isEmpty)
    #expect(try Run.built("check-aof", [folder.url.path]).exitCode == 0)
  }

  @Test func theFormFollowsTheName() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("a.aof", Self.log)
    for (name, start) in [
      ("o.rdb", "REDIS0010"), ("o.aof", "*2\r\n$6\r\nSELECT"), ("o", "*2\r\n$6\r\nSELECT"),
    ] {
      let output = folder.file(name)
      #expect(try Self.rewrite(input.path, "-o", output.path).exitCode == 0)
      #expect(try Data(contentsOf: output).starts(with: Array(start.utf8)), "\(name)")
    }
    let packed = folder.file("o.rdb.gz")
    #expect(try Self.rewrite(input.path, "-o", packed.path, "--verify").exitCode == 0)
    #expect(try Data(contentsOf: packed).starts(with: [0x1F, 0x8B]))
    let stream = try Self.rewrite("-", "-o", "-", "--format", "rdb", input: .pipe(Self.log))
    #expect(stream.exitCode == 0 && stream.output.starts(with: Array("REDIS0010".utf8)))
    #expect(stream.errorText.contains("Replayed"))
    // The input is replaced when the output is whole.
    #expect(try Self.rewrite(input.path, "-o", input.path).exitCode == 0)
    #expect(
      try Data(contentsOf: input)
        == Data(CommandLog.commands(["SELECT", "0"], ["SET", "a", "3"])))
  }

  /// A dump of Redis 6.2 has the version of 5.0's, and tells in an aux field where it is from: the log made of it
  /// has commands of 6.2, among them one for consumers without entries.
  @Test func theTargetIsTheReleaseOfTheDump() throws {
    let folder = try TemporaryFolder()
    let rdb = Fixtures.folder.appendingPathComponent("rdb")
    for (name, target) in [
      ("5.0.14-lfu", "redis-5.0"), ("6.2.16-census", "redis-6.2"),
      ("7.4-rc1-hfe", "redis-7.4"), ("valkey-8.0.1-census", "valkey-8.0"),
    ] {
      let input = rdb.appendingPathComponent("\(name).rdb")
      let run = try Self.rewrite(
        input.path, "-o", folder.file("o.aof").path, "--verify", "--json")
      #expect(run.exitCode == 0, "\(run.errorText)")
      #expect(try Self.line(run)["target"] as? String == target)
    }
  }

  @Test func workersDoNotMatter() throws {
    let folder = try TemporaryFolder()
    let log = (0..<20_000).flatMap { CommandLog.command(["SET", "key:\($0)", "value \($0)"]) }
    let input = try folder.write("a.aof", log)
    var outputs: Set<Data> = []
    for jobs in ["1", "2", "5"] {
      for name in ["o.rdb", "o.aof"] {
        let output = folder.file(name)
        let run = try Self.rewrite(input.path, "-o", output.path, "--jobs", jobs)
        #expect(run.exitCode == 0)
        outputs.insert(try Data(contentsOf: output).dropFirst(name == "o.rdb" ? 60 : 0))
      }
    }
    // The time of writing stands in the head of a dump, and its checksum depends on it.
    #expect(Set(outputs.map { $0.dropLast(8) }).count == 2)
  }
}
