import Foundation
package import Persistence

/// Files and payloads that the library writes, and what it reads from them again.
package enum Written {
  /// A file of these keys, each database selected as it comes, and what the target could not hold.
  package static func file(
    _ entries: [RDBEntry], for target: RDBTarget
  ) -> (bytes: [UInt8], losses: [ConversionLoss]) {
    var bytes: [UInt8] = []
    var losses: [ConversionLoss] = []
    var writer = RDBWriter(target) { (piece: RawSpan) in
      unsafe piece.withUnsafeBytes { unsafe bytes += $0 }
    }
    for entry in entries { losses += writer.append(entry) }
    writer.finish()
    return (bytes, losses)
  }

  /// The keys of a file in memory.
  package static func entries(_ bytes: [UInt8]) throws -> [RDBEntry] {
    let folder = try TemporaryFolder()
    var reader = try RDBReader(path: try folder.write("dump.rdb", bytes).path)
    var entries: [RDBEntry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }

  /// The value of an answer of `DUMP`, and the byte of its type.
  package static func value(ofDump payload: [UInt8]) throws -> (value: RDBValue, type: UInt8) {
    let version = Int(payload[payload.count - 10]) + Int(payload[payload.count - 9]) << 8
    let magic = version >= 80 ? RDBMagic.valkey : .redis
    guard let dialect = RDBDialect(magic: magic, version: version),
      case .layout(let layout, _) = dialect.meaning(ofType: payload[0])
    else { throw Malformed(type: payload[0], version: version) }
    var cursor = ByteCursor(payload.raw, at: 1)
    var decoder = ValueDecoder()
    return (try decoder.decode(layout, &cursor), payload[0])
  }

  /// A payload of a type that the library does not know.
  package struct Malformed: Error {
    package var type: UInt8
    package var version: Int
  }

  /// The value with everything in an order of its own that has none for a client: members, fields, and
  /// what a stream keeps sorted by name or ID.
  package static func sorted(_ value: RDBValue) -> RDBValue {
    switch value {
    case .set(let members): .set(members.sorted())
    case .hash(let fields): .hash(fields.sorted { $0.name < $1.name })
    case .sortedSet(let members): .sortedSet(members.sorted { $0.member < $1.member })
    default: value
    }
  }
}
