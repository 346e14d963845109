import Forensics
import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

/// A check of an AOF whose server ends a rewrite meanwhile: the manifest is replaced, and the files that it
/// listed are taken away.
@Suite struct OvertakenCheckTests {
  /// A folder with one AOF, which is rewritten when the test says so.
  private final class Server {
    let folder: TemporaryFolder
    private(set) var rewrites = 0
    private let fileCount: Int
    private var files: [URL] = []

    /// `fileCount`: the base and the incremental files, each with two commands.
    init(fileCount: Int) throws {
      folder = try TemporaryFolder()
      self.fileCount = fileCount
      try write()
    }

    /// Writes the files, replaces the manifest, takes the old files away: the order of servers.
    func rewrite() throws {
      rewrites += 1
      let old = files
      try write()
      try Self.remove(old)
    }

    func loseFiles() throws { try Self.remove(files) }

    private func write() throws {
      let first = rewrites * fileCount + 1
      let base = "a.aof.\(rewrites + 1).base.aof"
      var manifest = "file \(base) seq \(rewrites + 1) type b\n"
      let commands = CommandLog.commands(["SELECT", "0"], ["SET", "rewrites", Word(rewrites)])
      files = [try folder.write(base, commands)]
      for number in first..<(first + fileCount - 1) {
        let name = "a.aof.\(number).incr.aof"
        manifest += "file \(name) seq \(number) type i\n"
        files.append(try folder.write(name, commands))
      }
      try Data(manifest.utf8).write(to: folder.file("a.aof.manifest"), options: .atomic)
    }

    private static func remove(_ files: [URL]) throws {
      for file in files { try FileManager.default.removeItem(at: file) }
    }
  }

  /// More than are opened before the first is read.
  private static let many = 40

  /// Checks the folder; `change` is called when the first file of every round has been read.
  private static func check(_ server: Server, change: (Int) throws -> Void) throws -> AOFVerdict {
    var round = 0
    var failure: (any Error)?
    var last: UInt64 = .max
    let verdict = AOFCheck().run(server.folder.url.path) { progress in
      defer { last = progress.count }
      guard progress.count <= last, failure == nil else { return }
      round += 1
      do { try change(round) } catch { failure = error }
    }
    if let failure { throw failure }
    return verdict
  }

  @Test func aRewriteIsFollowed() throws {
    let server = try Server(fileCount: Self.many)
    let verdict = try Self.check(server) { round in if round == 1 { try server.rewrite() } }
    #expect(server.rewrites == 1)
    #expect(verdict.outcome == .sound && verdict.inputError == nil)
    #expect(verdict.findings.findings == [])
    #expect(verdict.commands == UInt64(2 * Self.many))
    #expect(verdict.parts.first?.name == "a.aof.2.base.aof")
  }

  @Test func rewritesAgainAndAgainAreTold() throws {
    let server = try Server(fileCount: Self.many)
    let verdict = try Self.check(server) { _ in try server.rewrite() }
    #expect(server.rewrites == 8)
    #expect(verdict.outcome == .inputError && verdict.status == .unreadable)
    // Nothing is said of files that are not the server's any more.
    #expect(verdict.parts.isEmpty && verdict.findings.findings == [])
    #expect(try #require(verdict.inputError).contains("rewrites the AOF again and again"))
  }

  /// All files were open in time: what they held is the AOF as it was.
  @Test func filesThatAreOpenStayReadable() throws {
    let server = try Server(fileCount: 3)
    let verdict = try Self.check(server) { _ in try server.rewrite() }
    #expect(server.rewrites == 1)
    #expect(verdict.outcome == .sound && verdict.commands == 6)
    #expect(verdict.parts.map(\.name).first == "a.aof.1.base.aof")
  }

  /// Files that are gone while the manifest lists them are no rewrite.
  @Test func filesThatAreLostAreMissed() throws {
    let server = try Server(fileCount: Self.many)
    let verdict = try Self.check(server) { _ in try server.loseFiles() }
    #expect(verdict.outcome == .damaged && verdict.inputError == nil)
    #expect(Set(verdict.findings.findings.map(\.code)) == [.manifestMissingFile])
    // Those that were open could be read.
    #expect(verdict.findings.findings.count == Self.many - 16)
    let again = AOFCheck().run(server.folder.url.path)
    #expect(again.outcome == .damaged && again.inputError == nil)
    #expect(Set(again.findings.findings.map(\.code)) == [.manifestMissingFile])
    #expect(again.findings.findings.count == Self.many)
  }

  /// A server takes files of the history away, and then it writes the manifest without them.
  @Test func aHistoryThatIsTakenAwayIsNoDamage() throws {
    let server = try Server(fileCount: 3)
    let manifest = server.folder.file("a.aof.manifest")
    let lines = try String(contentsOf: manifest, encoding: .utf8)
    let old = try server.folder.write("a.aof.9.base.aof", CommandLog.commands(["SELECT", "0"]))
    try Data((lines + "file a.aof.9.base.aof seq 9 type h\n").utf8).write(to: manifest)
    let layout = try AOFLayout.find(FilePath(server.folder.url.path))
    #expect(layout.history.map(\.isMissing) == [false])
    try FileManager.default.removeItem(at: old)
    let verdict = AOFCheck().run(layout, named: server.folder.url.path)
    #expect(verdict.outcome == .sound && verdict.inputError == nil && verdict.commands == 6)
    #expect(verdict.findings.findings.map(\.code) == [.manifestMissingFile])
    #expect(verdict.warnings == 1 && verdict.errors == 0)
  }
}
