internal import Glibc
package import SystemPackage

/// A file without a name, for what does not fit in memory. It is gone when the process ends, however it
/// ends.
package struct TemporaryFile: ~Copyable, Sendable {
  private let file: FileDescriptor
  /// Bytes written so far.
  package private(set) var size: Int64 = 0

  /// Makes one in `TMPDIR`, or in `/tmp`.
  package init() throws(Errno) {
    let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/salvage.XXXXXX".utf8CString)
    let descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe mkstemp($0) } ?? -1
    }
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    unsafe template.withUnsafeBufferPointer { buffer in
      _ = unsafe buffer.baseAddress.map { unsafe unlink($0) }
    }
    file = FileDescriptor(rawValue: descriptor)
  }

  deinit { try? file.close() }

  /// Writes bytes to the end.
  package mutating func append(_ bytes: RawSpan) throws(Errno) {
    do {
      _ = try unsafe bytes.withUnsafeBytes { bytes in
        try unsafe file.writeAll(toAbsoluteOffset: size, bytes)
      }
    } catch {
      throw (error as? Errno) ?? .ioError
    }
    size += Int64(bytes.byteCount)
  }

  /// Writes the bytes of a buffer to the end, and empties the buffer.
  package mutating func append(emptying buffer: inout [UInt8]) throws(Errno) {
    try append(unsafe buffer.span.bytes)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Reads at an offset until the buffer is full or the file ends.
  package func read(
    at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) -> Int {
    var done = 0
    while done < buffer.count {
      let got: Int
      do {
        got = try unsafe file.read(
          fromAbsoluteOffset: offset + Int64(done),
          into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
      } catch {
        throw (error as? Errno) ?? .ioError
      }
      if got == 0 { break }
      done += got
    }
    return done
  }
}
