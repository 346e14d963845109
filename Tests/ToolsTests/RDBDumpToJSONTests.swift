import Foundation
import TestSupport
import Testing

/// The tool as it is built, from outside.
@Suite struct RDBDumpToJSONTests {
  static let tool = Run.builtProducts.appendingPathComponent("rdb-dump-to-json").path

  static func export(_ arguments: String..., input: Run.Input = .nothing) throws -> Run {
    try Run.built("rdb-dump-to-json", arguments, input: input)
  }

  static func fixture(_ name: String) -> String { CheckRDBTests.fixture(name) }

  /// The records of a run in the layout `records`.
  static func records(_ run: Run) throws -> [[String: Any]] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(run.output)) as? [[String: Any]],
      "\(run.errorText)")
  }

  static func keys(_ arguments: String...) throws -> [String] {
    let run = try Run.built("rdb-dump-to-json", arguments)
    #expect(run.exitCode == 0, "\(run.errorText)")
    return try records(run).compactMap { $0["key"] as? String }
  }

  /// Three keys in two databases, one of them binary.
  static func sample() -> RDBBuilder {
    var file = RDBBuilder("REDIS0011")
    file.append([0xFE, 0])
    file.key(0, "text")
    file.string("plain")
    file.append(0)
    file.string([0xFF, 0x22])
    file.string([0, 0xC3])
    file.append([0xFE, 3])
    file.append([0xFC] + RDBBuilder.littleEndian(1_700_000_000_000, 8))
    file.key(1, "list")
    file.append(2)
    file.string("a")
    file.string("b\n")
    return file
  }

  // MARK: Layouts

  @Test func layouts() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.write("dump.rdb", Self.sample().finished()).path
    let text = #"{"db":0,"key":"text","type":"string","encoding":"embstr","value":"plain"}"#
    let binary =
      #"{"db":0,"bytes":"latin1","key":"ÿ\"","type":"string","encoding":"embstr","value":"\u0000Ã"}"#
    let list =
      #"{"db":3,"key":"list","type":"list","encoding":"quicklist","#
      + #""expires_at":1700000000000,"value":["a","b\n"]}"#
    let records = try Self.export(dump)
    #expect(records.outputText == "[\n\(text),\n\(binary),\n\(list)\n]\n")
    let lines = try Self.export("--layout", "lines", dump)
    #expect(lines.outputText == "\(text)\n\(binary)\n\(list)\n")
    let keyed = try Self.export("--layout", "keyed", dump)
    #expect(
      keyed.outputText == """
        [{
        "text":"plain",
        "ÿ\\"":"\\u0000Ã"
        },{
        "list":["a","b\\n"]
        }]

        """)
    #expect(keyed.exitCode == 0)
    #expect(keyed.errorText.contains("1 record is not UTF-8"))
    let base64 = try Self.export("--layout", "lines", "--bytes", "base64", dump)
    #expect(
      base64.outputText.split(separator: "\n")[1]
        == #"{"db":0,"bytes":"base64","key":"/yI=","type":"string","encoding":"embstr","value":"AMM="}"#
    )
  }

  @Test(arguments: ["records", "lines", "keyed"])
  func noKeys(layout: String) throws {
    let run = try Self.export("--layout", layout, Self.fixture("7.2.6-empty"))
    #expect(run.exitCode == 0)
    #expect(run.outputText == ["records": "[\n]\n", "lines": "", "keyed": "[]\n"][layout])
  }

  @Test func keysOnly() throws {
    let full = try Self.records(Self.export(Self.fixture("7.2.6-census")))
    let keys = try Self.records(Self.export("--keys-only", Self.fixture("7.2.6-census")))
    #expect(keys.count == full.count)
    for (key, record) in zip(keys, full) {
      #expect(key["value"] == nil)
      #expect(key["key"] != nil && key["type"] as? String == record["type"] as? String)
      #expect(key["encoding"] as? String == record["encoding"] as? String)
      #expect(key["expires_at"] as? Int == record["expires_at"] as? Int)
    }
  }

  @Test func meta() throws {
    let records = try Self.records(Self.export("--meta", Self.fixture("7.2.6-census")))
    let meta = try #require(records.first)
    #expect(meta["type"] as? String == "meta")
    #expect(meta["rdb_version"] as? Int == 11)
    let aux = try #require(meta["aux"] as? [String: Any])
    #expect(aux["redis-ver"] as? String == "7.2.6")
    let functions = try #require(meta["functions"] as? [String])
    #expect(functions.contains { $0.hasPrefix("#!lua") })
    #expect(records.dropFirst().allSatisfy { $0["type"] as? String != "meta" })
  }

  /// What stands before the keys can be had alone; what a limit cuts off is not looked at.
  @Test func metaAlone() throws {
    let none = try Self.records(
      Self.export("--meta", "--limit", "0", Self.fixture("6.2.16-module")))
    #expect(none.count == 1)
    #expect((none.first?["aux"] as? [String: Any])?["redis-ver"] as? String == "6.2.16")
    let one = try Self.records(
      Self.export("--meta", "--limit", "1", Self.fixture("6.2.16-module")))
    #expect(one.map { $0["type"] as? String == "meta" } == [true, false])
  }

  /// Servers up to 6.2 write their scripts behind the keys, each as an aux field of the same name.
  @Test func scriptsBehindTheKeys() throws {
    let records = try Self.records(Self.export("--meta", Self.fixture("6.2.16-repl")))
    let metas = records.filter { $0["type"] as? String == "meta" }
    #expect(metas.count == 2)
    #expect(records.last?["type"] as? String == "meta")
    let scripts = (metas.last?["aux"] as? [String: Any])?["lua"]
    #expect(scripts is [String] || scripts is String)
  }

  // MARK: Selection

  @Test func selection() throws {
    let dump = Self.fixture("7.2.6-census")
    let all = try Self.records(Self.export(dump))
    func expect(_ arguments: [String], _ isWanted: ([String: Any]) -> Bool) throws {
      let run = try Run.built("rdb-dump-to-json", arguments + [dump])
      #expect(run.exitCode == 0)
      let wanted = all.filter(isWanted)
      #expect(!wanted.isEmpty && wanted.count < all.count, "\(arguments)")
      #expect(try Self.records(run) as NSArray == wanted as NSArray, "\(arguments)")
    }
    func name(_ record: [String: Any]) -> String { record["key"] as? String ?? "" }
    try expect(["--db", "3"]) { $0["db"] as? Int == 3 }
    try expect(["--db", "3", "--db", "15"]) { [3, 15].contains($0["db"] as? Int) }
    try expect(["--type", "hash"]) { $0["type"] as? String == "hash" }
    try expect(["--key", "s*"]) { name($0).utf8.first == UInt8(ascii: "s") }
    try expect(["--not-key", "s*"]) { name($0).utf8.first != UInt8(ascii: "s") }
    try expect(["--key-regex", "^[a-z]+:"]) {
      name($0).contains(/^[a-z]+:/.matchingSemantics(.unicodeScalar))
    }
    try expect(["--type", "zset", "--db", "0", "--key", "*i*"]) {
      $0["type"] as? String == "zset" && $0["db"] as? Int == 0 && name($0).contains("i")
    }
    try expect(["--expired", "only", "--now", "999999999999999999"]) { $0["expires_at"] != nil }
    try expect(["--expired", "exclude", "--now", "999999999999999999"]) { $0["expires_at"] == nil }
    try expect(["--limit", "7"]) { record in
      all.prefix(7).contains { $0 as NSDictionary == record as NSDictionary }
    }
    let large = try Self.keys("--larger-than", "10kb", dump)
    #expect(!large.isEmpty && large.count < 20)
  }

  @Test func slots() throws {
    // CLUSTER KEYSLOT of a real server: foo 12182, hello 866.
    #expect(try Self.keys("--slot", "866", Self.fixture("7.2.6-onekey")) == ["hello"])
    #expect(try Self.keys("--slot", "867-16383", Self.fixture("7.2.6-onekey")) == [])
  }

  // MARK: Output

  @Test func everyNumberOfThreadsGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    for name in ["7.2.6-census", "6.2.16-big", "valkey-9.1.2-census"] {
      var texts: Set<[UInt8]> = []
      for jobs in ["1", "2", "3", "8"] {
        let run = try Self.export("--meta", "--jobs", jobs, Self.fixture(name))
        texts.insert(run.output)
        let json = folder.file("out.json")
        #expect(
          try Self.export("--meta", "--jobs", jobs, "-o", json.path, Self.fixture(name)).exitCode
            == 0)
        texts.insert(Array(try Data(contentsOf: json)))
      }
      #expect(texts.count == 1, "\(name)")
    }
  }

  @Test func sameBytesFromEverySource() throws {
    let folder = try TemporaryFolder()
    let dump = Self.fixture("7.0.15-census")
    let plain = try Self.export(dump).output
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: dump)))
    #expect(try Self.export("-", input: .pipe(bytes)).output == plain)
    let gzip = try folder.write("x", Run.program("/bin/gzip", ["-c", dump]).output)
    #expect(try Self.export(gzip.path).output == plain)
    let lz4 = try folder.write("y", Run.program("/usr/bin/lz4", ["-c", dump]).output)
    #expect(try Self.export(lz4.path).output == plain)
  }

  @Test func outputFiles() throws {
    let folder = try TemporaryFolder()
    let dump = Self.fixture("7.2.6-small")
    let plain = try Self.export(dump).output
    let json = folder.file("out.json")
    let run = try Self.export("-o", json.path, dump)
    #expect(run.exitCode == 0)
    #expect(run.output.isEmpty && run.errors.isEmpty)
    #expect(Array(try Data(contentsOf: json)) == plain)
    let packed = folder.file("out.json.gz")
    #expect(try Self.export("-o", packed.path, dump).exitCode == 0)
    #expect(try Run.program("/bin/gzip", ["-dc", packed.path]).output == plain)
    let framed = folder.file("out.json.lz4")
    #expect(try Self.export("-o", framed.path, dump).exitCode == 0)
    #expect(try Run.program("/usr/bin/lz4", ["-dc", framed.path]).output == plain)
    #expect(try Self.export("-o", "-", dump).output == plain)
    // The input may be the output.
    let own = try folder.write("own.rdb", try Data(contentsOf: URL(fileURLWithPath: dump)))
    #expect(try Self.export("-o", own.path, own.path).exitCode == 0)
    #expect(Array(try Data(contentsOf: own)) == plain)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(names.sorted() == ["out.json", "out.json.gz", "out.json.lz4", "own.rdb"])
  }

  @Test func outputsThatCannotBe() throws {
    let folder = try TemporaryFolder()
    let dump = Self.fixture("7.2.6-small")
    for path in [folder.file("missing/out.json").path, folder.url.path] {
      let run = try Self.export("-o", path, dump)
      #expect(run.exitCode == 73)
      #expect(run.errorText.hasPrefix("rdb-dump-to-json: \(path): "))
    }
    #expect(try Self.export("-o", "/dev/full", dump).exitCode == 74)
    let full = try Run.program("/bin/sh", ["-c", "\"$0\" \"$1\" >/dev/full", Self.tool, dump])
    #expect(full.exitCode == 74)
    let closed = try Run.program("/bin/sh", ["-c", "\"$0\" \"$1\" >&-", Self.tool, dump])
    #expect(closed.exitCode == 74)
    // What cannot be read makes no file, and leaves one that is there alone.
    let old = try folder.write("old.json", Array("old".utf8))
    #expect(try Self.export("-o", old.path, folder.file("missing.rdb").path).exitCode == 66)
    #expect(Array(try Data(contentsOf: old)) == Array("old".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["old.json"])
  }

  @Test func readerThatLeavesIsNoTrouble() throws {
    let run = try Run.program(
      "/bin/bash",
      [
        "-c", "\"$@\" | head -n 1; echo ${PIPESTATUS[0]}", "bash", Self.tool,
        Self.fixture("6.2.16-big"),
      ])
    #expect(run.outputText == "[\n141\n")
    #expect(run.errorText == "")
  }

  // MARK: Bad input

  @Test func usage() throws {
    let nothing = try Self.export()
    #expect(nothing.exitCode == 64)
    #expect(nothing.outputText.contains("USAGE: rdb-dump-to-json"))
    for arguments in [
      ["--layout", "table", "x"], ["--bytes", "hex", "x"], ["--layout", "keyed", "--meta", "x"],
      ["--layout", "keyed", "--keys-only", "x"], ["--key-regex", "(", "x"], ["--slot", "9-8", "x"],
      ["--slot", "16384", "x"], ["--type", "bag", "x"], ["--larger-than", "much", "x"],
      ["--now", "today", "x"], ["--db", "-1", "x"], ["--limit", "x", "x"], ["x", "y"],
    ] {
      let run = try Run.built("rdb-dump-to-json", arguments)
      #expect(run.exitCode == 64, "\(arguments)")
      #expect(run.output.isEmpty)
      #expect(!run.errorText.isEmpty)
    }
  }

  @Test func whatIsNoRDB() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("text", Array("text\n".utf8)).path
    let run = try Self.export(text)
    #expect(run.exitCode == 65)
    #expect(run.output.isEmpty)
    #expect(run.errorText.contains("bad-magic at byte 0"))
    #expect(try Self.export(folder.file("missing").path).exitCode == 66)
    #expect(try Self.export(folder.url.path).exitCode == 66)
    let unknown = try folder.write("new", Array("REDIS9999".utf8)).path
    #expect(try Self.export(unknown).exitCode == 65)
  }

  @Test func damage() throws {
    let folder = try TemporaryFolder()
    var bytes = Self.sample().bytes
    // A listpack that lies, a sound record, and a type that does not exist.
    var file = RDBBuilder("REDIS0011")
    file.bytes = bytes
    file.key(16, "liar\u{1B}[2J")
    file.string([99, 0, 0, 0, 0, 0, 0xFF])
    file.key(0, "after")
    file.string("x")
    let broken = file.bytes.count
    file.append([200, 1, 2, 3])
    bytes = file.finished()
    let dump = try folder.write("dump.rdb", bytes).path
    let json = folder.file("out.json").path
    for arguments in [[dump], ["-o", json, dump]] {
      let run = try Run.built("rdb-dump-to-json", arguments)
      #expect(run.exitCode == 1)
      let text =
        arguments.count == 1 ? Data(run.output) : try Data(contentsOf: URL(fileURLWithPath: json))
      let records = try JSONSerialization.jsonObject(with: text) as? [[String: Any]]
      #expect(records?.compactMap { $0["key"] as? String } == ["text", "ÿ\"", "list", "after"])
      let lines = run.errorText.split(separator: "\n")
      #expect(lines.allSatisfy { $0.hasPrefix("rdb-dump-to-json: \(dump): ") })
      #expect(run.errorText.contains("error bad-listpack at byte "))
      #expect(run.errorText.contains("database 3, key \"liar\\x1B[2J\": "))
      #expect(run.errorText.contains("error bad-type at byte \(broken) "))
      #expect(run.errorText.contains("4 records written, 1 damaged value left out"))
    }
  }

  @Test func aDumpThatEndsEarly() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: URL(fileURLWithPath: Self.fixture("7.2.6-census")))
    let all = try Self.records(Self.export(Self.fixture("7.2.6-census")))
    let cut = try folder.write("cut.rdb", whole.prefix(whole.count / 2)).path
    let run = try Self.export(cut)
    #expect(run.exitCode == 1)
    let records = try Self.records(run)
    #expect(!records.isEmpty)
    #expect(records as NSArray == Array(all.prefix(records.count)) as NSArray)
    #expect(run.errorText.contains("truncated at byte"))
    // Cut short by a limit, the damage is never seen.
    #expect(try Self.export("--limit", "1", cut).exitCode == 0)
  }

  // MARK: Text

  @Test func versionAndCompletion() throws {
    #expect(try Self.export("--version").outputText.contains(/^\d+\.\d+\.\d+\n$/))
    for shell in ["bash", "zsh", "fish"] {
      let run = try Self.export("--generate-completion-script", shell)
      #expect(run.exitCode == 0)
      #expect(run.outputText.contains("keys-only"))
    }
  }

  @Test func progress() throws {
    let dump = Self.fixture("7.2.6-census")
    #expect(try Self.export("--progress", "never", dump).errorText == "")
    let run = try Self.export("--progress", "always", dump)
    #expect(try Self.export(dump).output == run.output)
  }
}
