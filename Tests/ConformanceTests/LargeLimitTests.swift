import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// Where records count as large has no bearing on any verdict.
@Suite struct LargeLimitTests {
  private static let limits = [0, 30, 700]

  private func compare(_ bytes: [UInt8], _ limits: [Int]) {
    for isDeep in [true, false] {
      let expected = CheckProperties.verdict(bytes, isDeep: isDeep)
      for limit in limits {
        for isPipe in [false, true] {
          let found = CheckProperties.verdict(
            bytes, isDeep: isDeep, jobs: 2, batchSize: 64, largeRecord: limit, isPipe: isPipe)
          #expect(
            CheckProperties.difference(expected, found, isPipe: isPipe) == nil,
            "above \(limit) bytes\(isPipe ? ", from a pipe" : "")\(isDeep ? "" : ", shallow")")
          if !isPipe { #expect(messages(found) == messages(expected)) }
        }
      }
    }
  }

  /// The texts of all findings but those that name what stands before a record.
  private func messages(_ verdict: RDBVerdict) -> [String] {
    verdict.findings.findings.map(\.message)
  }

  private static let files: [URL] = {
    let folder = Fixtures.folder.appendingPathComponent("rdb")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "rdb" }
      .sorted { $0.path < $1.path }
  }()

  @Test func fixturesAreHere() { #expect(Self.files.count > 50) }

  @Test(arguments: files)
  func fixture(_ url: URL) throws {
    let bytes = Array(try Data(contentsOf: url))
    compare(bytes, bytes.count > 200_000 ? [700] : Self.limits)
  }

  @Test(arguments: DamagedFile.all)
  func damaged(_ file: DamagedFile) throws {
    compare(try file.bytes(), [30])
  }
}
