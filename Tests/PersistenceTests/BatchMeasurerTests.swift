import Persistence
import TestSupport
import Testing

/// Keys of whole files, in batches and as records that are too large to hold.
@Suite struct BatchMeasurerTests {
  private typealias Lab = MeasureLab

  /// Every known value, and values drawn from a seed, in files of their own.
  private static func files() throws -> [[UInt8]] {
    var files = KnownDump.all.map(\.file)
    for seed in 0..<UInt64(3) {
      var random = RandomEntries(seed: seed)
      let entries = random.entries(120)
      for name in ["redis-3.2", "redis-5.0", "redis-7.0", "redis-7.4", "valkey-9.1"] {
        let target = try #require(RDBTarget(named: name))
        files.append(Written.file(entries, for: target).bytes)
      }
    }
    return files
  }

  /// What a measure says, in words. Large texts are not looked at as numbers and entries, which no text of
  /// that size is: here that is left out, and short texts, too.
  private static func words(_ measure: ValueMeasure) -> String {
    guard measure.layout == .string else { return "\(measure)" }
    guard measure.stored > 24 else { return "a text of \(measure.stored) bytes" }
    var measure = measure
    measure.compact = 0
    return "\(measure)"
  }

  @Test func largeRecordsAreMeasuredAlike() throws {
    for bytes in try Self.files() {
      for depth in [0, 2] {
        let sizes = Lab.sizes(depth: depth)
        let whole = try Lab.keys(bytes, sizes)
        let large = try Lab.keys(bytes, sizes, largeRecord: 0)
        #expect(whole.problems.isEmpty && large.problems.isEmpty)
        #expect(!whole.keys.isEmpty && whole.keys.map(\.name) == large.keys.map(\.name))
        for (a, b) in zip(whole.keys, large.keys) {
          #expect(Self.words(a.key.value) == Self.words(b.key.value))
          #expect(a.key.offset == b.key.offset && a.key.database == b.key.database)
          #expect(a.key.expiresAt == b.key.expiresAt && a.key.idle == b.key.idle)
          #expect(a.key.nameLength == UInt64(a.name.bytes.count))
        }
      }
    }
  }

  /// Texts with a hash in common are those that are equal.
  @Test func hashesOfTexts() throws {
    let texts = ["{\"a\": 1}", "[1, 2, 3]", "{\"a\": 2}", "{\"a\": 1}", "{"]
    var file = RDBBuilder()
    for (index, text) in texts.enumerated() { file.pair("k\(index)", text) }
    let keys = try Lab.keys(file.finished(), leastHashed: 8).keys.map(\.key)
    #expect(keys.map(\.valueHash).map { $0 != 0 } == [true, true, true, true, false])
    #expect(keys[0].valueHash == keys[3].valueHash)
    #expect(Set(keys.map(\.valueHash)).count == 4)
    // Too short to be an object of any worth.
    #expect(keys.map(\.beginsWithBrace) == [true, false, true, true, false])
    let unasked = try Lab.keys(file.finished()).keys.map(\.key)
    #expect(unasked.allSatisfy { $0.valueHash == 0 })
  }

  /// A value that is damaged is told and left out, and those around it are measured.
  @Test(arguments: [nil, 0]) func damagedValue(_ largeRecord: Int?) throws {
    var file = RDBBuilder()
    file.pair("before", "1")
    file.selectDB(3)
    let start = file.bytes.count
    file.key(16, "broken")
    // The header says more bytes than there are.
    file.string([0x20, 0, 0, 0, 2, 0, 0x81, 0x66, 2, 0x81, 0x76, 2, 0xFF])
    file.pair("behind", "2")
    let (keys, problems) = try Lab.keys(file.finished(), largeRecord: largeRecord)
    #expect(keys.map(\.name) == ["before", "behind"] && keys.map(\.key.database) == [0, 3])
    #expect(problems.count == 1)
    let problem = try #require(problems.first)
    #expect(problem.error.code == .badListpack && problem.record == UInt64(start))
    #expect(problem.database == 3 && problem.key == "broken")
  }

  /// A selection is that of the names and types, whatever the size.
  @Test(arguments: [nil, 0]) func selectedKeys(_ largeRecord: Int?) throws {
    var file = RDBBuilder()
    for number in 0..<20 {
      file.pair("user:\(number)", String(repeating: "x", count: 10 * number))
      file.key(2, "set:\(number)")
      file.append(1)
      file.string("member")
    }
    var selection = KeySelection()
    selection.keys = [Glob("user:*")]
    selection.largerThan = 100
    let keys = try Lab.keys(file.finished(), selection: selection, largeRecord: largeRecord).keys
    // A record is a type, a name with a length of one byte, and a text with one of two: 100 bytes for the
    // ninth, which is not more than 100.
    #expect(keys.map(\.name.description) == (10..<20).map { "user:\($0)" })
  }
}
