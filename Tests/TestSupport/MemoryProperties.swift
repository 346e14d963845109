import Forensics
import Foundation
package import MemoryModel
import Persistence

/// What holds for the report on the memory of any bytes at all, sound or not.
package enum MemoryProperties {
  /// The report on a file of these bytes, and the verdict on it.
  package static func report(
    _ bytes: [UInt8], in folder: TemporaryFolder
  ) throws -> (estimate: MemoryEstimate, rows: [KeyRow], keys: UInt64) {
    let file = try folder.write("damaged.rdb", bytes)
    var wishes = MemoryTally.Wishes()
    wishes.now = 1_800_000_000_000
    var settings = EncodingSettings()
    settings.compressDepth = 1
    wishes.whatIfs = [settings]
    wishes.whatIfNames = ["list-compress-depth=1"]
    var scan = MemoryScan(wishes)
    scan.wantsRows = true
    var estimate = MemoryEstimate(scan)
    var rows: [KeyRow] = []
    let verdict = scan.run(file.path, into: &estimate) { rows += $0 }
    return (estimate, rows, verdict.keys)
  }

  /// The first property that does not hold for these bytes; nil when all do.
  ///
  /// Every sum is that of the keys that are told, no key is told that the check does not count, and records
  /// that count as too large to hold are measured alike.
  package static func violation(_ bytes: [UInt8], random: UInt64) -> String? {
    guard let folder = try? TemporaryFolder(),
      let (estimate, rows, keys) = try? report(bytes, in: folder)
    else { return "no file could be written" }
    let tally = estimate.tally
    let sums = rows.reduce(into: (keys: UInt64(0), bytes: UInt64(0))) {
      $0.keys += 1
      $0.bytes &+= $1.memory.bytes
    }
    if tally.total.keys != sums.keys || tally.total.bytes != sums.bytes {
      return "the total is not that of the keys"
    }
    if tally.total.keys > keys { return "more keys than there are" }
    for (name, parts) in [
      ("types", estimate.byType.map(\.sums)), ("encodings", estimate.byEncoding.map(\.sums)),
      ("databases", tally.databases.values.map(\.sums)),
      ("sizes", tally.sizes),
    ] {
      let keys = parts.reduce(UInt64(0)) { $0 &+ $1.keys }
      let bytes = parts.reduce(UInt64(0)) { $0 &+ $1.bytes }
      if keys != sums.keys || bytes != sums.bytes { return "the \(name) are not all keys" }
    }
    for advice in estimate.advice where advice.keys > sums.keys {
      return "\(advice.code) is about more keys than there are"
    }
    var json = JSONWriter()
    estimate.write(to: &json)
    return difference(bytes, largeRecord: [0, 8, 20, 50, 200][Int(random >> 24 & 0xFFFF) % 5])
  }

  /// How the measures differ when records above so many bytes are read section by section.
  private static func difference(_ bytes: [UInt8], largeRecord: Int) -> String? {
    guard let whole = measured(bytes, RecordScanner.largeRecord),
      let large = measured(bytes, largeRecord)
    else { return nil }
    if whole.count != large.count { return "other keys above \(largeRecord) bytes" }
    for (a, b) in zip(whole, large) where a != b {
      return "above \(largeRecord) bytes, \(a) became \(b)"
    }
    return nil
  }

  /// What is measured of each key, in words; nil for what is no RDB file.
  private static func measured(_ bytes: [UInt8], _ largeRecord: Int) -> [String]? {
    guard
      let scanner = try? RecordScanner(
        MemorySource(bytes), inputSize: { UInt64(bytes.count) }, content: MemoryAccess(bytes),
        batchSize: RecordScanner.batchSize, largeRecord: largeRecord)
    else { return nil }
    let model = MemoryModel(.standard, .jemalloc8)
    var elements = model.elements
    elements.compressDepth = 1
    var measurer = BatchMeasurer(
      elements, selection: KeySelection(), recycle: scanner.recycler())
    var words: [String] = []
    while let item = try? scanner.next() {
      _ = measurer.measure(item) { key, name in
        var value = key.value
        if value.layout == .string {
          // A text that is too large to hold is not looked at as a number or an entry, which a short one is.
          let stored = value.stored
          if stored <= 24 { value = ValueMeasure(.string) }
          (value.stored, value.compact) = (stored, 0)
        }
        words.append("\(key.database) \(key.offset) \(ByteString(name)) \(value)")
      }
    }
    return words
  }
}
