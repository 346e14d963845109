public import Foundation
public import Persistence

/// What a live server said about the keys of a file, and the comparison with what the library reads.
///
/// The form of the truth files is told in `fixtures/README.md`.
public enum Truth {
  /// The lines of a truth file (plain or gzip'ed), one object a key.
  public static func load(_ url: URL) throws -> [[String: Any]] {
    // By other people's program: what is tested here must not read its own truth.
    let text =
      try url.pathExtension == "gz"
      ? Run.program("/bin/gzip", ["-dc", url.path]).output : Array(Data(contentsOf: url))
    return try text.split(separator: UInt8(ascii: "\n")).map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line))
      guard let object = object as? [String: Any] else { throw Malformed(what: "not an object") }
      return object
    }
  }

  /// A truth file that does not have the form it should have.
  public struct Malformed: Error {
    /// What was expected.
    public var what: String
  }

  /// The key of a line.
  public static func key(_ line: [String: Any]) throws -> ByteString {
    guard let text = line["key_b64"] as? String, let data = Data(base64Encoded: text) else {
      throw Malformed(what: "key_b64")
    }
    return ByteString(Array(data))
  }

  /// What differs between an entry of a file and what the server said about its key; empty when
  /// nothing does.
  public static func differences(
    _ entry: RDBEntry, _ line: [String: Any], isExact: Bool = true
  ) -> [String] {
    var found: [String] = []
    func compare(_ what: String, _ is: some Equatable, _ should: some Equatable) {
      if "\(`is`)" != "\(should)" { found.append("\(what): \(`is`), not \(should)") }
    }
    compare("db", entry.database, (line["db"] as? NSNumber)?.uint64Value ?? .max)
    compare("expiry", entry.expiresAt ?? -1, (line["expire_at_ms"] as? NSNumber)?.int64Value ?? -1)
    if let frequency = (line["lfu_freq"] as? NSNumber)?.intValue, let own = entry.frequency {
      compare("freq", Int(own), frequency)
    }
    if let idle = (line["lru_idle_s"] as? NSNumber)?.int64Value, let own = entry.idle {
      if abs(Int64(own) - idle) > 2 { found.append("idle: \(own), not \(idle)") }
    }
    let type = line["type"] as? String ?? ""
    switch entry.value {
    case .string(let bytes):
      compare("type", "string", type)
      found += bytesDiffer(bytes, line["value"])
    case .list(let elements):
      compare("type", "list", type)
      found += sequence(elements, line["value"])
    case .set(let members):
      compare("type", "set", type)
      found += sequence(members.sorted(), line["value"])
    case .hash(let fields):
      compare("type", "hash", type)
      found += hash(fields, line)
    case .sortedSet(let members):
      compare("type", "zset", type)
      found += sortedSet(members, line["value"])
    case .stream(let stream):
      compare("type", "stream", type)
      found += StreamTruth.differences(stream, line["value"])
    case .module(let module):
      if !type.hasPrefix("test_") { found.append("type: module, not \(type)") }
      found += ModuleTruth.differences(module, type, line["value"])
    }
    return found
  }

  /// Compares bytes with base64 text, or with length, hash and head of a long string.
  static func bytesDiffer(_ bytes: ByteString, _ truth: Any?) -> [String] {
    if let text = truth as? String {
      return Data(base64Encoded: text).map(Array.init) == bytes.bytes
        ? [] : ["bytes: \(bytes), not \(text)"]
    }
    guard let long = truth as? [String: Any], let length = long["len"] as? Int,
      let digest = long["sha256"] as? String
    else { return ["no truth for a string"] }
    let sum = try? Run.program("/usr/bin/sha256sum", input: .pipe(bytes.bytes)).output
    let text = sum.map { String(decoding: $0.prefix(64), as: UTF8.self) }
    return bytes.count == length && text == digest
      ? [] : ["a long string of \(bytes.count) bytes, not \(length)"]
  }

  private static func sequence(_ elements: [ByteString], _ truth: Any?) -> [String] {
    guard let list = truth as? [Any], list.count == elements.count else {
      return ["\(elements.count) elements"]
    }
    return zip(elements, list).flatMap { bytesDiffer($0, $1) }
  }

  private static func hash(_ fields: [RDBField], _ line: [String: Any]) -> [String] {
    guard let list = line["value"] as? [[Any]], list.count == fields.count else {
      return ["\(fields.count) fields"]
    }
    let sorted = fields.sorted { $0.name < $1.name }
    var found = zip(sorted, list).flatMap {
      bytesDiffer($0.name, $1[0]) + bytesDiffer($0.value, $1[1])
    }
    let expiring = sorted.filter { $0.expiresAt != nil }
    let expected = line["field_expire_at_ms"] as? [[Any]] ?? []
    guard expiring.count == expected.count else {
      return found + ["\(expiring.count) fields expire, not \(expected.count)"]
    }
    let byName = expected.sorted { "\($0[0])" < "\($1[0])" }
    let own = expiring.sorted { base64($0.name) < base64($1.name) }
    for (field, pair) in zip(own, byName) {
      found += bytesDiffer(field.name, pair[0])
      if field.expiresAt != (pair[1] as? NSNumber)?.uint64Value {
        found.append("field \(field.name) expires at \(field.expiresAt ?? 0), not \(pair[1])")
      }
    }
    return found
  }

  private static func base64(_ bytes: ByteString) -> String {
    Data(bytes.bytes).base64EncodedString()
  }

  private static func sortedSet(_ members: [RDBScoredMember], _ truth: Any?) -> [String] {
    guard let list = truth as? [[Any]], list.count == members.count else {
      return ["\(members.count) members"]
    }
    let sorted = members.sorted {
      $0.score != $1.score ? $0.score < $1.score : $0.member < $1.member
    }
    return zip(sorted, list).flatMap { member, pair in
      // The server prints scores; both are read as doubles, and -0 equals 0.
      let score = unsafe strtod("\(pair[1])", nil)
      return bytesDiffer(member.member, pair[0])
        + (score == member.score ? [] : ["score \(member.score), not \(pair[1])"])
    }
  }
}

/// The comparison of values of the two test modules of the Redis source tree, whose own read commands
/// told the truth.
enum ModuleTruth {
  static func differences(_ module: RDBModuleValue, _ type: String, _ truth: Any?) -> [String] {
    guard let truth = truth as? [String: Any] else { return ["no truth for a module"] }
    var found: [String] = []
    if type != module.name.description { found.append("module \(module.name), not \(type)") }
    let strings = module.operands.compactMap { operand -> String? in
      guard case .string(let bytes) = operand else { return nil }
      return Data(bytes.bytes).base64EncodedString()
    }
    if let pair = truth["datatype_get"] as? [Any], let number = pair[0] as? NSNumber,
      let text = pair[1] as? String
    {
      let isThere = module.operands.contains {
        switch $0 {
        case .signed(let bits), .unsigned(let bits):
          Int64(bitPattern: bits) == number.int64Value
        default: false
        }
      }
      if !isThere { found.append("number \(number) is missing in \(module.operands)") }
      if strings != [text] { found.append("text \(text), not \(strings)") }
    } else if let text = truth["testrdb_get_key"] as? String {
      if !strings.contains(text) { found.append("text \(text) is missing in \(strings)") }
    } else {
      found.append("no truth for the module \(type)")
    }
    return found
  }
}
