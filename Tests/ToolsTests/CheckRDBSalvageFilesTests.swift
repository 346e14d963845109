import Foundation
import Glibc
import TestSupport
import Testing

/// Which files `check-rdb --salvage` reads, writes and leaves alone.
@Suite struct CheckRDBSalvageFilesTests {
  typealias Salvage = CheckRDBSalvageTests

  // MARK: Wrong usage

  @Test func outputOnTheInput() throws {
    let folder = try TemporaryFolder()
    let bytes = try Salvage.zeroed()
    let input = try folder.write("in.rdb", bytes)
    let (symbolic, hard) = (folder.file("symbolic"), folder.file("hard"))
    try FileManager.default.createSymbolicLink(at: symbolic, withDestinationURL: input)
    try FileManager.default.linkItem(at: input, to: hard)
    let out = folder.file("out.rdb")
    for name in [input, symbolic, hard] {
      for arguments in [
        ["--salvage", name.path, input.path], ["--salvage", input.path, name.path],
        ["--salvage", out.path, "--lost", name.path, input.path],
      ] {
        let run = try Run.built("check-rdb", arguments)
        #expect(run.exitCode == 64, "\(arguments)")
        #expect(run.output.isEmpty)
        #expect(run.errorText.contains("is the input"))
      }
      #expect(try Salvage.content(name) == bytes)
    }
    #expect(!Salvage.exists(out))
  }

  @Test func optionsThatDoNotGoTogether() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("in.rdb", Salvage.zeroed()).path
    let out = folder.file("out.rdb")
    for arguments in [
      ["--lost", out.path, input], ["--carve", input], ["--partial-values", input],
      ["--salvage", out.path, "--lost", out.path, input], ["--salvage", out.path],
      ["--salvage", out.path, input, Salvage.bookshop.path],
      ["--salvage", out.path, "--shallow", input], ["--salvage", out.path, "--sha256", input],
      ["--salvage", "-", "--lost", "-", input], ["--salvage", "-", "--carve", input],
    ] {
      let run = try Run.built("check-rdb", arguments)
      #expect(run.exitCode == 64, "\(arguments)")
      #expect(!run.errorText.isEmpty)
      #expect(run.output.isEmpty)
    }
    #expect(!Salvage.exists(out))
  }

  // MARK: Outputs that cannot be written

  @Test func outputThatCannotBeCreated() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("in.rdb", Salvage.zeroed()).path
    // Nothing is unwritable to the superuser, but a folder that is not there.
    var places = [folder.file("missing/out.rdb").path, folder.url.path]
    if geteuid() != 0 {
      let locked = folder.file("locked")
      try FileManager.default.createDirectory(
        at: locked, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o500])
      places.append(locked.appendingPathComponent("out.rdb").path)
    }
    let out = folder.file("out.rdb").path
    for place in places {
      for arguments in [["--salvage", place], ["--salvage", out, "--lost", place]] {
        let run = try Run.built("check-rdb", arguments + [input])
        #expect(run.exitCode == 73, "\(arguments)")
        #expect(run.errorText.hasPrefix("check-rdb: \(place): "))
      }
    }
  }

  @Test func fullDisk() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("in.rdb", Salvage.zeroed()).path
    let out = folder.file("out.rdb").path
    for arguments in [["--salvage", "/dev/full"], ["--salvage", out, "--lost", "/dev/full"]] {
      let run = try Run.built("check-rdb", arguments + [input])
      #expect(run.exitCode == 74, "\(arguments)")
      #expect(run.errorText.hasPrefix("check-rdb: /dev/full: "))
    }
  }

  @Test func inputThatCannotBeOpened() throws {
    let folder = try TemporaryFolder()
    let out = folder.file("out.rdb")
    let run = try Salvage.salvage("--salvage", out.path, folder.file("missing").path)
    #expect(run.exitCode == 66)
    #expect(!Salvage.exists(out))
  }

  // MARK: Ways in and out

  @Test func everyWayGivesTheSame() throws {
    let folder = try TemporaryFolder()
    let bytes = try Salvage.zeroed()
    let input = try folder.write("in.rdb", bytes)
    let packed = try Run.program("/bin/gzip", ["-c", input.path]).output
    let gzip = try folder.write("in.rdb.gz", packed)
    let out = folder.file("out.rdb")
    #expect(try Salvage.salvage("--salvage", out.path, input.path).exitCode == 2)
    let expected = try Salvage.content(out)
    for (name, arguments, pipe) in [
      ("gzip", [gzip.path], nil), ("pipe", ["-"], bytes), ("pipe of gzip", ["-"], packed),
      ("one thread", ["--jobs", "1", input.path], nil),
      ("four threads", ["--jobs", "4", input.path], nil),
    ] as [(String, [String], [UInt8]?)] {
      let other = folder.file(name)
      let run = try Run.built(
        "check-rdb", ["--salvage", other.path] + arguments,
        input: pipe.map { .pipe($0) } ?? .nothing)
      #expect(run.exitCode == 2, "\(name)")
      #expect(try Salvage.content(other) == expected, "\(name)")
    }
    // A name of a compressed file is one.
    let compressed = folder.file("out.rdb.gz")
    #expect(try Salvage.salvage("--salvage", compressed.path, input.path).exitCode == 2)
    #expect(try Run.program("/bin/gzip", ["-dc", compressed.path]).output == expected)
  }

  @Test func standardOutput() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("in.rdb", Salvage.zeroed()).path
    let (out, lost) = (folder.file("out.rdb"), folder.file("lost.jsonl"))
    #expect(
      try Salvage.salvage("--salvage", out.path, "--lost", lost.path, input).exitCode == 2)
    let stream = try Salvage.salvage("--json", "--salvage", "-", input)
    #expect(stream.exitCode == 2)
    #expect(try stream.output == Salvage.content(out))
    #expect(try Salvage.schema.judge(stream.errors) == "1\n")
    let list = try Salvage.salvage("--json", "--salvage", out.path, "--lost", "-", input)
    #expect(list.exitCode == 2)
    #expect(try list.output == Salvage.content(lost))
    #expect(try Salvage.schema.judge(list.errors) == "1\n")
  }

  // MARK: Text and JSON

  /// Bursts of wrong bytes at random places: what is said fits the schemas, the text fits 80 columns,
  /// every byte is accounted for, and what comes out is sound.
  @Test(arguments: ["2.8.24-small", "6.2.16-small", "7.4.1-hfesmall", "valkey-9.1.2-lfu"])
  func bursts(_ name: String) throws {
    let folder = try TemporaryFolder()
    let sound = try Salvage.content(URL(fileURLWithPath: CheckRDBTests.fixture(name)))
    var random = SeededRandom(seed: 12)
    var verdicts: [UInt8] = []
    var lines: [UInt8] = []
    for number in 0..<12 {
      var bytes = sound
      let length = Int.random(in: 1...64, using: &random)
      let place = Int.random(in: 0...(bytes.count - length), using: &random)
      for offset in place..<(place + length) {
        bytes[offset] = UInt8.random(in: 0...255, using: &random)
      }
      if number % 4 == 3 { bytes.removeLast(bytes.count / 3) }
      let input = try folder.write("in.rdb", bytes)
      let (out, lost) = (folder.file("out.rdb"), folder.file("lost.jsonl"))
      let options = number % 2 == 0 ? [] : ["--partial-values"]
      let arguments = ["--salvage", out.path, "--lost", lost.path] + options + [input.path]
      let run = try Run.built("check-rdb", ["--json"] + arguments)
      try #require([0, 2].contains(run.exitCode), "\(number)")
      let report = try Salvage.report(run)
      try Salvage.expectEveryByte(report, of: bytes.count, "\(number)")
      let again = try Salvage.salvage("--json", "--databases", "100000", out.path)
      #expect(again.exitCode == 0, "\(number)")
      let verdict = try #require(try CheckRDBTests.lines(again).first)
      let keys = Salvage.number(report, "keys_recovered") + Salvage.number(report, "keys_partial")
      #expect(verdict["keys"] as? Int == keys, "\(number)")
      verdicts += run.output
      lines += try Salvage.content(lost)

      let text = try Run.built("check-rdb", arguments, environment: ["COLUMNS": ""])
      #expect(text.exitCode == run.exitCode)
      for line in text.outputText.split(separator: "\n") where !line.contains(folder.url.path) {
        #expect(line.count <= 80, "\(line)")
      }
    }
    #expect(try Salvage.schema.judge(verdicts) == "12\n")
    #expect(try Salvage.lostSchema.judge(lines) == "\(lines.count { $0 == 10 })\n")
  }

  @Test func schemasAreStrict() throws {
    let folder = try TemporaryFolder()
    let input = try folder.write("in.rdb", Salvage.zeroed()).path
    let (out, lost) = (folder.file("out.rdb").path, folder.file("lost.jsonl"))
    let run = try Salvage.salvage("--json", "--salvage", out, "--lost", lost.path, input)
    for (from, to) in [
      ("\"keys_partial\"", "\"keys_in_part\""), ("\"reason\":\"zero-block\"", "\"reason\":\"no\""),
      ("\"carved_to\":null,", ""), ("\"repairs\":[]", "\"repairs\":[{}]"),
    ] {
      let changed = run.outputText.replacingOccurrences(of: from, with: to)
      try #require(changed != run.outputText, "\(from)")
      #expect(try Salvage.schema.judge(Array(changed.utf8)) != "1\n", "\(to)")
    }
    let lines = String(decoding: try Salvage.content(lost), as: UTF8.self)
    let count = lines.split(separator: "\n").count
    for (from, to) in [
      ("\"kind\":\"gap\"", "\"kind\":\"hole\""), ("{\"kind\"", "{\"more\":1,\"kind\""),
      ("\"message\"", "\"text\""), ("\"to\":", "\"until\":"),
    ] {
      let changed = lines.replacingOccurrences(of: from, with: to)
      try #require(changed != lines, "\(from)")
      #expect(try Salvage.lostSchema.judge(Array(changed.utf8)) != "\(count)\n", "\(to)")
    }
  }
}
