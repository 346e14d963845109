import Foundation
import Glibc
import TestSupport
import Testing

/// `check-rdb --salvage` as it is built, from outside.
@Suite struct CheckRDBSalvageTests {
  static let bookshop = Fixtures.folder.appendingPathComponent("bookshop.rdb")
  static let schema = JSONSchema("check-rdb.schema.json")
  static let lostSchema = JSONSchema("check-rdb-lost.schema.json")

  static func sound() throws -> [UInt8] { Array(try Data(contentsOf: bookshop)) }

  /// The bookshop with a block of 4 KiB that a disk has lost.
  static func zeroed() throws -> [UInt8] {
    var bytes = try sound()
    bytes.replaceSubrange((60 * 4096)..<(61 * 4096), with: repeatElement(0, count: 4096))
    return bytes
  }

  static func salvage(_ arguments: String..., input: Run.Input = .nothing) throws -> Run {
    try Run.built("check-rdb", arguments, input: input)
  }

  static func content(_ file: URL) throws -> [UInt8] { Array(try Data(contentsOf: file)) }

  static func exists(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }

  /// The member `salvage` of the first verdict.
  static func report(_ run: Run) throws -> [String: Any] {
    let line = try #require(try CheckRDBTests.lines(run).first, "\(run.errorText)")
    return try #require(line["salvage"] as? [String: Any])
  }

  static func number(_ report: [String: Any], _ name: String) -> Int {
    report[name] as? Int ?? -1
  }

  /// Bytes kept and bytes in gaps are the input, and gaps stand in order.
  static func expectEveryByte(_ report: [String: Any], of size: Int, _ name: String = "") throws {
    let gaps = try #require(report["gaps"] as? [[String: Any]])
    var sum = number(report, "bytes_kept")
    var end = 0
    for gap in gaps {
      let (from, to) = (number(gap, "from"), number(gap, "to"))
      #expect(from >= end && from < to && to <= size, "\(name)")
      sum += to - from
      end = to
    }
    #expect(sum == size, "\(name)")
  }

  /// The keys that a real server has after it has loaded a file.
  static func keysOnServer(_ file: URL) throws -> Int {
    let server = try OracleServer(.redis7) {
      try FileManager.default.copyItem(at: file, to: $0.appendingPathComponent("dump.rdb"))
    }
    let space = try server.command("INFO", "keyspace").text ?? ""
    return space.matches(of: /keys=(\d+)/).compactMap { Int($0.1) }.reduce(0, +)
  }

  // MARK: What is brought back

  @Test func zeroedBlock() throws {
    let folder = try TemporaryFolder()
    let bytes = try Self.zeroed()
    let input = try folder.write("in.rdb", bytes)
    let attributes = try FileManager.default.attributesOfItem(atPath: input.path)
    let (out, lost) = (folder.file("out.rdb"), folder.file("lost.jsonl"))
    let run = try Self.salvage("--json", "--salvage", out.path, "--lost", lost.path, input.path)
    #expect(run.exitCode == 2)
    #expect(run.errorText == "")
    let line = try #require(try CheckRDBTests.lines(run).first)
    #expect(CheckRDBTests.codes(line).contains("zero-block"))
    let report = try Self.report(run)
    try Self.expectEveryByte(report, of: bytes.count)
    #expect(report["output"] as? String == out.path)
    let keys = Self.number(report, "keys_recovered") + Self.number(report, "keys_partial")
    // The file states that it has 3,389 keys.
    #expect(keys + Self.number(report, "keys_lost") == 3389)
    #expect(keys > 3300 && keys < 3389)

    let again = try Self.salvage("--json", out.path)
    #expect(again.exitCode == 0)
    let verdict = try #require(try CheckRDBTests.lines(again).first)
    #expect(verdict["status"] as? String == "ok")
    #expect(verdict["keys"] as? Int == keys)
    #expect(try Run.program("/usr/bin/redis-check-rdb", [out.path]).exitCode == 0)
    #expect(try Self.keysOnServer(out) == keys)

    #expect(try Self.content(input) == bytes)
    let after = try FileManager.default.attributesOfItem(atPath: input.path)
    #expect(after[.modificationDate] as? Date == attributes[.modificationDate] as? Date)
    #expect(after[.systemFileNumber] as? Int == attributes[.systemFileNumber] as? Int)

    let lines = try Self.content(lost)
    #expect(String(decoding: lines, as: UTF8.self).contains("\"reason\":\"zero-block\""))
    let count = lines.count { $0 == 10 }
    #expect(try Self.lostSchema.judge(lines) == "\(count)\n")
  }

  /// Damage that the checksum gives away is undone: the output is the sound file.
  @Test(arguments: ["flipped bit", "wrong checksum", "header of zeros"])
  func whatTheChecksumProves(_ damage: String) throws {
    let folder = try TemporaryFolder()
    let sound = try Self.sound()
    var bytes = sound
    switch damage {
    case "flipped bit": bytes[300_000] ^= 4
    case "wrong checksum": bytes[bytes.count - 3] ^= 0x55
    default: bytes.replaceSubrange(0..<9, with: repeatElement(0, count: 9))
    }
    let input = try folder.write("in.rdb", bytes)
    let out = folder.file("out.rdb")
    let run = try Self.salvage("--json", "--salvage", out.path, input.path)
    #expect(run.exitCode == 0)
    #expect(try Self.content(out) == sound)
    #expect(try Self.content(input) == bytes)
    let report = try Self.report(run)
    try Self.expectEveryByte(report, of: bytes.count)
    #expect((report["repairs"] as? [[String: Any]])?.isEmpty == false)
    #expect(try Self.schema.judge(run.output) == "1\n")
  }

  @Test func soundFileIsCopied() throws {
    let folder = try TemporaryFolder()
    let out = folder.file("out.rdb")
    #expect(try Self.salvage("--salvage", out.path, Self.bookshop.path).exitCode == 0)
    #expect(try Self.content(out) == Self.sound())
  }

  /// Where only the nine bytes of the header are gone, the checksum proves them.
  @Test(arguments: [(9, 0), (40, 2), (1000, 2)])
  func headerGone(_ count: Int, exit: Int32) throws {
    let folder = try TemporaryFolder()
    let bytes = Array(try Self.sound().dropFirst(count))
    let input = try folder.write("in.rdb", bytes)
    let out = folder.file("out.rdb")
    let run = try Self.salvage("--json", "--salvage", out.path, input.path)
    #expect(run.exitCode == exit)
    #expect(try (Self.content(out) == Self.sound()) == (exit == 0))
    let report = try Self.report(run)
    try Self.expectEveryByte(report, of: bytes.count)
    let keys = Self.number(report, "keys_recovered") + Self.number(report, "keys_partial")
    #expect(keys > 3300 && keys <= 3389)
    #expect(try Self.keysOnServer(out) == keys)
    #expect(try Self.schema.judge(run.output) == "1\n")
  }

  @Test func cutTail() throws {
    let folder = try TemporaryFolder()
    let bytes = Array(try Self.sound().prefix(400_000))
    let input = try folder.write("in.rdb", bytes)
    let (out, lost) = (folder.file("out.rdb"), folder.file("lost.jsonl"))
    let run = try Self.salvage("--json", "--salvage", out.path, "--lost", lost.path, input.path)
    #expect(run.exitCode == 2)
    let report = try Self.report(run)
    try Self.expectEveryByte(report, of: bytes.count)
    let gaps = try #require(report["gaps"] as? [[String: Any]])
    #expect(gaps.count == 1)
    #expect(gaps.first?["reason"] as? String == "truncated")
    #expect(gaps.first?["to"] as? Int == bytes.count)
    // All up to the gap stands in the output, but for the numbers of the databases.
    let kept = Self.number(report, "bytes_kept")
    #expect(try Self.content(out).count == kept + 9)
    #expect(try Self.keysOnServer(out) == Self.number(report, "keys_recovered"))
    // The record that was cut has a name.
    let names = String(decoding: try Self.content(lost), as: UTF8.self)
    #expect(names.contains("\"kind\":\"key\""))
  }

  @Test func noiseIsNoRDB() throws {
    let folder = try TemporaryFolder()
    var random = SeededRandom(seed: 5)
    let bytes = (0..<(2 << 20)).map { _ in UInt8.random(in: 0...255, using: &random) }
    let input = try folder.write("noise", bytes)
    let out = folder.file("out.rdb")
    for option in [[], ["--carve"]] {
      let run = try Run.built(
        "check-rdb", ["--json", "--salvage", out.path] + option + [input.path])
      #expect(run.exitCode == 65, "\(option)")
      #expect(!Self.exists(out), "\(option)")
      #expect(try Self.schema.judge(run.output) == "1\n")
    }
  }

  @Test func nothingComesBack() throws {
    let folder = try TemporaryFolder()
    // A header, a database, and a value whose length nothing can satisfy.
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    file.key(0, "key")
    file.append([0x81] + [UInt8](repeating: 0xFE, count: 8))
    let input = try folder.write("in.rdb", file.bytes)
    let (out, lost) = (folder.file("out.rdb"), folder.file("lost.jsonl"))
    let run = try Self.salvage("--json", "--salvage", out.path, "--lost", lost.path, input.path)
    #expect(run.exitCode == 1)
    #expect(!Self.exists(out))
    #expect(try Self.report(run)["output"] is NSNull)
    try Self.expectEveryByte(try Self.report(run), of: file.bytes.count)
    #expect(try Self.schema.judge(run.output) == "1\n")
    let text = try Self.salvage("--salvage", out.path, input.path)
    #expect(text.exitCode == 1)
    #expect(text.outputText.contains("Nothing came back"))
  }

  /// One byte broken in the middle, where an entry says what it is.
  @Test func partOfAListpack() throws {
    let folder = try TemporaryFolder()
    let entries: [RDBBuilder.Entry] = (0..<40).map { .text(Array("entry number \($0)".utf8)) }
    var listpack = RDBBuilder.listpack(entries)
    // Behind the header, ten entries of 16 bytes and ten of 17. No entry begins with this byte.
    listpack[6 + 10 * 16 + 10 * 17] = 0xF7
    var file = RDBBuilder("REDIS0010")
    file.selectDB(0)
    file.resizeDB(3, 0)
    file.pair("before", "1")
    file.key(16, "hash")
    file.string(listpack)
    file.pair("after", "2")
    // The checksum of what is damaged: it must not give the damage away.
    let input = try folder.write("in.rdb", file.finished())
    let (out, lost) = (folder.file("out.rdb"), folder.file("lost.jsonl"))

    let whole = try Self.salvage("--json", "--salvage", out.path, "--lost", lost.path, input.path)
    #expect(whole.exitCode == 2)
    #expect(Self.number(try Self.report(whole), "keys_recovered") == 2)
    #expect(Self.number(try Self.report(whole), "keys_partial") == 0)
    #expect(try Self.keysOnServer(out) == 2)

    let run = try Self.salvage(
      "--json", "--partial-values", "--salvage", out.path, "--lost", lost.path, input.path)
    #expect(run.exitCode == 2)
    #expect(Self.number(try Self.report(run), "keys_recovered") == 2)
    #expect(Self.number(try Self.report(run), "keys_partial") == 1)
    let lines = try Self.content(lost)
    #expect(try Self.lostSchema.judge(lines) == "\(lines.count { $0 == 10 })\n")
    let objects = try lines.split(separator: 10).map {
      try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] ?? [:]
    }
    let key = try #require(objects.first { $0["kind"] as? String == "key" })
    #expect(key["key"] as? String == "hash")
    let kept = try #require(key["elements_kept"] as? Int)
    let server = try OracleServer(.redis7) {
      try FileManager.default.copyItem(at: out, to: $0.appendingPathComponent("dump.rdb"))
    }
    let fields = try #require(try server.command("HGETALL", "hash").array)
    #expect(fields.count == 2 * kept)
    #expect(kept >= 10 && kept < 20)
    // What is kept is what was there.
    let texts = fields.compactMap(\.text)
    for index in stride(from: 0, to: texts.count, by: 2) {
      let number = try #require(Int(texts[index].dropFirst("entry number ".count)))
      #expect(number % 2 == 0 && texts[index + 1] == "entry number \(number + 1)")
    }
  }

  // MARK: Carving

  /// A damaged file, with another one right behind it: offsets count from where each begins.
  @Test func carveOfDamagedFiles() throws {
    let folder = try TemporaryFolder()
    let zeroed = try Self.zeroed()
    let small = try Self.content(URL(fileURLWithPath: CheckRDBTests.fixture("7.2.6-small")))
    let input = try folder.write(
      "image", [UInt8](repeating: 0x20, count: 1000) + zeroed + small)
    let (out, lost) = (folder.file("out.rdb"), folder.file("lost.jsonl"))
    let run = try Self.salvage(
      "--json", "--carve", "--salvage", out.path, "--lost", lost.path, input.path)
    #expect(run.exitCode == 2)
    let report = try Self.report(run)
    #expect(report["carved_from"] as? Int == 1000)
    #expect(report["carved_to"] as? Int == 1000 + zeroed.count)
    try Self.expectEveryByte(report, of: zeroed.count)
    #expect(try Self.content(folder.file("out-2.rdb")) == small)
    let lines = try Self.content(lost)
    #expect(try Self.lostSchema.judge(lines) == "\(lines.count { $0 == 10 })\n")
    #expect(String(decoding: lines, as: UTF8.self).hasPrefix(#"{"kind":"gap","carved_from":1000,"#))
  }

  @Test func carve() throws {
    let folder = try TemporaryFolder()
    var random = SeededRandom(seed: 6)
    func noise(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    let small = try Self.content(URL(fileURLWithPath: CheckRDBTests.fixture("7.2.6-small")))
    let sound = try Self.sound()
    let image = noise(100_000) + sound + noise(50_000) + small + noise(3000)
    // The name that the second file would get.
    let input = try folder.write("out-2.rdb", image)
    let out = folder.file("out.rdb")
    let run = try Self.salvage("--json", "--carve", "--salvage", out.path, input.path)
    #expect(run.exitCode == 0)
    #expect(try Self.content(input) == image)
    #expect(try Self.content(out) == sound)
    #expect(try Self.content(folder.file("out-3.rdb")) == small)
    let reports = try CheckRDBTests.lines(run).compactMap { $0["salvage"] as? [String: Any] }
    let second = 150_000 + sound.count
    #expect(reports.map { $0["carved_from"] as? Int } == [100_000, second])
    #expect(
      reports.map { $0["carved_to"] as? Int } == [100_000 + sound.count, second + small.count])
    #expect(try Self.schema.judge(run.output) == "2\n")

    let elsewhere = try folder.write("image", image)
    let other = folder.file("other.rdb")
    #expect(try Self.salvage("--carve", "--salvage", other.path, elsewhere.path).exitCode == 0)
    #expect(try Self.content(other) == sound)
    #expect(try Self.content(folder.file("other-2.rdb")) == small)
    let list = try Self.salvage(
      "--carve", "--salvage", other.path, "--lost", folder.file("other-2.rdb").path,
      elsewhere.path)
    #expect(list.exitCode == 73)
    #expect(try Self.content(folder.file("other-2.rdb")) == small)
  }
}
