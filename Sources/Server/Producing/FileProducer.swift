internal import Glibc
internal import Keyspace
internal import Persistence
internal import SystemPackage

/// What has been produced.
struct ProducedFiles: Sendable {
  var path: FilePath
  var keys: UInt64 = 0
  /// Keys and libraries that the target cannot hold.
  var leftOut: UInt64 = 0
  /// Facts that it cannot hold, those of the keys that were left out among them.
  var losses: UInt64 = 0
  /// The names, without their folder, and what is in them.
  var files: [(name: ByteString, hash: FileHash)] = []
  /// The names of the files of labels.
  var labels: [ByteString] = []
}

/// Writes a dataset into files of some release and layout, sound or broken.
///
/// They are written in a folder of another name beside the place where they are to be (`.NAME.XXXXXX`, which is
/// left only when the process is killed meanwhile) and moved there when they are whole and durable, the labels of
/// faults before what they tell of. What is there already is never replaced.
struct FileProducer: Sendable {
  let request: ProduceRequest
  /// Where the file, or the folder of files, is to be.
  let path: FilePath
  /// What the names of the files of a log in several files begin with.
  let logName: String
  /// Unix seconds that RDBs tell to have been written at.
  let time: Int64
  /// Called again and again while a dataset is written; nil where nobody waits for the processor.
  var makeWay: (@Sendable () -> Void)?

  func run(_ snapshot: Snapshot) throws(ProduceError) -> ProducedFiles {
    let folder = try makeFolder()
    var isMoved = false
    defer { if !isMoved { Self.remove(folder) } }
    var result = ProducedFiles(path: path)
    let files = try write(snapshot, to: folder, &result)
    let broken = request.faults.isEmpty ? nil : files.first { $0.name == nameOfBroken(files) }
    for file in files {
      do throws(Errno) { try file.sync() } catch { throw .file(error, file.path) }
      var hash = file.written
      if file === broken {
        let labels = try FileDamage(
          request: request, file: file, isManifest: file.name.hasSuffix(".manifest")
        ).apply()
        hash = labels.last?.broken ?? hash
        let name = FaultLabel.name(of: file.name)
        try write(FaultLabel.lines(labels), named: name, in: folder)
        result.labels.append(name)
      }
      result.files.append((file.name, hash))
    }
    try publish(folder, result)
    isMoved = true
    return result
  }

  // MARK: Writing

  private func write(
    _ snapshot: Snapshot, to folder: FilePath, _ result: inout ProducedFiles
  ) throws(ProduceError) -> [ProducedFile] {
    let (base, tail) = snapshot.split(last: request.tail)
    var reports: [RewriteReport] = []
    var files: [ProducedFile] = []
    func file(_ name: ByteString) throws(ProduceError) -> ProducedFile {
      do throws(Errno) {
        return try ProducedFile(name, in: folder)
      } catch {
        throw .file(error, folder.appending(name: name))
      }
    }
    func writing(_ file: ProducedFile, _ body: () throws(Errno) -> Void) throws(ProduceError) {
      do throws(Errno) { try body() } catch { throw .file(error, file.path) }
      files.append(file)
    }
    let name = path.lastName ?? ""
    switch request.layout {
    case .rdb:
      let file = try file(name)
      try writing(file) { () throws(Errno) in
        reports.append(try writeRDB(base, isBase: false, to: file))
      }
    case .aof:
      let file = try file(name)
      try writing(file) { () throws(Errno) in reports.append(try writeCommands(base, to: file)) }
    case .preamble:
      let file = try file(name)
      try writing(file) { () throws(Errno) in
        reports.append(try writeRDB(base, isBase: true, to: file))
        reports.append(try writeCommands(tail, to: file))
      }
    case .multiPart:
      let isRDB = request.base == .rdb
      let baseName = ByteString("\(logName).1.base." + (isRDB ? "rdb" : "aof"))
      let tailName = ByteString("\(logName).1.incr.aof")
      let baseFile = try file(baseName)
      try writing(baseFile) { () throws(Errno) in
        reports.append(
          isRDB
            ? try writeRDB(base, isBase: true, to: baseFile)
            : try writeCommands(base, to: baseFile))
      }
      let tailFile = try file(tailName)
      try writing(tailFile) { () throws(Errno) in
        reports.append(try writeCommands(tail, to: tailFile))
      }
      let manifest = AOFManifest([
        .init(baseName, sequence: 1, role: .base), .init(tailName, sequence: 1, role: .incremental),
      ])
      let manifestFile = try file(ByteString("\(logName).manifest"))
      try writing(manifestFile) { () throws(Errno) in
        let text = manifest.text
        try manifestFile.write(unsafe text.span.bytes)
      }
    }
    for report in reports {
      result.keys += report.keys
      result.leftOut += report.leftOut + report.functionsLeftOut
      result.losses += report.lossCount + report.functionsLeftOut
    }
    guard result.losses == 0 || request.dropsUnsupported else {
      throw .loss(result.losses, request.target)
    }
    return files
  }

  private func writeRDB(
    _ snapshot: Snapshot, isBase: Bool, to file: ProducedFile
  ) throws(Errno) -> RewriteReport {
    var rewriter = RDBRewriter(request.target)
    rewriter.compresses = request.compresses
    rewriter.hasChecksum = request.hasChecksum
    rewriter.aux = request.target.aux(ctime: time, isBase: isBase)
    rewriter.makeWay = makeWay
    let report = try rewriter.write(snapshot) { (piece) throws(Errno) in try file.write(piece) }
    file.endRDB()
    return report
  }

  private func writeCommands(
    _ snapshot: Snapshot, to file: ProducedFile
  ) throws(Errno) -> RewriteReport {
    var rewriter = AOFRewriter(request.target)
    rewriter.makeWay = makeWay
    return try rewriter.write(snapshot) { (piece) throws(Errno) in
      try file.write(piece)
    }
  }

  private func write(
    _ bytes: [UInt8], named name: ByteString, in folder: FilePath
  ) throws(ProduceError) {
    do throws(Errno) {
      let file = try ProducedFile(name, in: folder)
      try file.write(unsafe bytes.span.bytes)
      try file.sync()
    } catch {
      throw .file(error, folder.appending(name: name))
    }
  }

  /// The name of the file that the faults go into.
  private func nameOfBroken(_ files: [ProducedFile]) -> ByteString? {
    guard request.layout == .multiPart else { return files.first?.name }
    let part = request.part ?? (request.tail > 0 ? .incremental : .base)
    switch part {
    case .base: return files[0].name
    case .incremental: return files[1].name
    case .manifest: return files[2].name
    }
  }

  // MARK: Folders

  private var parent: FilePath { path.removingLastComponent() }

  private func makeFolder() throws(ProduceError) -> FilePath {
    var template: [CChar] = unsafe parent.withPlatformString { text in
      unsafe Array(UnsafeBufferPointer(start: text, count: strlen(text)))
    }
    if !template.isEmpty { template.append(CChar(bitPattern: UInt8(ascii: "/"))) }
    let name = ByteString(".").bytes + (path.lastName?.beginning(200).bytes ?? [])
    template += (name + Array(".XXXXXX".utf8) + [0]).map { CChar(bitPattern: $0) }
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe mkdtemp($0) } != nil
    }
    guard made else { throw .file(Errno(rawValue: errno), parent) }
    let folder = FilePath(platformString: template)
    // As a folder that a server makes.
    _ = unsafe folder.withPlatformString { unsafe chmod($0, 0o755) }
    return folder
  }

  /// Moves what was written to where it is to be.
  private func publish(_ folder: FilePath, _ result: ProducedFiles) throws(ProduceError) {
    do throws(Errno) {
      try folder.syncFolder()
      if request.layout == .multiPart {
        // Fails where something is; an empty folder of ours is what a folder may take the place of.
        guard unsafe path.withPlatformString({ unsafe mkdir($0, 0o755) }) == 0 else {
          throw Errno(rawValue: errno)
        }
        guard unsafe Self.call(folder, path, { unsafe rename($0, $1) }) else {
          let error = Errno(rawValue: errno)
          _ = unsafe path.withPlatformString { unsafe rmdir($0) }
          throw error
        }
      } else {
        var moved: [FilePath] = []
        for name in result.labels + result.files.map(\.name) {
          let place = parent.appending(name: name)
          guard
            unsafe Self.call(folder.appending(name: name), place, { unsafe link($0, $1) })
          else {
            let error = Errno(rawValue: errno)
            for path in moved { _ = unsafe path.withPlatformString { unsafe unlink($0) } }
            throw error
          }
          moved.append(place)
        }
        Self.remove(folder)
      }
      try (parent.isEmpty ? FilePath(".") : parent).syncFolder()
    } catch {
      throw .file(error, path)
    }
  }

  private static func call(
    _ first: FilePath, _ second: FilePath,
    _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int32
  ) -> Bool {
    unsafe first.withPlatformString { first in
      unsafe second.withPlatformString { unsafe body(first, $0) == 0 }
    }
  }

  private static func remove(_ folder: FilePath) {
    for name in (try? folder.names()) ?? [] {
      _ = unsafe folder.appending(name: name).withPlatformString { unsafe unlink($0) }
    }
    _ = unsafe folder.withPlatformString { unsafe rmdir($0) }
  }
}
