import Foundation
import Persistence
import SystemPackage
import TestSupport
import Testing

/// A sound AOF of `fixtures/aof/`, with what its server said about it.
struct SoundAOF: Decodable, Sendable, CustomTestStringConvertible {
  struct File: Decodable, Sendable {
    var size: UInt64
    var sha256: String
    /// Commands by name, in lower case.
    var commands: [String: Int]?
    var commands_total: Int?
    /// Bytes of the RDB in front of the commands.
    var rdb_preamble_bytes: UInt64?
    /// Annotations, without line ends.
    var timestamps: [String]?
  }

  var name: String
  var server: String
  /// By name: the file itself, or those in the folder, the manifest not among them.
  var files: [String: File]
  var manifest_file: String?
  var keys: Int
  var debug_digest: String

  var testDescription: String { name }
  var isMultiPart: Bool { manifest_file != nil }

  static let folder = Fixtures.folder.appendingPathComponent("aof")

  /// The file, or the folder of a multi-part AOF.
  var url: URL {
    Self.folder.appendingPathComponent(name + (isMultiPart ? ".appendonlydir" : ".aof"))
  }

  /// A file of the set.
  func url(_ file: String) -> URL { isMultiPart ? url.appendingPathComponent(file) : url }

  func bytes(_ file: String) throws -> [UInt8] { Array(try Data(contentsOf: url(file))) }

  /// All of them. A test makes sure that they are 35.
  static let all: [SoundAOF] = readLines(folder.appendingPathComponent("meta.jsonl"))

  static func named(_ name: String) throws -> SoundAOF {
    try #require(all.first { $0.name == name }, "no sound AOF \(name)")
  }
}

/// A damaged AOF, as a recipe: bytes of a file of a sound one are replaced or the file is taken away, and
/// the answers of the servers' own tools to the result.
struct DamagedAOF: Decodable, Sendable, CustomTestStringConvertible {
  struct Fix: Decodable, Sendable {
    struct File: Decodable, Sendable {
      var size: UInt64
      var sha256: String
    }

    var exit: Int32
    /// The files that the tool changed, as it left them.
    var changed: [String: File]
  }

  struct Load: Decodable, Sendable {
    var loads: Bool
    var debug_digest: String?
  }

  var name: String
  /// The sound AOF.
  var source: String
  var kind: String
  /// The damage in words.
  var what: String
  /// The file of a multi-part AOF that is damaged; nil for an AOF of one file.
  var file: String?
  /// Whether it is taken away.
  var missing: Bool?
  /// The bytes from `offset` on that are taken out.
  var offset: Int?
  var removed: Int?
  /// The bytes put in their place: these, or a number of zeros.
  var inserted_hex: String?
  var inserted_zeros: Int?
  /// Of the damaged file.
  var sha256: String?
  /// Exit codes of the check tools, by tool.
  var check: [String: Int32]
  /// Up to where `redis-check-aof` 7.0.15 found each file that it came to whole.
  var ok_up_to: [String: UInt64]?
  var fix: Fix
  var server_load: Load
  /// A server of the file's own version, started on what `redis-check-aof --fix` left.
  var server_load_after_fix: Load?

  var testDescription: String { name }

  /// All of them. A test makes sure that they are 157.
  static let all: [DamagedAOF] = readLines(
    Fixtures.folder.appendingPathComponent("damaged/aof.jsonl"))

  func sound() throws -> SoundAOF { try .named(source) }

  /// The name of the damaged file, as the tool prints it.
  var damagedName: String { file ?? name + ".aof" }

  /// The damaged file; nil when it is taken away.
  func bytes() throws -> [UInt8]? {
    guard missing != true, let offset, let removed else { return nil }
    var bytes = try sound().bytes(file ?? "")
    let inserted =
      inserted_zeros.map { [UInt8](repeating: 0, count: $0) } ?? hex(inserted_hex ?? "")
    bytes.replaceSubrange(offset..<(offset + removed), with: inserted)
    return bytes
  }

  /// The damaged AOF in a folder of its own, and the path to it: a file, or a folder.
  func make() throws -> (folder: TemporaryFolder, path: FilePath) {
    let folder = try TemporaryFolder()
    let sound = try sound()
    if sound.isMultiPart {
      let names = sound.files.keys + [sound.manifest_file ?? ""]
      for name in names where name != file { try folder.write(name, sound.bytes(name)) }
      if let bytes = try bytes() { try folder.write(damagedName, bytes) }
      return (folder, FilePath(folder.url.path))
    }
    let url = try folder.write(damagedName, try bytes() ?? [])
    return (folder, FilePath(url.path))
  }
}

/// What a walk over the commands of a file tells.
struct AOFWalk {
  var commands: [String: Int] = [:]
  var count = 0
  var timestamps: [String] = []
  var preambleBytes: UInt64?
  var preambleKeys = 0
  /// Commands that are in no table, and commands with a wrong number of arguments, once each.
  var unknown: Set<String> = []
  var wrongArity: Set<String> = []
  var unlogged: Set<String> = []
  var ending: CommandEnding?

  init(_ path: FilePath) throws {
    let file = try AOFFile(path)
    if file.format == .rdb {
      let preamble = try file.preamble()
      while try preamble.next() != nil {}
      if let error = preamble.ending.error { throw error }
      preambleBytes = preamble.ending.fileSize
    }
    guard let scanner = file.commands() else { return }
    let table = CommandTable.shared
    var arguments = ArgumentTable()
    while let item = try scanner.next() {
      guard case .batch(let batch) = item else {
        Issue.record("a large command")
        continue
      }
      let bytes = batch.bytes
      var parser = CommandParser(bytes, inputEnd: UInt64(bytes.byteCount))
      while !parser.cursor.isAtEnd {
        let head = try parser.next(&arguments)
        guard head.kind == .command else {
          timestamps.append("#" + head.name.copy(from: bytes).description)
          continue
        }
        count += 1
        let name = arguments[0].copy(from: bytes).description.lowercased()
        commands[name, default: 0] += 1
        guard let entry = table.command(arguments, in: bytes) else {
          unknown.insert(name)
          continue
        }
        if !entry.accepts(argumentCount: arguments.count) { wrongArity.insert(table.name(entry)) }
        if !entry.isLogged { unlogged.insert(table.name(entry)) }
      }
    }
    ending = scanner.ending
  }
}
