internal import Glibc
package import SystemPackage

extension FilePath {
  /// The names in a folder but for `.` and `..`, in the order of their bytes.
  package func names() throws(Errno) -> [ByteString] {
    guard let folder = unsafe withPlatformString({ unsafe opendir($0) }) else {
      throw Errno(rawValue: errno)
    }
    defer { unsafe closedir(folder) }
    var names: [ByteString] = []
    while true {
      // The end and an error look the same but for the error number.
      errno = 0
      guard let entry = unsafe readdir(folder) else { break }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
        unsafe field.withMemoryRebound(to: UInt8.self, capacity: 256) { bytes in
          ByteString(unsafe Array(UnsafeBufferPointer(start: bytes, count: strlen(field))))
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw Errno(rawValue: errno) }
    return names.sorted()
  }

  /// A file of this folder by its name, whatever bytes that has, but for a zero byte or a slash.
  package func appending(name: ByteString) -> FilePath {
    let text = name.bytes.filter { $0 != 0 && $0 != UInt8(ascii: "/") }.map {
      CChar(bitPattern: $0)
    }
    return unsafe (text + [0]).withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return self }
      return pushing(unsafe FilePath(platformString: start))
    }
  }

  /// The bytes of the last name; nil for a root.
  package var lastName: ByteString? {
    guard let component = lastComponent else { return nil }
    return unsafe component.withPlatformString { text in
      ByteString(unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text))))
    }
  }

  /// Makes this folder, unless something of the name is there.
  package func makeFolder() throws(Errno) {
    if unsafe withPlatformString({ unsafe mkdir($0, 0o755) }) == 0 || errno == EEXIST { return }
    throw Errno(rawValue: errno)
  }

  /// Makes this folder, unless it is there and empty.
  package func makeEmptyFolder() throws(Errno) {
    if unsafe withPlatformString({ unsafe mkdir($0, 0o755) }) == 0 { return }
    guard errno == EEXIST else { throw Errno(rawValue: errno) }
    try checkIsEmptyFolder()
  }

  /// Throws for what is no folder, cannot be read, or holds something.
  func checkIsEmptyFolder() throws(Errno) {
    guard try names().isEmpty else { throw .directoryNotEmpty }
  }

  /// Makes the names in this folder durable, as far as a file system does so.
  package func syncFolder() throws(Errno) {
    // A folder may let us write into it and not read it.
    guard
      let directory = try? FileDescriptor.open(
        isEmpty ? FilePath(".") : self, .readOnly, options: [.directory, .closeOnExec])
    else { return }
    defer { try? directory.close() }
    guard fsync(directory.rawValue) != 0, errno != EINVAL, errno != EROFS else { return }
    throw Errno(rawValue: errno)
  }
}
