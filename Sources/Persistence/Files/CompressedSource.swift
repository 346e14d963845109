import SystemPackage

/// The inside of a compressed file.
///
/// Holds one piece of the compressed input and the window of its decoder, however long the file is.
/// Every byte that can be decoded is delivered before an error is thrown.
final class CompressedSource: ByteSource {
  private let pieces: PieceReader
  private let decoder: any StreamDecoder
  private var failure: SourceError?

  /// `source` delivers the compressed bytes from their start.
  init(_ source: any ByteSource, _ compression: Compression) throws(SourceError) {
    pieces = PieceReader(source)
    decoder =
      switch compression {
      case .gzip: try GzipDecoder()
      case .lz4: try LZ4Decoder()
      }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SourceError) -> Int {
    if let failure { throw failure }
    guard buffer.count > 0 else { return 0 }
    var produced = 0
    do throws(SourceError) {
      try unsafe decoder.decode(pieces, into: buffer, produced: &produced)
    } catch {
      failure = error
      if produced == 0 { throw error }
    }
    return produced
  }
}

/// What turns a compressed stream back, as far as it has come.
protocol StreamDecoder: AnyObject {
  /// Takes compressed bytes from `pieces` and writes a prefix of `buffer`, whose length it keeps in
  /// `produced`, also when it throws. That is 0 without an error only at the end of the stream.
  ///
  /// Comes back rather than read more input when it has produced something: a pipe may be slow.
  func decode(
    _ pieces: PieceReader, into buffer: UnsafeMutableRawBufferPointer, produced: inout Int
  ) throws(SourceError)
}

/// Compressed input in pieces of 256 KiB, of which a decoder takes as much as it likes.
@safe final class PieceReader {
  static let pieceSize = 256 << 10

  private let source: any ByteSource
  private let storage: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  /// Where the unread bytes begin, in bytes from the start of the compressed input.
  private(set) var offset: UInt64 = 0
  /// Whether the source has come to its end. There may still be unread bytes.
  private(set) var ended = false

  init(_ source: any ByteSource) {
    self.source = source
    unsafe storage = .allocate(byteCount: PieceReader.pieceSize, alignment: 64)
  }

  deinit { unsafe storage.deallocate() }

  /// The bytes that have been read and not been taken; valid until the next ``refill()``.
  var unread: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(rebasing: storage[start..<end])
  }

  /// How many bytes ``unread`` has.
  var available: Int { end - start }

  /// Marks the first `count` unread bytes as taken.
  func take(_ count: Int) {
    precondition(count <= available, "a decoder took more than it was given")
    start += count
    offset += UInt64(count)
  }

  /// Reads the next piece when nothing is unread. Does nothing at the end of the input.
  func refill() throws(SourceError) {
    guard available == 0, !ended else { return }
    start = 0
    end = 0
    end = try unsafe source.read(into: storage)
    ended = end == 0
  }
}
