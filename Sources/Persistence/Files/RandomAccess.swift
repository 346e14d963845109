internal import SystemPackage

/// Bytes that can be read at any offset, by any thread, at the same time as others read them.
package protocol RandomAccess: AnyObject, Sendable {
  /// Reads at `offset` bytes from the start until the buffer is full or the bytes end, and returns how
  /// many were read: 0 at and behind the end.
  func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SourceError) -> Int
}

extension RandomAccess {
  /// At most `count` bytes from an offset on; fewer at the end.
  package func bytes(at offset: UInt64, count: Int) throws(SourceError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    let got = try unsafe raw.withUnsafeMutableBytes { (buffer) throws(SourceError) -> Int in
      try unsafe read(at: offset, into: buffer)
    }
    bytes.removeLast(count - got)
    return bytes
  }

  /// The checksum that is stored at an offset, eight bytes, little-endian; nil when the bytes end before.
  package func storedChecksum(at offset: UInt64) throws(SourceError) -> UInt64? {
    let bytes = try bytes(at: offset, count: 8)
    guard bytes.count == 8 else { return nil }
    return unsafe bytes.span.bytes.littleEndian(at: 0, as: UInt64.self)
  }
}

/// A regular file that was opened for reading, from some place in it on.
///
/// Closes the file when nobody uses it any more.
final class StoredFile: RandomAccess {
  let descriptor: FileDescriptor
  /// Bytes from the start of the file to where it counts as beginning.
  let start: UInt64
  private let ownsDescriptor: Bool

  init(_ descriptor: FileDescriptor, from start: UInt64, ownsDescriptor: Bool) {
    self.descriptor = descriptor
    self.start = start
    self.ownsDescriptor = ownsDescriptor
  }

  deinit {
    if ownsDescriptor { try? descriptor.close() }
  }

  func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SourceError) -> Int {
    let (origin, overflow) = start.addingReportingOverflow(offset)
    guard !overflow, let first = Int64(exactly: origin) else { return 0 }
    var filled = 0
    while filled < buffer.count {
      let (position, overflow) = first.addingReportingOverflow(Int64(filled))
      if overflow { break }
      do {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        let count = try unsafe descriptor.read(fromAbsoluteOffset: position, into: rest)
        if count == 0 { break }
        filled += count
      } catch {
        throw .readFailed((error as? Errno) ?? .ioError, at: offset + UInt64(filled))
      }
    }
    return filled
  }
}

/// Bytes that passed once and were kept in a temporary file.
final class SpooledBytes: RandomAccess {
  private let file: TemporaryFile

  init(_ file: consuming TemporaryFile) { self.file = file }

  func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SourceError) -> Int {
    guard let offset = Int64(exactly: offset) else { return 0 }
    do throws(Errno) {
      return try unsafe file.read(at: offset, into: buffer)
    } catch {
      throw .cannotSpool(error)
    }
  }
}
