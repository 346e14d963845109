import Persistence
import TestSupport
import Testing

@Suite struct KnownDumpTests {
  /// The last eight bytes of an answer of `DUMP` are the CRC64 of those before them: both of our
  /// checksums agree with the server.
  @Test(arguments: KnownDump.all)
  func checksum(_ dump: KnownDump) {
    let body = Array(dump.payload.dropLast(8))
    #expect(ReferenceCRC64.stored(body) == Array(dump.payload.suffix(8)))
    #expect(Encode.littleEndian(CRC64.update(0, body.raw), 8) == Array(dump.payload.suffix(8)))
  }

  @Test(arguments: [KnownFile.function, KnownFile.module, KnownFile.valkey])
  func checksum(_ file: [UInt8]) {
    #expect(ReferenceCRC64.stored(file.dropLast(8)) == Array(file.suffix(8)))
  }

  /// Header, EOF opcode and checksum, and nothing else.
  @Test(arguments: [
    ("REDIS0005", "0C 41 12 3C 0E 5A 91 E7"), ("REDIS0006", "DC B3 43 F0 5A DC F2 56"),
    ("REDIS0007", "B5 6C FE 83 A7 43 1B DF"), ("REDIS0008", "F3 73 C7 CF 06 90 44 FD"),
    ("REDIS0009", "9A AC 7A BC FB 0F AD 74"), ("REDIS0010", "A9 FD 37 FE 89 A7 7E EB"),
    ("REDIS0011", "C0 22 8A 8D 74 38 97 62"), ("REDIS0012", "10 D0 DB 41 20 BE F4 D3"),
    ("VALKEY080", "43 9D A4 8F C1 80 6C 23"),
  ])
  func emptyFile(header: String, checksum: String) {
    let bytes = RDBFile(header).bytes
    #expect(Array(bytes.suffix(8)) == hex(checksum))
    #expect(
      CRC64.update(0, Array(bytes.dropLast(8)).raw) == ReferenceCRC64.checksum(bytes.dropLast(8)))
  }
}
