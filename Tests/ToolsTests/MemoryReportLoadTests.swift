import Foundation
import TestSupport
import Testing

/// The memory of memory-report itself: many keys, and keys that are made to use it up.
@Suite(.serialized) struct MemoryReportLoadTests {
  private static let mebibyte: UInt64 = 1 << 20

  /// A kind of keys, each of which holds a text of four bytes.
  struct Keys: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var count: Int
    /// The record of one key, up to its value.
    var record: @Sendable (Int, inout SeededRandom) -> [UInt8]

    /// Keys of such names, which begin with the type of strings.
    static func named(
      _ description: String, _ count: Int,
      _ name: @escaping @Sendable (Int, inout SeededRandom) -> [UInt8]
    ) -> Keys {
      Keys(testDescription: description, count: count) { number, random in
        [0] + RDBBuilder.string(name(number, &random))
      }
    }

    func write(_ url: URL) throws {
      var file = try LargeRDBFile(url)
      var random = SeededRandom(seed: 1)
      let value = RDBBuilder.string(Array("text".utf8))
      for number in 0..<count { try file.append(record(number, &random) + value) }
      try file.finish()
    }
  }

  /// The number in letters, of which no part looks like a number.
  private static func word(_ number: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = number
    repeat {
      bytes.append(UInt8(ascii: "g") + UInt8(rest % 20))
      rest /= 20
    } while rest > 0
    return bytes
  }

  private static let colon = [UInt8(ascii: ":")]

  static let hostile: [Keys] = [
    .named("random bytes", 1_000_000) { _, random in
      random.bytes(Int(random.next() % 40))
    },
    .named("a prefix of its own for each", 1_000_000) { number, _ in
      word(number &* 7919) + colon + word(number) + Array(":x".utf8)
    },
    .named("as many patterns as are told apart, of long parts", 200_000) { number, _ in
      let tail = [UInt8](repeating: UInt8(ascii: "q"), count: 14)
      let rest = word(number / 4096)
      return word(number % 4096) + tail + colon
        + (1..<8).flatMap { _ in rest + tail + colon }.dropLast()
    },
    .named("ten thousand separators", 4000) { number, _ in
      (0..<10_000).flatMap { word(number &* $0 % 7919) + colon }
    },
    .named("names of 64 KiB", 2000) { number, random in
      number % 2 == 0
        ? random.bytes(65_536)
        : [UInt8](repeating: UInt8(ascii: "a") + UInt8(number % 26), count: 65_536)
    },
    .named("digits", 1_000_000) { _, random in Array(String(random.next()).utf8) },
    Keys(testDescription: "databases without end", count: 300_000) { number, _ in
      [0xFE] + RDBBuilder.length(UInt64(number) &* 999_983)
        + [0] + RDBBuilder.string(Array("key:\(number)".utf8))
    },
    Keys(testDescription: "lifetimes of all lengths", count: 1_000_000) { number, random in
      [0xFC] + RDBBuilder.littleEndian(random.next() >> 1, 8)
        + [0] + RDBBuilder.string(Array("key:\(number)".utf8))
    },
  ]

  /// Peak memory of a report that has to find the file sound and so many keys in it.
  private static func peak(
    _ url: URL, keys: Int, _ arguments: [String] = []
  ) throws -> UInt64 {
    let run = try Run.built(
      "memory-report", ["--json", url.path] + arguments, timeout: .seconds(600),
      measuringMemory: true)
    #expect(run.exitCode == 0, "\(run.errorText)")
    let report = try JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any]
    #expect(report?["keys"] as? Int == keys)
    return try #require(run.peakMemory)
  }

  @Test func tenMillionKeysInAThousandPrefixes() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("many.rdb")
    var file = try LargeRDBFile(url)
    // Records of one length, of which only the digits change: making them must not take longer than
    // reading them.
    var records = (0..<1000).map { prefix in
      [0, 14] + Self.word(400 + prefix).prefix(3) + Self.colon + Array("0000000000".utf8)
        + RDBBuilder.string(Array("text".utf8))
    }
    for number in 0..<10_000 {
      var rest = number
      for place in (6..<16).reversed() {
        let digit = UInt8(ascii: "0") + UInt8(rest % 10)
        for prefix in records.indices { records[prefix][place] = digit }
        rest /= 10
      }
      try file.append(Array(records.joined()))
    }
    try file.finish()
    for jobs in ["2", "8"] {
      let peak = try Self.peak(url, keys: 10_000_000, ["--jobs", jobs])
      #expect(peak <= 200 * Self.mebibyte, "--jobs \(jobs): \(peak)")
    }
  }

  @Test(arguments: hostile)
  func hostileKeys(_ keys: Keys) throws {
    let folder = try TemporaryFolder()
    let url = folder.file("hostile.rdb")
    try keys.write(url)
    // Every thread has sums of its own for what it reads.
    for (arguments, bound) in [
      (["--jobs", "2"], 200), (["--jobs", "8", "--by", "slot", "--top", "10000"], 256),
    ] {
      let peak = try Self.peak(url, keys: keys.count, arguments)
      #expect(peak <= UInt64(bound) * Self.mebibyte, "\(arguments): \(peak)")
    }
  }

  /// A million keys of every hostile kind, and names as long as the page shows them.
  @Test(arguments: hostile.prefix(3) + [hostile[5]])
  func pageIsSmall(_ keys: Keys) throws {
    let folder = try TemporaryFolder()
    let url = folder.file("page.rdb")
    var million = keys
    let record = keys.record
    million.count = 1_000_000
    million.record = { number, random in
      guard number < 100 else { return record(number, &random) }
      return [0] + RDBBuilder.string([UInt8](repeating: UInt8(number % 32), count: 5000))
    }
    try million.write(url)
    let run = try Run.built(
      "memory-report", ["--format", "html", "--now", "0", url.path], timeout: .seconds(300))
    #expect(run.exitCode == 0, "\(run.errorText)")
    #expect((50_000..<2_000_000).contains(run.output.count), "\(run.output.count)")
  }

  /// A length in the file is a claim: memory comes with the bytes, not with the number.
  @Test(arguments: [UInt64(1) << 40, 1 << 62, .max])
  func claimTakesNoMemory(_ claim: UInt64) throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in RDBBuilder.files(claiming: claim) {
      let fifo = try folder.fifo(name, carrying: bytes, lingering: .milliseconds(60))
      let run = try Run.built(
        "memory-report", ["--json", fifo.path], timeout: .seconds(30), measuringMemory: true)
      #expect(run.exitCode == 1, "\(name)")
      #expect(try #require(run.peakMemory) < 64 * Self.mebibyte, "\(name)")
    }
  }

  // MARK: Large keys and values

  /// No format holds more of a name than its first bytes.
  @Test(arguments: ["json", "csv", "html", "text"], [false, true])
  func nameOfHalfAGigabyte(_ format: String, isPacked: Bool) throws {
    let folder = try TemporaryFolder()
    let url = folder.file("name.rdb")
    let length = isPacked ? 1 + 264 * 2_000_000 : 512_000_000
    var file = try LargeRDBFile(url)
    if isPacked {
      try file.append(
        [0, 0xC3] + RDBBuilder.length(2 + 3 * 2_000_000) + RDBBuilder.length(UInt64(length))
          + [0x00, 0x61])
      let piece = (0..<100_000).flatMap { _ in [0xE0, 0xFF, 0x00] as [UInt8] }
      for _ in 0..<20 { try file.append(piece) }
    } else {
      try file.append([0] + RDBBuilder.length(UInt64(length)))
      let piece = [UInt8](repeating: UInt8(ascii: "<"), count: 4_000_000)
      for _ in 0..<128 { try file.append(piece) }
    }
    try file.append([1, 0x76] + LargeRDBFile.record(7))
    try file.finish()
    let run = try Run.built(
      "memory-report", ["--format", format, "--now", "0", url.path], timeout: .seconds(300),
      measuringMemory: true)
    #expect(run.exitCode == 0, "\(run.errorText)")
    #expect(run.output.count < 200_000)
    let peak = try #require(run.peakMemory)
    // In what is read, in what is kept of the record's beginning, and decoded.
    #expect(peak < 3 * UInt64(length) + 64 * Self.mebibyte, "\(peak)")
  }

  /// Texts are measured as they pass by.
  @Test func textsOfHalfAGigabyte() throws {
    let folder = try TemporaryFolder()
    let plain = folder.file("plain.rdb")
    let packed = folder.file("packed.rdb")
    try LargeRDBFile.text(plain, bytes: 512_000_000)
    try LargeRDBFile.packedText(packed, matches: 2_000_000)
    for url in [plain, packed] {
      let peak = try Self.peak(url, keys: 2)
      #expect(peak < 64 * Self.mebibyte, "\(url.lastPathComponent): \(peak)")
      let piped = try Run.program(
        "/bin/sh",
        [
          "-c", "cat \"$0\" | exec \"$1\" --json -", url.path,
          Run.builtProducts.appendingPathComponent("memory-report").path,
        ], timeout: .seconds(300))
      #expect(piped.exitCode == 0, "\(piped.errorText)")
    }
  }

  /// So are hashes, field by field.
  @Test func hashOfManyFields() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("hash.rdb")
    try LargeRDBFile.hash(url, fields: 7_000_000)
    #expect(try Self.peak(url, keys: 2) < 64 * Self.mebibyte)
  }
}
