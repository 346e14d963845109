package import SystemPackage

/// An output that is opened when its first bytes come: what cannot be read makes no file.
package final class LateOutputFile {
  private let path: FilePath?
  private let folder: LateOutputFolder?
  private var file: OutputFile?

  /// `path`: as for ``OutputFile``.
  package init(path: FilePath?) {
    self.path = path
    folder = nil
  }

  /// A file in a folder that may have to be made first.
  package init(_ name: ByteString, in folder: LateOutputFolder) {
    path = folder.path.appending(name: name)
    self.folder = folder
  }

  /// Whether anything has been written.
  package var isOpen: Bool { file != nil }

  /// Writes every byte. Throws what opening and writing an ``OutputFile`` throw.
  package func write(_ bytes: RawSpan) throws(OutputError) {
    if file == nil { try folder?.open() }
    let open = if let file { file } else { try OutputFile(path: path) }
    file = open
    try open.write(bytes)
  }

  /// Puts the file in its place; does nothing without bytes. Throws `writeFailed`.
  package func commit() throws(OutputError) { try file?.commit() }

  /// Gives up the output.
  package func cancel() { file?.cancel() }
}
