/// A stretch of a content as a content of its own.
package final class ContentSlice: RandomAccess {
  private let content: any RandomAccess
  private let range: Range<UInt64>

  package init(_ content: any RandomAccess, _ range: Range<UInt64>) {
    self.content = content
    self.range = range
  }

  package func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SourceError) -> Int {
    let count = UInt64(range.count)
    guard offset < count else { return 0 }
    let wanted = Int(min(UInt64(buffer.count), count - offset))
    return try unsafe content.read(
      at: range.lowerBound + offset,
      into: UnsafeMutableRawBufferPointer(rebasing: buffer[0..<wanted]))
  }
}
