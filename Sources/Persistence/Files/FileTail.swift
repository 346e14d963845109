internal import Glibc
package import SystemPackage

/// The end of a file that is to be cut off.
package struct FileTail: Sendable {
  package enum Failure: Error, Equatable, Sendable {
    /// The file cannot be opened for writing.
    case cannotOpen(Errno)
    /// Its size is not what it was: somebody is writing to it.
    case changed
    /// What is to be cut off cannot be saved. Nothing has been cut.
    case cannotSave(OutputError)
    /// Reading or cutting failed; what was to be cut off has been saved.
    case cannotCut(Errno)
  }

  package var path: FilePath
  /// The first byte that goes.
  package var start: UInt64
  /// Bytes that the file has.
  package var size: UInt64

  package init(of path: FilePath, from start: UInt64, size: UInt64) {
    self.path = path
    self.start = start
    self.size = size
  }

  /// Saves what is to be cut off, with the owner and the permissions of the file, and then cuts it off.
  /// Both are durable when this returns. Whatever happens, every byte is in one of the two files.
  ///
  /// `copy`: a file that is not there yet; see ``freeName(_:)``.
  package func cut(savingAs copy: FilePath) throws(Failure) {
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(path, .readWrite, options: [.closeOnExec])
    } catch {
      throw .cannotOpen(error as? Errno ?? .ioError)
    }
    defer { try? file.close() }
    let status = try check(file)
    do throws(OutputError) { try save(file, status, as: copy) } catch { throw .cannotSave(error) }
    _ = try check(file)
    guard ftruncate(file.rawValue, off_t(start)) == 0, fsync(file.rawValue) == 0 else {
      throw .cannotCut(Errno(rawValue: errno))
    }
  }

  /// What the system says of the file, if that is as long as it should be.
  private func check(_ file: FileDescriptor) throws(Failure) -> Stat {
    guard let status = try? file.stat(), status.type == .regular,
      UInt64(clamping: status.size) == size
    else { throw .changed }
    return status
  }

  private func save(
    _ file: FileDescriptor, _ status: Stat, as copy: FilePath
  ) throws(OutputError) {
    let output: ReplacementFile
    do throws(Errno) {
      output = try ReplacementFile(path: copy, replacing: status)
    } catch {
      throw .cannotCreate(error)
    }
    do throws(Errno) {
      try copyTail(of: file, to: output.descriptor)
      try output.commit()
    } catch {
      throw .writeFailed(error)
    }
  }

  private func copyTail(of file: FileDescriptor, to output: FileDescriptor) throws(Errno) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { unsafe buffer.deallocate() }
    var offset = start
    while offset < size {
      let piece = unsafe UnsafeMutableRawBufferPointer(
        rebasing: buffer[..<Int(min(size - offset, 1 << 20))])
      let got: Int
      do {
        got = try unsafe file.read(fromAbsoluteOffset: Int64(offset), into: piece)
      } catch {
        throw error as? Errno ?? .ioError
      }
      guard got > 0 else { throw .ioError }
      try output.writeWhole(unsafe UnsafeRawBufferPointer(rebasing: piece[..<got]).bytes)
      offset += UInt64(got)
    }
  }

  /// The path, or one with a number behind it, so that no file of that name is there.
  package static func freeName(_ path: FilePath) -> FilePath {
    var candidate = path
    var number = 1
    while exists(candidate), let name = path.lastName {
      number += 1
      candidate = path.removingLastComponent().appending(
        name: ByteString(name.bytes + Array("-\(number)".utf8)))
    }
    return candidate
  }

  private static func exists(_ path: FilePath) -> Bool {
    unsafe path.withPlatformString { unsafe access($0, F_OK) == 0 }
  }

  /// Gives a file another name in its folder, at once and for good.
  package static func rename(_ path: FilePath, to new: FilePath) throws(Errno) {
    let status = unsafe path.withPlatformString { from in
      unsafe new.withPlatformString { to in unsafe Glibc.rename(from, to) }
    }
    guard status == 0 else { throw Errno(rawValue: errno) }
    try new.removingLastComponent().syncFolder()
  }
}
