import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// The export in memory: what does not change the text, and what comes of damage.
@Suite struct RDBExportTests {
  private static func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Fixtures.folder.appendingPathComponent("rdb/\(name)")))
  }

  @Test func limitsAreTheSameForEveryCut() throws {
    let bytes = try Self.read("7.2.6-census.rdb")
    var selection = KeySelection()
    for limit in [0, 1, 2, 10, 100, 1_000_000] as [UInt64] {
      selection.limit = limit
      let whole = ExportProperties.export(bytes, wantsMeta: false, selection: selection)
      #expect(whole.outcome.records <= limit)
      #expect(whole.outcome.isCut == (limit < 1_000_000))
      let cut = ExportProperties.export(
        bytes, wantsMeta: false, selection: selection, jobs: 3, batchSize: 700, largeRecord: 50)
      #expect(cut.text == whole.text, "limit \(limit)")
    }
  }

  /// Damaged values are left out, with a finding each; all records around them are there.
  @Test func damagedValuesAreLeftOut() throws {
    var file = RDBBuilder("REDIS0011")
    file.key(0, "before")
    file.string("1")
    // A listpack that says it is longer than it is.
    file.key(16, "damaged")
    file.string([99, 0, 0, 0, 0, 0, 0xFF])
    file.key(0, "after")
    file.string("2")
    let (text, outcome) = ExportProperties.export(file.finished(), wantsMeta: false)
    let records = try #require(
      try JSONSerialization.jsonObject(with: Data(text)) as? [[String: Any]])
    #expect(records.map { $0["key"] as? String } == ["before", "after"])
    #expect(outcome.leftOut == 1)
    #expect(outcome.verdict.outcome == .damaged)
    let finding = try #require(outcome.verdict.findings.findings.first)
    #expect(finding.code == .badListpack)
    #expect(finding.key == "damaged")
  }

  @Test func aWrongChecksumIsTold() throws {
    var bytes = try Self.read("7.2.6-onekey.rdb")
    bytes[bytes.count - 1] ^= 1
    let (text, outcome) = ExportProperties.export(bytes, wantsMeta: false)
    #expect(String(decoding: text, as: UTF8.self).contains(#""key":"hello""#))
    #expect(outcome.verdict.findings.findings.map(\.code) == [.checksumMismatch])
    #expect(outcome.verdict.outcome == .damaged)
  }
}
