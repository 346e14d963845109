package import Forensics
import Foundation
package import Persistence

/// What holds for the JSON of any bytes at all, sound or not.
package enum ExportProperties {
  /// The text and what came of it.
  package static func export(
    _ bytes: [UInt8], _ style: RecordStyle = RecordStyle(), wantsMeta: Bool = true,
    selection: KeySelection = KeySelection(), jobs: Int = 1, pieceSize: Int = .max,
    batchSize: Int? = nil, largeRecord: Int? = nil, isPipe: Bool = false
  ) -> (text: [UInt8], outcome: RDBExport.Outcome) {
    var export = RDBExport()
    export.style = style
    export.wantsMeta = wantsMeta
    export.selection = selection
    export.jobs = jobs
    export.findingLimit = .max
    var text: [UInt8] = []
    let outcome = export.run(
      MemorySource(bytes, pieceSize: pieceSize), named: "memory",
      size: isPipe ? nil : UInt64(bytes.count), content: isPipe ? nil : MemoryAccess(bytes),
      batchSize: batchSize ?? RecordScanner.batchSize,
      largeRecord: largeRecord ?? RecordScanner.largeRecord
    ) { (piece: RawSpan) in
      unsafe piece.withUnsafeBytes { unsafe text.append(contentsOf: $0) }
    }
    return (text, outcome)
  }

  /// The first property that does not hold for these bytes; nil when all do.
  ///
  /// Unless the input is refused, a whole JSON document comes that another reader accepts, with a record
  /// for every key that was not left out, and what was left out has a finding; a file fed in small
  /// pieces, in small batches on several threads, with all but the smallest records too large to hold,
  /// gives the same text.
  package static func violation(_ bytes: [UInt8], random: UInt64) -> String? {
    var style = RecordStyle()
    style.layout = RecordStyle.Layout.allCases[Int(random & 3) % 3]
    style.usesBase64 = random & 4 != 0
    style.keysOnly = random & 0x38 == 0 && style.layout != .keyed
    let wantsMeta = style.layout != .keyed
    let (text, outcome) = export(bytes, style, wantsMeta: wantsMeta)
    if let broken = contradiction(text, outcome, style) { return broken }
    let isPipe = random & 0x700 == 0
    let largeRecord = [0, 8, 20, 50, 200][Int(random >> 24 & 0xFFFF) % 5]
    let other = export(
      bytes, style, wantsMeta: wantsMeta, jobs: random & 0x1F00_0000_0000 == 0 ? 3 : 1,
      pieceSize: 1 + Int(random >> 40 & 63), batchSize: 9 + Int(random >> 48 & 63),
      largeRecord: largeRecord, isPipe: isPipe)
    if wantsMeta, text != other.text {
      // Facts between keys are put out where a batch ends.
      let plain = export(bytes, style, wantsMeta: false).text
      let cut = export(
        bytes, style, wantsMeta: false, pieceSize: 1 + Int(random >> 40 & 63),
        batchSize: 9 + Int(random >> 48 & 63), largeRecord: largeRecord, isPipe: isPipe
      ).text
      if plain != cut { return "another text with large records above \(largeRecord) bytes" }
    } else if text != other.text {
      return "another text with large records above \(largeRecord) bytes"
    }
    let (a, b) = (outcome.verdict, other.outcome.verdict)
    if outcome.records != other.outcome.records || outcome.leftOut != other.outcome.leftOut
      || a.outcome != b.outcome || a.findings.errors != b.findings.errors
    {
      return "another outcome with large records above \(largeRecord) bytes"
    }
    return nil
  }

  private static func contradiction(
    _ text: [UInt8], _ outcome: RDBExport.Outcome, _ style: RecordStyle
  ) -> String? {
    let verdict = outcome.verdict
    if verdict.dialect == nil { return text.isEmpty ? nil : "text of a file that was refused" }
    if outcome.isBroken { return "broken, though nothing changed" }
    if outcome.leftOut > verdict.findings.errors { return "left out without a finding" }
    if outcome.records + outcome.leftOut != verdict.keys { return "keys are missing" }
    if style.layout == .lines {
      let lines = text.split(separator: UInt8(ascii: "\n"))
      let records = lines.compactMap {
        try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any]
      }
      if records.count != lines.count { return "a line is no JSON" }
      return count(records) == outcome.records ? nil : "records are miscounted"
    }
    guard
      let array = try? JSONSerialization.jsonObject(with: Data(text)) as? [[String: Any]]
    else { return "no JSON" }
    // Names that stand twice are one for this reader.
    if style.layout == .keyed { return nil }
    return count(array) == outcome.records ? nil : "records are miscounted"
  }

  private static func count(_ records: [[String: Any]]) -> UInt64 {
    UInt64(records.count { $0["type"] as? String != "meta" })
  }
}
