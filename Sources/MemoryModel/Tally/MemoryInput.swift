internal import Forensics
package import Persistence
package import SystemPackage

/// An input of a report, told by its first bytes.
package enum MemoryInput {
  /// A partial report.
  case partial(Input)
  /// An RDB file, or what is none of the others; or why it could not be opened.
  case dump(Result<Input, SourceError>)
  case log(LogInput)

  /// An AOF that can be replayed.
  package enum LogInput {
    /// One file, with an RDB in front or without, that is open and has not been read from.
    case open(Input)
    /// A manifest, or a folder in which an AOF is looked for.
    case folder(FilePath)
  }

  /// Opens an input and looks at its first bytes, for which a pipe is waited for. `path`: `-` for standard input.
  package init(_ path: String) {
    let file = FilePath(path)
    if path != "-", Self.isFolder(file) {
      self = .log(.folder(file))
      return
    }
    do throws(SourceError) {
      let input = try Input(path: file)
      let first = try input.peek(Self.sight)
      if MemoryEstimate.isPartial(first) {
        self = .partial(input)
      } else {
        self = Self.isLog(first, path) ? .log(.open(input)) : .dump(.success(input))
      }
    } catch {
      self = .dump(.failure(error))
    }
  }

  /// Bytes that hold the aux fields of any server.
  private static let sight = 4096

  /// Whether an AOF of several files may be there.
  private static func isFolder(_ path: FilePath) -> Bool {
    if (try? path.stat())?.type == .directory { return true }
    return (try? AOFLayout.find(path))?.isMultiPart ?? false
  }

  private static func isLog(_ first: [UInt8], _ path: String) -> Bool {
    // Of an empty file only its name tells what it was to be.
    if first.isEmpty { return path.hasSuffix(".aof") }
    if first.starts(with: "*".utf8) || first.starts(with: "#TS:".utf8) { return true }
    return RDBOrigin(first: first)?.isPreamble ?? false
  }
}
