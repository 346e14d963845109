import Foundation
import TestSupport
import Testing

/// A sound RDB file of `fixtures/rdb/`, with what its server said about it.
struct SoundFile: Decodable, Sendable, CustomTestStringConvertible {
  struct Function: Decodable, Sendable {
    var library_name: String
    var engine: String
    var code_b64: String?
  }

  struct ModuleEntry: Decodable, Sendable {
    var name: String
    var ver: Int
  }

  struct Script: Decodable, Sendable {
    var body_b64: String
  }

  var name: String
  var server: String
  var header: String
  var rdb_version: Int
  var size: UInt64
  var sha256: String
  var keys: UInt64
  var dbsize: [String: UInt64]
  var expires: [String: UInt64]
  var functions: [Function]?
  var scripts: [Script]?
  var replication: [String: String]?
  var modules: [ModuleEntry]?
  var lastsave: Int64
  /// The allocator of the server, and its settings of encodings that are not the default ones.
  var malloc: String
  var config: [String: Int64]?
  /// Exit codes of the check tools, by tool.
  var check: [String: Int32]

  var testDescription: String { name }
  var url: URL { Self.folder.appendingPathComponent(name + ".rdb") }
  func bytes() throws -> [UInt8] { Array(try Data(contentsOf: url)) }

  /// The last part of the name: what the file is about.
  var shape: String { name.split(separator: "-").last.map(String.init) ?? "" }

  static let folder = Fixtures.folder.appendingPathComponent("rdb")

  /// All of them. A test makes sure that they are 77.
  static let all: [SoundFile] = readLines(folder.appendingPathComponent("meta.jsonl"))

  static func named(_ name: String) throws -> SoundFile {
    try #require(all.first { $0.name == name }, "no sound file \(name)")
  }

  /// What the server said about each key.
  func truth() throws -> [TruthLine] {
    let file = Self.folder.appendingPathComponent(name + ".truth.jsonl.gz")
    let run = try Run.program("/bin/gzip", ["-dc", file.path])
    try #require(run.exitCode == 0)
    return try decodeLines(run.output)
  }
}

/// What a server said about one key.
struct TruthLine: Decodable {
  var db: UInt64
  var key: [UInt8]
  /// The beginning, when the key is long.
  var isWholeKey: Bool
  /// The answer of `TYPE`.
  var type: String
  /// The answer of `OBJECT ENCODING`, after loading the file where that was asked.
  var encoding: String?
  var expiresAt: Int64?

  private enum Name: String, CodingKey {
    case db, key_b64, type, encoding, encoding_loaded, expire_at_ms
  }

  private struct LongString: Decodable { var head_b64: Data }

  init(from decoder: any Decoder) throws {
    let line = try decoder.container(keyedBy: Name.self)
    db = try line.decode(UInt64.self, forKey: .db)
    isWholeKey = true
    if let whole = try? line.decode(Data.self, forKey: .key_b64) {
      key = Array(whole)
    } else {
      key = Array(try line.decode(LongString.self, forKey: .key_b64).head_b64)
      isWholeKey = false
    }
    type = try line.decode(String.self, forKey: .type)
    encoding =
      try line.decodeIfPresent(String.self, forKey: .encoding_loaded)
      ?? line.decodeIfPresent(String.self, forKey: .encoding)
    expiresAt = try line.decodeIfPresent(Int64.self, forKey: .expire_at_ms)
  }
}

func decodeLines<Line: Decodable>(_ bytes: some Sequence<UInt8>) throws -> [Line] {
  let decoder = JSONDecoder()
  return try Data(bytes).split(separator: 10).map { try decoder.decode(Line.self, from: $0) }
}

/// No lines when the file cannot be read: the tests count them.
func readLines<Line: Decodable>(_ file: URL) -> [Line] {
  (try? decodeLines(Data(contentsOf: file))) ?? []
}
