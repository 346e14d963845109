/// Bytes that have been read already, and then the rest of the source that they came from.
package final class PrefixedSource: ByteSource {
  private let first: [UInt8]
  private let rest: any ByteSource
  private var taken = 0

  package init(_ first: [UInt8], _ rest: any ByteSource) {
    self.first = first
    self.rest = rest
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SourceError) -> Int {
    guard taken < first.count else { return try unsafe rest.read(into: buffer) }
    let count = min(first.count - taken, buffer.count)
    unsafe buffer.copyBytes(from: first[taken..<(taken + count)])
    taken += count
    return count
  }
}

extension ByteSource {
  /// Reads the next `count` bytes, patiently, since a pipe may deliver them one by one; fewer at the end.
  package func readFirst(_ count: Int) throws(SourceError) -> [UInt8] {
    var first = [UInt8](repeating: 0, count: count)
    var span = first.mutableSpan
    var bytes = unsafe span.mutableBytes
    let filled = try unsafe bytes.withUnsafeMutableBytes { (buffer) throws(SourceError) -> Int in
      try unsafe readFully(into: buffer)
    }
    first.removeLast(count - filled)
    return first
  }
}
