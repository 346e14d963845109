import Foundation
import TestSupport
import Testing

/// The README shows what the tool prints.
@Suite struct ReadmeTests {
  private static let readme = try? String(
    contentsOf: Fixtures.project.appendingPathComponent("README.md"), encoding: .utf8)

  @Test func showsTheCheckOfTheBookshop() throws {
    let dump = Fixtures.folder.appendingPathComponent("bookshop.rdb").path
    let run = try Run.built("check-rdb", [dump])
    #expect(run.exitCode == 0)
    try expectShown(run, of: dump, as: "fixtures/bookshop.rdb")
  }

  /// The copy is damaged as the README says: byte 60000 is zero, bytes 300000 and 300001 are FF.
  @Test func showsTheCheckOfADamagedCopy() throws {
    let folder = try TemporaryFolder()
    var bytes = Array(
      try Data(contentsOf: Fixtures.folder.appendingPathComponent("bookshop.rdb")))
    bytes[60_000] = 0
    bytes[300_000] = 0xFF
    bytes[300_001] = 0xFF
    let damaged = try folder.write("damaged.rdb", bytes)
    let run = try Run.built("check-rdb", [damaged.path])
    #expect(run.exitCode == 1)
    try expectShown(run, of: damaged.path, as: "damaged.rdb")
  }

  private func expectShown(_ run: Run, of path: String, as name: String) throws {
    let readme = try #require(Self.readme)
    let text = String(decoding: run.output, as: UTF8.self)
      .replacingOccurrences(of: path, with: name)
    #expect(readme.contains("\n" + text + "```"), "\(text)")
  }
}
