/// An answer of `DUMP` from a real server, or one made by hand that a real server took by `RESTORE`.
package struct KnownDump: Sendable {
  package var name: String
  /// The whole payload: type, value, version, checksum.
  package var payload: [UInt8]
  /// Elements of the collection (pairs, entries); 1 for a string.
  package var elements: UInt64
  /// What `OBJECT ENCODING` says in a server of that version.
  package var encoding: String

  /// The type byte.
  package var type: UInt8 { payload[0] }
  /// The value.
  package var value: [UInt8] { Array(payload.dropFirst().dropLast(10)) }
  /// The RDB version of the footer.
  package var version: Int { Int(payload[payload.count - 10]) }
  /// The value under a key, in a file of its version.
  package var file: [UInt8] {
    RDBFile(version: version, [0xFE, 0x00]).adding(type, "key", value).bytes
  }

  private init(_ name: String, _ elements: UInt64, _ encoding: String, _ payload: String) {
    self.name = name
    self.payload = hex(payload)
    self.elements = elements
    self.encoding = encoding
  }

  /// Redis 7.0.15 (footer `0A 00`), 6.2.14 (`09 00`), a build of October 2024 (`0C 00`); the old
  /// encodings are made by hand and were taken by 7.0.15.
  package static let all: [KnownDump] = [
    .init("hello", 1, "embstr", "00 05 68 65 6C 6C 6F 0A 00 63 72 DF 76 65 34 20 0A"),
    .init("empty string", 1, "embstr", "00 00 0A 00 5D 9B 5C 40 0F 7F A2 DA"),
    .init("-1", 1, "int", "00 C0 FF 0A 00 0C 93 7E 24 85 08 9D C5"),
    .init("127", 1, "int", "00 C0 7F 0A 00 0D B5 EB 31 52 54 C5 14"),
    .init("128", 1, "int", "00 C1 80 00 0A 00 EB 7A B3 B5 10 CF 4B 65"),
    .init("-32768", 1, "int", "00 C1 00 80 0A 00 B5 40 06 47 53 BB 1A CE"),
    .init("32768", 1, "int", "00 C2 00 80 00 00 0A 00 45 D8 2E ED D5 BD A9 10"),
    .init("-2147483648", 1, "int", "00 C2 00 00 00 80 0A 00 C7 4F 87 3E 33 55 81 87"),
    .init("2147483648", 1, "int", "00 0A \"2147483648\" 0A 00 E7 B1 29 A3 4C 1D 76 EE"),
    .init("007", 1, "embstr", "00 03 30 30 37 0A 00 72 58 E2 7B 4C 69 BA D9"),
    .init(
      "LZF of 100 a", 1, "raw",
      "00 C3 09 40 64 01 61 61 E0 57 00 01 61 61 0A 00 E8 A3 B5 07 B0 6D F2 71"),
    .init(
      "LZF of 20 ab", 1, "embstr",
      "00 C3 0A 28 02 61 62 61 E0 1A 01 01 61 62 0A 00 F7 27 EC 34 07 32 C3 B6"),
    .init(
      "list one 2 three", 3, "quicklist",
      """
      12 01 02 15 | 15 00 00 00 03 00 | 83 6F 6E 65 04 | 02 01 | 85 74 68 72 65 65 06 | FF |
      0A 00 A2 CD CB 41 82 73 17 F5
      """),
    .init(
      "every listpack form", 16, "quicklist",
      """
      12 01 02 40 CE CE 00 00 00 10 00
      81 61 02 DF FF 02 7F 01 C0 80 02 D0 00 02 CF FF 02
      F1 00 10 03 F1 FF 7F 03 F2 00 80 00 04
      F2 FF FF 7F 04 F3 00 00 80 00 05 F3 FF FF FF 7F 05
      F4 00 00 00 80 00 00 00 00 09 F4 00 00 00 00 00 00 00 80 09
      BF 78×63 40 E0 40 79×64 42 FF
      0A 00 1F E2 9A 4A 4D 07 BF 66
      """),
    .init(
      "list with a plain node", 2, "quicklist",
      "12 02 01 05 68 65 6C 6C 6F 02 0A 0A 00 00 00 01 00 81 61 02 FF 0A 00 6B 38 90 E3 97 7E DC 45"
    ),
    .init(
      "intset of 16 bits", 3, "intset",
      "0B 0E 02 00 00 00 03 00 00 00 FD FF 01 00 02 00 0A 00 D1 B7 8E D9 BC 07 C2 7F"),
    .init(
      "intset of 32 bits", 2, "intset",
      "0B 10 04 00 00 00 02 00 00 00 01 00 00 00 70 11 01 00 0A 00 27 35 43 6E FD 66 56 C4"),
    .init(
      "intset of 64 bits", 2, "intset",
      """
      0B 18 08 00 00 00 02 00 00 00 01 00 00 00 00 00 00 00 00 F2 05 2A 01 00 00 00
      0A 00 54 F5 A2 6A E7 07 B5 FC
      """),
    .init("set a 1", 2, "hashtable", "02 02 C0 01 01 61 0A 00 B0 64 E3 D3 6C B0 7E B6"),
    .init(
      "hash in a listpack", 2, "listpack",
      """
      10 15 15 00 00 00 04 00 82 66 31 03 82 76 31 03 82 66 32 03 16 01 FF
      0A 00 79 4E E6 2E 9C 48 A9 0C
      """),
    .init("hash table", 1, "hashtable", "04 01 01 66 40 41 76×65 0A 00 C4 DC 9E 72 8C BB 80 62"),
    .init(
      "sorted set in a listpack", 3, "listpack",
      """
      11 1D 1D 00 00 00 06 00 81 63 02 84 2D 69 6E 66 05 81 61 02 01 01 81 62 02 83 32 2E 35 04 FF
      0A 00 39 92 33 9B E1 1F 32 3D
      """),
    .init(
      "skiplist", 4, "skiplist",
      """
      05 04 01 64 00 00 00 00 00 00 F0 7F 01 62 00 00 00 00 00 00 04 40 01 61 00 00 00 00 00 00 F0 3F
      01 63 00 00 00 00 00 00 F0 FF 0A 00 E5 20 12 42 18 BE 26 E8
      """),
    .init(
      "stream with a deleted entry", 2, "stream",
      "13" + streamNode + "FF 02 05 00 01 01 01 02 03 00 0A 00 FB A3 65 C7 9C 4A 72 42"),
    .init(
      "stream with a group", 2, "stream",
      "13" + streamNode + """
        FF 02 05 00 01 01 01 02 03 01 01 67 01 01 81 FFFFFFFFFFFFFFFF
        01 0000000000000001 0000000000000001 F5AA5902A2010000 01
        02 02 63 31 F5AA5902A2010000 01 0000000000000001 0000000000000001
        02 63 32 F5AA5902A2010000 00
        0A 00 CB B6 08 EF 81 F1 C2 1C
        """),
    .init(
      "empty stream", 0, "stream",
      "13 00 00 07 07 00 00 00 00 01 00 0A 00 4A F7 36 BA A2 35 C3 9F"),
    .init(
      "stream whose sequence falls", 2, "stream",
      """
      13 01 10 0000000000000005 0000000000000005 29 29 00 00 00 0F 00 02 01 00 01 01 01 81 66 02 00 01
      02 01 00 01 00 01 81 76 02 04 01 02 01 01 01 DF FB 02 81 76 02 04 01 FF 02 06 00 05 05 00 00 02 00
      0A 00 28 49 70 1F 86 3B 9B 80
      """),
    .init(
      "hash in a ziplist", 4, "ziplist",
      """
      0D 27 27 00 00 00 24 00 00 00 08 00 | 00 02 66 31 | 04 02 76 31 | 04 02 66 32 | 04 FE 16 |
      03 02 66 33 | 04 FE 9C | 03 02 66 34 | 04 F6 | FF 09 00 1D 71 B3 EA 11 3B 35 C2
      """),
    .init(
      "sorted set in a ziplist", 3, "ziplist",
      """
      0C 1F 1F 00 00 00 1A 00 00 00 06 00 00 01 61 03 F2 02 01 62 03 03 32 2E 35 05 01 63 03 C0 2C 01
      FF 09 00 21 07 20 26 6A 9A FD C4
      """),
    .init(
      "quicklist of ziplists", 9, "quicklist",
      """
      0E 01 40 74 | 74 00 00 00 30 00 00 00 09 00 | 00 03 6F 6E 65 | 05 F3 | 02 FE 0D | 03 FE FF |
      03 C0 80 00 | 04 F0 FF 7F FF | 05 D0 00 00 80 00 | 06 E0 00 F2 05 2A 01 00 00 00 |
      0A 40 40 78×64 | FF 09 00 B1 6D 12 E7 1C E0 20 58
      """),
    .init(
      "stream of Redis 6.2", 1, "stream",
      """
      0F 01 10 0000000000000001 0000000000000001 1C 1C 00 00 00 0A 00 01 01 00 01 01 01 81 61 02 00 01
      02 01 00 01 00 01 01 01 04 01 FF 01 01 01 01 01 67 01 01 01 0000000000000001 0000000000000001
      93 34 5A 02 A2 01 00 00 01 01 02 63 31 93 34 5A 02 A2 01 00 00 01 0000000000000001
      0000000000000001 09 00 4F 83 3F 1B C1 12 64 91
      """),
    .init("plain list", 3, "quicklist", "01 03 01 61 C0 05 01 62 09 00 41 C0 8C 0C CC 73 91 34"),
    .init(
      "scores as text", 3, "skiplist",
      "03 03 01 61 03 31 2E 35 01 62 FE 01 63 FF 09 00 D6 24 E4 1D 4F 56 6B FE"),
    .init(
      "zipmap", 2, "zipmap",
      """
      09 1A 02 03 66 6F 6F 03 00 62 61 72 05 68 65 6C 6C 6F 05 02 77 6F 72 6C 64 00 00 FF
      09 00 26 D5 AA FD 6E CB AE 12
      """),
    .init(
      "list in a ziplist", 2, "quicklist",
      "0A 0F 0F 00 00 00 0C 00 00 00 02 00 00 F3 02 F6 FF 09 00 05 96 E2 A2 AE 78 04 C7"),
    .init(
      "set in a listpack", 3, "listpack",
      """
      14 10 10 00 00 00 03 00 81 61 02 01 01 82 62 62 03 FF 0C 00 D8 8E 97 C8 E7 13 22 F4
      """),
    .init(
      "hash with lifetimes", 3, "hashtable",
      """
      18 00 D8 C3 2C BB 03 00 00 03 00 02 66 31 02 76 31 41 F5 02 66 33 02 76 33 01 02 66 32 02 76 32
      0C 00 BC C0 0C B9 7B C3 F4 BC
      """),
    .init(
      "hash with lifetimes in a listpack", 3, "listpackex",
      """
      19 F4 D9 C3 2C BB 03 00 00 35 35 00 00 00 09 00 82 66 32 03 82 76 32 03
      F4 00 D8 C3 2C BB 03 00 00 09 82 66 33 03 82 76 33 03
      F4 F4 D9 C3 2C BB 03 00 00 09 82 66 31 03 82 76 31 03 00 01 FF 0C 00 C5 94 06 62 DD CE EF A3
      """),
    .init(
      "hash with lifetimes of a release candidate", 2, "hashtable",
      """
      16 02 00 02 66 31 02 76 31 81 00 00 03 BB 2C C3 D8 00 02 66 32 02 76 32
      0C 00 BD 96 67 01 99 71 A2 13
      """),
    .init(
      "listpack with lifetimes of a release candidate", 2, "listpackex",
      """
      17 23 23 00 00 00 06 00 82 66 32 03 82 76 32 03 F4 00 D8 C3 2C BB 03 00 00 09 82 66 31 03
      82 76 31 03 00 01 FF 0C 00 2E D2 6E 5E 1B 5B E3 14
      """),
  ]

  /// XADD 1-1 a 1; XADD 1-2 a 2; XADD 5-0 b z c -5; XDEL 1-2: one node, up to its terminator.
  private static let streamNode = """
     01 10 0000000000000001 0000000000000001 3D | 3D 00 00 00 18 00 | 02 01 01 01 01 01 81 61 02 00 01
    02 01 00 01 00 01 01 01 04 01 | 03 01 00 01 01 01 02 01 04 01 |
    00 01 04 01 DF FF 02 02 01 81 62 02 81 7A 02 81 63 02 DF FB 02 08 01 |
    """ + " "
}

extension KnownDump: CustomStringConvertible {
  package var description: String { name }
}

/// Whole files from real servers, or taken by them.
package enum KnownFile {
  /// Redis 7.0.15: a function library, database 3 with k2 = 10 and k = v that expires.
  package static let function = hex(
    """
    52 45 44 49 53 30 30 31 30
    FA 09 "redis-ver" 06 "7.0.15" FA 0A "redis-bits" C0 40 FA 05 "ctime" C2 50 A6 02 6B
    FA 08 "used-mem" C2 08 DF 15 00 FA 08 "aof-base" C0 00
    F5 40 41 "#!lua~name=l" 0A "redis.register_function("f",function()~return~1~end)"
    FE 03 FB 02 01 00 02 6B 32 C0 0A FC 00 D8 C3 2C BB 03 00 00 00 01 6B 01 76 FF
    E2 C4 00 E2 1D 38 FC 7D
    """)

  /// Version 3, without a checksum: two keys with expiries in seconds and milliseconds.
  package static let version3 = hex(
    """
    52 45 44 49 53 30 30 30 33 FE 00 FD 00 94 35 77 00 01 6B 01 76 FC 7B 20 4A A9 D1 01 00 00
    00 02 6B 32 C0 07 FF
    """)

  /// Version 9: module data beside the keys and a module value, of `hellotype` version 0.
  package static let module = hex(
    """
    52 45 44 49 53 30 30 30 39 FA 09 "redis-ver" 05 "6.0.0" F7 81 85 E9 65 A2 DC A9 78 00 02 02 05 01
    78 00 FE 00 07 02 6D 6B 81 85 E9 65 A2 DC A9 78 00 02 05 01 81 FF×8 04 00 00 00 00 00 00 F8 3F
    03 00 00 00 3F 05 02 68 69 00 FF A1 A1 53 FE D3 D5 6A 87
    """)

  /// Version 80 of Valkey: a hash of which one field has a lifetime.
  package static let valkey = hex(
    """
    56 41 4C 4B 45 59 30 38 30 FE 00 FB 01 00 16 01 68 02 02 66 31 02 76 31 FF×8
    02 66 32 02 76 32 00 D8 C3 2C BB 03 00 00 FF 68 CC 93 CC 72 24 8C B3
    """)

  package static let all = [function, version3, module, valkey]
}
