import Glibc
package import SystemPackage

/// The bytes of a file, pipe or device as they are stored.
///
/// Files are read, never mapped: a mapped file that another process shortens kills the reader.
package final class FileSource: ByteSource {
  private let file: StoredFile
  /// What the descriptor was when it was opened.
  private let atOpen: Stat
  private let counter = ByteCounter()
  private let observer: ((RawSpan) -> Void)?
  /// A byte that was read while waiting for the writer of a FIFO.
  private var early: UInt8?

  /// Opens a file; `-` is standard input.
  ///
  /// `observer` is called with every piece of the file exactly once and in order, as it is read.
  /// A FIFO waits up to 1.5 seconds for somebody to open it for writing.
  package init(path: FilePath, observer: ((RawSpan) -> Void)? = nil) throws(SourceError) {
    let isStandardInput = path.string == "-"
    let descriptor =
      isStandardInput ? FileDescriptor.standardInput : try FileSource.openFile(path)
    do throws(SourceError) {
      let status = try FileSource.status(of: descriptor)
      if status.type == .directory { throw .isDirectory }
      if !isStandardInput {
        if status.type == .fifo { early = try FileSource.awaitWriter(of: descriptor) }
        try FileSource.makeBlocking(descriptor)
      }
      atOpen = status
    } catch {
      if !isStandardInput { try? descriptor.close() }
      throw error
    }
    // Standard input may have been read from before.
    var start: UInt64 = 0
    if atOpen.type == .regular {
      start = UInt64(clamping: (try? descriptor.seek(offset: 0, from: .current)) ?? 0)
      _ = posix_fadvise(descriptor.rawValue, 0, 0, POSIX_FADV_SEQUENTIAL)
    }
    file = StoredFile(descriptor, from: start, ownsDescriptor: !isStandardInput)
    self.observer = observer
  }

  private var descriptor: FileDescriptor { file.descriptor }

  /// The same file for reading at offsets from where the input begins, on any thread; nil when it is
  /// no regular file.
  package var randomAccess: (any RandomAccess)? { isRegular ? file : nil }

  /// Whether this is a regular file, which has a size and can be read anywhere.
  package var isRegular: Bool { atOpen.type == .regular }

  /// How many bytes ``read(into:)`` has delivered.
  package var bytesRead: UInt64 { counter.value }

  /// The same number for other threads.
  package var progress: ByteCounter { counter }

  /// How long the file is now, in bytes; nil for pipes and devices.
  package func currentSize() -> UInt64? {
    guard isRegular, let status = try? descriptor.stat() else { return nil }
    let size = UInt64(clamping: status.size)
    return size > file.start ? size - file.start : 0
  }

  /// Whether the size or the modification time of a regular file is not what it was when it was
  /// opened: somebody is writing to it.
  package func statusChanged() -> Bool {
    guard isRegular, let status = try? descriptor.stat() else { return false }
    return status.size != atOpen.size || status.st_mtim.tv_sec != atOpen.st_mtim.tv_sec
      || status.st_mtim.tv_nsec != atOpen.st_mtim.tv_nsec
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SourceError) -> Int {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
    var count = 0
    if let byte = early {
      early = nil
      unsafe base.storeBytes(of: byte, as: UInt8.self)
      count = 1
    } else {
      count = try unsafe readDescriptor(buffer)
    }
    counter.add(count)
    if let observer, count > 0 {
      let piece = unsafe UnsafeRawBufferPointer(start: base, count: count).bytes
      observer(piece)
    }
    return count
  }

  /// Reads at `offset` bytes from where the input begins, until the buffer is full or the file ends.
  /// For regular files only. Leaves ``read(into:)``, its count and the observer alone.
  package func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SourceError) -> Int {
    precondition(isRegular, "only a regular file can be read at an offset")
    return try unsafe file.read(at: offset, into: buffer)
  }

  /// One `read(2)`. Repeats it after a signal, and waits where somebody has made standard input
  /// non-blocking.
  private func readDescriptor(
    _ buffer: UnsafeMutableRawBufferPointer
  ) throws(SourceError) -> Int {
    while true {
      do {
        return try unsafe descriptor.read(into: buffer)
      } catch {
        let errno = FileSource.code(of: error)
        guard errno == .resourceTemporarilyUnavailable else {
          throw .readFailed(errno, at: bytesRead)
        }
        _ = FileSource.waitForInput(descriptor, milliseconds: -1)
      }
    }
  }
}

// Opening.
extension FileSource {
  /// How long a FIFO may be without a writer.
  private static let patience = Duration.milliseconds(1500)

  /// Opens without blocking: opening a FIFO would otherwise wait for a writer without end.
  private static func openFile(_ path: FilePath) throws(SourceError) -> FileDescriptor {
    do {
      return try FileDescriptor.open(
        path, .readOnly, options: [.nonBlocking, .closeOnExec])
    } catch {
      throw .cannotOpen(code(of: error))
    }
  }

  private static func status(of descriptor: FileDescriptor) throws(SourceError) -> Stat {
    do throws(Errno) { return try descriptor.stat() } catch { throw .cannotOpen(error) }
  }

  /// Returns as soon as a process has the other end of the FIFO open, or has had and has left. May
  /// have to read one byte to learn it, which it returns.
  private static func awaitWriter(of fifo: FileDescriptor) throws(SourceError) -> UInt8? {
    let deadline = ContinuousClock.now + patience
    var pause: CInt = 0
    while true {
      if waitForInput(fifo, milliseconds: pause) { return nil }
      // No event: there is no writer, or there is one that has not written. A read tells them apart.
      var byte: UInt8 = 0
      let count = unsafe withUnsafeMutableBytes(of: &byte) { buffer in
        Result { try unsafe fifo.read(into: buffer) }
      }
      switch count {
      case .success(0):
        if ContinuousClock.now >= deadline { throw .noWriter }
      case .success:
        return byte
      case .failure(let error):
        let errno = code(of: error)
        guard errno == .resourceTemporarilyUnavailable else { throw .readFailed(errno, at: 0) }
        return nil
      }
      pause = 20
    }
  }

  /// Whether there is something to read, or an end to see, before the time is over.
  private static func waitForInput(_ descriptor: FileDescriptor, milliseconds: CInt) -> Bool {
    var request = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, milliseconds) > 0
  }

  private static func makeBlocking(_ descriptor: FileDescriptor) throws(SourceError) {
    let flags = fcntl(descriptor.rawValue, F_GETFL)
    guard flags >= 0, fcntl(descriptor.rawValue, F_SETFL, flags & ~O_NONBLOCK) >= 0 else {
      throw .cannotOpen(Errno(rawValue: errno))
    }
  }

  /// The system calls of `SystemPackage` throw nothing but `Errno`, though their types do not say so.
  private static func code(of error: any Error) -> Errno { error as? Errno ?? .ioError }
}
