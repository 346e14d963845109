import Foundation
import MemoryModel
import Persistence
import SystemPackage
import TestSupport
import Testing

/// The memory model against what servers answered to `MEMORY USAGE key SAMPLES 0`, once they had loaded the
/// files of `fixtures/rdb`.
@Suite struct MemoryUsageTests {
  /// One key as it is estimated, and as its server told.
  private struct Pair {
    var key: String
    var measured: MeasuredKey
    var own: KeyMemory
    var usage: UInt64
    var encoding: String

    var difference: Double { Double(own.usage) / Double(usage) - 1 }
  }

  /// Files whose servers have told.
  private static let files = SoundFile.all.filter { $0.shape != "empty" && model(of: $0) != nil }

  private static func model(of file: SoundFile) -> MemoryModel? {
    let parts = file.name.split(separator: "-")
    let isValkey = parts[0] == "valkey"
    let version = isValkey ? parts[1] : parts[0]
    let release = version.split(separator: ".").prefix(2).joined(separator: ".")
    guard isValkey || (Double(release) ?? 0) >= 4,
      let server = ServerModel(named: (isValkey ? "valkey-" : "redis-") + release)
    else { return nil }
    // Debian's Redis 7.0 is linked with Debian's jemalloc.
    let jemalloc: Allocator = release == "7.0" ? .jemalloc16 : .jemalloc8
    return MemoryModel(server, file.malloc == "libc" ? .libc : jemalloc)
  }

  private static func settings(of file: SoundFile) -> EncodingSettings {
    var settings = EncodingSettings()
    for (name, value) in file.config ?? [:] {
      let isKnown = settings.set(name, to: value)
      #expect(isKnown, "\(name)")
    }
    return settings
  }

  private static func pairs(_ file: SoundFile) throws -> [Pair] {
    let model = try #require(Self.model(of: file))
    let settings = settings(of: file)
    var own: [String: (MeasuredKey, KeyMemory)] = [:]
    let scanner = try RecordScanner(Input(path: FilePath(file.url.path)), keeping: .structured)
    var elements = model.elements
    elements.compressDepth = Int(settings.compressDepth)
    var measurer = BatchMeasurer(
      elements, selection: KeySelection(), recycle: scanner.recycler())
    while let item = try scanner.next() {
      let report = measurer.measure(item) { key, name in
        let text = Data(ByteString(name).bytes).base64EncodedString()
        own["\(key.database) \(text)"] = (key, model.memory(of: key, settings))
      }
      #expect(report.problems.isEmpty)
    }
    let truth = SoundFile.folder.appendingPathComponent(file.name + ".truth.jsonl.gz")
    var pairs: [Pair] = []
    for line in try Truth.load(truth) {
      let database = (line["db"] as? NSNumber)?.intValue ?? -1
      let id = "\(database) \(line["key_b64"] as? String ?? "")"
      let (measured, memory) = try #require(own[id], "\(id)")
      guard let usage = (line["memory_usage_loaded"] as? NSNumber)?.uint64Value,
        // What a module's value takes, only the module knows.
        measured.value.layout != .module2, !losesFields(line, file)
      else { continue }
      let encoding = line["encoding_loaded"] as? String ?? line["encoding"] as? String
      pairs.append(
        Pair(key: id, measured: measured, own: memory, usage: usage, encoding: encoding ?? ""))
    }
    return pairs
  }

  /// Whether fields had expired when the server loaded the file, up to half an hour later.
  private static func losesFields(_ line: [String: Any], _ file: SoundFile) -> Bool {
    let lifetimes = line["field_expire_at_ms"] as? [[Any]] ?? []
    return lifetimes.contains { pair in
      (pair[1] as? NSNumber)?.int64Value ?? 0 < (file.lastsave + 1800) * 1000
    }
  }

  @Test func serversHaveTold() throws {
    #expect(Self.files.count == 49)
    #expect(try Self.files.reduce(0) { try $0 + Self.pairs($1).count } > 4000)
  }

  /// Whether `MEMORY USAGE` of a value depends on chance: the levels of skip lists, the places of entries in
  /// hash tables, the pieces that the C library's malloc has at hand.
  private static func isRandom(_ pair: Pair, _ file: SoundFile) -> Bool {
    pair.own.encoding == .skiplist || file.malloc == "libc"
      || file.server.hasPrefix("valkey") && pair.own.encoding == .hashtable
      || pair.measured.value.expiringFields > 0
  }

  /// The encoding, and the answer to the byte, but for what depends on chance.
  @Test(arguments: files)
  func everyKey(_ file: SoundFile) throws {
    for pair in try Self.pairs(file) {
      // Redis 5.0 does not know what it calls the encoding of streams.
      if pair.encoding != "unknown" {
        #expect(pair.own.encoding.rawValue == pair.encoding, "\(pair)")
      }
      guard !Self.isRandom(pair, file) else { continue }
      // The server divides the sum by the number of elements and multiplies again, in floating point.
      #expect((0...1).contains(Int64(pair.own.usage) - Int64(pair.usage)), "\(pair)")
    }
  }

  /// Sums by encoding are within 1 %, and of the keys that depend on chance 95 of 100 within a skip list's
  /// or a table's usual share of it.
  @Test func sumsByEncoding() throws {
    var sums: [String: (keys: Int, own: UInt64, usage: UInt64)] = [:]
    var (random, far) = (0, 0)
    for file in Self.files {
      for pair in try Self.pairs(file) {
        let name = "\(file.malloc.prefix(4)) \(pair.own.encoding)"
        var sum = sums[name] ?? (0, 0, 0)
        sum = (sum.keys + 1, sum.own + pair.own.usage, sum.usage + pair.usage)
        sums[name] = sum
        guard Self.isRandom(pair, file) else { continue }
        random += 1
        if abs(pair.difference) > 0.02, abs(Int64(pair.own.usage) - Int64(pair.usage)) > 16 {
          far += 1
        }
      }
    }
    for (name, sum) in sums {
      let difference = Double(sum.own) / Double(sum.usage) - 1
      #expect(abs(difference) < 0.01, "\(name): \(sum) \(difference)")
    }
    #expect(Double(far) < 0.05 * Double(random), "\(far) of \(random)")
  }
}
