internal import Persistence

/// What is known of a fault: what was broken where, what it hits, and who finds it.
struct FaultLabel: Sendable {
  enum Fault: Equatable, Sendable {
    /// The file ends at an offset, and lacks so many bytes.
    case torn(UInt64, missing: UInt64)
    /// A bit is turned, which makes one byte another.
    case flip(UInt64, bit: UInt8, before: UInt8, after: UInt8)
    /// What was told to be durable was not, and is gone from an offset on.
    case dropSync(UInt64, missing: UInt64)
    /// Syncs, or writes, have failed with an error since the file had so many bytes.
    case failSync(String, from: UInt64)
    case failWrite(String, from: UInt64)
    /// The process was killed at a point, when it passed for this time.
    case kill(String, count: Int)
  }

  /// A tool that finds the fault, and the exit code that tells so. 0 says that nobody can find it.
  struct Expectation: Equatable, Sendable {
    var tool: String
    var exitCode: Int
  }

  /// The name of the file, without its folder.
  var file: ByteString
  var layout: FileLayout
  /// The name of the release that the file was written for; nil where it is not known.
  var target: String?
  var fault: Fault
  /// The file without the fault, and without those before it; nil where it is not known.
  var sound: FileHash?
  /// The file with all faults; nil where nothing is broken.
  var broken: FileHash?
  var site: FaultSite?
  /// Nil where it depends on what the bytes happen to mean.
  var expectation: Expectation?

  static let schema = "salvage/label/1"

  /// The name of the file of labels that belongs to a file.
  static func name(of file: ByteString) -> ByteString {
    ByteString(file.bytes + Array(".label.json".utf8))
  }

  /// Labels as lines of JSON.
  static func lines(_ labels: [FaultLabel]) -> [UInt8] {
    var json = JSONWriter()
    for label in labels {
      label.write(to: &json)
      json.newline()
    }
    return json.take()
  }

  private func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("schema", Self.schema)
    json.writeMember("file", file)
    json.writeMember("layout", layout.rawValue)
    json.writeMember("target", target)
    json.key("fault")
    fault.write(to: &json)
    json.key("sound")
    Self.write(sound, to: &json)
    json.key("broken")
    Self.write(broken, to: &json)
    json.key("hits")
    if let site { site.write(to: &json) } else { json.null() }
    json.key("found_by")
    if let expectation {
      json.beginObject()
      json.writeMember("tool", expectation.tool)
      json.writeMember("exit_code", UInt64(expectation.exitCode))
      json.endObject()
    } else {
      json.null()
    }
    json.endObject()
  }

  private static func write(_ hash: FileHash?, to json: inout JSONWriter) {
    guard let hash else { return json.null() }
    json.beginObject()
    json.writeMember("bytes", hash.bytes)
    json.writeMember("sha256", hash.sha256)
    json.endObject()
  }
}

extension FaultLabel.Fault {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    switch self {
    case .torn(let offset, let missing):
      json.writeMember("kind", "torn")
      json.writeMember("offset", offset)
      json.writeMember("bytes_missing", missing)
    case .flip(let offset, let bit, let before, let after):
      json.writeMember("kind", "flip")
      json.writeMember("offset", offset)
      json.writeMember("bit", UInt64(bit))
      json.writeMember("before", UInt64(before))
      json.writeMember("after", UInt64(after))
    case .dropSync(let offset, let missing):
      json.writeMember("kind", "drop-sync")
      json.writeMember("offset", offset)
      json.writeMember("bytes_missing", missing)
    case .failSync(let error, let offset):
      json.writeMember("kind", "fail-sync")
      json.writeMember("error", error)
      json.writeMember("offset", offset)
    case .failWrite(let error, let offset):
      json.writeMember("kind", "fail-write")
      json.writeMember("error", error)
      json.writeMember("offset", offset)
    case .kill(let point, let count):
      json.writeMember("kind", "kill")
      json.writeMember("point", point)
      json.writeMember("count", UInt64(count))
    }
    json.endObject()
  }
}

extension FaultSite {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.writeMember("part", part)
    json.writeMember("offset", offset)
    if let command { json.writeMember("command", command) }
    if let name { json.writeMember("name", name.beginning(Self.shown)) }
    json.writeMember("db", database)
    if let type { json.writeMember("type", type.rawValue) }
    json.writeMember("key", key)
    json.endObject()
  }

  /// Bytes of a command's name that are told.
  private static let shown = 64
}
