import Foundation
import Keyspace
import Persistence
import TestSupport

/// A real server that loads one output of a rewrite after another, of the same form.
///
/// It does so by `DEBUG RELOAD` and `DEBUG LOADAOF`, which read files as a start does, in a tenth of the time.
struct OutputServer {
  let server: OracleServer
  let form: Rewriter.Form

  private static let name = "appendonly.aof"
  private static let options: [String] = ["--databases", "512"]

  /// Starts it, empty.
  init(_ oracle: Oracle, _ form: Rewriter.Form) throws {
    self.form = form
    server = try OracleServer(
      oracle, arguments: Self.options + (form == .rdb ? [] : ["--appendonly", "yes"]))
  }

  /// Starts it with an output: nothing is loaded by DEBUG.
  init(_ oracle: Oracle, _ form: Rewriter.Form, startingWith output: URL) throws {
    self.form = form
    server = try OracleServer(
      oracle, arguments: Self.options + (form == .rdb ? [] : ["--appendonly", "yes"])
    ) { folder in try Self.put(output, form, into: folder, of: oracle) }
  }

  /// Loads an output in the place of what is there.
  func load(_ output: URL) throws {
    if server.oracle != .redis62 { try server.command("FUNCTION", "FLUSH") }
    try Self.put(output, form, into: server.folder, of: server.oracle)
    switch form {
    case .rdb: try server.command("DEBUG", "RELOAD", "NOSAVE")
    case .aof, .multiPart: try server.command("DEBUG", "LOADAOF")
    }
  }

  /// Keys in all databases.
  func keyCount() throws -> Int {
    try server.info("keyspace").values.reduce(0) { sum, facts in
      sum + (Int(facts.prefix { $0 != "," }.dropFirst("keys=".count)) ?? 0)
    }
  }

  /// Puts an output where the server looks for it. Redis 6.2 has a log of one file, which is then the base.
  private static func put(
    _ output: URL, _ form: Rewriter.Form, into folder: URL, of oracle: Oracle
  ) throws {
    if form == .rdb { return try replace(folder.appendingPathComponent("dump.rdb"), by: output) }
    guard oracle != .redis62 else {
      let base = form == .aof ? output : try file(in: output, endingIn: ".base.rdb")
      return try replace(folder.appendingPathComponent(name), by: base)
    }
    let log = folder.appendingPathComponent("appendonlydir")
    try? FileManager.default.removeItem(at: log)
    guard form == .aof else {
      try FileManager.default.copyItem(at: output, to: log)
      // The name is that of the input's, which may be another than the server's.
      let manifest = log.appendingPathComponent(name + ".manifest")
      let own = try file(in: log, endingIn: ".manifest")
      if own != manifest { try FileManager.default.moveItem(at: own, to: manifest) }
      return
    }
    try FileManager.default.createDirectory(at: log, withIntermediateDirectories: false)
    let base = "\(name).1.base.aof"
    let manifest = AOFManifest([AOFManifest.Record(ByteString(base), sequence: 1, role: .base)])
    try Data(manifest.text).write(to: log.appendingPathComponent(name + ".manifest"))
    try FileManager.default.copyItem(at: output, to: log.appendingPathComponent(base))
  }

  private static func replace(_ file: URL, by other: URL) throws {
    try? FileManager.default.removeItem(at: file)
    try FileManager.default.copyItem(at: other, to: file)
  }

  private static func file(in folder: URL, endingIn ending: String) throws -> URL {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    guard let name = names.first(where: { $0.hasSuffix(ending) }) else {
      throw CocoaError(.fileNoSuchFile)
    }
    return folder.appendingPathComponent(name)
  }
}
