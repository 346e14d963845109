package import SystemPackage

/// A file to read, whatever it lies on and however it is compressed: a regular file, a pipe, `-`;
/// plain, gzip or LZ4, told apart by content.
///
/// Not `Sendable`: one thread uses it at a time, and threads that take turns hold it in a `Mutex`.
/// Only ``progress`` may be watched from elsewhere.
package final class Input: ByteSource {
  /// What was opened.
  package let path: FilePath
  /// How the file is compressed, if it is.
  package let compression: Compression?

  private let file: FileSource
  private var decoded: any ByteSource

  /// Opens a file and looks at its first bytes, for which a pipe is waited for.
  ///
  /// `observer` is called with every piece of the file as it is stored, exactly once and in order,
  /// when it is read; see ``drain()``.
  package init(path: FilePath, observer: ((RawSpan) -> Void)? = nil) throws(SourceError) {
    let file = try FileSource(path: path, observer: observer)
    let first = try file.readFirst(Compression.signatureLength)
    let whole = PrefixedSource(first, file)
    self.path = path
    self.file = file
    compression = try Compression.detect(unsafe first.span.bytes)
    if let compression {
      decoded = try CompressedSource(whole, compression)
    } else {
      decoded = whole
    }
  }

  /// The next bytes, decompressed, which ``read(into:)`` will deliver all the same. Fewer than `count` at the
  /// end of the input, and before damage to its compression, which reading meets again.
  package func peek(_ count: Int) throws(SourceError) -> [UInt8] {
    var first: [UInt8] = []
    do throws(SourceError) {
      first = try decoded.readFirst(count)
    } catch {
      guard error.isOfCompression else { throw error }
    }
    decoded = PrefixedSource(first, decoded)
    return first
  }

  /// The next bytes, decompressed.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SourceError) -> Int {
    try unsafe decoded.read(into: buffer)
  }

  /// Whether the same bytes can be had once more by opening the path again.
  package var isRegular: Bool { file.isRegular }

  /// Whether ``read(at:into:)`` works: a regular file that is not compressed.
  package var isSeekable: Bool { file.isRegular && compression == nil }

  /// Reads at `offset` bytes from the start, until the buffer is full or the file ends. Leaves
  /// ``read(into:)``, the count and the observer alone. Only when ``isSeekable``.
  package func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SourceError) -> Int {
    precondition(isSeekable, "only a regular file that is not compressed can be read at an offset")
    return try unsafe file.read(at: offset, into: buffer)
  }

  /// The same for any thread, at the same time as the input is read; nil when not ``isSeekable``.
  package var randomAccess: (any RandomAccess)? { isSeekable ? file.randomAccess : nil }

  /// How many bytes ``read(into:)`` has to deliver in all, by the size of the file now: a live
  /// server may be writing to it. Nil when only reading to the end can tell.
  package func decodedSize() -> UInt64? { isSeekable ? file.currentSize() : nil }

  /// How long the file is now as it is stored, in bytes; nil for pipes and devices.
  package var storedSize: UInt64? { file.currentSize() }

  /// How many bytes have been read of the file as it is stored.
  package var storedBytesRead: UInt64 { file.bytesRead }

  /// The same number for other threads, to be set against ``storedSize``.
  package var progress: ByteCounter { file.progress }

  /// Reads what is left of the file as it is stored and throws it away, so that the observer sees
  /// all of it. The last thing to do with an input; with one that has no end it never returns.
  package func drain() throws(SourceError) {
    let size = PieceReader.pieceSize
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    defer { unsafe scratch.deallocate() }
    while try unsafe file.read(into: scratch) > 0 {}
  }

  /// Whether the size or the modification time of a regular file is not what it was when it was
  /// opened.
  package func statusChanged() -> Bool { file.statusChanged() }
}
