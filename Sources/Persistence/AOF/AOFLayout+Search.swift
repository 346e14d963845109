package import SystemPackage

extension AOFLayout {
  /// The folder that servers make for the files of an AOF, unless `appenddirname` says otherwise.
  private static let usualFolder: ByteString = "appendonlydir"
  /// The file of an AOF before Redis 7.0, unless `appendfilename` says otherwise.
  private static let usualFile: ByteString = "appendonly.aof"

  /// Finds the AOF that a path leads to:
  ///
  /// - a manifest, told by its content: the first line that is no comment begins with `file `, or
  ///   there is none and the name ends in `.manifest`;
  /// - a folder with one manifest in it (`appendonlydir`);
  /// - a folder with `appendonlydir` in it, or with one other folder that has a manifest, or else with
  ///   `appendonly.aof` (the `dir` of a server);
  /// - any other file, `-` for standard input included: an AOF of one file.
  ///
  /// Looks at names and sizes only, and reads no file but the manifest.
  package static func find(_ path: FilePath) throws(AOFLayoutError) -> AOFLayout {
    guard path != FilePath("-") else { return AOFLayout(parts: [Part(path: path)]) }
    let status: Stat
    do throws(Errno) {
      status = try path.stat()
    } catch {
      throw .source(.cannotOpen(error), path)
    }
    if status.type == .directory { return try search(path) }
    if status.type == .regular, try isManifest(path) { return try read(manifest: path) }
    var layout = AOFLayout(parts: [part(at: path, nil)])
    layout.listedIn = manifestBeside(path)
    return layout
  }

  /// The same, and where the manifest is missing or damaged, the files by their names: the base with the
  /// highest number, and all incremental files in the order of theirs.
  package static func findAll(_ path: FilePath) throws(AOFLayoutError) -> AOFLayout {
    do throws(AOFLayoutError) {
      let layout = try find(path)
      guard !layout.problems.isEmpty, let manifest = layout.manifestPath else { return layout }
      var rebuilt = try rebuild(manifest.removingLastComponent()) ?? layout
      rebuilt.problems = layout.problems
      return rebuilt
    } catch {
      guard case .noManifest(let folder, _) = error, let rebuilt = try rebuild(folder) else {
        throw error
      }
      return rebuilt
    }
  }

  private static func rebuild(_ folder: FilePath) throws(AOFLayoutError) -> AOFLayout? {
    var found: [(name: ByteString, part: AOFPartName, sequence: UInt64)] = []
    for name in try list(folder.isEmpty ? FilePath(".") : folder) {
      guard let part = AOFPartName(name), let sequence = part.sequence else { continue }
      found.append((name, part, sequence))
    }
    let bases = Set(found.map(\.part.base))
    // The AOF that has the most files, where there are those of several.
    let count = { (base: ByteString) in found.count { $0.part.base == base } }
    guard let own = bases.max(by: { (count($0), $1) < (count($1), $0) }) else { return nil }
    found = found.filter { $0.part.base == own }.sorted { $0.sequence < $1.sequence }
    var records = found.filter { $0.part.role == .base }.suffix(1)
    records += found.filter { $0.part.role == .incremental }
    var layout = AOFLayout(
      manifestPath: folder.appending(name: ByteString(own.bytes + Array(".manifest".utf8))))
    layout.manifest = AOFManifest(
      records.map {
        AOFManifest.Record($0.name, sequence: $0.sequence, role: $0.part.role ?? .incremental)
      })
    layout.parts = (layout.manifest?.records ?? []).map {
      part(at: folder.appending(name: $0.name), $0)
    }
    return layout
  }

  // MARK: Folders

  private static func search(_ folder: FilePath) throws(AOFLayoutError) -> AOFLayout {
    let names = try list(folder)
    if let manifest = try onlyManifest(names, in: folder) { return try read(manifest: manifest) }
    let usual = folder.appending(name: usualFolder)
    if isFolder(usual), let manifest = try onlyManifest(try list(usual), in: usual) {
      return try read(manifest: manifest)
    }
    var found: [FilePath] = []
    for name in names where name != usualFolder {
      let inner = folder.appending(name: name)
      guard isFolder(inner), let entries = try? inner.names() else { continue }
      found += manifests(entries).map { inner.appending(name: $0) }
    }
    if found.count == 1 { return try read(manifest: found[0]) }
    if found.count > 1 {
      throw .severalManifests(
        folder, names: found.compactMap { $0.removingLastComponent().lastName })
    }
    if names.contains(usualFile) {
      return AOFLayout(parts: [part(at: folder.appending(name: usualFile), nil)])
    }
    let searched = isFolder(usual) ? usual : folder
    throw .noManifest(searched, parts: try list(searched).filter { AOFPartName($0) != nil })
  }

  private static func onlyManifest(
    _ names: [ByteString], in folder: FilePath
  ) throws(AOFLayoutError) -> FilePath? {
    let found = manifests(names)
    guard found.count < 2 else { throw .severalManifests(folder, names: found) }
    return found.first.map { folder.appending(name: $0) }
  }

  /// The manifests among some names, but for those that a server was writing when it ended.
  private static func manifests(_ names: [ByteString]) -> [ByteString] {
    names.filter { $0.hasSuffix(".manifest") && !$0.hasPrefix("temp-") }
  }

  private static func isFolder(_ path: FilePath) -> Bool {
    (try? path.stat())?.type == .directory
  }

  private static func list(_ folder: FilePath) throws(AOFLayoutError) -> [ByteString] {
    do throws(Errno) {
      return try folder.names()
    } catch {
      throw .source(.cannotOpen(error), folder)
    }
  }

  // MARK: Files

  private static func part(at path: FilePath, _ record: AOFManifest.Record?) -> Part {
    var part = Part(path: path, record: record)
    guard let status = try? path.stat(), status.type != .directory else {
      part.isMissing = true
      return part
    }
    if status.type == .regular { part.size = UInt64(clamping: status.size) }
    return part
  }

  private static func isManifest(_ path: FilePath) throws(AOFLayoutError) -> Bool {
    let bytes = try beginning(of: path, count: 4096)
    let span = unsafe bytes.span.bytes
    var at = 0
    while at < span.byteCount, span.byte(at: at) == UInt8(ascii: "#") {
      while at < span.byteCount, span.byte(at: at) != 0x0A { at += 1 }
      at += 1
    }
    if at < span.byteCount {
      let rest = span.extracting(at..<span.byteCount)
      if rest.droppingPrefix("file ") != nil { return true }
      // A damaged manifest must not pass for a damaged AOF; an AOF may have any name.
      guard rest.byte(at: 0) != UInt8(ascii: "*"), AOFFormat(first: rest) != .rdb else {
        return false
      }
    }
    return path.lastName?.hasSuffix(".manifest") ?? false
  }

  private static func beginning(
    of path: FilePath, count: Int
  ) throws(AOFLayoutError) -> [UInt8] {
    do throws(SourceError) {
      return try FileSource(path: path).readFirst(count)
    } catch {
      throw .source(error, path)
    }
  }

  private static func read(manifest path: FilePath) throws(AOFLayoutError) -> AOFLayout {
    let most = AOFManifest.mostBytes
    let bytes = try beginning(of: path, count: most + 1)
    var layout = AOFLayout(manifestPath: path)
    let manifest = AOFManifest(
      unsafe bytes.span.bytes.extracting(0..<min(bytes.count, most)), problems: &layout.problems)
    if bytes.count > most {
      layout.problems.append(
        ManifestProblem(
          line: 1,
          error: FormatError(
            .manifestSyntax, at: 0, "the manifest is too large to be one", expected: UInt64(most))))
    }
    let folder = path.removingLastComponent()
    layout.manifest = manifest
    layout.parts = manifest.loaded.map { part(at: folder.appending(name: $0.name), $0) }
    layout.history = manifest.records.filter { $0.role == .history }
      .map { part(at: folder.appending(name: $0.name), $0) }
    layout.orphans = orphans(of: manifest, path)
    return layout
  }

  /// The files that a manifest should list by their names and does not.
  private static func orphans(of manifest: AOFManifest, _ path: FilePath) -> [Part] {
    let folder = path.removingLastComponent()
    guard let own = path.lastName, own.hasSuffix(".manifest"),
      let names = try? (folder.isEmpty ? FilePath(".") : folder).names()
    else { return [] }
    let base = ByteString(Array(own.bytes.dropLast(".manifest".utf8.count)))
    let listed = Set(manifest.records.map(\.name))
    return names.filter { name in
      guard !listed.contains(name), let part = AOFPartName(name) else { return false }
      return part.base == base
    }
    .map { part(at: folder.appending(name: $0), nil) }
  }

  /// The manifest that lists a file that was named directly.
  private static func manifestBeside(_ path: FilePath) -> FilePath? {
    guard let name = path.lastName, let part = AOFPartName(name) else { return nil }
    let other = path.removingLastComponent().appending(
      name: ByteString(part.base.bytes + Array(".manifest".utf8)))
    guard let layout = try? read(manifest: other),
      layout.manifest?.records.contains(where: { $0.name == name }) == true
    else { return nil }
    return other
  }
}
