import Foundation
import Persistence
import Synchronization
import TestSupport
import Testing

/// The tool under load: large files, little memory, files that change.
@Suite(.serialized) struct CheckRDBLoadTests {
  private static let mebibyte: UInt64 = 1 << 20

  /// A file of at least that many bytes, with the number of its keys.
  private static func manyKeys(_ folder: TemporaryFolder, bytes: Int) throws -> (URL, Int) {
    let url = folder.file("many.rdb")
    var writer = try LargeRDBFile(url)
    var keys = 0
    while writer.count < bytes {
      try writer.append(LargeRDBFile.record(keys))
      keys += 1
    }
    try writer.finish()
    return (url, keys)
  }

  private static func line(_ run: Run) throws -> [String: Any] {
    try #require(try CheckRDBTests.lines(run).first)
  }

  // MARK: Memory

  @Test func manySmallKeysTakeLittleMemory() throws {
    let folder = try TemporaryFolder()
    let (url, keys) = try Self.manyKeys(folder, bytes: 210 << 20)
    for jobs in ["1", "2", "8"] {
      let run = try Run.built(
        "check-rdb", ["--json", "--jobs", jobs, url.path], measuringMemory: true)
      #expect(run.exitCode == 0, "\(run.outputText)")
      #expect(try Self.line(run)["keys"] as? Int == keys)
      #expect(try #require(run.peakMemory) < 64 * Self.mebibyte, "--jobs \(jobs)")
    }
  }

  /// A block is lost every few megabytes; the keys between them come back.
  @Test func salvageOfManyKeysTakesLittleMemory() throws {
    let folder = try TemporaryFolder()
    let (url, keys) = try Self.manyKeys(folder, bytes: 210 << 20)
    let file = try FileHandle(forUpdating: url)
    let blocks = 25
    for block in 1...blocks {
      try file.seek(toOffset: UInt64(block) * 8 * Self.mebibyte)
      file.write(Data(count: 4096))
    }
    try file.close()
    for jobs in ["1", "2", "8"] {
      let run = try Run.built(
        "check-rdb",
        ["--json", "--jobs", jobs, "--salvage", folder.file("out.rdb").path, url.path],
        measuringMemory: true)
      #expect(run.exitCode == 2, "\(run.errorText)")
      let salvage = try #require(try Self.line(run)["salvage"] as? [String: Any])
      // A record takes 8 bytes and more.
      #expect(try #require(salvage["keys_recovered"] as? Int) > keys - blocks * 4096 / 8)
      #expect((salvage["gaps"] as? [Any])?.count == blocks)
      #expect(try #require(run.peakMemory) < 64 * Self.mebibyte, "--jobs \(jobs)")
    }
  }

  /// Peak memory of a check that has to find the file sound and two keys in it.
  private static func peakOfSoundCheck(
    _ url: URL, _ arguments: [String] = ["--jobs", "2"]
  ) throws -> UInt64 {
    let run = try Run.built(
      "check-rdb", ["--json", url.path] + arguments, measuringMemory: true)
    #expect(run.exitCode == 0, "\(run.outputText)")
    #expect(try line(run)["keys"] as? Int == 2)
    return try #require(run.peakMemory)
  }

  @Test func oneTextOfAGigabyteTakesLittleMemory() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("large.rdb")
    try LargeRDBFile.text(url, bytes: 1_000_000_000)
    #expect(try Self.peakOfSoundCheck(url) < 64 * Self.mebibyte)
    #expect(try Self.peakOfSoundCheck(url, ["--shallow"]) < 64 * Self.mebibyte)
    // From a pipe, and with nowhere to keep what is not looked at again.
    let run = try Run.program(
      "/bin/sh",
      [
        "-c", "cat \"$0\" | TMPDIR=/nonexistent exec \"$1\" --json --shallow -",
        url.path, Run.builtProducts.appendingPathComponent("check-rdb").path,
      ])
    #expect(run.exitCode == 0, "\(run.outputText)")
  }

  @Test func compressedTextOfAGigabyteTakesLittleMemory() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("packed.rdb")
    try LargeRDBFile.packedText(url, matches: 4_000_000)
    #expect(try Self.peakOfSoundCheck(url) < 64 * Self.mebibyte)
    #expect(try Self.peakOfSoundCheck(url, ["--shallow"]) < 64 * Self.mebibyte)
  }

  /// A hash of a few hundred megabytes, from a file and from a pipe.
  @Test func hashOfManyFieldsTakesLittleMemory() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("hash.rdb")
    try LargeRDBFile.hash(url, fields: 7_000_000)
    #expect(try Self.peakOfSoundCheck(url) < 64 * Self.mebibyte)
    let run = try Run.program(
      "/bin/sh",
      [
        "-c", "cat \"$0\" | exec \"$1\" --json -", url.path,
        Run.builtProducts.appendingPathComponent("check-rdb").path,
      ])
    #expect(run.exitCode == 0, "\(run.outputText)")
    let failed = try Run.program(
      "/bin/sh",
      [
        "-c", "cat \"$0\" | TMPDIR=/nonexistent exec \"$1\" --json -", url.path,
        Run.builtProducts.appendingPathComponent("check-rdb").path,
      ])
    #expect(failed.exitCode == 74, "\(failed.outputText)")
    #expect(failed.errorText.contains("TMPDIR"))
  }

  /// A length in the file is a claim: memory comes with the bytes, not with the number.
  @Test(arguments: [UInt64(1) << 40, 1 << 62, .max])
  func claimTakesNoMemory(_ claim: UInt64) throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in RDBBuilder.files(claiming: claim) {
      let fifo = try folder.fifo(name, carrying: bytes, lingering: .milliseconds(60))
      let run = try Run.built(
        "check-rdb", ["--json", fifo.path], timeout: .seconds(30), measuringMemory: true)
      #expect(run.exitCode == 1, "\(name)")
      let codes = CheckRDBTests.codes(try Self.line(run))
      #expect(
        !Set(codes).isDisjoint(with: ["bad-length", "truncated", "bad-lzf"]), "\(name) \(codes)")
      #expect(try #require(run.peakMemory) < 40 * Self.mebibyte, "\(name)")
    }
  }

  // MARK: Pipes

  @Test func duplicateAmongAMillionKeysOnAPipe() throws {
    var builder = RDBBuilder()
    builder.bytes.reserveCapacity(40_000_000)
    let first = 123_456
    let second = 987_654
    var places: [Int: Int] = [:]
    for number in 0..<1_000_000 {
      // The byte behind the type is where the key's string begins.
      if number == first || number == second { places[number] = builder.bytes.count + 1 }
      builder.append(LargeRDBFile.record(number == second ? first : number))
    }
    let run = try CheckRDBTests.check("--json", "-", input: .pipe(builder.finished()))
    #expect(run.exitCode == 1)
    let line = try Self.line(run)
    #expect(line["keys"] as? Int == 1_000_000)
    let findings = try #require(line["findings"] as? [[String: Any]])
    #expect(findings.count == 1)
    #expect(findings.first?["code"] as? String == "duplicate-key")
    #expect(findings.first?["key"] as? String == "0000123456")
    #expect(findings.first?["db"] as? Int == 0)
    #expect(findings.first?["offset"] as? Int == places[second])
    let message = findings.first?["message"] as? String ?? ""
    #expect(message.contains("\(try #require(places[first]))"))
  }

  // MARK: Files that change

  @Test(arguments: [1, 10, 40, 120])
  func fileThatShrinks(_ milliseconds: UInt32) throws {
    let folder = try TemporaryFolder()
    let (url, _) = try Self.manyKeys(folder, bytes: 60 << 20)
    Thread.detachNewThread {
      usleep(milliseconds * 1000)
      unsafe truncate(url.path, 1 << 20)
    }
    let run = try Run.built("check-rdb", ["--json", url.path], timeout: .seconds(60))
    #expect(run.signal == nil)
    let line = try Self.line(run)
    let codes = CheckRDBTests.codes(line)
    if line["bytes"] as? Int ?? 0 > 60 << 20 {
      // It had been read to its end by then.
      #expect(codes.isEmpty || codes == ["changed-while-read"])
    } else {
      #expect(run.exitCode == 1)
      #expect(codes.contains("truncated") || codes.contains("bad-length"), "\(codes)")
    }
  }

  @Test func fileThatGrows() throws {
    let folder = try TemporaryFolder()
    let (url, keys) = try Self.manyKeys(folder, bytes: 60 << 20)
    let piece = Data(repeating: 0x41, count: 1 << 14)
    let group = DispatchGroup()
    let handle = try FileHandle(forWritingTo: url)
    try handle.seekToEnd()
    try handle.write(contentsOf: piece)
    let writing = Writing()
    group.enter()
    Thread.detachNewThread {
      while !writing.isOver.withLock({ $0 }) {
        try? handle.write(contentsOf: piece)
        usleep(1000)
      }
      group.leave()
    }
    let run = try Run.built("check-rdb", ["--json", url.path], timeout: .seconds(60))
    writing.isOver.withLock { $0 = true }
    group.wait()
    #expect(run.signal == nil)
    #expect(run.exitCode == 1)
    let line = try Self.line(run)
    #expect(line["keys"] as? Int == keys)
    #expect(CheckRDBTests.codes(line).contains("trailing-bytes"))
    #expect(CheckRDBTests.codes(line).contains("changed-while-read"))
  }

  private final class Writing: Sendable {
    let isOver = Mutex(false)
  }
}
