package import SystemPackage

/// Why bytes could not be had. What the bytes say is no concern of a source: that is
/// ``FormatError``.
package enum SourceError: Error, Equatable, Sendable {
  /// The file could not be opened.
  case cannotOpen(Errno)
  /// The path is a directory.
  case isDirectory
  /// A FIFO that no process has open for writing.
  case noWriter
  /// Reading failed, `at` bytes from the start of the file as it is stored.
  case readFailed(Errno, at: UInt64)
  /// The compressed stream is invalid. The offset, in bytes of the compressed file, is where the
  /// decompressor stood: at or behind the damage.
  case damagedCompression(Compression, compressedOffset: UInt64, reason: String)
  /// The file ends inside the compressed stream, at that offset in bytes of the compressed file.
  case truncatedCompression(Compression, compressedOffset: UInt64)
  /// A temporary file for what cannot be read a second time could not be made, written or read.
  case cannotSpool(Errno)
  /// What was read a second time, from that offset in bytes on, is not what was read first.
  case changedWhileRead(at: UInt64)
  /// A compression that is recognised but not read.
  case unsupportedCompression(String)

  /// Whether the compressed stream is damaged or broken off: what came before is as good as a file that ends
  /// there.
  package var isOfCompression: Bool {
    switch self {
    case .damagedCompression, .truncatedCompression: true
    default: false
    }
  }
}

extension SourceError: CustomStringConvertible {
  /// One sentence without the path, which the caller knows.
  package var description: String {
    switch self {
    case .cannotOpen(let errno): "cannot open: \(errno)"
    case .isDirectory: "is a directory"
    case .noWriter: "no process is writing to this FIFO"
    case .readFailed(let errno, let offset): "cannot read at byte \(offset): \(errno)"
    case .damagedCompression(let format, let offset, let reason):
      "damaged \(format.name) stream at compressed byte \(offset): \(reason)"
    case .truncatedCompression(let format, let offset):
      "truncated \(format.name) stream: the file ends at compressed byte \(offset)"
    case .cannotSpool(let errno):
      "no room for a temporary file (\(errno)); set TMPDIR to a folder that has it"
    case .changedWhileRead(let offset):
      "the file changed while it was read, at or behind byte \(offset)"
    case .unsupportedCompression(let name): "compressed with \(name), which is not supported"
    }
  }
}
