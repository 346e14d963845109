import Forensics
import Foundation
import Persistence
import TestSupport
import Testing

/// Faults in files that DEBUG PRODUCE writes: the file is what its label says, and who is to find the fault does.
@Suite struct ProducedFaultTests {
  private static let time: [Word] = ["CTIME", "1700000000"]

  static func server() throws -> OracleServer {
    let server = try OracleServer.ours()
    _ = try server.pipeline([
      ["SET", "text", "value"], ["PEXPIREAT", "text", "1900000000000"],
      ["RPUSH", "list", "a", "b"],
      ["ZADD", "zset", "1.5", "m"], ["SELECT", "2"], ["SET", "lang:ru", "да"],
    ])
    return server
  }

  /// A layout, and the file of it that is broken.
  struct Form: Sendable, CustomStringConvertible {
    var target: String
    var words: [String]
    /// The file in the folder; nil where there is none.
    var part: String?
    var description: String { ([target] + words).joined(separator: " ") }

    static let all = [
      Form(target: "redis-7.0", words: ["AS", "rdb"]),
      Form(target: "redis-7.0", words: ["AS", "rdb", "NOCHECKSUM"]),
      Form(target: "redis-2.4", words: ["AS", "rdb"]),
      Form(target: "valkey-9.0", words: ["AS", "rdb"]),
      Form(target: "redis-7.0", words: ["AS", "aof"]),
      Form(target: "redis-6.0", words: ["AS", "preamble", "TAIL", "2"]),
      Form(
        target: "redis-7.0", words: ["AS", "multi-part", "TAIL", "2"],
        part: "appendonly.aof.1.incr.aof"),
      Form(
        target: "redis-7.0", words: ["AS", "multi-part", "TAIL", "2", "IN", "base"],
        part: "appendonly.aof.1.base.rdb"),
      Form(
        target: "redis-7.0", words: ["AS", "multi-part", "BASE", "aof"],
        part: "appendonly.aof.1.base.aof"),
    ]

    func file(_ name: String) -> String { part.map { "\(name)/\($0)" } ?? name }
  }

  static func words(_ name: String, _ form: Form, _ faults: [String]) -> [Word] {
    var words: [Word] = ["DEBUG", "PRODUCE", Word(name), "TARGET", Word(form.target)] + time
    words += (form.words + faults).map { Word($0) }
    return words
  }

  /// The sound file of a form.
  static func sound(_ form: Form, _ server: OracleServer) throws -> [UInt8] {
    var plain = form
    if let place = form.words.firstIndex(of: "IN") {
      plain.words.removeSubrange(place...place + 1)
    }
    try server.command(words("sound", plain, []))
    return try server.bytes(form.file("sound"))
  }

  /// The exit code of the tool that looks at what was produced.
  static func exitCode(_ url: URL, _ form: Form) -> Int32? {
    if form.words[1] == "rdb" {
      switch RDBCheck().run(url.path).outcome {
      case .sound: return 0
      case .damaged: return 1
      case .notThisKind: return 65
      default: return nil
      }
    }
    switch AOFCheck().run(url.path).outcome {
    case .sound: return 0
    case .damaged: return 1
    case .notThisKind: return 65
    default: return nil
    }
  }

  /// What a sound file becomes by the faults that labels tell of.
  static func broken(_ sound: [UInt8], _ labels: [LabelLine]) throws -> [UInt8] {
    var bytes = sound
    for fault in labels.map(\.fault) {
      let offset = try #require(fault.offset)
      if fault.kind == "torn" {
        #expect(fault.bytes_missing == sound.count - offset)
        bytes.removeLast(bytes.count - offset)
      } else {
        let bit = try #require(fault.bit)
        #expect(fault.before == bytes[offset])
        bytes[offset] ^= 1 << bit
        #expect(fault.after == bytes[offset])
      }
    }
    return bytes
  }

  /// The tools themselves, with the digests of another program.
  @Test(arguments: Form.all)
  func theToolsFindIt(_ form: Form) throws {
    let server = try Self.server()
    let sound = try Self.sound(form, server)
    for (number, fault) in [["TORN", "-1"], ["FLIP", "-1"], ["FLIP", "-3.4"]].enumerated() {
      let reply = try server.command(Self.words("out\(number)", form, fault)).array ?? []
      let file = form.file("out\(number)")
      let labels = try LabelLine.read(server.folder.appendingPathComponent(file + ".label.json"))
      let label = try #require(labels.first)
      let bytes = try server.bytes(file)
      #expect(label.sound?.sha256 == LabelLine.sha256(sound))
      #expect(label.broken?.sha256 == LabelLine.sha256(bytes))
      let told = reply[9].array?.first { $0.array?.first?.text == label.file }
      #expect(told?.array?[2].text == label.broken?.sha256)
      if let expected = label.found_by {
        let path = server.folder.appendingPathComponent("out\(number)").path
        let run = try Run.built(expected.tool, [path])
        #expect(run.exitCode == expected.exit_code, "\(form) \(fault): \(run.outputText)")
      }
    }
  }

  @Test func theLabelNamesWhatIsHit() throws {
    let server = try Self.server()
    let dump = try Self.sound(Form.all[0], server)
    let text = try #require(dump.firstRange(of: Array("\u{4}text".utf8)))
    let language = try #require(dump.firstRange(of: Array("lang:ru".utf8)))
    let places: [(Int, String, String?)] = [
      (0, "header", nil), (9, "aux", nil), (text.lowerBound - 10, "attributes", "text"),
      (text.lowerBound - 1, "type", "text"), (text.lowerBound + 1, "key", "text"),
      (text.upperBound + 1, "value", "text"), (language.lowerBound, "key", "lang:ru"),
      (dump.count - 9, "eof", nil), (dump.count - 8, "checksum", nil),
      (dump.count - 1, "checksum", nil),
    ]
    for (number, place) in places.enumerated() {
      try server.command(Self.words("rdb\(number)", Form.all[0], ["FLIP", "\(place.0)"]))
      let file = server.folder.appendingPathComponent("rdb\(number).label.json")
      let hits = try #require(LabelLine.read(file).first?.hits)
      #expect(hits.part == place.1, "\(place)")
      #expect(hits.key == place.2)
      if place.2 != nil { #expect(hits.type == "string" && hits.db == (number == 6 ? 2 : 0)) }
    }
    let log = try {
      try FileManager.default.removeItem(atPath: server.folder.path + "/sound")
      return try Self.sound(Form.all[4], server)
    }()
    let push = try #require(log.firstRange(of: Array("RPUSH".utf8)))
    let commands: [(Int, String, String?)] = [
      (0, "framing", nil), (push.lowerBound, "name", "list"),
      (push.upperBound, "framing", "list"), (push.upperBound + 6, "argument", "list"),
    ]
    for (number, place) in commands.enumerated() {
      try server.command(Self.words("aof\(number)", Form.all[4], ["FLIP", "\(place.0)"]))
      let file = server.folder.appendingPathComponent("aof\(number).label.json")
      let hits = try #require(LabelLine.read(file).first?.hits)
      #expect(hits.part == place.1 && hits.key == place.2, "\(place)")
      #expect(hits.name == (number == 0 ? "SELECT" : "RPUSH"))
      #expect((hits.command ?? 0) >= 1)
    }
  }

  /// Several faults in one file, at places that a seed decides.
  @Test func manyFaultsAtOnce() throws {
    let server = try Self.server()
    let form = Form.all[0]
    let sound = try Self.sound(form, server)
    let faults = ["RANDOM-FLIPS", "20", "SEED", "7", "FLIP", "12.3", "TORN", "-20"]
    for name in ["a", "b"] { try server.command(Self.words(name, form, faults)) }
    #expect(try server.bytes("a") == server.bytes("b"))
    let labels = try LabelLine.read(server.folder.appendingPathComponent("a.label.json"))
    #expect(labels.count == 22)
    #expect(try server.bytes("a") == Self.broken(sound, labels))
    #expect(Set(labels.map(\.broken?.sha256)) == [LabelLine.sha256(try server.bytes("a"))])
    try server.command(Self.words("c", form, ["RANDOM-FLIPS", "20", "SEED", "8"]))
    try server.command(Self.words("d", form, ["RANDOM-FLIPS", "20", "SEED", "7"]))
    #expect(try server.bytes("c") != server.bytes("d"))
  }

  /// A damaged manifest, of which nothing is foretold.
  @Test func theManifest() throws {
    let server = try Self.server()
    try server.produce("folder", "AS", "multi-part", "IN", "manifest", "FLIP", "0")
    let name = "folder/appendonly.aof.manifest"
    let label = try #require(
      LabelLine.read(server.folder.appendingPathComponent(name + ".label.json")).first)
    #expect(label.hits?.part == "manifest" && label.found_by == nil)
    #expect(try server.bytes(name).starts(with: "gile ".utf8))
    let run = try Run.built("check-aof", [server.folder.appendingPathComponent(name).path])
    #expect(run.exitCode != 0)
  }
}
