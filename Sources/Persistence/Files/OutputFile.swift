internal import Glibc
package import SystemPackage

/// Where a tool's answer goes: a file that is whole or absent, or a stream.
///
/// A file is written under another name beside it and takes its place when it is committed. Until then,
/// and after any failure, the file of that name, if there is one, is as it was: it may be the input.
/// Through a symbolic link its destination is replaced. What is there and is no regular file (a FIFO,
/// `/dev/null`, `/dev/stdout`) is written to directly, as standard output is.
///
/// Not `Sendable`: one thread uses it at a time. Every write is one `write(2)`, or goes through the
/// buffers of a compressor: hand over pieces of 64 KiB to 1 MiB.
package final class OutputFile {
  private enum State {
    case open
    case failed(OutputError)
    case over
  }

  private let target: OutputTarget
  private let encoder: (any StreamEncoder)?
  private var state = State.open

  /// Opens the output; nothing is to be seen of a file yet.
  ///
  /// `path`: nil or `-` is standard output; another name that ends in `.gz` or `.lz4` is written
  /// compressed. Throws `cannotCreate` for a folder, for a name in a folder that is not there or not
  /// writable, and for a file that is protected from writing.
  package init(path: FilePath?) throws(OutputError) {
    do throws(Errno) {
      if let path, path != FilePath("-") {
        encoder = try Compression(extensionOf: path)?.makeEncoder()
        target = try OutputTarget.open(path)
      } else {
        encoder = nil
        target = .stream(.standardOutput)
      }
    } catch {
      throw .cannotCreate(error)
    }
  }

  /// Opens a file that takes the place of whatever has its name, of a symbolic link too, as a server's files do by
  /// rename(2): what the link leads to stays as it is. Never compressed. Throws `cannotCreate`.
  package init(inPlaceOf path: FilePath) throws(OutputError) {
    encoder = nil
    do throws(Errno) {
      target = try OutputTarget.inPlace(of: path)
    } catch {
      throw .cannotCreate(error)
    }
  }

  deinit { cancel() }

  /// Writes every byte.
  ///
  /// Throws `writeFailed`, and the same again at every later call; the temporary file is gone by then.
  /// When the reader of a pipe has gone, the process ends here, silently, by SIGPIPE.
  package func write(_ bytes: RawSpan) throws(OutputError) {
    try perform { () throws(Errno) in
      let descriptor = self.descriptor
      if let encoder {
        try encoder.encode(bytes) { (piece) throws(Errno) in try descriptor.writeWhole(piece) }
      } else {
        try descriptor.writeWhole(bytes)
      }
      if case .replacement(let file) = target { file.beginWritingOut() }
    }
  }

  /// Finishes compression, makes the file durable and puts it in its place. The last thing to do with
  /// an output that shall be.
  ///
  /// Throws `writeFailed`. The old file is still there then, unless it was the disk that failed after
  /// the new one had taken its place.
  package func commit() throws(OutputError) {
    try perform { () throws(Errno) in
      let descriptor = self.descriptor
      try encoder?.finish { (piece) throws(Errno) in try descriptor.writeWhole(piece) }
      switch target {
      case .stream: try Self.settle(descriptor)
      case .replacement(let file): try file.commit()
      }
    }
    end()
  }

  /// Gives up the output: of a file nothing is left. Does nothing after ``commit()``.
  package func cancel() {
    if case .over = state { return }
    end()
  }

  private var descriptor: FileDescriptor {
    switch target {
    case .stream(let descriptor): descriptor
    case .replacement(let file): file.descriptor
    }
  }

  private func end() {
    state = .over
    switch target {
    case .stream(let descriptor): if descriptor != .standardOutput { try? descriptor.close() }
    case .replacement(let file): file.cancel()
    }
  }

  private func perform(_ work: () throws(Errno) -> Void) throws(OutputError) {
    switch state {
    case .open: break
    case .failed(let error): throw error
    case .over: preconditionFailure("an output is not written to after its end")
    }
    do throws(Errno) {
      try work()
    } catch {
      let failure = OutputError.writeFailed(error)
      state = .failed(failure)
      if case .replacement(let file) = target { file.cancel() }
      throw failure
    }
  }

  /// Lets a network file system behind a stream tell that it has no room, which it may do only when a
  /// descriptor is closed; the stream itself stays open for others.
  private static func settle(_ stream: FileDescriptor) throws(Errno) {
    let copy = dup(stream.rawValue)
    guard copy >= 0, close(copy) != 0, errno != EINTR else { return }
    throw Errno(rawValue: errno)
  }
}
