import Foundation
import TestSupport
import ToolKit

/// A dataset with every type and encoding of Redis 7.0 in a likely mix, as a dump or as an append-only
/// file: mostly small keys, one in five thousand a collection of 1,000–10,000 elements, one in a hundred
/// thousand a larger one.
///
/// The same parameters give the same keys and values. The bytes of the file differ in the times
/// and in the order of hash tables, which are the server's own.
struct Dataset {
  /// Changed with the mix, so that files of an older one are not taken for it.
  static let version = 2

  /// Keys of the dataset, at least 1000.
  var keys: Int

  /// The dump, made now unless `folder` has it from an earlier run.
  ///
  /// - Parameter report: told what takes so long.
  /// - Throws: `Oracle.Missing`, `RESPError`, `CocoaError`.
  func dump(in folder: URL, report: (String) -> Void) throws -> URL {
    try make("rdb", in: folder, [], report) { try $0.save() }
  }

  /// The same keys as the server logs the commands that make them: an append-only file of one file, with
  /// timestamps.
  func log(in folder: URL, report: (String) -> Void) throws -> URL {
    let options = [
      "--appendonly", "yes", "--appendfsync", "no", "--aof-timestamp-enabled", "yes",
      "--auto-aof-rewrite-percentage", "0",
    ]
    return try make("aof", in: folder, options, report) { server in
      server.stop()
      return server.folder.appendingPathComponent("appendonlydir/appendonly.aof.1.incr.aof")
    }
  }

  private func make(
    _ kind: String, in folder: URL, _ options: [String], _ report: (String) -> Void,
    _ finish: (OracleServer) throws -> URL
  ) throws -> URL {
    let file = folder.appendingPathComponent("mix-v\(Self.version)-\(keys).\(kind)")
    if FileManager.default.fileExists(atPath: file.path) { return file }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    report("making \(file.relativePath) with a real server, once")
    let server = try OracleServer(.redis7, arguments: options)
    try fill(server)
    let made = try finish(server)
    // Moved first and renamed then: the server's folder may be on another file system.
    let partial = file.appendingPathExtension("partial")
    try? FileManager.default.removeItem(at: partial)
    try FileManager.default.moveItem(at: made, to: partial)
    try FileManager.default.moveItem(at: partial, to: file)
    let size = try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    report("\(Text.grouped(keys)) keys, \(Text.byteSize(UInt64(size)))")
    return file
  }

  private func fill(_ server: OracleServer) throws {
    var mix = KeyMix(seed: UInt64(keys))
    var database = 0
    var batch: [[Word]] = []
    for index in 0..<keys {
      // Most data lies in one database, some in two more.
      let wanted = index * 20 < keys * 18 ? 0 : index * 20 < keys * 19 ? 1 : 9
      if wanted != database {
        batch.append(["SELECT", Word(wanted)])
        database = wanted
      }
      batch += mix.commands(forKey: index)
      if batch.count >= 5000 || index == keys - 1 {
        for case .error(let message) in try server.pipeline(batch) {
          throw RESPError.refused(message, command: "a command of the dataset")
        }
        batch.removeAll(keepingCapacity: true)
      }
    }
  }
}
