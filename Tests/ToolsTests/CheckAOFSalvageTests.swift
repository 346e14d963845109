import Foundation
import TestSupport
import Testing

/// `check-aof --salvage`, from outside.
@Suite struct CheckAOFSalvageTests {
  private static let first = CommandLog.commands(["SELECT", "0"], ["SET", "a", "1"])
  private static let garbage = Array("garbage".utf8)
  private static let second = CommandLog.commands(
    ["SET", "b", "2"], ["RPUSH", "list", "x", "y"], ["SET", "c", "3"], ["DEL", "a"])

  private static func content(_ file: URL) throws -> [UInt8] { Array(try Data(contentsOf: file)) }

  private static func salvage(_ arguments: String...) throws -> Run {
    try Run.built("check-aof", arguments, input: .nothing)
  }

  @Test func goesOnBehindGarbage() throws {
    let folder = try TemporaryFolder()
    let log = Self.first + Self.garbage + Self.second
    let file = try folder.write("a.aof", log)
    let out = folder.file("out.aof")
    let run = try Self.salvage("--json", "--salvage", out.path, file.path)
    #expect(run.exitCode == 2)
    #expect(try Self.content(out) == Self.first + Self.second)
    #expect(try Self.content(folder.file("out.aof.skipped")) == Self.garbage)
    #expect(try Self.content(file) == log)
    let salvage = try #require(try CheckAOFTests.line(run)["salvage"] as? [String: Any])
    #expect(salvage["commands_recovered"] as? Int == 6)
    #expect(salvage["status"] as? String == "ok")
    let part = try #require((salvage["parts"] as? [[String: Any]])?.first)
    let gap = try #require((part["gaps"] as? [[String: Any]])?.first)
    #expect(gap["from"] as? Int == Self.first.count)
    #expect(gap["to"] as? Int == Self.first.count + Self.garbage.count)
    let text = try Self.salvage("--salvage", folder.file("other.aof").path, file.path)
    #expect(text.outputText.contains("Salvaged to") && text.outputText.contains("6 recovered"))
  }

  @Test func statuses() throws {
    let folder = try TemporaryFolder()
    let sound = try folder.write("a.aof", Self.first)
    let out = folder.file("out.aof")
    let whole = try Self.salvage("--json", "--salvage", out.path, sound.path)
    #expect(whole.exitCode == 0)
    #expect(try Self.content(out) == Self.first)
    #expect(!FileManager.default.fileExists(atPath: out.path + ".skipped"))
    let noise = try folder.write(
      "noise", (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) })
    let nothing = try Self.salvage("--json", "--salvage", folder.file("no.aof").path, noise.path)
    #expect(nothing.exitCode == 65)
    _ = try CheckAOFTests.line(nothing)
    #expect(!FileManager.default.fileExists(atPath: folder.file("no.aof").path))
    #expect(try Self.salvage("--salvage", sound.path, sound.path).exitCode == 64)
    let deep = folder.file("no/such/folder/out.aof").path
    #expect(try Self.salvage("--salvage", deep, sound.path).exitCode == 73)
    #expect(try Self.salvage("--salvage", out.path, folder.file("none").path).exitCode == 66)
  }

  @Test func upToATime() throws {
    let folder = try TemporaryFolder()
    func stamp(_ second: Int) -> [UInt8] { Array("#TS:\(second)\r\n".utf8) }
    let early = stamp(100) + Self.first
    let late = stamp(300) + Self.second
    try FileManager.default.createDirectory(
      at: folder.file("log"), withIntermediateDirectories: false)
    _ = try folder.write("log/appendonly.aof.1.incr.aof", early + late)
    _ = try folder.write("log/appendonly.aof.2.incr.aof", stamp(100) + Self.second)
    _ = try folder.write(
      "log/appendonly.aof.manifest",
      Array(
        """
        file appendonly.aof.1.incr.aof seq 1 type i
        file appendonly.aof.2.incr.aof seq 2 type i

        """.utf8))
    let out = folder.file("out")
    let run = try Self.salvage(
      "--json", "--salvage", out.path, "--truncate-to-timestamp", "200", folder.file("log").path)
    // What was asked for is whole.
    #expect(run.exitCode == 0)
    #expect(try Self.content(out.appendingPathComponent("appendonly.aof.1.incr.aof")) == early)
    #expect(try Self.content(out.appendingPathComponent("appendonly.aof.2.incr.aof")).isEmpty)
    #expect(try Self.content(folder.file("out.skipped")) == late + stamp(100) + Self.second)
    let salvage = try #require(try CheckAOFTests.line(run)["salvage"] as? [String: Any])
    let parts = try #require(salvage["parts"] as? [[String: Any]])
    let gaps = parts.compactMap { $0["gaps"] as? [[String: Any]] }.joined()
    #expect(gaps.map { $0["reason"] as? String } == ["after-the-time", "after-the-time"])
    #expect(try Self.salvage("--salvage", "x", "--fix", "y").exitCode == 64)
    #expect(
      try Self.salvage("--salvage", "x", "--truncate-to-timestamp", "1", "--yes", "y").exitCode
        == 64)
  }

  @Test func transactions() throws {
    let folder = try TemporaryFolder()
    let log =
      Self.first + CommandLog.commands(["MULTI"], ["SET", "x", "1"]) + Self.garbage
      + CommandLog.commands(["SET", "y", "2"], ["EXEC"]) + Self.second
    let file = try folder.write("a.aof", log)
    let out = folder.file("out.aof")
    #expect(try Self.salvage("--salvage", out.path, file.path).exitCode == 2)
    #expect(try Self.content(out) == Self.first + Self.second)
    let kept = try Self.salvage(
      "--salvage", out.path, "--keep-partial-transactions", file.path)
    #expect(kept.exitCode == 2)
    let text = String(decoding: try Self.content(out), as: UTF8.self)
    #expect(text.contains("$1\r\nx\r\n") && text.contains("$1\r\ny\r\n"))
  }

  /// A folder gets its manifest last, and keeps the names of its files.
  @Test func folders() throws {
    let folder = try TemporaryFolder()
    let inner = folder.file("in")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
    let manifest = "file a.1.base.aof seq 1 type b\nfile a.1.incr.aof seq 1 type i\n"
    try Data(manifest.utf8).write(to: inner.appendingPathComponent("a.manifest"))
    try Data(Self.first + Self.garbage + Self.second).write(
      to: inner.appendingPathComponent("a.1.base.aof"))
    try Data(Self.second).write(to: inner.appendingPathComponent("a.1.incr.aof"))
    let out = folder.file("out")
    let run = try Self.salvage("--json", "--salvage", out.path, inner.path)
    #expect(run.exitCode == 2)
    _ = try CheckAOFTests.line(run)
    #expect(try Self.content(out.appendingPathComponent("a.manifest")) == Array(manifest.utf8))
    #expect(
      try Self.content(out.appendingPathComponent("a.1.base.aof")) == Self.first + Self.second)
    #expect(try Self.content(out.appendingPathComponent("a.1.incr.aof")) == Self.second)
    // Nothing is written into a folder that holds something.
    #expect(try Self.salvage("--salvage", out.path, inner.path).exitCode == 73)
    // Without its manifest, the files are put together by their names.
    try FileManager.default.removeItem(at: inner.appendingPathComponent("a.manifest"))
    let again = folder.file("again")
    #expect(try Self.salvage("--salvage", again.path, inner.path).exitCode == 2)
    #expect(try Self.content(again.appendingPathComponent("a.manifest")) == Array(manifest.utf8))
  }

  /// The `dir` of a server before 7.0, which has one file in it.
  @Test func folderOfOneFile() throws {
    let folder = try TemporaryFolder()
    let inner = folder.file("dir")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
    let file = inner.appendingPathComponent("appendonly.aof")
    let log = Self.first + Self.garbage + Self.second
    try Data(log).write(to: file)
    let out = folder.file("out.aof")
    let run = try Self.salvage("--json", "--salvage", out.path, inner.path)
    #expect(run.exitCode == 2)
    let line = try CheckAOFTests.line(run)
    #expect(line["file"] as? String == inner.path && line["kind"] as? String == "plain")
    let part = try #require((line["parts"] as? [[String: Any]])?.first)
    #expect(part["file"] as? String == file.path)
    #expect(try Self.content(out) == Self.first + Self.second)
    #expect(try Self.content(folder.file("out.aof.skipped")) == Self.garbage)
    // The file in the folder is the input.
    #expect(try Self.salvage("--salvage", file.path, inner.path).exitCode == 73)
    #expect(try Self.content(file) == log)
  }

  /// A folder in whose files there is nothing to bring back: none is made, and nothing beside it.
  @Test func folderOfNothing() throws {
    let folder = try TemporaryFolder()
    let inner = folder.file("in")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
    let manifest = "file a.1.base.aof seq 1 type b\nfile a.1.incr.aof seq 1 type i\n"
    try Data(manifest.utf8).write(to: inner.appendingPathComponent("a.manifest"))
    let noise = [UInt8](repeating: 0x2B, count: 5000)
    try Data(noise).write(to: inner.appendingPathComponent("a.1.base.aof"))
    let incremental = inner.appendingPathComponent("a.1.incr.aof")
    let names = { try FileManager.default.contentsOfDirectory(atPath: folder.url.path) }
    let out = folder.file("out")
    for content in [[], noise] {
      try Data(content).write(to: incremental)
      let run = try Self.salvage("--salvage", out.path, inner.path)
      #expect(run.exitCode == 1 && run.outputText.contains("Nothing came back"))
      #expect(try names() == ["in"])
    }
    // A folder that is there stays, and stays empty.
    try FileManager.default.createDirectory(at: out, withIntermediateDirectories: false)
    #expect(try Self.salvage("--salvage", out.path, inner.path).exitCode == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.path) == [])
    // What one file holds is enough, and the others are there, too, for a server to start.
    try Data(Self.first).write(to: inner.appendingPathComponent("a.1.base.aof"))
    #expect(try Self.salvage("--salvage", out.path, inner.path).exitCode == 2)
    #expect(try Self.content(out.appendingPathComponent("a.1.incr.aof")) == [])
  }

  @Test(arguments: ["plain", "gzip"])
  func fromAPipe(_ compression: String) throws {
    let folder = try TemporaryFolder()
    var bytes = Self.first + Self.garbage + Self.second
    if compression == "gzip" {
      let file = try folder.write("log", bytes)
      bytes = try Run.program("/usr/bin/gzip", ["-c", file.path]).output
    }
    let out = folder.file("out.aof")
    let run = try Run.built("check-aof", ["--salvage", out.path, "-"], input: .pipe(bytes))
    #expect(run.exitCode == 2)
    #expect(try Self.content(out) == Self.first + Self.second)
  }
}
