internal import Glibc
internal import Persistence
internal import SystemPackage

/// A file that is being produced.
final class ProducedFile {
  /// The name, without its folder.
  let name: ByteString
  let path: FilePath
  /// Bytes of the RDB that the file begins with; 0 for none.
  private(set) var rdbEnd: UInt64 = 0
  private var hash = RunningHash()
  private let descriptor: SystemPackage.FileDescriptor

  /// Makes a file that is not there.
  init(_ name: ByteString, in folder: FilePath) throws(Errno) {
    self.name = name
    path = folder.appending(name: name)
    do {
      descriptor = try SystemPackage.FileDescriptor.open(
        path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  deinit { try? descriptor.close() }

  /// What has been written.
  var written: FileHash { hash.finish() }

  func write(_ bytes: RawSpan) throws(Errno) {
    try descriptor.writeWhole(bytes)
    hash.add(bytes)
  }

  /// What has been written so far is an RDB.
  func endRDB() { rdbEnd = hash.bytes }

  /// Makes the bytes durable.
  func sync() throws(Errno) {
    guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
  }

  /// Puts another byte in the place of one.
  func replace(at offset: UInt64, by byte: UInt8) throws(Errno) {
    do {
      _ = try unsafe withUnsafeBytes(of: byte) { bytes in
        try unsafe descriptor.writeAll(toAbsoluteOffset: Int64(clamping: offset), bytes)
      }
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  func cut(to size: UInt64) throws(Errno) {
    guard ftruncate(descriptor.rawValue, off_t(clamping: size)) == 0 else {
      throw Errno(rawValue: errno)
    }
  }
}
