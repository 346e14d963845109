package import SystemPackage

/// The files that an AOF consists of, as a path leads to them.
package struct AOFLayout: Sendable {
  /// A file of an AOF.
  package struct Part: Sendable {
    package var path: FilePath
    /// The record of the manifest that names it; nil for an AOF of one file.
    package var record: AOFManifest.Record?
    /// Bytes as they are stored; nil for a pipe or a device, and for a file that is missing.
    package var size: UInt64?
    /// Nothing is there of that name, or nothing that could be opened as a file.
    package var isMissing = false
  }

  /// The manifest, if there is one; what could not be read of it is told by `problems`.
  package var manifest: AOFManifest?
  /// Where the manifest is.
  package var manifestPath: FilePath?
  /// What is wrong with the manifest.
  package var problems: [ManifestProblem] = []
  /// The files in the order in which they are loaded: the base, then the incremental ones.
  package var parts: [Part] = []
  /// The files of type h, which are not loaded.
  package var history: [Part] = []
  /// Files in the folder of the manifest whose names belong to this AOF and that the manifest does not
  /// list, in the order of their names: `NAME.7.incr.aof`, `temp-NAME.incr`.
  package var orphans: [Part] = []
  /// For a single file: the manifest in the same folder that lists it.
  package var listedIn: FilePath?

  init(parts: [Part] = [], manifestPath: FilePath? = nil) {
    self.parts = parts
    self.manifestPath = manifestPath
  }

  /// An AOF of one file that is open already.
  package init(_ input: Input) {
    self.init(parts: [Part(path: input.path, size: input.storedSize)])
  }

  /// Whether a manifest tells which files there are.
  package var isMultiPart: Bool { manifest != nil }
  /// The files that are listed to be loaded and are not there.
  package var missing: [Part] { parts.filter(\.isMissing) }
}

/// Why there is no AOF where a path leads.
package enum AOFLayoutError: Error, Equatable, Sendable {
  /// The path, or the manifest, cannot be read.
  case source(SourceError, FilePath)
  /// A folder with neither a manifest nor a folder that has one; `parts` are files in it that look like
  /// those of an AOF whose manifest is gone.
  case noManifest(FilePath, parts: [ByteString])
  /// A folder with several manifests, one of which has to be named.
  case severalManifests(FilePath, names: [ByteString])
}

extension AOFLayoutError: CustomStringConvertible {
  /// One sentence, with the path or folder in question.
  package var description: String {
    switch self {
    case .source(let error, let path): "\(path): \(error)"
    case .noManifest(let folder, let parts):
      parts.isEmpty
        ? "\(folder): a folder with neither a manifest nor an AOF in it"
        : "\(folder): the manifest is missing, and there are \(parts.count) files of an AOF"
    case .severalManifests(let folder, let names):
      "\(folder): there are \(names.count) manifests; name one of them"
    }
  }
}
