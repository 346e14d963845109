import Persistence

/// Everything that a source delivers, in reads of `size` bytes, and the error that ended it.
func readAll(_ source: any ByteSource, by size: Int = 1 << 16) -> (
  bytes: [UInt8], error: SourceError?
) {
  var bytes: [UInt8] = []
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
  defer { unsafe buffer.deallocate() }
  do throws(SourceError) {
    while true {
      let count = try unsafe source.read(into: buffer)
      if count == 0 { return (bytes, nil) }
      unsafe bytes += buffer[..<count]
    }
  } catch {
    return (bytes, error)
  }
}

/// One read of at most `count` bytes.
func read(_ source: any ByteSource, upTo count: Int) throws -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  let filled = try unsafe bytes.withUnsafeMutableBytes { try unsafe source.read(into: $0) }
  return Array(bytes[..<filled])
}

/// At most `count` bytes at an offset.
func read(_ input: Input, at offset: UInt64, count: Int) throws -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  let filled = try unsafe bytes.withUnsafeMutableBytes {
    try unsafe input.read(at: offset, into: $0)
  }
  return Array(bytes[..<filled])
}
