import Foundation
import Persistence
import TestSupport
import Testing

/// A damaged RDB file, as a recipe: bytes of a sound one are replaced, and the answers of the servers'
/// own tools to the result.
struct DamagedFile: Decodable, Sendable, CustomTestStringConvertible {
  var name: String
  /// The sound file.
  var source: String
  var kind: String
  /// The damage in words.
  var what: String
  /// The bytes from `offset` on that are taken out.
  var offset: Int
  var removed: Int
  /// The bytes put in their place: these, or a number of zeros.
  var inserted_hex: String?
  var inserted_zeros: Int?
  /// Whether the checksum at the end was made right again after the change.
  var checksum_recomputed: Bool
  /// Of the result.
  var sha256: String
  /// Exit codes of the check tools, by tool.
  var check: [String: Int32]
  /// The tools among them that only say that they do not know the file's version.
  var check_refuses_version: [String]?
  /// Whether a server of the file's own version came up with it.
  var server_loads: Bool
  var server_crashed: Bool?

  var testDescription: String { name }

  static let folder = Fixtures.folder.appendingPathComponent("damaged")

  /// All of them. A test makes sure that they are 285.
  static let all: [DamagedFile] = readLines(folder.appendingPathComponent("rdb.jsonl"))

  var inserted: [UInt8] {
    if let count = inserted_zeros { return [UInt8](repeating: 0, count: count) }
    let digits = Array((inserted_hex ?? "").utf8).map { $0 < 58 ? $0 - 48 : $0 - 87 }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  func sound() throws -> SoundFile { try .named(source) }

  /// The damaged file.
  func bytes() throws -> [UInt8] {
    var bytes = try sound().bytes()
    if checksum_recomputed { bytes.removeLast(8) }
    bytes.replaceSubrange(offset..<(offset + removed), with: inserted)
    if checksum_recomputed { bytes.appendCRC64() }
    return bytes
  }

  /// Whether an oracle that knows the file's version refuses it.
  var isRefused: Bool {
    let refusing = check.filter { tool, code in
      code != 0 && !(tool.hasSuffix(" 7.0.15") && (check_refuses_version ?? []).contains(tool))
    }
    return !refusing.isEmpty || !server_loads
  }

  /// Whether the damage changes what the checksum covers, with the checksum left as it was.
  var isGivenAwayByChecksum: Bool {
    !checksum_recomputed
      && ["flip", "zero", "crc"].contains { kind.hasPrefix("\($0)-") } && kind != "crc-zero"
  }
}
