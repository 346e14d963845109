import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

@Suite struct RDBCheckTests {
  /// Severity, code and offset.
  private func findings(_ bytes: [UInt8], isDeep: Bool = true) -> [String] {
    CheckProperties.verdict(bytes, isDeep: isDeep).findings.findings.map {
      "\($0.severity.rawValue) \($0.code.rawValue) \($0.offset)"
    }
  }

  @Test func functionFile() throws {
    let verdict = CheckProperties.verdict(KnownFile.function)
    #expect(verdict.status == .ok && verdict.outcome == .sound)
    #expect(verdict.keys == 2)
    #expect(verdict.bytes == 182)
    #expect(verdict.dialect?.version == 10)
    #expect(verdict.auxValue("redis-ver") == "7.0.15")
    #expect(verdict.auxValue("aof-base") == "0")
    #expect(verdict.functions.map { "\($0.engine) \($0.name) \($0.bytes)" } == ["lua l 65"])
    let database = try #require(verdict.databases[3])
    #expect(database.keys == 2 && database.expires == 1 && database.expired == 0)
    #expect(verdict.checksumStatus == .ok)
    #expect(verdict.storedChecksum == 0x7DFC_381D_E200_C4E2)
    #expect(verdict.encodings[ObjectEncoding.int.index] == 1)
    #expect(verdict.encodings[ObjectEncoding.embstr.index] == 1)
  }

  @Test func otherKnownFiles() {
    let old = CheckProperties.verdict(KnownFile.version3)
    #expect(old.outcome == .sound && old.keys == 2 && old.checksumStatus == .absent)
    let module = CheckProperties.verdict(KnownFile.module)
    #expect(module.outcome == .sound && module.keys == 1)
    #expect(module.modules.map(\.id.name) == ["hellotype"])
    #expect(module.modules.map(\.keys) == [1])
    let valkey = CheckProperties.verdict(KnownFile.valkey)
    #expect(valkey.outcome == .sound && valkey.keys == 1)
  }

  @Test(arguments: KnownDump.all)
  func soundFile(_ dump: KnownDump) {
    let verdict = CheckProperties.verdict(dump.file)
    #expect(verdict.status == .ok)
    #expect(verdict.keys == 1)
    #expect(verdict.checksumStatus == .ok)
    let named = ObjectEncoding.allCases.filter { verdict.encodings[$0.index] > 0 }
    #expect(named.map(\.rawValue) == [dump.encoding])
  }

  /// Warnings beyond the number that is kept stay warnings.
  @Test func moreWarningsThanAreKept() {
    let before1970 = hex("FC FF FF FF FF FF FF FF FF 00")
    let keys = (0..<3000).flatMap { before1970 + Encode.string("key\($0)".utf8) + hex("00") }
    let verdict = CheckProperties.verdict(RDBFile(version: 9, hex("FE 00") + keys).bytes)
    #expect(verdict.status == .warning && verdict.outcome == .sound)
    #expect(verdict.findings.warnings == 3000 && verdict.findings.errors == 0)
    #expect(verdict.findings.omitted == 2000)
  }

  @Test func soundFileOfEveryVersion() {
    for version in 1...12 {
      let verdict = CheckProperties.verdict(
        RDBFile(version: version, hex("FE 00 00 01 6B 00")).bytes)
      #expect(verdict.status == .ok, "version \(version)")
      #expect(verdict.checksumStatus == (version < 5 ? .absent : .ok))
    }
  }

  // MARK: Damage to the file as a whole

  private static let key = hex("FE 00 00 01 6B 01 76")

  @Test func checksum() {
    var bytes = RDBFile(version: 9, Self.key).bytes
    bytes[bytes.count - 3] ^= 1
    #expect(findings(bytes) == ["error checksum-mismatch 17"])
    #expect(findings(bytes, isDeep: false) == ["error checksum-mismatch 17"])
    bytes.replaceSubrange(17..., with: [UInt8](repeating: 0, count: 8))
    #expect(CheckProperties.verdict(bytes).checksumStatus == .disabled)
    #expect(findings(bytes) == [])
  }

  @Test func valueThatChangedWithinItsFrame() {
    var bytes = RDBFile(version: 9, Self.key).bytes
    bytes[15] = 0x77
    #expect(findings(bytes) == ["error checksum-mismatch 17"])
  }

  @Test(arguments: 0..<8)
  func checksumIsCut(count: Int) {
    let bytes = RDBFile(version: 9, Self.key).bytes
    #expect(findings(Array(bytes.dropLast(8 - count))) == ["error truncated \(17 + count)"])
  }

  @Test func trailingBytes() {
    let bytes = RDBFile(version: 9, Self.key).bytes
    #expect(findings(bytes + [1]) == ["error trailing-bytes 25"])
    #expect(findings(bytes + [UInt8](repeating: 0, count: 4096)) == ["error trailing-bytes 25"])
    #expect(findings(KnownFile.version3 + [7]) == ["error trailing-bytes 37"])
    let preamble = RDBFile(version: 9, hex("FA 0C \"aof-preamble\" C0 01") + Self.key).bytes
    let commands = Array("*1\r\n$4\r\nPING\r\n".utf8)
    #expect(findings(preamble + commands) == ["warning trailing-bytes \(preamble.count)"])
    #expect(findings(bytes + commands) == ["error trailing-bytes 25"])
  }

  @Test func notAnRDB() {
    let aof = CheckProperties.verdict(Array("*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n".utf8))
    #expect(aof.outcome == .notThisKind)
    #expect(aof.findings.findings.map(\.code) == [.badMagic])
    let newer = CheckProperties.verdict(Array("REDIS0099".utf8))
    #expect(newer.outcome == .notThisKind)
    #expect(newer.findings.findings.map(\.code) == [.unsupportedVersion])
    let empty = CheckProperties.verdict([])
    #expect(empty.outcome == .damaged)
    #expect(empty.findings.findings.map(\.code) == [.truncated])
  }

  // MARK: Databases and keys

  @Test func resizeDB() {
    func file(_ hint: String) -> [UInt8] {
      RDBFile(version: 9, hex("FE 00 FB \(hint) 00 01 6B 01 76")).bytes
    }
    #expect(findings(file("01 00")) == [])
    #expect(findings(file("02 00")) == ["warning resizedb-mismatch 11"])
    #expect(findings(file("01 01")) == ["warning resizedb-mismatch 11"])
    #expect(findings(file("00 00")) == ["warning resizedb-mismatch 11"])
    #expect(findings(file("81 00 00 01 00 00 00 00 00 00")) == ["error resizedb-mismatch 11"])
    #expect(findings(file("01 02")) == ["error resizedb-mismatch 11"])
  }

  @Test func databaseNumbers() {
    func file(_ number: String) -> [UInt8] {
      RDBFile(version: 9, hex("FE \(number) 00 01 6B 01 76")).bytes
    }
    #expect(findings(file("0F")) == [])
    #expect(findings(file("10")) == ["warning db-out-of-range 9"])
    #expect(findings(file("80 00 01 86 9F")) == ["warning db-out-of-range 9"])
    #expect(findings(file("80 80 00 00 00")) == ["error db-out-of-range 9"])
    #expect(findings(file("81 FF×8")) == ["error db-out-of-range 9"])
  }

  @Test func keyBeforeAnyDatabase() {
    let verdict = CheckProperties.verdict(RDBFile(version: 9, hex("00 01 6B 01 76")).bytes)
    #expect(verdict.outcome == .sound)
    #expect(verdict.databases.keys.sorted() == [0])
  }

  /// The same key raw, and as a number in two ways; the same key in another database is none of it.
  @Test func duplicateKeys() throws {
    let bytes = RDBFile(
      version: 9,
      hex(
        """
        FE 00 00 01 6B 01 76 00 01 35 01 76 00 C0 05 01 76 FE 01 00 01 6B 01 76
        FE 00 00 C1 05 00 01 76 00 01 6B 00
        """)
    ).bytes
    for isPipe in [false, true] {
      for jobs in [1, 4] {
        let verdict = CheckProperties.verdict(bytes, jobs: jobs, batchSize: 9, isPipe: isPipe)
        let found = verdict.findings.findings
        #expect(found.map(\.code) == [.duplicateKey, .duplicateKey])
        #expect(found.map(\.offset) == [22, 42])
        #expect(found.map(\.key) == ["5", "k"])
        #expect(found.map(\.database) == [0, 0])
        #expect(found.first?.message.contains("3 times") == true)
        #expect(found.last?.message.contains("byte 12") == true)
      }
    }
    #expect(findings(bytes, isDeep: false) == [])
  }

  @Test func attributesWithoutAKey() {
    #expect(
      findings(RDBFile(version: 9, hex("F8 05 FE 00 00 01 6B 00")).bytes)
        == ["warning bad-opcode 9"])
    #expect(
      findings(RDBFile(version: 9, hex("FE 00 00 01 6B 00 F9 05")).bytes)
        == ["warning bad-opcode 15"])
    #expect(
      findings(RDBFile(version: 9, hex("F9 05 F9 06 00 01 6B 00")).bytes)
        == ["warning bad-opcode 9"])
    #expect(
      findings(RDBFile(version: 9, hex("FC FF×8 00 01 6B 00")).bytes) == ["warning bad-expire 9"])
  }

  @Test func otherRecords() {
    #expect(
      findings(RDBFile(version: 12, hex("F4 80 00 00 40 00 01 01")).bytes)
        == ["error bad-length 9"])
    #expect(findings(RDBFile(version: 12, hex("F4 7F FF 01 01")).bytes) == [])
    #expect(
      findings(RDBFile(version: 10, hex("F5 03 61 62 63")).bytes) == ["error bad-string 11"])
    #expect(
      findings(RDBFile(version: 9, hex("F7 05 02 03 00")).bytes) == ["error bad-module 9"])
    #expect(
      findings(RDBFile(version: 9, hex("14 01 6B 09 09 00 00 00 01 00 01 01 FF")).bytes).first
        == "error bad-type 9")
    #expect(findings(RDBFile(version: 13, Self.key).bytes) == ["warning unsupported-version 5"])
  }

  /// A damaged value is stepped over, and what follows is checked.
  @Test func goesOnBehindADamagedValue() {
    let bytes = RDBFile(
      version: 12, hex("FE 00 02 01 61 02 01 78 01 78 05 01 62 01 01 78 00 00 00 00 00 00 F8 7F")
    ).adding(0, "k", hex("01 76")).bytes
    let verdict = CheckProperties.verdict(bytes)
    #expect(verdict.keys == 3)
    let found = verdict.findings.findings
    #expect(found.map(\.code) == [.duplicateElement, .badScore])
    #expect(found.map(\.offset) == [17, 25])
    #expect(found.map(\.record) == [11, 19])
    #expect(found.map(\.key) == ["a", "b"])
    #expect(verdict.checksumStatus == .ok)
  }

  /// A length that swallows the end of a whole file is a wrong length; of a cut one, a cut.
  @Test func lengthsBeyondTheEnd() {
    let bytes = RDBFile(version: 9, hex("FE 00 00 01 6B 40 FE 76")).bytes
    #expect(findings(bytes) == ["error bad-length 11"])
    #expect(findings(Array(bytes.dropLast(2))) == ["error truncated 11"])
  }

  /// Damage that makes an EOF opcode in the middle of a file.
  @Test func endInTheMiddle() {
    var bytes = RDBFile(version: 9, hex("FE 00") + hex("00016B0176×20")).bytes
    bytes[21] = 0xFF
    let found = findings(bytes)
    #expect(found.contains("error bad-opcode 21"))
    #expect(found.contains("error trailing-bytes 30"))
  }

  @Test func findingsAreLimited() {
    let body = (0..<300).flatMap { number -> [UInt8] in
      [0x02, 0x02] + Array(String(10 + number % 90).utf8) + [0x00]
    }
    var check = RDBCheck()
    check.findingLimit = 10
    let bytes = RDBFile(version: 9, body).bytes
    let verdict = check.run(
      MemorySource(bytes), named: "memory", size: nil, reader: MemorySource(bytes))
    #expect(verdict.findings.findings.count == 10)
    #expect(verdict.findings.errors == 300 + 90)
    #expect(verdict.findings.omitted == 380)
  }

  // MARK: Files

  @Test func filesAndMissingOnes() throws {
    let folder = try TemporaryFolder()
    var check = RDBCheck()
    check.wantsSHA256 = true
    let file = try folder.write("dump.rdb", KnownFile.function)
    let verdict = check.run(file.path)
    #expect(verdict.outcome == .sound && verdict.keys == 2)
    let sum = try Run.program("/usr/bin/sha256sum", [file.path]).outputText.prefix(64)
    #expect(verdict.sha256 == String(sum))
    #expect(check.run(folder.file("none").path).outcome == .cannotOpen)
    #expect(check.run(folder.url.path).outcome == .cannotOpen)
    let empty = try folder.write("empty.rdb", [])
    #expect(check.run(empty.path).findings.findings.map(\.code) == [.truncated])
  }

  /// gzip cannot be read twice: duplicates are found all the same, and a cut is told.
  @Test func compressedFiles() throws {
    let folder = try TemporaryFolder()
    let bytes = RDBFile(version: 9, hex("FE 00 00 01 6B 01 76 00 01 6B 01 76")).bytes
    let file = try folder.write("dump.rdb", bytes)
    let packed = try Run.program("/bin/gzip", ["-c", file.path]).output
    let whole = RDBCheck().run(try folder.write("dump.gz", packed).path)
    #expect(whole.findings.findings.map(\.code) == [.duplicateKey])
    #expect(whole.findings.findings.map(\.offset) == [17])
    #expect(whole.checksumStatus == .ok && whole.compression?.name == "gzip")
    let cut = RDBCheck().run(try folder.write("cut.gz", packed.dropLast(12)).path)
    #expect(cut.outcome == .damaged)
    #expect(cut.findings.findings.contains { $0.code == .badCompression })
  }

  /// The verdict as JSON is what it is as a value, by another reader.
  @Test func json() throws {
    var writer = JSONWriter()
    let verdict = CheckProperties.verdict(
      RDBFile(version: 9, hex("FA 01 FF 01 FE FE 03 00 01 C3 01 76 00 01 C3 01 76")).bytes)
    verdict.write(to: &writer)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(writer.take())) as? [String: Any])
    #expect(object["schema"] as? String == "check-rdb/1")
    #expect(object["status"] as? String == "damaged")
    #expect(object["keys"] as? Int == 2)
    let databases = try #require(object["databases"] as? [[String: Int]])
    #expect(databases == [["db": 3, "keys": 2, "expires": 0, "expired": 0]])
    let findings = try #require(object["findings"] as? [[String: Any]])
    #expect(findings.map { $0["code"] as? String } == ["duplicate-key"])
    #expect(findings.first?["key"] as? String == "Ã")
    #expect(findings.first?["bytes"] as? String == "latin1")
    #expect(findings.first?["db"] as? Int == 3)
  }
}
