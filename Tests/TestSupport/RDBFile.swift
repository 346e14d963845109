/// Puts RDB files together from their records, with nothing of the library that reads them.
package struct RDBFile: Sendable {
  /// `REDIS0010`.
  package var header: String
  /// What stands between the header and the EOF opcode.
  package var body: [UInt8] = []

  /// A file without a record.
  package init(_ header: String) { self.header = header }

  /// A file of a `REDIS` version.
  package init(version: Int, _ body: [UInt8] = []) {
    let digits = String(version)
    header = "REDIS" + String(repeating: "0", count: 4 - digits.count) + digits
    self.body = body
  }

  /// The file with these bytes added.
  package func adding(_ bytes: [UInt8]) -> RDBFile {
    var copy = self
    copy.body += bytes
    return copy
  }

  /// The file with a key added: its type, its name of at most 63 bytes, its value.
  package func adding(_ type: UInt8, _ key: String, _ value: [UInt8]) -> RDBFile {
    adding([type, UInt8(key.utf8.count)] + Array(key.utf8) + value)
  }

  /// Whether the version has a checksum.
  package var hasChecksum: Bool { (Int(header.suffix(3)) ?? 0) >= 5 }

  /// Header, records, EOF opcode and, from version 5 on, the checksum.
  package var bytes: [UInt8] {
    let sum = Array(header.utf8) + body + [0xFF]
    return hasChecksum ? sum + ReferenceCRC64.stored(sum) : sum
  }
}
