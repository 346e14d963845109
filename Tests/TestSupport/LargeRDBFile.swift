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
}
