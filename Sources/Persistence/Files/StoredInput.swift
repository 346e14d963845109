package import SystemPackage

/// The (decompressed) bytes of a file that can be read at any offset: those of a regular file where they
/// are, those of a pipe or of a compressed file in a temporary file without a name.
package struct StoredInput {
  package let content: any RandomAccess
  /// Bytes, as of the moment of opening.
  package let size: UInt64
  package let compression: Compression?
  /// Why a compressed file could not be decompressed to its end.
  package private(set) var compressionError: SourceError?

  private static let pieceSize = 1 << 20

  /// Opens a file; one that cannot be read at offsets is read to its end.
  package init(path: FilePath) throws(SourceError) {
    let input = try Input(path: path)
    compression = input.compression
    if let content = input.randomAccess, let size = input.decodedSize() {
      self.content = content
      self.size = size
      return
    }
    var file: TemporaryFile
    do throws(Errno) {
      file = try TemporaryFile()
    } catch {
      throw .cannotSpool(error)
    }
    compressionError = try Self.spool(input, into: &file)
    size = UInt64(file.size)
    content = SpooledBytes(file)
  }

  /// Reads an input to its end; returns why a compressed one ends early.
  private static func spool(
    _ input: Input, into file: inout TemporaryFile
  ) throws(SourceError) -> SourceError? {
    var piece = [UInt8](repeating: 0, count: pieceSize)
    while true {
      do throws(SourceError) {
        var span = piece.mutableSpan
        var bytes = unsafe span.mutableBytes
        let got = try unsafe bytes.withUnsafeMutableBytes { (buffer) throws(SourceError) -> Int in
          try unsafe input.read(into: buffer)
        }
        if got == 0 { return nil }
        do throws(Errno) {
          try file.append(unsafe piece.span.bytes.extracting(0..<got))
        } catch {
          throw .cannotSpool(error)
        }
      } catch {
        guard error.isOfCompression else { throw error }
        return error
      }
    }
  }
}
