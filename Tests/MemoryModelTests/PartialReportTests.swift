import Forensics
import Foundation
import MemoryModel
import Persistence
import TestSupport
import Testing

/// Partial reports: what is written is read, and what is damaged is refused.
@Suite struct PartialReportTests {
  private static let names = [
    "7.2.6-census", "7.4.1-hfe", "6.2.16-manydb", "valkey-9.1.2-census", "2.4.18-big",
  ]

  private static func scan() -> MemoryScan {
    var wishes = MemoryTally.Wishes()
    wishes.now = 1_795_888_020_958
    wishes.bySlot = true
    wishes.largestKeys = 7
    var settings = EncodingSettings()
    let isKnown = settings.set("hash-max-listpack-entries", to: 5)
    #expect(isKnown)
    wishes.whatIfs = [settings]
    wishes.whatIfNames = ["hash-max-listpack-entries=5"]
    var scan = MemoryScan(wishes)
    scan.server = ServerModel(named: "redis-7.2")
    return scan
  }

  static func estimate(_ names: [String]) throws -> MemoryEstimate {
    let scan = scan()
    var estimate = MemoryEstimate(scan)
    for name in names {
      let file = Fixtures.folder.appendingPathComponent("rdb/\(name).rdb")
      let verdict = scan.run(file.path, into: &estimate)
      #expect(verdict.outcome == .sound)
    }
    return estimate
  }

  static func json(_ estimate: MemoryEstimate) -> String {
    var writer = JSONWriter()
    estimate.write(to: &writer)
    return String(decoding: writer.take(), as: UTF8.self)
  }

  @Test func whatIsWrittenIsRead() throws {
    let whole = try Self.estimate(Self.names)
    let read = try MemoryEstimate(partial: whole.partial)
    #expect(Self.json(read) == Self.json(whole))
    #expect(read.partial == whole.partial)
  }

  /// However the files are divided, the report is that of all of them.
  @Test func partsMakeTheWhole() throws {
    let whole = Self.json(try Self.estimate(Self.names))
    for cut in 0...Self.names.count {
      var first = try MemoryEstimate(
        partial: try Self.estimate(Array(Self.names[..<cut])).partial)
      try first.merge(
        try MemoryEstimate(partial: try Self.estimate(Array(Self.names[cut...])).partial))
      #expect(Self.json(first) == whole)
    }
  }

  @Test func otherOptionsAreRefused() throws {
    let one = try Self.estimate(["7.2.6-tiny"])
    var wishes = Self.scan().wishes
    wishes.largestKeys = 8
    var other = MemoryEstimate(MemoryScan(wishes))
    #expect(throws: PartialError.self) { try other.merge(one) }
    var scan = Self.scan()
    scan.allocator = .libc
    var debian = MemoryEstimate(scan)
    #expect(throws: PartialError.self) { try debian.merge(one) }
  }
}

/// Partial reports that are damaged.
@Suite struct PartialReportFuzzTests {
  /// The bytes of a partial report with the right checksum at their end.
  private static func sealed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let bytes = Array(bytes)
    let sum = CRC64.update(0, unsafe bytes.span.bytes)
    return bytes + (0..<8).map { UInt8(truncatingIfNeeded: sum >> UInt64(8 * $0)) }
  }

  /// Cut off at every byte, and with every byte changed: refused for its checksum, and with a right one
  /// refused or taken, without a trap in what is told of it.
  @Test func damage() throws {
    let partial = try PartialReportTests.estimate(["7.2.6-onekey", "7.4.1-hfesmall"]).partial
    let body = partial.dropLast(8)
    #expect(Self.sealed(body) == partial)
    for count in stride(from: 0, to: partial.count, by: 3) {
      #expect(throws: PartialError.self) {
        try MemoryEstimate(partial: Array(partial.prefix(count)))
      }
      #expect(throws: PartialError.self) {
        try MemoryEstimate(partial: Self.sealed(body.prefix(min(count, body.count - 1))))
      }
    }
    var random = SeededRandom(seed: 7)
    var taken = 0
    for index in body.indices {
      var changed = Array(body)
      changed[index] ^= UInt8.random(in: 1...255, using: &random)
      #expect(throws: PartialError.self) {
        try MemoryEstimate(partial: changed + partial.suffix(8))
      }
      guard let estimate = try? MemoryEstimate(partial: Self.sealed(changed[...])) else { continue }
      taken += 1
      var both = estimate
      #expect(!PartialReportTests.json(estimate).isEmpty)
      if (try? both.merge(estimate)) != nil { #expect(!PartialReportTests.json(both).isEmpty) }
    }
    #expect(taken > 100)
  }
}
