/// Bytes in memory as a source.
package final class MemorySource: ByteSource {
  /// All bytes.
  package let bytes: [UInt8]

  private let pieceSize: Int
  private var offset = 0

  /// A source that delivers at most `pieceSize` bytes at a time, as a pipe may.
  package init(_ bytes: [UInt8], pieceSize: Int = .max) {
    precondition(pieceSize > 0)
    self.bytes = bytes
    self.pieceSize = pieceSize
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(pieceSize, bytes.count - offset, buffer.count)
    unsafe buffer.copyBytes(from: bytes[offset..<(offset + count)])
    offset += count
    return count
  }
}

/// Bytes in memory, to be read at offsets.
package final class MemoryAccess: RandomAccess {
  private let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard offset < UInt64(bytes.count) else { return 0 }
    let start = Int(offset)
    let count = min(bytes.count - start, buffer.count)
    unsafe buffer.copyBytes(from: bytes[start..<(start + count)])
    return count
  }
}
