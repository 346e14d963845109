import Persistence
import TestSupport
import Testing

@Suite struct RecordParserTests {
  /// A record as a test looks at it.
  private struct Record: Equatable {
    var kind: RecordHead.Kind
    var start: Int
    var opcode: Int
    var end: Int
    var name = ""
    var text = ""
    var numbers: [UInt64] = []
  }

  private func parse(
    _ bytes: [UInt8], from start: Int = RDBDialect.headerLength, heads: inout [RecordHead]
  ) throws(FormatError) -> [Record] {
    let dialect = try RDBHeader.read(bytes.raw)
    var parser = RecordParser(bytes.raw, dialect, inputEnd: UInt64(bytes.count))
    parser.cursor.offset = start
    var decoder = StringDecoder()
    var records: [Record] = []
    while true {
      let head = try parser.next()
      if head.kind == .key {
        try parser.skipValue(of: head)
      }
      records.append(
        Record(
          kind: head.kind, start: head.start, opcode: head.opcodeOffset, end: parser.cursor.offset,
          name: try decoder.copy(head.name, in: bytes.raw).description,
          text: try decoder.copy(head.text, in: bytes.raw).description,
          numbers: [head.numbers.0, head.numbers.1, head.numbers.2]))
      heads.append(head)
      if head.kind == .eof { return records }
    }
  }

  private func parse(_ bytes: [UInt8]) throws(FormatError) -> [Record] {
    var heads: [RecordHead] = []
    return try parse(bytes, heads: &heads)
  }

  private func heads(_ bytes: [UInt8]) throws(FormatError) -> [RecordHead] {
    var heads: [RecordHead] = []
    _ = try parse(bytes, heads: &heads)
    return heads
  }

  /// A file of Redis 7.0.15 with every offset.
  @Test func functionFile() throws {
    let records = try parse(KnownFile.function)
    #expect(
      records.map(\.kind) == [
        .aux, .aux, .aux, .aux, .aux, .function, .selectDB, .resizeDB, .key, .key, .eof,
      ])
    #expect(records.map(\.start) == [9, 27, 41, 53, 68, 80, 148, 150, 153, 159, 173])
    #expect(records.map(\.end) == [27, 41, 53, 68, 80, 148, 150, 153, 159, 173, 174])
    #expect(records[9].opcode == 168)
    #expect(
      records[..<5].map { "\($0.name)=\($0.text)" } == [
        "redis-ver=7.0.15", "redis-bits=64", "ctime=1795335760", "used-mem=1433352", "aof-base=0",
      ])
    #expect(records[5].name.hasPrefix("#!lua name=l\nredis.register_function(\"f\","))
    #expect(records[6].numbers[0] == 3)
    #expect(records[7].numbers[..<2] == [2, 1])
    #expect(records[8...9].map(\.name) == ["k2", "k"])
    let keys = try heads(KnownFile.function)[8...9]
    #expect(keys.map(\.hasExpiry) == [false, true])
    #expect(keys.last?.expiresAt == 4_102_444_800_000)
    #expect(keys.map(\.valueOffset) == [157, 171])
    #expect(keys.map(\.nameOffset) == [154, 169])
  }

  /// Made by hand; expiries of both forms, no checksum.
  @Test func version3() throws {
    let records = try parse(KnownFile.version3)
    #expect(records.map(\.kind) == [.selectDB, .key, .key, .eof])
    #expect(records.map(\.start) == [9, 11, 21, 36])
    #expect(records.map(\.opcode) == [9, 16, 30, 36])
    let keys = try heads(KnownFile.version3)[1...2]
    #expect(keys.map(\.expiresAt) == [2_000_000_000_000, 2_000_000_000_123])
    #expect(keys.allSatisfy { $0.hasExpiry && !$0.isNewerThanFile })
  }

  /// Made by hand, taken by redis-check-rdb 7.0.15, which names the module `hellotype`.
  @Test func module() throws {
    let records = try parse(KnownFile.module)
    #expect(records.map(\.kind) == [.aux, .moduleAux, .selectDB, .key, .eof])
    #expect(records.map(\.start) == [9, 26, 42, 44, 88])
    #expect(records[1].numbers[1] == 2)
    #expect(ModuleID(records[1].numbers[0]) == ModuleID(0x85E9_65A2_DCA9_7800))
    #expect(ModuleID(records[1].numbers[0]).name == "hellotype")
    #expect(ModuleID(records[1].numbers[0]).version == 0)
    #expect(try heads(KnownFile.module)[3].layout == .module2)
  }

  @Test(
    arguments: [
      (0x45E2_5238_DF91_2C03, "ReJSON-RL", 3), (0x3016_E5A2_89BE_F804, "MBbloom--", 4),
      (0x4D20_C1F9_360F_1007, "TSDB-TYPE", 7),
    ] as [(UInt64, String, Int)])
  func moduleID(id: UInt64, name: String, version: Int) {
    #expect(ModuleID(id).name == ByteString(name))
    #expect(ModuleID(id).version == version)
  }

  /// Idle time and frequency of Redis 7.0.15 with a policy of evicting.
  @Test func attributes() throws {
    let idle = RDBFile(version: 10, hex("FE 00 FB 01 00 F8 40 64 00 01 6B 01 76")).bytes
    var head = try #require(try heads(idle).first { $0.kind == .key })
    #expect(head.hasIdle && !head.hasFrequency && !head.hasExpiry && head.hasAttributes)
    #expect(head.idle == 100)
    #expect(head.start == 14 && head.opcodeOffset == 17)
    let frequency = RDBFile(version: 10, hex("FE 00 FB 01 00 F9 C8 00 01 6B 01 76")).bytes
    head = try #require(try heads(frequency).first { $0.kind == .key })
    #expect(!head.hasIdle && head.hasFrequency)
    #expect(head.frequency == 200)
    let all = RDBFile(version: 10, hex("FC 01 00 00 00 00 00 00 80 F8 05 F9 06 00 01 6B 00")).bytes
    head = try #require(try heads(all).first { $0.kind == .key })
    #expect(head.expiresAt == .min + 1)
    #expect(head.idle == 5 && head.frequency == 6 && head.hasExpiry && !head.repeatsAttribute)
  }

  @Test(arguments: [
    "F8 01 F8 02 00 01 6B 00", "F9 01 F9 02 00 01 6B 00",
    "FC 00×8 FD 00×4 00 01 6B 00", "FD 00×4 FD 00×4 00 01 6B 00",
  ])
  func repeatedAttribute(_ text: String) throws {
    let head = try #require(try heads(RDBFile(version: 10, hex(text)).bytes).first)
    #expect(head.kind == .key && head.repeatsAttribute)
  }

  /// Attributes belong to the next record only.
  @Test func attributesEndWithTheirRecord() throws {
    let bytes = RDBFile(version: 10, hex("F8 01 FE 00 00 01 6B 00 F9 07 00 01 6C 00 00 01 6D 00"))
    let found = try heads(bytes.bytes)
    #expect(found.map(\.kind) == [.selectDB, .key, .key, .key, .eof])
    #expect(found.map(\.hasIdle) == [true, false, false, false, false])
    #expect(found.map(\.hasFrequency) == [false, false, true, false, false])
  }

  @Test func endlessAttributes() {
    let bytes = RDBFile(version: 10, hex("F9 01") + hex("F901×10000")).bytes
    let found = fault { () throws(FormatError) in try parse(bytes) }
    #expect(found?.code == .badOpcode)
    #expect((found?.offset ?? .max) < 9 + 2 * 80)
  }

  @Test func opcodesWithOperands() throws {
    let bytes = RDBFile(
      version: 12,
      hex(
        """
        F4 7F FF 05 02 | F6 01 6C 03 6C 75 61 01 02 64 64 03 23 21 6C | F6 01 6C 03 6C 75 61 00 00
        | FB 81 FF×8 00 | FE 80 00 00 01 00
        """)
    ).bytes
    let records = try parse(bytes)
    #expect(
      records.map(\.kind) == [
        .slotInfo, .functionPreGA, .functionPreGA, .resizeDB, .selectDB, .eof,
      ])
    #expect(records[0].numbers == [16383, 5, 2])
    #expect(records[1].name == "l" && records[1].text == "lua")
    #expect(records[3].numbers[0] == .max)
    #expect(records[4].numbers[0] == 256)
    let valkey = RDBFile("VALKEY080").adding(
      hex("F3 28") + [UInt8](repeating: 0x61, count: 40) + hex("02 00 05 40 64 7F FF"))
    #expect(try parse(valkey.bytes).map(\.kind) == [.slotImport, .eof])
  }

  /// A type that only newer versions have is read and marked.
  @Test func newerThanTheHeader() throws {
    let bytes = RDBFile(version: 9, hex("14 01 6B 07 07 00 00 00 00 00 FF F5 03 23 21 6C")).bytes
    let found = try heads(bytes)
    #expect(found.map(\.isNewerThanFile) == [true, true, false])
  }

  static let refused: [Malformed] = [
    .init("no such type", RDBFile(version: 10, hex("08 01 6B 00")).bytes, .badType, at: 9),
    .init("type 34", RDBFile(version: 12, hex("22 01 6B 00")).bytes, .badType, at: 9),
    .init("opcode 200", RDBFile(version: 12, hex("C8 01 6B 00")).bytes, .badType, at: 9),
    .init("opcode 241", RDBFile(version: 12, hex("F1 01 6B 00")).bytes, .badOpcode, at: 9),
    .init("type 26 in version 12", RDBFile(version: 12, hex("1A 01 6B 00")).bytes, .badType, at: 9),
    .init(
      "type 26 in version 13", RDBFile(version: 13, hex("1A 01 6B 00")).bytes,
      .unsupportedVersion, at: 9),
    .init(
      "array in version 14", RDBFile(version: 14, hex("1C 01 6B 00")).bytes, .unsupportedVersion,
      at: 9),
    .init(
      "key metadata in version 12", RDBFile(version: 12, hex("F3 00")).bytes, .badOpcode, at: 9),
    .init(
      "key metadata in version 13", RDBFile(version: 13, hex("F3 00")).bytes, .unsupportedVersion,
      at: 9),
    .init(
      "path hash of Valkey", RDBFile("VALKEY081").adding(hex("17 01 6B 00")).bytes,
      .unsupportedVersion, at: 9),
    .init(
      "Redis Enterprise", RDBFile(version: 10, hex("6B 00")).bytes, .badOpcode, at: 9),
    .init(
      "after an attribute", RDBFile(version: 10, hex("F9 01 08 01 6B 00")).bytes, .badType, at: 11),
    .init(
      "a string encoding as a database", RDBFile(version: 10, hex("FE C0 01")).bytes, .badLength,
      at: 10),
    .init(
      "type 6 has no end", RDBFile(version: 8, hex("06 01 6B 81 00×8 01 02")).bytes,
      .unknownModule, at: 12),
    .init(
      "unknown operand of a module", RDBFile(version: 8, hex("07 01 6B 05 06 00")).bytes,
      .badModule, at: 13),
    .init(
      "moment of module data", RDBFile(version: 9, hex("F7 05 01 02 00")).bytes, .badModule, at: 11),
    .init(
      "more elements than bytes", RDBFile(version: 10, hex("02 01 6B 81 80 00×7")).bytes,
      .badLength, at: 12),
    .init(
      "more pairs than bytes", RDBFile(version: 10, hex("04 01 6B 0A 01 66 01 76")).bytes,
      .badLength, at: 12),
    .init(
      "more scores than bytes", RDBFile(version: 10, hex("05 01 6B 04 01 61 00×8")).bytes,
      .badLength, at: 12),
  ]

  @Test(arguments: refused)
  func refusal(_ example: Malformed) {
    #expect(fault { () throws(FormatError) in try parse(example.bytes) } == example.fault)
  }

  /// What is known by name is refused by name.
  @Test(
    arguments: [
      (13, 26, "idempotent"), (14, 27, "negative"), (14, 28, "array"), (15, 30, "template"),
      (15, 33, "GCRA"), (15, 242, "HASH_TEMPLATE"), (13, 243, "KEY_META"), (12, 121, "SLOT_NUM"),
    ] as [(Int, UInt8, String)])
  func refusedByName(version: Int, byte: UInt8, word: String) {
    do throws(FormatError) {
      _ = try parse(RDBFile(version: version, [byte, 0x01, 0x6B, 0x00]).bytes)
      Issue.record("not refused")
    } catch {
      #expect(error.description.contains(word))
    }
  }
}
