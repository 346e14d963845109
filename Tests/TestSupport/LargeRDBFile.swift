package import Foundation
import Persistence

/// Writes a file piece by piece, with the checksum.
package struct LargeRDBFile {
  private let handle: FileHandle
  private var checksum: UInt64 = 0
  private var pending: [UInt8] = []
  /// Bytes so far.
  package private(set) var count = 0

  /// Begins a file of RDB version 10.
  package init(_ url: URL) throws {
    try Data().write(to: url)
    handle = try FileHandle(forWritingTo: url)
    try append(Array("REDIS0010".utf8))
  }

  package mutating func append(_ bytes: [UInt8]) throws {
    pending += bytes
    count += bytes.count
    if pending.count > 1 << 20 { try flush() }
  }

  private mutating func flush() throws {
    checksum = unsafe CRC64.update(checksum, pending.span.bytes)
    try handle.write(contentsOf: Data(pending))
    pending.removeAll(keepingCapacity: true)
  }

  /// Ends the file with an EOF opcode and the checksum.
  package mutating func finish() throws {
    try append([0xFF])
    try flush()
    try handle.write(contentsOf: Data(RDBBuilder.littleEndian(checksum, 8)))
    try handle.close()
  }

  /// A string of 20 bytes at a key of 10 digits.
  package static func record(_ number: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: UInt8(ascii: "v"), count: 33)
    bytes[0] = 0
    bytes[1] = 10
    var rest = number
    for place in (2..<12).reversed() {
      bytes[place] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
    bytes[12] = 20
    return bytes
  }

  // MARK: Files with one large value, of the key `k`, and a small key

  /// A text of a multiple of 4,000,000 bytes, as it is.
  package static func text(_ url: URL, bytes: Int) throws {
    try oneLargeValue(url) { file in
      try file.append([0, 1, 0x6B] + RDBBuilder.length(UInt64(bytes)))
      let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 4_000_000)
      for _ in 0..<(bytes / piece.count) { try file.append(piece) }
    }
  }

  /// A text in LZF, of a multiple of 100,000 matches of 3 bytes, each of which makes 264.
  package static func packedText(_ url: URL, matches: Int) throws {
    try oneLargeValue(url) { file in
      try file.append(
        [0, 1, 0x6B, 0xC3] + RDBBuilder.length(UInt64(2 + 3 * matches))
          + RDBBuilder.length(UInt64(1 + 264 * matches)) + [0x00, 0x61])
      let piece = (0..<100_000).flatMap { _ in [0xE0, 0xFF, 0x00] as [UInt8] }
      for _ in 0..<(matches / 100_000) { try file.append(piece) }
    }
  }

  /// A hash of fields of 10 digits with values of 20 bytes.
  package static func hash(_ url: URL, fields: Int) throws {
    try oneLargeValue(url) { file in
      try file.append([4, 1, 0x6B] + RDBBuilder.length(UInt64(fields)))
      // Key and value of a record, without its type, are a field and its value.
      for number in 0..<fields { try file.append(Array(record(number).dropFirst())) }
    }
  }

  private static func oneLargeValue(
    _ url: URL, _ append: (inout LargeRDBFile) throws -> Void
  ) throws {
    var file = try LargeRDBFile(url)
    try append(&file)
    try file.append(record(7))
    try file.finish()
  }
}
