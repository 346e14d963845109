import Foundation
import TestSupport
import Testing

/// The JSON of every real file, read by Python's own parser, is what the server that wrote it said.
@Suite struct JSONTruthTests {
  private static let python = Oracle.environment.appendingPathComponent("bin/python").path
  private static let comparer =
    Fixtures.folder.appendingPathComponent("compare-json-with-truth").path

  static func compare(_ json: URL, _ truth: URL) throws -> Run {
    try Run.program(python, [comparer, json.path, truth.path])
  }

  @Test(
    arguments: TypedValuesTests.files,
    [["--layout", "records", "--meta"], ["--layout", "lines"], ["--bytes", "base64"]])
  func everyByteIsTheServers(_ file: TypedValuesTests.File, options: [String]) throws {
    let folder = try TemporaryFolder()
    let json = folder.file(options.contains("lines") ? "records.jsonl" : "records.json")
    let run = try Run.built("rdb-dump-to-json", options + ["-o", json.path, file.dump.path])
    #expect(run.exitCode == 0)
    #expect(run.errorText == "")
    let count = try Truth.load(file.truth).count
    let verdict = try Self.compare(json, file.truth)
    #expect(verdict.outputText == "\(count) keys compared, 0 differences\n", "\(verdict.errorText)")
    #expect(verdict.exitCode == 0)
  }

  /// The comparison notices: each change makes a difference where there was none.
  @Test(arguments: [
    ("7.4.1-hfesmall", "\"field_expires_at\":{", "\"field_expires_at\":{\"more\":1,"),
    ("7.2.6-small", "\"type\":\"zset\"", "\"type\":\"set\""),
    ("7.2.6-small", "\"expires_at\":", "\"expires_at\":1"),
    ("7.2.6-small", "\"db\":0", "\"db\":7"),
    ("7.2.6-small", "\"value\":\"", "\"value\":\"x"),
    ("7.2.6-small", "\"value\":[\"", "\"value\":[\"x\",\""),
    ("7.2.6-census", "\"last_id\":\"", "\"last_id\":\"1"),
    ("7.2.6-census", "\"deliveries\":", "\"deliveries\":1"),
    ("7.2.6-census", "\"delivered_at\":1", "\"delivered_at\":2"),
    ("7.2.6-census", "\"seen_at\":1", "\"seen_at\":2"),
    ("7.2.6-census", "\"entries_added\":", "\"entries_added\":1"),
    ("7.2.6-census", "\"latin1\"", "\"base64\""),
    ("7.2.6-lfu", "\"freq\":", "\"freq\":1"),
    ("7.2.6-small", "]\n", "]]\n"),
  ])
  func theComparisonNotices(name: String, from: String, to: String) throws {
    let dump = Fixtures.folder.appendingPathComponent("rdb/\(name).rdb")
    let truth = Fixtures.folder.appendingPathComponent("rdb/\(name).truth.jsonl.gz")
    let sound = try Run.built("rdb-dump-to-json", [dump.path]).outputText
    let folder = try TemporaryFolder()
    let good = try folder.write("good.json", sound.utf8)
    #expect(try Self.compare(good, truth).exitCode == 0)
    let place = try #require(sound.range(of: from))
    let bad = try folder.write(
      "bad.json", sound.replacingCharacters(in: place, with: to).utf8)
    #expect(try Self.compare(bad, truth).exitCode == 1)
  }
}

/// Every record of every real file fits the schema that is shipped.
@Suite struct JSONRecordSchemaTests {
  private static let schema = JSONSchema("rdb-dump-to-json.schema.json")

  @Test(arguments: [["--meta"], ["--meta", "--bytes", "base64"], ["--keys-only"]])
  func everyRecordFits(options: [String]) throws {
    var lines: [UInt8] = []
    for file in TypedValuesTests.files {
      let run = try Run.built(
        "rdb-dump-to-json", ["--layout", "lines"] + options + [file.dump.path])
      #expect(run.exitCode == 0)
      lines += run.output
    }
    let count = lines.count { $0 == UInt8(ascii: "\n") }
    #expect(count > 9_000)
    #expect(try Self.schema.judge(lines) == "\(count)\n")
  }

  /// The schema refuses what is not said in it.
  @Test(arguments: [
    #"{"db":0,"key":"k","type":"string","encoding":"raw"}"#,
    #"{"db":0,"key":"k","type":"zset","encoding":"skiplist","value":{"a":"inf","b":-0.0,"c":1e300}}"#,
    #"{"type":"meta","magic":"REDIS","rdb_version":9,"aux":{"a":["b","c"]},"functions":[],"module_aux":[]}"#,
  ])
  func accepts(record: String) throws {
    #expect(try Self.schema.judge(Array(record.utf8) + [10]) == "1\n")
  }

  @Test(arguments: [
    #"{"key":"k","type":"string","encoding":"raw","value":"v"}"#,
    #"{"db":-1,"key":"k","type":"string","encoding":"raw","value":"v"}"#,
    #"{"db":0,"key":"k","type":"string","encoding":"raw","value":["v"]}"#,
    #"{"db":0,"key":"k","type":"string","encoding":"raw","value":"v","field_expires_at":{"f":1}}"#,
    #"{"db":0,"key":"k","type":"list","encoding":"raw","value":{"v":"w"}}"#,
    #"{"db":0,"key":"k","type":"zset","encoding":"skiplist","value":{"m":"1.5"}}"#,
    #"{"db":0,"key":"k","type":"hash","encoding":"hashtable","value":{"f":1}}"#,
    #"{"db":0,"key":"k","type":"string","encoding":"raw","value":"v","more":1}"#,
    #"{"db":0,"key":"k","bytes":"utf8","type":"string","encoding":"raw","value":"v"}"#,
    #"{"db":0,"key":"k","type":"stream","encoding":"stream","value":{"length":1}}"#,
    #"{"db":0,"key":"k","type":"module","encoding":"module","value":{"module":"abc","version":1,"base64":""}}"#,
    #"{"type":"meta"}"#,
  ])
  func refuses(record: String) throws {
    #expect(try Self.schema.judge(Array(record.utf8) + [10]) != "1\n")
  }
}
