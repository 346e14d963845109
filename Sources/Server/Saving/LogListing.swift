internal import Glibc
internal import Persistence
internal import SystemPackage

/// The files of the server's log, and the manifest that lists them.
struct LogListing {
  let folder: FilePath
  /// What the manifest says, or is to say next.
  var manifest: AOFManifest
  /// What the names of all files begin with (`appendfilename`).
  private let name: String
  private let manifestName: ByteString
  private let faults: FaultPlan

  init(
    _ settings: ServerSettings, in folder: FilePath, _ manifest: AOFManifest, _ faults: FaultPlan
  ) {
    self.folder = folder
    self.manifest = manifest
    self.faults = faults
    name = settings.appendName
    manifestName = Self.manifestName(settings)
  }

  static func manifestName(_ settings: ServerSettings) -> ByteString {
    ByteString("\(settings.appendName).manifest")
  }

  /// The name and the number of the base that a rewrite writes.
  func nextBase(isRDB: Bool) -> (name: ByteString, number: UInt64) {
    freeName(.base, isRDB ? ".base.rdb" : ".base.aof")
  }

  /// The file that commands are added to when the one of now has ended, or the first one.
  func nextIncremental() -> AOFManifest.Record {
    let (name, number) = freeName(.incremental, ".incr.aof")
    return .init(name, sequence: number, role: .incremental)
  }

  /// The next name that no file has: one that the manifest does not list may be all that is left of a log.
  private func freeName(
    _ role: AOFManifest.Role, _ ending: String
  ) -> (name: ByteString, number: UInt64) {
    var number = (manifest.records.filter { $0.role == role }.map(\.sequence).max() ?? 0) + 1
    func candidate() -> ByteString { ByteString("\(name).\(number)\(ending)") }
    while folder.appending(name: candidate()).exists { number += 1 }
    return (candidate(), number)
  }

  /// Has a base that has been written, and the file that was begun with it, take the place of all others, which
  /// are removed.
  ///
  /// - `last`: the file that was begun; nil where nothing is logged behind the base.
  mutating func adopt(
    base name: ByteString, _ number: UInt64, with last: AOFManifest.Record?
  ) throws(LogError) {
    var history = manifest.records.filter { $0 != last }
    for index in history.indices { history[index].role = .history }
    let kept = [AOFManifest.Record(name, sequence: number, role: .base)] + (last.map { [$0] } ?? [])
    try write(AOFManifest(kept + history))
    manifest = AOFManifest(kept)
    for record in history {
      _ = unsafe folder.appending(name: record.name).withPlatformString { unsafe unlink($0) }
    }
    if !history.isEmpty { try? write() }
  }

  /// Writes the manifest as it is.
  func write() throws(LogError) { try write(manifest) }

  private func write(_ manifest: AOFManifest) throws(LogError) {
    let path = folder.appending(name: manifestName)
    do throws(OutputError) {
      let file = try OutputFile(inPlaceOf: path)
      let text = manifest.text
      try file.write(unsafe text.span.bytes)
      faults.pass(.beforeManifestRename, path)
      try file.commit()
      faults.pass(.afterManifestRename, path)
    } catch {
      throw .output(error, path)
    }
  }
}

extension AOFManifest {
  /// The file that commands are added to; nil where none is listed.
  var lastIncremental: Record? { records.last { $0.role == .incremental } }
}
