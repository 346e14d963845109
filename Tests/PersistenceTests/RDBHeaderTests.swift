import Persistence
import TestSupport
import Testing

@Suite struct RDBHeaderTests {
  private func read(_ text: String) throws(FormatError) -> RDBDialect {
    let bytes = Array(text.utf8)
    return try RDBHeader.read(bytes.raw)
  }

  @Test(arguments: 1...15)
  func redis(_ version: Int) throws {
    let dialect = try read(RDBFile(version: version).header)
    #expect(dialect.magic == .redis)
    #expect(dialect.version == version)
    #expect(dialect.hasChecksum == (version >= 5))
    #expect(dialect.isComplete == (version <= 12))
  }

  @Test(arguments: [80, 81])
  func valkey(_ version: Int) throws {
    let dialect = try read("VALKEY0\(version)")
    #expect(dialect.magic == .valkey)
    #expect(dialect.version == version)
    #expect(dialect.hasChecksum)
    #expect(dialect.isComplete == (version == 80))
  }

  @Test(arguments: [
    ("REDIS0000", 5), ("REDIS0016", 5), ("REDIS0079", 5), ("REDIS0080", 5), ("REDIS9999", 5),
    ("VALKEY000", 6), ("VALKEY011", 6), ("VALKEY079", 6), ("VALKEY082", 6), ("VALKEY999", 6),
  ])
  func unknownVersion(header: String, offset: Int) {
    #expect(
      fault { () throws(FormatError) in try read(header) } == Fault(.unsupportedVersion, offset))
  }

  @Test(arguments: [
    ("REDISabcd", 5), ("REDIS001a", 5), ("REDIS 010", 5), ("REDIS+010", 5), ("VALKEY08x", 6),
    ("VALKEY-80", 6),
  ])
  func versionIsNoNumber(header: String, offset: Int) {
    #expect(fault { () throws(FormatError) in try read(header) } == Fault(.badMagic, offset))
  }

  /// What else the file seems to be is said in so many words.
  @Test(arguments: [
    ("VKCS\u{1}\u{1}\u{0}\u{0}....", "VKCS"), ("$EOF:5f5e36d2c4ffc4ed", "replication"),
    ("+FULLRESYNC 7220 0\r\n", "replication"), ("$189\r\nREDIS0010", "replication"),
    ("*2\r\n$6\r\nSELECT\r\n", "append-only"), ("#TS:1795335911\r\n", "append-only"),
    ("file appendonly.aof.1.base.rdb seq 1 type b\n", "manifest"),
    ("redis0010", "lower case"), ("valkey080", "lower case"), ("PK\u{3}\u{4}......", "neither"),
    ("\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}", "neither"), ("REDI50010", "neither"),
    ("VALKEX080", "neither"), ("REDISREDIS", "number"),
  ])
  func foreign(header: String, word: String) {
    do throws(FormatError) {
      _ = try read(header)
      Issue.record("read as an RDB header")
    } catch {
      #expect(error.code == .badMagic)
      #expect(error.description.contains(word))
    }
  }

  @Test(arguments: ["REDIS0010", "VALKEY080"])
  func everyProperPrefixIsTruncated(_ header: String) {
    for count in 0..<header.utf8.count {
      #expect(
        fault { () throws(FormatError) in try read(String(header.prefix(count))) }
          == Fault(.truncated, count))
    }
  }
}
