package import SystemPackage

/// What makes a compressed stream, in constant memory.
protocol StreamEncoder: AnyObject {
  /// Takes all of `bytes`. What has become of these and earlier bytes goes to `sink` in pieces of some
  /// 64 KiB, now or later. Throws what `sink` throws.
  func encode(_ bytes: RawSpan, into sink: (RawSpan) throws(Errno) -> Void) throws(Errno)

  /// Writes what is left and the end of the stream. The last call, made once.
  func finish(into sink: (RawSpan) throws(Errno) -> Void) throws(Errno)
}

extension Compression {
  /// The compression that the name of an output asks for: `.gz` or `.lz4` at its end.
  package init?(extensionOf path: FilePath) {
    switch path.extension {
    case "gz": self = .gzip
    case "lz4": self = .lz4
    default: return nil
    }
  }

  /// An encoder at the start of a stream. Throws `noMemory`.
  func makeEncoder() throws(Errno) -> any StreamEncoder {
    switch self {
    case .gzip: try GzipEncoder()
    case .lz4: try LZ4Encoder()
    }
  }
}
