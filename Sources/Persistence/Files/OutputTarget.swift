internal import Glibc
internal import SystemPackage

/// What the name of an output stands for.
enum OutputTarget {
  /// Something that is written to as it is: standard output, a pipe, a device.
  case stream(FileDescriptor)
  /// A file that is replaced when it is whole.
  case replacement(ReplacementFile)

  /// Follows symbolic links to what is there and opens it, or a temporary file beside it. A FIFO waits
  /// for its reader.
  static func open(_ path: FilePath) throws(Errno) -> OutputTarget {
    let place = try destination(of: path)
    if let number = descriptorNumber(place) {
      let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
      guard copy >= 0 else { throw Errno(rawValue: errno) }
      return .stream(FileDescriptor(rawValue: copy))
    }
    guard let old = try status(of: place, followsLink: true) else {
      return .replacement(try ReplacementFile(path: place, replacing: nil))
    }
    if old.type == .directory { throw .isDirectory }
    guard old.type == .regular else { return .stream(try openForWriting(place)) }
    // A rename would not care that the file is protected from being written to.
    let status = unsafe place.withPlatformString {
      unsafe faccessat(AT_FDCWD, $0, W_OK, AT_EACCESS)
    }
    guard status == 0 else { throw Errno(rawValue: errno) }
    return .replacement(try ReplacementFile(path: place, replacing: old))
  }

  /// A temporary file beside a name, whatever that stands for. A folder is replaced by none.
  static func inPlace(of path: FilePath) throws(Errno) -> OutputTarget {
    let old = try status(of: path, followsLink: false)
    if old?.type == .directory { throw .isDirectory }
    return .replacement(
      try ReplacementFile(path: path, replacing: old?.type == .regular ? old : nil))
  }

  /// What is there; nil for nothing.
  private static func status(of path: FilePath, followsLink: Bool) throws(Errno) -> Stat? {
    do throws(Errno) {
      return try path.stat(followTargetSymlink: followsLink)
    } catch {
      guard error == .noSuchFileOrDirectory else { throw error }
      return nil
    }
  }

  /// The last name of a chain of symbolic links, which need not exist. Ends early at a descriptor of
  /// this process, whose link leads to what cannot be opened by name again.
  private static func destination(of path: FilePath) throws(Errno) -> FilePath {
    var place = path
    // As many as the kernel follows.
    for _ in 0..<40 {
      guard descriptorNumber(place) == nil, let link = try readLink(place) else { return place }
      place = place.removingLastComponent().pushing(link)
    }
    throw .tooManySymbolicLinkLevels
  }

  /// Where a symbolic link leads; nil for what is none.
  private static func readLink(_ path: FilePath) throws(Errno) -> FilePath? {
    try unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) {
      (buffer) throws(Errno) -> FilePath? in
      guard let base = buffer.baseAddress else { return nil }
      let count = unsafe path.withPlatformString { unsafe readlink($0, base, buffer.count - 1) }
      guard count >= 0 else {
        let code = Errno(rawValue: errno)
        if code == .invalidArgument || code == .noSuchFileOrDirectory { return nil }
        throw code
      }
      unsafe base[count] = 0
      return unsafe FilePath(platformString: base)
    }
  }

  /// N of `/dev/fd/N` and `/proc/self/fd/N`. To open these again would begin at the start of a file
  /// that others, who share the descriptor, have written a part of.
  private static func descriptorNumber(_ path: FilePath) -> Int32? {
    guard let name = path.lastComponent else { return nil }
    let folder = path.removingLastComponent()
    guard folder == FilePath("/dev/fd") || folder == FilePath("/proc/self/fd") else { return nil }
    return Int32(name.string)
  }

  private static func openForWriting(_ path: FilePath) throws(Errno) -> FileDescriptor {
    do {
      return try FileDescriptor.open(path, .writeOnly, options: [.closeOnExec])
    } catch {
      throw error as? Errno ?? .ioError
    }
  }
}
