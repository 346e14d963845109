internal import MemoryModel
internal import Persistence
internal import ToolKit

/// A line for each key as comma-separated values, with the columns of redis-rdb-tools. Source of the quoting:
/// RFC 4180.
struct KeyTable {
  private static let heading =
    "database,type,key,size_in_bytes,encoding,num_elements,len_largest_element,expiry\r\n"

  private var hasHeading = false

  /// Writes keys.
  mutating func write(_ rows: [KeyRow], to output: LateOutputFile) throws(OutputError) {
    var text: [UInt8] = []
    if !hasHeading { text += Self.heading.utf8 }
    hasHeading = true
    for row in rows {
      text += "\(row.database),\(row.type.rawValue),".utf8
      Self.append(row, to: &text)
      text += ",\(row.memory.bytes),\(row.memory.encoding.rawValue),\(row.elements),".utf8
      text += "\(row.longest),\(row.expiresAt.map { Text.isoMilliseconds($0) } ?? "")\r\n".utf8
    }
    try output.write(unsafe text.span.bytes)
  }

  /// Writes what a file without keys has, too.
  mutating func finish(_ output: LateOutputFile) throws(OutputError) {
    if !hasHeading { try write([], to: output) }
  }

  /// The name of a key in quotes: printable text as it is, other bytes as `\xHH`.
  private static func append(_ row: KeyRow, to text: inout [UInt8]) {
    let shown = Text.quoted(row.name.bytes).utf8.dropFirst().dropLast()
    text.append(UInt8(ascii: "\""))
    var isEscaped = false
    for byte in shown {
      // A quote is doubled here, and needs no backslash.
      if isEscaped, byte == UInt8(ascii: "\"") {
        text.removeLast()
        text.append(byte)
      }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
      text.append(byte)
    }
    if row.nameLength > UInt64(row.name.count) { text += "…".utf8 }
    text.append(UInt8(ascii: "\""))
  }
}
