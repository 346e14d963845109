/// One entry of a compact encoding: an integer, or a run of bytes inside the blob.
package struct Element: BitwiseCopyable, Sendable {
  /// The value of an integer entry.
  package var integer: Int64
  /// Where the bytes of a string entry begin in the blob; -1 for an integer entry.
  package var offset: Int
  /// The number of bytes of a string entry.
  package var count: Int

  @inline(__always)
  package init(integer: Int64) {
    self.integer = integer
    offset = -1
    count = 0
  }

  @inline(__always)
  package init(offset: Int, count: Int) {
    integer = 0
    self.offset = offset
    self.count = count
  }

  package var isInteger: Bool {
    @inline(__always) get { offset < 0 }
  }

  /// The bytes that a client sees: the decimal text of an integer, or the run itself.
  package func bytes(in blob: RawSpan) -> ByteString {
    isInteger
      ? ByteString(NumberText.bytes(integer))
      : ByteString(blob.extracting(offset..<(offset + count)))
  }
}
