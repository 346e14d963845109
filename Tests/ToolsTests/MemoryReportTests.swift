import Foundation
import TestSupport
import Testing

/// The tool as it is built, from outside. What keys take is compared with servers elsewhere
/// (`MemoryUsageTests`); here it is how that is told.
@Suite struct MemoryReportTests {
  private static func run(_ arguments: String..., input: Run.Input = .nothing) throws -> Run {
    try Run.built("memory-report", arguments, input: input)
  }

  private static func fixture(_ name: String) -> String { CheckRDBTests.fixture(name) }

  private static func object(_ run: Run) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(run.output))
    return try #require(object as? [String: Any], "\(run.errorText)")
  }

  private static let schema = JSONSchema("memory-report.schema.json")

  private static func sum(_ rows: Any?, _ name: String) throws -> Int {
    try #require(rows as? [[String: Any]]).reduce(0) { $0 + (($1[name] as? Int) ?? 0) }
  }

  /// Three kinds of keys, one of which expires; one in another database, whose name is not UTF-8.
  private static func shop() -> RDBBuilder {
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    for number in 0..<100 {
      file.key(2, "user:\(number):friends")
      file.length(2)
      for friend in 1...2 { file.string("friend \(number + friend)") }
      file.append([0xFC] + RDBBuilder.littleEndian(1_700_000_000_000 + 60_000 * UInt64(number), 8))
      file.pair("session:\(number)", String(repeating: "x", count: 100))
    }
    file.selectDB(3)
    file.append(0)
    file.string([0xFF, 0x22, 0x2C])
    file.string([1, 2, 3])
    return file
  }

  private static func shop(in folder: TemporaryFolder) throws -> String {
    try folder.write("dump.rdb", shop().finished()).path
  }

  @Test func everySumIsThatOfAllKeys() throws {
    let folder = try TemporaryFolder()
    let dump = try Self.shop(in: folder)
    let run = try Self.run("--json", "--by", "slot", "--now", "1700001800000", dump)
    #expect(run.exitCode == 0 && run.errorText.isEmpty)
    #expect(try Self.schema.judge(run.output) == "1\n")
    let report = try Self.object(run)
    #expect(report["keys"] as? Int == 201)
    #expect(report["target"] as? String == "redis-7.0")
    let bytes = try #require(report["key_bytes"] as? Int)
    for name in [
      "by_type", "by_encoding", "by_database", "by_size", "by_slot", "by_prefix", "by_expiry",
    ] {
      #expect(try Self.sum(report[name], "keys") == 201, "\(name)")
      #expect(try Self.sum(report[name], "bytes") == bytes, "\(name)")
    }
    let expiry = try #require(report["by_expiry"] as? [[String: Any]])
    // The lifetimes of 30 sessions are over, and those of the others end within two hours.
    #expect(expiry.map { $0["bucket"] as? String } == ["expired", "hour", "hour", "never"])
    #expect(expiry.map { $0["keys"] as? Int } == [30, 17, 53, 101])
    let prefixes = try #require(report["by_prefix"] as? [[String: Any]])
    let names = Set(prefixes.compactMap { $0["prefix"] as? String })
    #expect(names.isSuperset(of: ["session:*", "user:*:friends"]))
  }

  /// Known answers: a session takes its object and text (16 + 9 of class 128), its name (11 or 12 bytes, of class 16),
  /// and two table entries of 24 bytes. Sources: sdshdr5, sdshdr8, dictEntry and redisObject of Redis 7.0.
  @Test func oneKey() throws {
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    file.append([0xFC] + RDBBuilder.littleEndian(1_800_000_000_000, 8))
    file.pair("session:1", String(repeating: "x", count: 100))
    let folder = try TemporaryFolder()
    let dump = try folder.write("dump.rdb", file.finished()).path
    let report = try Self.object(try Self.run("--json", dump))
    // 16 + class(100 + 3 + 1) = 112, and the name of 9 + 1 + 1 bytes.
    #expect(report["memory_usage"] as? Int == 16 + 112 + 16 + 24)
    #expect(report["key_bytes"] as? Int == 16 + 112 + 16 + 24 + 24)
    // A table of four pointers for keys, and one for lifetimes.
    #expect(report["estimated_bytes"] as? Int == 192 + 2 * 32)
    let debian = try Self.object(try Self.run("--json", "--allocator", "jemalloc-q16", dump))
    #expect(debian["key_bytes"] as? Int == 16 + 112 + 16 + 32 + 32)
    let old = try Self.object(try Self.run("--json", "--target", "redis-6.2", dump))
    #expect(old["memory_usage"] as? Int == 16 + 112 + 16 + 24)
  }

  @Test(arguments: ["7.0.15-census", "7.2.6-big", "valkey-9.1.2-census", "2.4.18-census"])
  func threadsChangeNothing(_ name: String) throws {
    let dump = Self.fixture(name)
    for format in ["text", "json", "csv", "html"] {
      let runs = try ["1", "2", "5"].map { jobs in
        try Self.run("--format", format, "--now", "1795888020958", "--jobs", jobs, dump)
      }
      #expect(runs[0].exitCode == 0 && runs[0].errorText.isEmpty)
      #expect(runs[1].output == runs[0].output && runs[2].output == runs[0].output)
    }
  }

  @Test func textFitsATerminal() throws {
    for name in ["7.0.15-census", "7.4.1-hfe", "6.2.16-manydb", "valkey-9.1.2-census"] {
      let run = try Self.run(
        "--what-if", "hash-max-listpack-entries=100,zset-max-listpack-entries=10",
        Self.fixture(name))
      #expect(run.exitCode == 0)
      for line in run.outputText.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
      #expect(run.outputText.contains("\nPrefixes\n") && run.outputText.contains("\nWhat if\n"))
    }
  }

  /// Only what is asked for, each by its own table.
  @Test func groups() throws {
    let folder = try TemporaryFolder()
    let dump = try Self.shop(in: folder)
    func headings(_ arguments: String...) throws -> [String] {
      let run = try Run.built("memory-report", arguments + ["--now", "1700001800000", dump])
      #expect(run.exitCode == 0)
      let lines = run.outputText.split(separator: "\n", omittingEmptySubsequences: false)
      return lines.indices.dropFirst().filter { lines[$0 - 1].isEmpty }.map { String(lines[$0]) }
        .filter { !$0.isEmpty }
    }
    #expect(
      try headings().starts(with: [
        "Prefixes", "Encodings", "Databases", "Largest keys", "Memory that expiry gives back",
      ]))
    for (group, title) in [
      ("prefix", "Prefixes"), ("type", "Types"), ("encoding", "Encodings"), ("db", "Databases"),
      ("expiry", "Memory that expiry gives back"), ("slot", "Slots"),
    ] {
      #expect(try headings("--by", group) == [title])
    }
    #expect(try headings("--by", "slot", "--by", "type") == ["Slots", "Types"])
    let types = try Self.run("--by", "type", dump).outputText
    #expect(types.contains("  101       101  string\n") && types.contains("  100       200  set\n"))
    let expiry = try Self.run("--by", "expiry", "--now", "1700001800000", dump).outputText
    // 30 minutes are over since 2023-11-14T22:13:20Z, when the first session ends.
    for line in [
      "30  has expired and is still there", "17  2023-11-14 22:00, for an hour",
      "53  2023-11-14 23:00, for an hour", "101  never",
    ] {
      #expect(expiry.contains("  \(line)\n"), "\(line)")
    }
  }

  @Test func depth() throws {
    let folder = try TemporaryFolder()
    let dump = try Self.shop(in: folder)
    let whole = try Self.run("--by", "prefix", dump).outputText
    #expect(whole.contains("\"user:*:friends\"") && whole.contains("\"session:*\""))
    let short = try Self.run("--by", "prefix", "--depth", "1", dump).outputText
    #expect(short.contains("\"user:\"") && short.contains("\"session:\""))
    #expect(!short.contains(":*"))
    let report = try Self.object(try Self.run("--json", "--depth", "1", dump))
    let prefixes = try #require(report["by_prefix"] as? [[String: Any]])
    #expect(Set(prefixes.compactMap { $0["prefix"] as? String }).isSuperset(of: ["user:"]))
    #expect(prefixes.allSatisfy { ($0["children"] as? [Any])?.isEmpty == true })
    #expect(try Self.run("--depth", "0", dump).exitCode == 64)
  }

  /// Sums by slot are in a partial report that was made with them, and cannot be had of another one.
  @Test func slotsOfPartialReports() throws {
    let folder = try TemporaryFolder()
    let dump = try Self.shop(in: folder)
    let parts = ["with", "without"].map { folder.url.appendingPathComponent($0).path }
    _ = try Self.run("--format", "partial", "--by", "slot", "-o", parts[0], dump)
    _ = try Self.run("--format", "partial", "-o", parts[1], dump)
    let run = try Self.run("--by", "slot", parts[0])
    #expect(run.exitCode == 0)
    #expect(run.outputText == (try Self.run("--by", "slot", dump)).outputText)
    let other = try Self.run("--by", "slot", parts[1])
    #expect(other.exitCode == 64 && other.output.isEmpty)
    #expect(other.errorText.contains("made without --by slot"))
  }

  @Test func severalFilesAreOneReport() throws {
    let folder = try TemporaryFolder()
    let dump = try Self.shop(in: folder)
    let both = try Self.object(try Self.run("--json", dump, dump))
    let one = try Self.object(try Self.run("--json", dump))
    #expect(both["keys"] as? Int == 402)
    #expect(both["key_bytes"] as? Int == 2 * (try #require(one["key_bytes"] as? Int)))
    #expect((both["files"] as? [Any])?.count == 2)
  }

  @Test func linesForEveryKey() throws {
    let folder = try TemporaryFolder()
    let dump = try Self.shop(in: folder)
    let run = try Self.run("--format", "csv", dump)
    let lines = run.outputText.split(separator: "\r\n")
    #expect(
      lines[0] == "database,type,key,size_in_bytes,encoding,num_elements,len_largest_element,expiry"
    )
    #expect(lines.count == 202)
    #expect(lines[1].hasPrefix("0,set,\"user:0:friends\","))
    #expect(lines[1].hasSuffix(",hashtable,2,8,"))
    #expect(lines[2].hasPrefix("0,string,\"session:0\","))
    #expect(lines[2].hasSuffix(",raw,1,100,2023-11-14T22:13:20.000Z"))
    #expect(
      lines[201].hasPrefix(#"3,string,"\xFF"",","#) || lines[201].hasPrefix(#"3,string,"\xff"",","#)
    )
    let empty = try Self.run("--format", "csv", "--key", "none", dump)
    #expect(empty.outputText.split(separator: "\r\n").count == 1)
  }

  /// Another reader of such tables sees eight fields in each line, and the bytes of every name.
  @Test func tableIsReadByOthers() throws {
    let names =
      ReportPageEscapeTests.keys.filter { $0.count <= 4096 }
      + [
        "\"", "\"\"", "a,b", "a\",\"b", "\r\n", "\\\"", "\\\\\"", "=1+1", "'", ";", "\t",
      ].map { Array($0.utf8) }
    var file = RDBBuilder()
    for name in names {
      file.append(0)
      file.string(name)
      file.string("value")
    }
    let folder = try TemporaryFolder()
    let dump = try folder.write("dump.rdb", file.finished())
    let table = folder.file("table.csv")
    let run = try Self.run("--format", "csv", "-o", table.path, dump.path)
    #expect(run.exitCode == 0, "\(run.errorText)")
    let script = """
      import csv, re, sys
      def plain(text):
          parts = re.split(r"(\\\\\\\\|\\\\x[0-9A-Fa-f]{2})", text)
          return b"".join(
              b"\\\\" if part == "\\\\\\\\" else bytes([int(part[2:], 16)])
              if part.startswith("\\\\x") else part.encode() for part in parts)
      with open(sys.argv[1], newline="", encoding="utf-8") as table:
          rows = list(csv.reader(table, strict=True))
      for row in rows[1:]:
          print(len(row), row[0], row[1], plain(row[2]).hex(), row[5], row[6])
      """
    let reader = try Run.program("/usr/bin/python3", ["-c", script, table.path])
    #expect(reader.exitCode == 0, "\(reader.errorText)")
    let lines = names.map { name in
      let hex = name.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
      return "8 0 string \(hex) 1 5"
    }
    #expect(reader.outputText.split(separator: "\n").map(String.init) == lines)
  }

  @Test func selection() throws {
    let folder = try TemporaryFolder()
    let dump = try Self.shop(in: folder)
    func keys(_ arguments: String...) throws -> Int? {
      try Self.object(try Run.built("memory-report", ["--json"] + arguments + [dump]))["keys"]
        as? Int
    }
    #expect(try keys("--key", "user:*") == 100)
    #expect(try keys("--db", "3") == 1)
    #expect(try keys("--type", "string", "--expired", "exclude", "--now", "1700001800000") == 71)
    #expect(try keys("--limit", "7") == 7)
    #expect(try keys("--larger-than", "90") == 100)
  }

  @Test func damagedFileIsCoveredAsFarAsItIsRead() throws {
    let folder = try TemporaryFolder()
    let whole = Self.shop().finished()
    let dump = try folder.write("cut.rdb", Array(whole.prefix(whole.count / 2))).path
    let json = try Self.run("--json", dump)
    #expect(json.exitCode == 1 && json.errorText.contains("truncated"))
    #expect(try Self.schema.judge(json.output) == "1\n")
    let report = try Self.object(json)
    #expect((90..<110).contains(try #require(report["keys"] as? Int)))
    let files = try #require(report["files"] as? [[String: Any]])
    #expect(files[0]["status"] as? String == "damaged" && files[0]["error"] is String)
    let text = try Self.run(dump)
    #expect(text.exitCode == 1)
    #expect(text.outputText.split(separator: "\n")[0].contains("is damaged"))
  }

  @Test func wrongUsage() throws {
    let dump = Self.fixture("7.0.15-onekey")
    for arguments in [
      ["--what-if", "hash-max-listpack-entries"], ["--what-if", "maxmemory=1"],
      ["--setting", "list-max-listpack-size=-6"], ["--target", "redis-1.0"],
      ["--allocator", "mimalloc"], ["--top", "-1"], ["--json", "--format", "csv"],
      ["--what-if", "list-compress-depth=1", "--what-if", "list-compress-depth=2"],
    ] {
      #expect(try Run.built("memory-report", arguments + [dump]).exitCode == 64, "\(arguments)")
    }
    #expect(try Self.run("/nowhere/dump.rdb").exitCode == 66)
    #expect(try Self.run("README.md").exitCode != 0)
    #expect(try Self.run("-o", "/nowhere/report", dump).exitCode == 73)
  }

  /// Reports of parts, in any compression, are merged to the bytes of the report of all.
  @Test func partialReportsMerge() throws {
    let folder = try TemporaryFolder()
    let names = ["7.2.6-census", "7.2.6-big", "valkey-9.1.2-census"]
    let options = [
      "--target", "redis-7.2", "--now", "1795888020958", "--what-if", "zset-max-listpack-entries=9",
    ]
    var parts: [String] = []
    for (name, ending) in zip(names, ["", ".gz", ".lz4"]) {
      let part = folder.file("\(name).part\(ending)").path
      let arguments = options + ["--format", "partial", "-o", part, Self.fixture(name)]
      #expect(try Run.built("memory-report", arguments).exitCode == 0)
      parts.append(part)
    }
    for format in ["text", "json", "html", "partial"] {
      let merged = try Run.built("memory-report", ["--format", format] + parts)
      let whole = try Run.built(
        "memory-report", options + ["--format", format] + names.map(Self.fixture))
      #expect(merged.exitCode == 0 && merged.errorText.isEmpty)
      #expect(merged.output == whole.output)
      let mixed = try Run.built(
        "memory-report", ["--format", format, parts[0], Self.fixture(names[1]), parts[2]])
      #expect(mixed.output == whole.output)
    }
    #expect(try Run.built("memory-report", ["--top", "3"] + parts).exitCode == 64)
    #expect(try Run.built("memory-report", ["--format", "csv"] + parts).exitCode == 64)
    let other = folder.file("other").path
    let arguments = ["--format", "partial", "-o", other, Self.fixture(names[0])]
    #expect(try Run.built("memory-report", arguments).exitCode == 0)
    #expect(try Run.built("memory-report", [parts[0], other]).exitCode == 64)
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: parts[0])))
    let cut = try folder.write("cut", Array(bytes.prefix(bytes.count - 1))).path
    #expect(try Run.built("memory-report", [cut]).exitCode == 1)
  }

  /// What a shell puts in place of a command can be read once only.
  @Test func pipesAreReadWhole() throws {
    let dump = Self.fixture("7.0.15-census")
    let tool = Run.builtProducts.appendingPathComponent("memory-report").path
    let run = try Run.program(
      "/bin/bash", ["-c", "\"$0\" --json <(cat \"$1\") && \"$0\" --json - < \"$1\"", tool, dump])
    #expect(run.exitCode == 0, "\(run.errorText)")
    let reports = try run.output.split(separator: UInt8(ascii: "\n")).map { line in
      try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
    }
    #expect(reports.map { $0?["keys"] as? Int } == [302, 302])
  }
}
