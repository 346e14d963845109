import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// The export in memory: what does not change the text, and what comes of damage.
@Suite struct RDBExportTests {
  static let files: [String] = {
    let folder = Fixtures.folder.appendingPathComponent("rdb")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".rdb") }.sorted()
  }()

  private static func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Fixtures.folder.appendingPathComponent("rdb/\(name)")))
  }

  /// Records that count as too large to hold are written piece by piece, and read the same.
  @Test(arguments: files)
  func sizesAndThreadsChangeNothing(_ name: String) throws {
    let bytes = try Self.read(name)
    for layout in RecordStyle.Layout.allCases {
      var style = RecordStyle()
      style.layout = layout
      let whole = ExportProperties.export(bytes, style, wantsMeta: false)
      #expect(whole.outcome.verdict.outcome == .sound)
      for (largeRecord, isPipe) in [(0, false), (100, true), (3000, false)] {
        let cut = ExportProperties.export(
          bytes, style, wantsMeta: false, jobs: 3, pieceSize: 1000, batchSize: 4096,
          largeRecord: largeRecord, isPipe: isPipe)
        #expect(cut.text == whole.text, "\(layout), large above \(largeRecord)")
        #expect(cut.outcome.records == whole.outcome.records)
        #expect(cut.outcome.verdict.outcome == .sound)
      }
    }
  }

  @Test(arguments: files)
  func base64OfLargeRecords(_ name: String) throws {
    let bytes = try Self.read(name)
    var style = RecordStyle()
    style.usesBase64 = true
    let whole = ExportProperties.export(bytes, style, wantsMeta: false)
    let cut = ExportProperties.export(
      bytes, style, wantsMeta: false, batchSize: 512, largeRecord: 0)
    #expect(cut.text == whole.text)
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

  /// Small files with damage of every kind: always a whole document.
  @Test(arguments: 0..<8)
  func mutants(chunk: Int) {
    var mutator = Mutator(Seed.all.map(\.bytes), seed: 0xE4_9027 + UInt64(chunk))
    var random = SeededRandom(seed: UInt64(chunk))
    for number in 0..<3000 {
      let bytes = mutator.next()
      if let violation = ExportProperties.violation(bytes, random: random.next()) {
        let text = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        Issue.record("\(violation), number \(number): \(text.joined())")
        return
      }
    }
  }

  /// A file that ends anywhere gives a whole document of the records before.
  @Test(arguments: Seed.small)
  func everyTruncation(_ seed: Seed) {
    for count in seed.bytes.indices {
      let violation = ExportProperties.violation(
        Array(seed.bytes.prefix(count)), random: UInt64(count) &* 0x9E37_79B9_7F4A_7C15)
      #expect(violation == nil, "\(count) bytes")
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
