internal import Glibc
internal import SystemPackage

/// A new version of a file, in a temporary file beside it until it takes its place.
///
/// Unless it is committed, nothing is left of it, however the process ends, but for SIGKILL, a crash or
/// a loss of power: those may leave a file of the name `.NAME.XXXXXXXXXX`.
final class ReplacementFile {
  /// Where the bytes go.
  let descriptor: FileDescriptor
  private let target: FilePath
  private let folder: FilePath
  private let temporary: FilePath
  private let entry: UncommittedFiles.Entry?
  /// Up to where the system has been told to write the bytes out.
  private var told: off_t = 0
  private var isClosed = false
  private var isOver = false

  /// Makes the temporary file.
  ///
  /// - Parameters:
  ///   - path: what is to be replaced or made; not a symbolic link.
  ///   - old: the file that is there now. The new one gets its permissions, and its owner where the
  ///     system lets us; a file that was not there gets what the umask leaves of 0666.
  init(path: FilePath, replacing old: Stat?) throws(Errno) {
    guard let name = path.lastComponent else { throw .noSuchFileOrDirectory }
    // A handler cannot wait for a change of the working directory to be undone.
    folder = try Self.absolute(path.removingLastComponent())
    target = folder.appending(name)
    (descriptor, temporary, entry) = try Self.makeTemporary(
      for: name, in: folder,
      permissions: old == nil ? FilePermissions(rawValue: 0o666) : .ownerReadWrite)
    if let old { try adopt(old) }
  }

  deinit { cancel() }

  /// Has the system begin to write out what is there, so that a commit need not wait for all of it. Costs next to
  /// nothing: it does so every 8 MiB.
  func beginWritingOut() {
    let end = lseek(descriptor.rawValue, 0, SEEK_CUR)
    guard end - told >= 8 << 20 else { return }
    // Pages that have not been written out are written out and not dropped. Source: mm/fadvise.c of Linux.
    _ = posix_fadvise(descriptor.rawValue, told, end - told, POSIX_FADV_DONTNEED)
    told = end
  }

  /// Makes the bytes durable and puts the file in its place. Closes it; the last thing to do with it.
  ///
  /// When it throws, the old file is still there, but for a disk that fails when the name of the new
  /// one is to be made durable.
  func commit() throws(Errno) {
    precondition(!isOver, "a file is committed once")
    guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
    // Network file systems may tell only now that there is no room.
    try close()
    let status = unsafe temporary.withPlatformString { from in
      unsafe target.withPlatformString { to in unsafe rename(from, to) }
    }
    guard status == 0 else { throw Errno(rawValue: errno) }
    forget()
    try folder.syncFolder()
  }

  /// Removes the temporary file, unless it has been committed.
  func cancel() {
    guard !isOver else { return }
    try? close()
    _ = unsafe temporary.withPlatformString { unsafe unlink($0) }
    forget()
  }

  /// Once only, also when it fails: the number may be another file's by then.
  private func close() throws(Errno) {
    guard !isClosed else { return }
    isClosed = true
    do { try descriptor.close() } catch { throw error as? Errno ?? .ioError }
  }

  private func forget() {
    isOver = true
    if let entry { UncommittedFiles.remove(entry) }
  }

  /// Gives the new file the owner and the permissions of the old one.
  private func adopt(_ old: Stat) throws(Errno) {
    let changed = fchown(descriptor.rawValue, old.userID.rawValue, old.groupID.rawValue) == 0
    // Bits that lend the owner's rights are for that owner's files alone.
    let mode = old.permissions.rawValue & (changed ? 0o7777 : 0o777)
    guard fchmod(descriptor.rawValue, mode) == 0 else { throw Errno(rawValue: errno) }
  }

  private static func makeTemporary(
    for name: FilePath.Component, in folder: FilePath, permissions: FilePermissions
  ) throws(Errno) -> (FileDescriptor, FilePath, UncommittedFiles.Entry?) {
    while true {
      let path = folder.pushing(temporaryName(for: name))
      // Before it is there, so that no signal finds it without its name. Of 62 to the power of 10
      // names it is ours alone.
      let entry = UncommittedFiles.add(path)
      do {
        let descriptor = try FileDescriptor.open(
          path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
          permissions: permissions)
        return (descriptor, path, entry)
      } catch {
        if let entry { UncommittedFiles.remove(entry) }
        guard error as? Errno == .fileExists else { throw error as? Errno ?? .ioError }
      }
    }
  }

  /// A name that begins with a dot, so that no pattern of a shell or backup takes it for an answer.
  private static func temporaryName(for name: FilePath.Component) -> FilePath {
    let characters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    let suffix = (0..<10).map { _ in characters[Int.random(in: 0..<characters.count)] }
    let dot = UInt8(ascii: ".")
    // A C string, of which no more is read than it has. A name has at most 255 bytes.
    let stem = unsafe name.withPlatformString { text in
      unsafe UnsafeRawBufferPointer(start: text, count: min(strlen(text), 240)).map { $0 }
    }
    let text = ([dot] + stem + [dot] + suffix + [0]).map { CChar(bitPattern: $0) }
    return FilePath(platformString: text)
  }

  private static func absolute(_ folder: FilePath) throws(Errno) -> FilePath {
    let place = folder.isEmpty ? FilePath(".") : folder
    let resolved = unsafe place.withPlatformString { unsafe realpath($0, nil) }
    guard let resolved = unsafe resolved else { throw Errno(rawValue: errno) }
    defer { unsafe free(resolved) }
    return unsafe FilePath(platformString: resolved)
  }
}
