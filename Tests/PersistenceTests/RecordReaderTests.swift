import Foundation
import Persistence
import TestSupport
import Testing

/// Records of JSON text as typed values.
@Suite struct RecordReaderTests {
  static func read(_ text: String, pieceSize: Int = .max) throws -> [JSONRecord] {
    var reader = JSONRecordReader(MemorySource(Array(text.utf8), pieceSize: pieceSize))
    var records: [JSONRecord] = []
    while let record = try reader.next() { records.append(record) }
    return records
  }

  static func entry(_ text: String) throws -> RDBEntry {
    let records = try read(text)
    guard records.count == 1, case .key(let entry)? = records.first else {
      throw CocoaError(.coderReadCorrupt)
    }
    return entry
  }

  static func value(_ type: String, _ encoding: String, _ value: String) throws -> RDBValue {
    try entry(record(type, encoding, value)).value
  }

  static func record(_ type: String, _ encoding: String, _ value: String) -> String {
    #"{"db":0,"key":"k","type":"\#(type)","encoding":"\#(encoding)","value":\#(value)}"#
  }

  @Test func everyMember() throws {
    let text = """
      \n  {"db":18446744073709551615,"key":"k","type":"string","encoding":"embstr",
      "expires_at":-5,"idle":7,"freq":255,"size":99,"value":"v"}
      """
    let entry = try Self.entry(text)
    #expect(entry.database == .max)
    #expect(entry.key == "k")
    #expect(entry.type == .string)
    #expect(entry.encoding == .embstr)
    #expect(entry.expiresAt == -5)
    #expect(entry.idle == 7)
    #expect(entry.frequency == 255)
    #expect(entry.offset == 3)
    #expect(entry.value == .string("v"))
  }

  @Test func layouts() throws {
    let record = Self.record("string", "raw", "\"v\"")
    #expect(try Self.read("").isEmpty)
    #expect(try Self.read(" \n").isEmpty)
    #expect(try Self.read("[]").isEmpty)
    #expect(try Self.read("[\n]\n").isEmpty)
    for text in ["\(record)\n\(record)", "[\(record),\n\(record)]", "\n\(record)\r\n\n\(record)\n"]
    {
      let records = try Self.read(text)
      #expect(records.count == 2)
      #expect(try Self.read(text, pieceSize: 1) == records)
    }
  }

  @Test func lists() throws {
    #expect(try Self.value("list", "quicklist", #"["a","","a"]"#) == .list(["a", "", "a"]))
    #expect(try Self.value("set", "hashtable", "[]") == .set([]))
    #expect(try Self.value("set", "intset", #"["-1","2"]"#) == .set(["-1", "2"]))
  }

  @Test func scores() throws {
    let value = try Self.value(
      "zset", "skiplist", #"{"a":1,"b":-0.0,"c":"inf","d":"-inf","e":"nan","f":1e300,"g":0.1}"#)
    guard case .sortedSet(let members) = value else { throw CocoaError(.coderReadCorrupt) }
    #expect(members.map(\.member) == ["a", "b", "c", "d", "e", "f", "g"])
    #expect(members[4].score.isNaN)
    let bits = members.map(\.score.bitPattern)
    #expect(
      bits.prefix(4) == [1.0, -0.0, Double.infinity, -.infinity].map(\.bitPattern)[...])
    #expect(bits.suffix(2) == [1e300, 0.1].map(\.bitPattern)[...])
  }

  @Test(arguments: [
    #"{"db":0,"key":"h","type":"hash","encoding":"listpackex","value":{"a":"1","b":"2"},"field_expires_at":{"b":9}}"#,
    #"{"field_expires_at":{"b":9},"value":{"a":"1","b":"2"},"encoding":"listpackex","type":"hash","key":"h","db":0}"#,
    #"{"bytes":"base64","db":0,"key":"aA==","type":"hash","encoding":"listpackex","value":{"YQ==":"MQ==","Yg==":"Mg=="},"field_expires_at":{"Yg==":9}}"#,
    #"{"field_expires_at":{"Yg==":9},"type":"hash","value":{"YQ==":"MQ==","Yg==":"Mg=="},"key":"aA==","bytes":"base64","db":0,"encoding":"listpackex"}"#,
    #"{"field_expires_at":{"Yg==":9},"value":{"YQ==":"MQ==","Yg==":"Mg=="},"type":"hash","key":"aA==","db":0,"encoding":"listpackex","bytes":"base64"}"#,
    #"{"db":0,"bytes":"latin1","key":"\u0068","type":"hash","encoding":"listpackex","value":{"a":"1","b":"2"},"field_expires_at":{"b":9}}"#,
  ])
  func membersInAnyOrder(text: String) throws {
    let entry = try Self.entry(text)
    #expect(entry.key == "h")
    guard case .hash(let fields) = entry.value else { throw CocoaError(.coderReadCorrupt) }
    #expect(fields.map(\.name) == ["a", "b"])
    #expect(fields.map(\.value) == ["1", "2"])
    #expect(fields.map(\.expiresAt) == [nil, 9])
  }

  @Test(arguments: [
    #"{"db":0,"bytes":"latin1","key":"\u0000\u007fé\u00ff","type":"string","encoding":"raw","value":"ÿa"}"#,
    #"{"db":0,"key":"\u0000\u007fé\u00ff","type":"string","encoding":"raw","value":"ÿa","bytes":"latin1"}"#,
    #"{"db":0,"bytes":"base64","key":"AH/p/w==","type":"string","encoding":"raw","value":"/2E="}"#,
    #"{"value":"/2E=","key":"AH/p/w==","bytes":"base64","type":"string","encoding":"raw","db":0}"#,
  ])
  func stylesOfBytes(text: String) throws {
    let entry = try Self.entry(text)
    #expect(entry.key.bytes == [0, 0x7F, 0xE9, 0xFF])
    #expect(entry.value == .string(ByteString([0xFF, 0x61])))
  }

  static let streamValue = """
    {"length":2,"last_id":"5-1","first_id":"1-0","max_deleted_id":"0-0","entries_added":3,
    "entries":[{"id":"1-0","fields":[["f","v"],["f","w"]]},{"fields":[],"id":"5-1"}],
    "groups":[{"name":"g","last_id":"5-1","entries_read":null,"pending":[
    {"id":"5-1","consumer":"c","delivered_at":11,"deliveries":2},
    {"id":"1-0","consumer":"c","delivered_at":-1,"deliveries":1},
    {"id":"2-0","consumer":null,"delivered_at":12,"deliveries":1},
    {"id":"3-0","consumer":"d","delivered_at":12,"deliveries":1}],
    "consumers":[{"name":"c","seen_at":20,"active_at":-1},{"name":"d","seen_at":21,"active_at":21}]}]}
    """

  @Test func streams() throws {
    let value = try Self.value("stream", "stream", Self.streamValue)
    guard case .stream(let stream) = value else { throw CocoaError(.coderReadCorrupt) }
    #expect(stream.length == 2 && stream.entriesAdded == 3)
    #expect(stream.lastID == StreamID(5, 1) && stream.firstID == StreamID(1, 0))
    #expect(stream.entries.map(\.id) == [StreamID(1, 0), StreamID(5, 1)])
    #expect(stream.entries[0].fields.map { [$0.name, $0.value] } == [["f", "v"], ["f", "w"]])
    let group = try #require(stream.groups.first)
    #expect(group.entriesRead == nil)
    #expect(
      group.pending.map(\.id) == [StreamID(5, 1), StreamID(1, 0), StreamID(2, 0), StreamID(3, 0)])
    #expect(group.pending.map(\.deliveredAt) == [11, -1, 12, 12])
    #expect(
      group.consumers.map(\.pending) == [[StreamID(1, 0), StreamID(5, 1)], [StreamID(3, 0)]])
    #expect(group.consumers.map(\.activeAt) == [-1, 21])
  }

  @Test func modules() throws {
    // Unsigned 7, the string "ab", the end mark.
    let raw: [UInt8] = [2, 7, 5, 2, 0x61, 0x62, 0]
    let text = Data(raw).base64EncodedString()
    let value = try Self.value(
      "module", "module", #"{"module":"test-type","version":3,"base64":"\#(text)"}"#)
    guard case .module(let module) = value else { throw CocoaError(.coderReadCorrupt) }
    #expect(module.name == "test-type")
    #expect(module.version == 3)
    #expect(module.operands == [.unsigned(7), .string("ab")])
    #expect(module.raw.bytes == raw)
  }

  @Test(arguments: [
    #"{"type":"meta","bytes":"latin1","magic":"VALKEY","rdb_version":80,"aux":{"a":"ÿ","b":["1","2"]},"functions":["code",{"name":"n","engine":"LUA","code":"c"}],"module_aux":[{"module":"test-type","version":1,"when":2,"base64":"AA=="}]}"#,
    #"{"aux":{"a":"ÿ","b":["1","2"]},"functions":["code",{"code":"c","name":"n","engine":"LUA"}],"module_aux":[{"base64":"AA==","module":"test-type","when":2,"version":1}],"bytes":"latin1","rdb_version":80,"magic":"VALKEY","type":"meta"}"#,
  ])
  func meta(text: String) throws {
    let records = try Self.read(text)
    guard case .meta(let meta)? = records.first else { throw CocoaError(.coderReadCorrupt) }
    #expect(meta.magic == .valkey && meta.version == 80 && meta.offset == 0)
    #expect(meta.aux.map(\.name) == ["a", "b", "b"])
    #expect(meta.aux.map(\.value) == [ByteString([0xFF]), "1", "2"])
    #expect(meta.functions == ["code"])
    #expect(
      meta.facts.contains(.functionPreGA(name: "n", engine: "LUA", description: nil, code: "c")))
    let aux = try #require(meta.moduleAux.first)
    #expect(aux.module == "test-type" && aux.version == 1 && aux.when == 2)
    #expect(aux.operands.bytes == [0])
  }

  // MARK: What is no record

  struct Wrong: Sendable, CustomTestStringConvertible {
    var text: String
    var code: JSONError.Code
    var offset: UInt64
    var word: String
    var testDescription: String { String(text.prefix(60)) }

    init(_ text: String, _ code: JSONError.Code, _ offset: UInt64, _ word: String) {
      self.text = text
      self.code = code
      self.offset = offset
      self.word = word
    }

    /// A record with this value, which is wrong `at` bytes from where it begins.
    init(
      _ type: String, _ encoding: String, _ value: String, _ code: JSONError.Code, at: Int,
      _ word: String
    ) {
      let text = RecordReaderTests.record(type, encoding, value)
      self.init(text, code, UInt64(text.utf8.count - 1 - value.utf8.count + at), word)
    }
  }

  static let records: [Wrong] = [
    Wrong("[1]", .wrongValue, 1, "a record"), Wrong("\"x\"", .wrongValue, 0, "a record"),
    Wrong("[[]]", .wrongValue, 1, "a record"), Wrong("[{\"k\":\"v\"}]", .unknownMember, 2, "\"k\""),
    Wrong("{}", .missingMember, 0, "\"type\""),
    Wrong("[{\"db\":0}]", .missingMember, 1, "\"type\""),
    Wrong(
      #"{"type":"string","key":"k","encoding":"raw","value":"v"}"#, .missingMember, 0, "\"db\""),
    Wrong(#"{"db":0,"type":"string","encoding":"raw","value":"v"}"#, .missingMember, 0, "\"key\""),
    Wrong(#"{"db":0,"key":"k","type":"string","value":"v"}"#, .missingMember, 0, "\"encoding\""),
    Wrong(#"{"db":0,"key":"k","type":"string","encoding":"raw"}"#, .missingMember, 0, "\"value\""),
    Wrong(#"{"db":0,"db":0}"#, .duplicateMember, 8, "\"db\""),
    Wrong(#"{"db":-1}"#, .wrongValue, 6, "\"-1\""),
    Wrong(#"{"db":1.5}"#, .wrongValue, 6, "\"1.5\""),
    Wrong(#"{"db":"0"}"#, .wrongValue, 6, "a string"),
    Wrong(#"{"db":null}"#, .wrongValue, 6, "null"),
    Wrong(#"{"db":18446744073709551616}"#, .wrongValue, 6, "18446744073709551616"),
    Wrong(#"{"freq":256}"#, .wrongValue, 8, "255"), Wrong(#"{"idle":-1}"#, .wrongValue, 8, "-1"),
    Wrong(#"{"expires_at":1e12}"#, .wrongValue, 14, "1e12"),
    Wrong(#"{"key":1}"#, .wrongValue, 7, "a number"),
    Wrong(#"{"type":"tuple"}"#, .wrongValue, 8, "tuple"),
    Wrong(#"{"type":true}"#, .wrongValue, 8, "truth"),
    Wrong(#"{"encoding":"RAW"}"#, .wrongValue, 12, "RAW"),
    Wrong(#"{"bytes":"utf8"}"#, .wrongValue, 9, "utf8"),
    Wrong(
      #"{"db":0,"key":"k","type":"string","encoding":"raw","value":"v","magic":"REDIS"}"#,
      .unknownMember, 63, "magic"),
    Wrong(#"{"type":"meta","magic":"redis"}"#, .wrongValue, 23, "VALKEY"),
    Wrong(#"{"type":"meta","db":0}"#, .unknownMember, 15, "db"),
    Wrong(
      #"{"type":"meta","magic":"REDIS","rdb_version":9,"aux":{},"functions":[]}"#, .missingMember,
      0, "module_aux"),
    Wrong(#"{"type":"meta","rdb_version":0}"#, .wrongValue, 29, "9999"),
    Wrong(#"{"aux":{"a":"1","a":"2"}}"#, .duplicateMember, 16, "\"a\""),
    Wrong(#"{"aux":{"a":1}}"#, .wrongValue, 12, "a number"),
    Wrong(#"{"functions":[1]}"#, .wrongValue, 14, "a number"),
    Wrong(#"{"functions":[{"name":"n"}]}"#, .missingMember, 14, "engine"),
    Wrong(#"{"module_aux":[{"module":"short"}]}"#, .wrongValue, 25, "short"),
  ]

  static let values: [Wrong] = [
    Wrong("string", "raw", "[\"v\"]", .wrongValue, at: 0, "an array"),
    Wrong("string", "raw", "1", .wrongValue, at: 0, "a number"),
    Wrong("list", "quicklist", "\"v\"", .wrongValue, at: 0, "a string"),
    Wrong("list", "quicklist", "[1]", .wrongValue, at: 1, "a number"),
    Wrong("set", "hashtable", "{}", .wrongValue, at: 0, "an object"),
    Wrong("hash", "hashtable", "[]", .wrongValue, at: 0, "an array"),
    Wrong("hash", "hashtable", #"{"f":1}"#, .wrongValue, at: 5, "a number"),
    Wrong("hash", "hashtable", #"{"f":"1","g":"2","f":"3"}"#, .duplicateMember, at: 17, "\"f\""),
    Wrong("zset", "skiplist", #"{"m":"1"}"#, .wrongValue, at: 5, "\"1\""),
    Wrong("zset", "skiplist", #"{"m":"Inf"}"#, .wrongValue, at: 5, "Inf"),
    Wrong("zset", "skiplist", #"{"m":1e999}"#, .wrongValue, at: 5, "1e999"),
    Wrong("zset", "skiplist", #"{"m":1,"m":1}"#, .duplicateMember, at: 7, "\"m\""),
    Wrong("zset", "skiplist", #"{"m":null}"#, .wrongValue, at: 5, "null"),
    Wrong("list", "intset", "[]", .wrongValue, at: -17, "intset"),
    Wrong("stream", "stream", #"{"length":1}"#, .missingMember, at: 0, "last_id"),
    Wrong("stream", "stream", #"{"last_id":"1"}"#, .wrongValue, at: 11, "\"1\""),
    Wrong(
      "stream", "stream", #"{"last_id":"1-18446744073709551616"}"#, .wrongValue, at: 11, "an ID"),
    Wrong("stream", "stream", #"{"last_id":"1-2-3"}"#, .wrongValue, at: 11, "an ID"),
    Wrong(
      "stream", "stream", #"{"entries":[{"id":"1-1","fields":[["f"]]}]}"#, .wrongValue, at: 38,
      "the end of the array"),
    Wrong("stream", "stream", #"{"entries":[{"id":"1-1"}]}"#, .missingMember, at: 12, "fields"),
    Wrong(
      "stream", "stream",
      #"{"groups":[{"name":"g","last_id":"0-0","entries_read":0,"pending":[{"id":"1-1","consumer":"x","delivered_at":0,"deliveries":1}],"consumers":[]}]}"#,
      .wrongValue, at: 11, "1-1"),
    Wrong("stream", "stream", #"{"groups":[{"entries_read":"1"}]}"#, .wrongValue, at: 27, "null"),
    Wrong(
      "module", "module", #"{"module":"test-type","version":1024,"base64":"AA=="}"#, .wrongValue,
      at: 32, "1023"),
    Wrong(
      "module", "module", #"{"module":"test-type","version":1,"base64":"AA"}"#, .wrongValue, at: 43,
      "base64"),
    Wrong(
      "module", "module", #"{"module":"test-type","version":1,"base64":"CQ=="}"#, .wrongValue,
      at: 43, "opcode"),
    Wrong(
      "module", "module", #"{"module":"test-type","version":1,"base64":"AAA="}"#, .wrongValue,
      at: 43, "1 bytes"),
    Wrong(
      "module", "module", #"{"module":"test-type","version":1,"base64":""}"#, .wrongValue, at: 43,
      "end"),
    Wrong(
      "module", "module", #"{"module":"test type","version":1,"base64":"AA=="}"#, .wrongValue,
      at: 10, "nine"),
    Wrong(
      "list", "quicklist", #"[],"field_expires_at":{}"#, .unknownMember, at: 3, "field_expires_at"),
    Wrong(
      "hash", "hashtable", #"{"f":"v"},"field_expires_at":{"g":1}"#, .wrongValue, at: 30, "\"g\""),
    Wrong(
      "hash", "hashtable", #"{"f":"v"},"field_expires_at":{"f":-1}"#, .wrongValue, at: 34, "-1"),
    Wrong(
      "hash", "hashtable", #"{"f":"v"},"field_expires_at":{"f":1,"f":2}"#, .duplicateMember, at: 36,
      "\"f\""),
    Wrong("string", "raw", #""Ā","bytes":"latin1""#, .wrongValue, at: 0, "U+00FF"),
    Wrong("string", "raw", #""plain textāé","bytes":"latin1""#, .wrongValue, at: 0, "U+00FF"),
    Wrong("string", "raw", #""abcd","bytes":"base64""#, .wrongValue, at: -45, "base64"),
  ]

  /// Strings that are not of the style that comes before them.
  static let styles: [Wrong] =
    ["A", "AA", "AAA", "AA=A", "A===", "====", "AB==", "AAB=", "AA==AAAA", "AA-_", "AA= ", "é==="]
    .map {
      Wrong(#"{"bytes":"base64","key":"\#($0)"}"#, .wrongValue, 24, "base64")
    }
    + ["Ā", "aé漢", "😀"].map {
      Wrong(#"{"bytes":"latin1","key":"\#($0)"}"#, .wrongValue, 24, "U+00FF")
    }

  @Test(arguments: records + values + styles)
  func refuses(_ wrong: Wrong) throws {
    var reader = JSONRecordReader(MemorySource(Array(wrong.text.utf8)))
    var first: JSONReadError?
    for _ in 0..<2 {
      do throws(JSONReadError) {
        _ = try reader.next()
        Issue.record("no error")
      } catch {
        if let first { #expect(error == first) }
        first = error
      }
    }
    guard case .json(let error)? = first else { throw CocoaError(.coderReadCorrupt) }
    #expect(error.code == wrong.code, "\(error)")
    #expect(error.place.offset == wrong.offset, "\(error)")
    #expect(error.description.contains(wrong.word), "\(error)")
  }

  @Test func whatFollowsTheArray() throws {
    let record = Self.record("string", "raw", "\"v\"")
    for rest in ["[]", record, "]", ","] {
      var reader = JSONRecordReader(MemorySource(Array("[\(record)]\n\(rest)".utf8)))
      let first = try reader.next()
      #expect(first != nil)
      #expect(throws: JSONReadError.self) { try reader.next() }
    }
  }

  // MARK: Damage

  static let everything = """
    [
    {"type":"meta","magic":"REDIS","rdb_version":11,"aux":{"a":["1","2"]},"functions":["c"],"module_aux":[]},
    {"db":0,"bytes":"latin1","key":"ÿ","type":"string","encoding":"raw","value":"\\u0000"},
    {"db":0,"key":"z","type":"zset","encoding":"skiplist","value":{"a":-1.5e7,"b":"inf"}},
    {"value":{"a":"1"},"field_expires_at":{"a":5},"key":"h","type":"hash","encoding":"hashtable","db":1},
    {"db":0,"bytes":"base64","key":"aA==","type":"list","encoding":"quicklist","value":["AAAA",""]},
    {"db":0,"key":"s","type":"stream","encoding":"stream","value":\(streamValue)},
    {"db":0,"key":"m","type":"module","encoding":"module","value":
    {"module":"test-type","version":1,"base64":"AgcFAmFiAA=="}}
    ]

    """

  struct Outcome: Equatable {
    var count: Int
    var error: JSONReadError?
  }

  static func outcome(_ bytes: [UInt8], pieceSize: Int = .max) -> Outcome {
    var reader = JSONRecordReader(MemorySource(bytes, pieceSize: pieceSize))
    var count = 0
    do throws(JSONReadError) {
      while try reader.next() != nil { count += 1 }
      return Outcome(count: count)
    } catch {
      return Outcome(count: count, error: error)
    }
  }

  @Test func truncatedAnywhere() {
    let bytes = Array(Self.everything.utf8)
    #expect(Self.outcome(bytes) == Outcome(count: 7))
    for length in 1..<(bytes.count - 2) {
      let outcome = Self.outcome(Array(bytes[..<length]))
      guard case .json(let error)? = outcome.error else {
        Issue.record("no error at \(length)")
        continue
      }
      #expect(error.code == .truncated, "\(error)")
      #expect(error.place.offset == UInt64(length))
    }
  }

  /// Whatever is changed, reading ends, and in pieces as it does at once.
  @Test func changedAnywhere() {
    let bytes = Array(Self.everything.utf8)
    var random = SeededRandom(seed: 41)
    for place in bytes.indices {
      for round in 0..<8 {
        var changed = bytes
        changed[place] =
          round < 4
          ? UInt8.random(in: 0...255, using: &random)
          : Array("{}[]\",:\\0".utf8).randomElement(using: &random) ?? 0
        let whole = Self.outcome(changed)
        if round == 0 { #expect(Self.outcome(changed, pieceSize: 7) == whole) }
      }
    }
  }

  @Test func aFileThatIsNotThere() {
    #expect(throws: JSONReadError.self) { try Self.open("/nowhere/dump.json") }
  }

  private static func open(_ path: String) throws(JSONReadError) {
    _ = try JSONRecordReader(path: path)
  }
}
