internal import Glibc
internal import Persistence
internal import Synchronization
internal import SystemPackage

/// The file of the log that commands are added to. One thread writes; another one may sync meanwhile.
final class LogFile: Sendable {
  let path: FilePath
  private let descriptor: SystemPackage.FileDescriptor
  private let faults: FaultPlan
  private let written: Atomic<UInt64>
  private let durable: Atomic<UInt64>

  /// Bytes of the file.
  var size: UInt64 { written.load(ordering: .relaxed) }
  /// Bytes that were there at the last sync that was done, or at the start.
  var durableSize: UInt64 { durable.load(ordering: .relaxed) }

  /// Opens a file, or makes it.
  ///
  /// - `isNew`: what is there under the name is of no use.
  init(_ path: FilePath, isNew: Bool = false, _ faults: FaultPlan) throws(LogError) {
    self.path = path
    self.faults = faults
    do {
      descriptor = try SystemPackage.FileDescriptor.open(
        path, .writeOnly,
        options: isNew
          ? [.create, .append, .closeOnExec, .truncate] : [.create, .append, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw .file((error as? Errno) ?? .ioError, path)
    }
    let end = UInt64(max((try? descriptor.seek(offset: 0, from: .end)) ?? 0, 0))
    written = Atomic(end)
    durable = Atomic(end)
    faults.watch(self)
  }

  /// Adds bytes. When it throws, an unknown part of them is there: see ``cut(to:)``.
  func append(_ bytes: RawSpan) throws(Errno) {
    faults.pass(.beforeLogWrite, path)
    if faults.isActive {
      try faults.write(bytes, to: self)
    } else {
      try put(bytes)
    }
    written.wrappingAdd(UInt64(bytes.byteCount), ordering: .relaxed)
    faults.pass(.afterLogWrite, path)
  }

  /// Writes bytes at the end, which do not count yet.
  func put(_ bytes: RawSpan) throws(Errno) { try descriptor.writeWhole(bytes) }

  /// Cuts the file off.
  func cut(to size: UInt64) {
    ftruncate(descriptor.rawValue, off_t(clamping: size))
    written.store(size, ordering: .relaxed)
    faults.cut(path, to: size)
  }

  /// Makes what has been written durable.
  func sync() throws(Errno) {
    let size = size
    if try !faults.answersSync(of: self) {
      guard fdatasync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
      durable.store(size, ordering: .relaxed)
    }
    faults.pass(.afterLogSync, path)
  }

  /// Ends the use of the file; to be called once.
  func close() {
    try? descriptor.close()
    faults.forget(self)
  }
}
