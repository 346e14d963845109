/// Where bytes come from, one after another: a file, a pipe, the inside of a compressed file.
///
/// A source is read by one thread at a time and is not `Sendable`; threads that take turns hold it in
/// a `Mutex`.
package protocol ByteSource: AnyObject {
  /// Fills a prefix of the buffer and returns its length, which is 0 only at the end of the input
  /// (or for an empty buffer). A shorter prefix than asked for does not mean the end.
  ///
  /// After an error the same error comes again: no later call goes on behind the damage.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SourceError) -> Int
}

extension ByteSource {
  /// Reads until the buffer is full or the input ends.
  ///
  /// When an error comes after some bytes, those bytes are returned and the next call throws it.
  package func readFully(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(SourceError) -> Int {
    var filled = 0
    while filled < buffer.count {
      do throws(SourceError) {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        let count = try unsafe read(into: rest)
        if count == 0 { break }
        filled += count
      } catch {
        if filled == 0 { throw error }
        break
      }
    }
    return filled
  }
}
