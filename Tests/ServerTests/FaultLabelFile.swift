import Foundation
import TestSupport
import Testing

/// A line of a file of labels, as another program reads it.
struct LabelLine: Decodable {
  struct Content: Decodable {
    var bytes: Int
    var sha256: String
  }
  struct Fault: Decodable {
    var kind: String
    var offset: Int?
    var bit: Int?
    var before: UInt8?
    var after: UInt8?
    var bytes_missing: Int?
    var error: String?
    var point: String?
    var count: Int?
  }
  struct Hits: Decodable {
    var part: String
    var offset: Int
    var command: Int?
    var name: String?
    var db: Int?
    var type: String?
    var key: String?
  }
  struct FoundBy: Decodable {
    var tool: String
    var exit_code: Int32
  }

  var schema: String
  var file: String
  var layout: String
  var target: String?
  var fault: Fault
  var sound: Content?
  var broken: Content?
  var hits: Hits?
  var found_by: FoundBy?

  /// The lines of a file, each of which the schema allows.
  static func read(_ file: URL) throws -> [LabelLine] {
    let bytes = Array(try Data(contentsOf: file))
    let lines = bytes.count { $0 == 0x0A }
    #expect(try JSONSchema("label.schema.json").judge(bytes) == "\(lines)\n")
    return try bytes.split(separator: 0x0A).map {
      try JSONDecoder().decode(LabelLine.self, from: Data($0))
    }
  }

  /// The digest of bytes, by a program that knows nothing of ours.
  static func sha256(_ bytes: [UInt8]) -> String {
    let run = try? Run.program("/usr/bin/sha256sum", input: .pipe(bytes))
    return String((run?.outputText ?? "").prefix(64))
  }
}

extension OracleServer {
  /// The bytes of a file in the server's folder.
  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// What DEBUG PRODUCE replies: the names of its facts and their values.
  @discardableResult
  func produce(_ words: Word...) throws -> [String: Reply] {
    let reply = try command(["DEBUG", "PRODUCE"] + words).array ?? []
    var facts: [String: Reply] = [:]
    for place in stride(from: 0, to: reply.count - 1, by: 2) {
      facts[reply[place].text ?? ""] = reply[place + 1]
    }
    return facts
  }

  /// The error that a command is refused with; nil when it is not.
  func refusal(_ words: Word...) throws -> String? {
    do {
      try command(words)
      return nil
    } catch RESPError.refused(let message, _) {
      return message
    }
  }
}
