/// How far a tool has come with a file: for a progress bar.
package struct ScanProgress: Sendable {
  /// Bytes of the file as it is stored, read so far.
  package var bytes: UInt64
  /// Bytes in all, when known.
  package var total: UInt64?
  /// Keys so far, or commands.
  package var count: UInt64

  package init(bytes: UInt64, total: UInt64?, count: UInt64) {
    self.bytes = bytes
    self.total = total
    self.count = count
  }
}
