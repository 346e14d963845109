import Foundation
import TestSupport

/// A small sound file to be damaged.
struct Seed: Sendable, CustomStringConvertible {
  var description: String
  var bytes: [UInt8]

  /// Whether its checksum is there, and compared: zero stands for none.
  var isChecked: Bool {
    RDBFile(String(decoding: bytes.prefix(9), as: UTF8.self)).hasChecksum
      && bytes.suffix(8).contains { $0 != 0 }
  }

  /// Whole files, each known value in a file of its own, and a mixture for every version.
  static let small: [Seed] =
    zip(["function", "version 3", "module", "valkey"], KnownFile.all).map { Seed($0, $1) }
    + KnownDump.all.map { Seed($0.name, $0.file) } + versions

  /// Real files of the fixtures.
  static let realFiles: [Seed] = {
    let folder = Fixtures.folder.appendingPathComponent("rdb")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let found = (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "rdb" }
    return found.sorted { $0.path < $1.path }.compactMap { url in
      guard let data = try? Data(contentsOf: url) else { return nil }
      return Seed(url.lastPathComponent, Array(data))
    }
  }()

  /// Those up to 8 KiB.
  static let fixtures = realFiles.filter { (1...8192).contains($0.bytes.count) }

  static let all = small + fixtures

  init(_ name: String, _ bytes: [UInt8]) {
    description = name
    self.bytes = bytes
  }

  /// The version from which on a type is written, by its number.
  private static let firstVersions: [UInt8: Int] = [
    0: 1, 1: 1, 3: 1, 4: 1, 2: 1, 5: 8, 9: 2, 10: 2, 11: 2, 12: 2, 13: 4, 14: 7, 15: 9, 16: 10,
    17: 10, 18: 10, 19: 10, 20: 11, 22: 12, 23: 12, 24: 12, 25: 12,
  ]

  /// For each version two databases with attributes, and the values of the types that are newest.
  private static let versions: [Seed] = (["REDIS", "VALKEY"] as [String]).flatMap { magic in
    (magic == "REDIS" ? Array(2...12) : [80]).map { version -> Seed in
      let digits = String(version)
      let header = magic + String(repeating: "0", count: 9 - magic.count - digits.count) + digits
      var file = RDBFile(header)
      if version >= 7 { file = file.adding(hex("FA 09 \"redis-ver\" 05 \"9.9.9\"")) }
      file = file.adding(hex("FE 00") + (version >= 7 ? hex("FB 04 01") : []))
      if version >= 3 { file = file.adding(hex("FC 00 D8 C3 2C BB 03 00 00")) }
      if version >= 9 { file = file.adding(hex("F8 0A")) }
      file = file.adding(0, "first", hex("C0 05"))
      let newest = KnownDump.all.filter { dump in
        let first = firstVersions[dump.type] ?? .max
        return first <= version && (version == 80 ? first < 12 : true)
          && !dump.name.contains("every")
      }.sorted { (firstVersions[$0.type] ?? 0, $0.type) < (firstVersions[$1.type] ?? 0, $1.type) }
      for (index, dump) in newest.suffix(3).enumerated() {
        file = file.adding(dump.type, "key\(index)", dump.value)
      }
      file = file.adding(hex("FE 05")).adding(4, "last", hex("01 01 66 C2 01 02 03 04"))
      return Seed("mixture for \(header)", file.bytes)
    }
  }
}
