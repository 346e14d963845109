import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// Many exports: of every real file cut in every way, and of files with damage of every kind.
@Suite struct RDBExportFuzzTests {
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
}
