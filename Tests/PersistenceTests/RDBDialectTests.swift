import Persistence
import TestSupport
import Testing

@Suite struct RDBDialectTests {
  private static let redis12 = RDBDialect(magic: .redis, version: 12)
  private static let valkey80 = RDBDialect(magic: .valkey, version: 80)

  @Test func unknownVersions() {
    for version in [-1, 0, 16, 79, 80, 81, 1000] {
      #expect(RDBDialect(magic: .redis, version: version) == nil)
    }
    for version in [0, 1, 12, 79, 82] {
      #expect(RDBDialect(magic: .valkey, version: version) == nil)
    }
  }

  /// The numbers of rdb.h, and the version that first wrote each.
  static let types: [(UInt8, ValueLayout, Int)] = [
    (0, .string, 1), (1, .list, 1), (2, .set, 1), (3, .zset, 1), (4, .hash, 1), (5, .zset2, 8),
    (6, .modulePreRelease, 8), (7, .module2, 8), (9, .hashZipmap, 2), (10, .listZiplist, 2),
    (11, .setIntset, 2), (12, .zsetZiplist, 2), (13, .hashZiplist, 4), (14, .listQuicklist, 7),
    (15, .stream, 9), (16, .hashListpack, 10), (17, .zsetListpack, 10), (18, .listQuicklist2, 10),
    (19, .stream2, 10), (20, .setListpack, 11), (21, .stream3, 11),
  ]

  @Test(arguments: types)
  func sharedType(type: UInt8, layout: ValueLayout, since: Int) throws {
    for dialect in [try #require(Self.redis12), try #require(Self.valkey80)] {
      #expect(dialect.meaning(ofType: type) == .layout(layout, since: since))
    }
    for version in 1...12 {
      let table = try #require(RDBDialect(magic: .redis, version: version)).layouts
      #expect(table[Int(type)] == layout.rawValue | (version < since ? 0x80 : 0))
    }
  }

  /// The same number is two things under the two magics.
  @Test func magicsDiffer() throws {
    let redis = try #require(Self.redis12)
    let valkey = try #require(Self.valkey80)
    #expect(redis.meaning(ofType: 22) == .layout(.hashMetadataPreGA, since: 12))
    #expect(valkey.meaning(ofType: 22) == .layout(.valkeyHash2, since: 80))
    #expect(redis.meaning(ofType: 23) == .layout(.hashListpackExPreGA, since: 12))
    #expect(redis.meaning(ofType: 24) == .layout(.hashMetadata, since: 12))
    #expect(redis.meaning(ofType: 25) == .layout(.hashListpackEx, since: 12))
    #expect(valkey.meaning(ofType: 24) == .unassigned)
    #expect(valkey.meaning(ofType: 25) == .unassigned)
    guard case .known = redis.meaning(ofOpcode: 243) else {
      Issue.record("opcode 243 is KEY_META under REDIS")
      return
    }
    guard case .opcode(.slotImport, since: 80) = valkey.meaning(ofOpcode: 243) else {
      Issue.record("opcode 243 is SLOT_IMPORT under VALKEY")
      return
    }
  }

  @Test func unassignedTypes() throws {
    let redis = try #require(Self.redis12)
    #expect(redis.meaning(ofType: 8) == .unassigned)
    for type in UInt8(34)...255 { #expect(redis.meaning(ofType: type) == .unassigned) }
    for type in UInt8(26)...33 {
      guard case .known = redis.meaning(ofType: type) else {
        Issue.record("type \(type) has a name")
        continue
      }
    }
  }

  static let opcodes: [(UInt8, RDBOpcode, Int)] = [
    (244, .slotInfo, 12), (245, .function2, 10), (246, .functionPreGA, 10), (247, .moduleAux, 9),
    (248, .idle, 9), (249, .freq, 9), (250, .aux, 7), (251, .resizeDB, 7), (252, .expireTimeMs, 3),
    (253, .expireTime, 1), (254, .selectDB, 1), (255, .eof, 1),
  ]

  @Test(arguments: opcodes)
  func opcode(byte: UInt8, expected: RDBOpcode, version: Int) throws {
    guard
      case .opcode(let opcode, let since) = try #require(Self.redis12).meaning(ofOpcode: byte)
    else {
      Issue.record("opcode \(byte) is not known")
      return
    }
    #expect(opcode == expected)
    #expect(since == version)
  }

  @Test func unassignedOpcodes() throws {
    let redis = try #require(Self.redis12)
    for byte in UInt8.min...241 where byte != 107 && byte != 121 {
      guard case .unassigned = redis.meaning(ofOpcode: byte) else {
        Issue.record("opcode \(byte) is not assigned")
        continue
      }
    }
  }

  // MARK: OBJECT ENCODING

  private func encoding(
    _ dialect: RDBDialect, _ layout: ValueLayout, length: UInt64 = 0, nodes: UInt64 = 1,
    plain: Bool = false, isInteger: Bool = false
  ) throws -> ObjectEncoding {
    var facts = try inspect("REDIS0012", 0, hex("00"))
    facts.length = length
    facts.nodes = nodes
    facts.hasPlainNode = plain
    facts.isInteger = isInteger
    return dialect.encoding(layout, facts, keyLength: 3, hasExpiry: false)
  }

  /// `OBJECT ENCODING` of strings: embstr up to 44 bytes from Redis 3.2 on, raw before and above.
  @Test func strings() throws {
    let redis6 = try #require(RDBDialect(magic: .redis, version: 6))
    let redis7 = try #require(RDBDialect(magic: .redis, version: 7))
    #expect(try encoding(redis6, .string, length: 5) == .raw)
    #expect(try encoding(redis7, .string, length: 44) == .embstr)
    #expect(try encoding(redis7, .string, length: 45) == .raw)
    #expect(try encoding(redis7, .string, length: 2, isInteger: true) == .int)
  }

  @Test func lists() throws {
    let redis6 = try #require(RDBDialect(magic: .redis, version: 6))
    let redis10 = try #require(RDBDialect(magic: .redis, version: 10))
    let redis11 = try #require(RDBDialect(magic: .redis, version: 11))
    #expect(try encoding(redis6, .list) == .linkedlist)
    #expect(try encoding(redis6, .listZiplist) == .ziplist)
    #expect(try encoding(redis10, .list) == .quicklist)
    #expect(try encoding(redis10, .listQuicklist2, length: 20) == .quicklist)
    #expect(try encoding(redis11, .listQuicklist2, length: 20) == .listpack)
    #expect(try encoding(redis11, .listQuicklist2, length: 8193) == .quicklist)
    #expect(try encoding(redis11, .listQuicklist2, length: 20, nodes: 2) == .quicklist)
    #expect(try encoding(redis11, .listQuicklist2, length: 20, plain: true) == .quicklist)
  }
}
