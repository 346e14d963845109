import Foundation
import Persistence
import TestSupport
import Testing

/// `rdb-dump-to-json --reverse` from outside.
@Suite struct ReverseTests {
  static let fixtures: [String] = {
    let folder = Fixtures.folder.appendingPathComponent("rdb")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".rdb") }.map { String($0.dropLast(4)) }.sorted()
  }()

  private static func run(_ arguments: [String], input: Run.Input = .nothing) throws -> Run {
    try Run.built("rdb-dump-to-json", arguments, input: input)
  }

  private static func reverse(_ arguments: String..., input: Run.Input = .nothing) throws -> Run {
    try run(["--reverse"] + arguments, input: input)
  }

  private static func record(_ line: String) -> String { "[\n\(line)\n]\n" }

  private static let text =
    #"{"db":2,"key":"k","type":"string","encoding":"embstr","value":"v"}"#

  /// Whether a key may be held in another form by a server with default settings: those of servers that
  /// had other limits, and a hash whose fields once had lifetimes.
  private static func mayChangeForm(_ record: Data, of file: String) -> Bool {
    ["big", "tiny", "depth"].contains { file.hasSuffix($0) }
      || String(decoding: record, as: UTF8.self).contains(#""key":"hash:ttl:persisted""#)
  }

  /// From RDB to JSON to RDB to JSON: the text is the same again, but for the encodings of keys that a
  /// server with default settings holds in another form, and the order of the elements in those.
  @Test(arguments: fixtures, ["records", "lines"])
  func thereAndBack(_ name: String, layout: String) throws {
    let folder = try TemporaryFolder()
    let first = folder.file("first.json").path
    let dump = folder.file("dump.rdb").path
    let second = folder.file("second.json").path
    let out = try Self.run(
      ["--meta", "--layout", layout, "-o", first, RDBDumpToJSONTests.fixture(name)])
    #expect(out.exitCode == 0)
    let back = try Self.reverse("-o", dump, first)
    #expect(back.exitCode == 0)
    #expect(back.errorText == "")
    let again = try Self.run(["--meta", "--layout", layout, "-o", second, dump])
    #expect(again.exitCode == 0)
    #expect(again.errorText == "")
    let before = try Data(contentsOf: URL(fileURLWithPath: first)).split(separator: 10)
    let after = try Data(contentsOf: URL(fileURLWithPath: second)).split(separator: 10)
    #expect(before.count == after.count)
    for (a, b) in zip(before, after) where a != b {
      #expect(Self.mayChangeForm(a, of: name), "\(String(decoding: a.prefix(200), as: UTF8.self))")
      let encodings = [a, b].map { String(decoding: $0, as: UTF8.self) }.map {
        $0.firstMatch(of: /"encoding":"([a-z]+)"/)?.1
      }
      #expect(encodings[0] != encodings[1])
      #expect(Self.sizeWithoutEncoding(a) == Self.sizeWithoutEncoding(b))
    }
    let check = try Run.built("check-rdb", ["--json", dump])
    #expect(check.exitCode == 0, "\(check.outputText)")
  }

  /// Bytes of a record that do not change when its elements change places.
  private static func sizeWithoutEncoding(_ line: Data) -> Int {
    let text = String(decoding: line, as: UTF8.self)
    let encoding = text.firstMatch(of: /"encoding":"([a-z]+)"/)?.1.count ?? 0
    return line.count - encoding - (text.hasSuffix(",") ? 1 : 0)
  }

  @Test func everyFixtureIsThere() { #expect(Self.fixtures.count == 77) }

  /// A server loads what came of the JSON, and has the dataset of the file that the JSON came of.
  @Test(arguments: [
    ("6.2.16-census", Oracle.redis62), ("7.0.15-census", .redis7),
    ("valkey-9.1.2-census", .valkey9),
  ]) func serverHasTheSameData(_ name: String, _ oracle: Oracle) throws {
    let folder = try TemporaryFolder()
    let json = folder.file("dump.json.gz").path
    #expect(
      try Self.run(["--meta", "-o", json, RDBDumpToJSONTests.fixture(name)]).exitCode == 0)
    func digest(_ prepare: (URL) throws -> Void) throws -> String {
      try OracleServer(oracle, prepare: prepare).debugDigest()
    }
    let theirs = try digest {
      try FileManager.default.copyItem(
        at: URL(fileURLWithPath: RDBDumpToJSONTests.fixture(name)),
        to: $0.appendingPathComponent("dump.rdb"))
    }
    let ours = try digest {
      let run = try Self.reverse("-o", $0.appendingPathComponent("dump.rdb").path, json)
      #expect(run.exitCode == 0, "\(run.errorText)")
    }
    #expect(ours == theirs)
    #expect(theirs != String(repeating: "0", count: 40))
  }

  // MARK: The target

  @Test func targetOfTheFirstRecord() throws {
    func header(_ meta: String, _ arguments: String...) throws -> (String, Run) {
      let run = try Self.run(
        ["--reverse", "-"] + arguments, input: .pipe(Array("\(meta)\n\(Self.text)\n".utf8)))
      return (String(decoding: run.output.prefix(9), as: UTF8.self), run)
    }
    func meta(_ magic: String, _ version: Int) -> String {
      #"{"type":"meta","magic":"\#(magic)","rdb_version":\#(version),"aux":{},"functions":[],"#
        + #""module_aux":[]}"#
    }
    #expect(try header(meta("REDIS", 9)).0 == "REDIS0009")
    #expect(try header(meta("VALKEY", 80)).0 == "VALKEY080")
    #expect(try header(meta("REDIS", 14)).0 == "REDIS0014")
    #expect(try header(meta("REDIS", 9), "--target", "redis-7.2").0 == "REDIS0011")
    let (nothing, unknown) = try header(meta("REDIS", 99))
    #expect(nothing.isEmpty)
    #expect(unknown.exitCode == 65)
    #expect(
      unknown.errorText
        == "rdb-dump-to-json: -: the records are from a file of REDIS version 99, which this build "
        + "cannot write; name a server by --target\n")
  }

  @Test func newestRedisWithoutAWord() throws {
    let run = try Self.reverse("-", input: .pipe(Array(Self.record(Self.text).utf8)))
    #expect(run.exitCode == 0)
    let expected = hex("\"REDIS0012\" FE 02 00 01 6B 01 76 FF")
    #expect(run.output.dropLast(8) == expected[...])
    #expect(
      run.errorText
        == "rdb-dump-to-json: -: no record says what server the keys are from; the file is for "
        + "redis-8.4, see --target\n")
    let told = try Self.reverse(
      "--target", "redis-8.4", "-", input: .pipe(Array(Self.record(Self.text).utf8)))
    #expect(told.output == run.output)
    #expect(told.errorText == "")
  }

  @Test func unknownTarget() throws {
    let run = try Self.reverse("--target", "redis-1.0", "-")
    #expect(run.exitCode == 64)
    #expect(run.errorText.contains("redis-7.2"))
  }

  @Test func losses() throws {
    let folder = try TemporaryFolder()
    let json = folder.file("dump.json").path
    let dump = folder.file("dump.rdb").path
    #expect(
      try Self.run(["--meta", "-o", json, RDBDumpToJSONTests.fixture("7.4.1-census")]).exitCode
        == 0)
    let run = try Self.reverse("--target", "redis-2.4", "-o", dump, json)
    #expect(run.exitCode == 2)
    let lines = run.errorText.split(separator: "\n")
    let prefix = "rdb-dump-to-json: \(json): "
    #expect(lines.allSatisfy { $0.hasPrefix(prefix) })
    #expect(lines.contains { $0 == "\(prefix)the aux field redis-ver is left out" })
    #expect(lines.contains { $0 == "\(prefix)a library of functions is left out" })
    #expect(
      lines.contains {
        $0 == "\(prefix)database 0, key \"stream:trim\": left out: a stream does not exist there"
      })
    #expect(
      lines.contains {
        $0
          == "\(prefix)database 0, key \"hash:ttl:all\": 5 fields lose their lifetimes and will not expire"
      })
    let streams = lines.count { $0.hasSuffix("left out: a stream does not exist there") }
    let total = try RDBDumpToJSONTests.keys(RDBDumpToJSONTests.fixture("7.4.1-census")).count
    #expect(streams == 21)
    #expect(
      lines.last
        == "\(prefix)\(total - streams) keys written for redis-2.4, \(streams) keys left out")
    #expect(try RDBDumpToJSONTests.keys(dump).count == total - streams)
  }

  // MARK: Bad input

  @Test(arguments: [
    ("[\n{\"db\":0}\n]", 1 as Int32, "line 2, column 1 (byte 2)"),
    ("[\n\(text),\n{\"db\":1,", 1, "line 3, column 9"),
    ("\(text)\nx", 1, "line 2, column 1"),
    ("REDIS0011", 65, "line 1, column 1"),
  ]) func malformed(_ text: String, status: Int32, place: String) throws {
    let folder = try TemporaryFolder()
    let json = try folder.write("bad.json", Array(text.utf8)).path
    let old = try folder.write("dump.rdb", [1, 2, 3])
    let run = try Self.reverse("-o", old.path, json)
    #expect(run.exitCode == status)
    #expect(run.errorText.hasPrefix("rdb-dump-to-json: \(json): \(place)"))
    #expect(run.errorText.hasSuffix("; nothing has been written\n"))
    #expect(run.output.isEmpty)
    #expect(try Array(Data(contentsOf: old)) == [1, 2, 3])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 2)
  }

  @Test func membersOfASetComeOnce() throws {
    let set = #"{"db":0,"key":"k","type":"set","encoding":"listpack","value":["a","b","a"]}"#
    let run = try Self.reverse("-", input: .pipe(Array(set.utf8)))
    #expect(run.exitCode == 1)
    #expect(run.errorText.contains("expected each name once"))
  }

  @Test func emptyCollectionIsLeftOut() throws {
    let list = #"{"db":0,"key":"k","type":"list","encoding":"quicklist","value":[]}"#
    let run = try Self.reverse(
      "--target", "redis-7.2", "-", input: .pipe(Array("\(list)\n\(Self.text)".utf8)))
    #expect(run.exitCode == 2)
    #expect(
      run.errorText
        == "rdb-dump-to-json: -: database 0, key \"k\": left out: a collection without an element "
        + "cannot exist\n"
        + "rdb-dump-to-json: -: 1 key written for redis-7.2, 1 key left out\n")
  }

  @Test func missingFile() throws {
    let run = try Self.reverse("/nowhere.json")
    #expect(run.exitCode == 66)
    #expect(run.output.isEmpty)
  }

  @Test func otherOptions() throws {
    for options in [["--layout", "lines"], ["--meta"], ["--key", "a"], ["--bytes", "base64"]] {
      let run = try Self.run(["--reverse"] + options + ["-"])
      #expect(run.exitCode == 64)
      #expect(run.errorText.contains("--reverse writes all records"))
    }
    let run = try Self.run(["--target", "redis-7.2", "-"])
    #expect(run.exitCode == 64)
    #expect(run.errorText.contains("--target is for --reverse."))
  }

  /// Records do not pile up in memory: these are 120 MB.
  @Test func memoryIsThatOfARecord() throws {
    let folder = try TemporaryFolder()
    let value = String(repeating: "v", count: 4000)
    let line =
      Array(
        #"{"db":0,"key":"k","type":"string","encoding":"raw","value":"\#(value)"}"#.utf8) + [10]
    let lines = [[UInt8]](repeating: line, count: 1000).flatMap { $0 }
    let json = try folder.write("many.json", [])
    let file = try FileHandle(forWritingTo: json)
    for _ in 0..<30 { try file.write(contentsOf: lines) }
    let run = try Run.built(
      "rdb-dump-to-json", ["--reverse", "--target", "redis-7.2", "-o", "/dev/null", json.path],
      measuringMemory: true)
    #expect(run.exitCode == 0)
    #expect(run.errorText == "")
    #expect(try #require(run.peakMemory) < 64 << 20)
  }
}
