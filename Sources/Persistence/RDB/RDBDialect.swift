/// The family of a file: the letters before its version digits.
public enum RDBMagic: String, Sendable {
  /// `REDIS` and four digits.
  case redis = "REDIS"
  /// `VALKEY` and three digits (Valkey 9.0 and later).
  case valkey = "VALKEY"
}

/// How the value of a key is laid out. Numbers are not unique across magics (22 is two things), so
/// that the code speaks of layouts and only the table below knows numbers.
package enum ValueLayout: UInt8, Sendable, CaseIterable {
  case string, list, set, zset, hash, zset2, modulePreRelease, module2
  case hashZipmap, listZiplist, setIntset, zsetZiplist, hashZiplist, listQuicklist, stream
  case hashListpack, zsetListpack, listQuicklist2, stream2, setListpack, stream3
  case hashMetadataPreGA, hashListpackExPreGA, hashMetadata, hashListpackEx, valkeyHash2
}

/// What a type byte means in a file.
package enum TypeMeaning: Sendable, Equatable {
  /// A layout this build reads, and the first RDB version of the magic that writes it.
  case layout(ValueLayout, since: Int)
  /// A type this build knows by name only.
  case known(StaticString)
  case unassigned

  package static func == (a: TypeMeaning, b: TypeMeaning) -> Bool {
    switch (a, b) {
    case (.layout(let x, let v), .layout(let y, let w)): x == y && v == w
    case (.known(let x), .known(let y)): x.description == y.description
    case (.unassigned, .unassigned): true
    default: false
    }
  }
}

/// What an opcode means in a file.
package enum OpcodeMeaning: Sendable {
  case opcode(RDBOpcode, since: Int)
  /// An opcode this build knows by name only.
  case known(StaticString)
  case unassigned
}

/// The bytes 243-255 by name; what one means in a file, `RDBDialect` tells.
package enum RDBOpcode: UInt8, Sendable {
  case slotImport = 243
  case slotInfo, function2, functionPreGA, moduleAux, idle, freq, aux, resizeDB
  case expireTimeMs, expireTime, selectDB, eof
}

/// The types and opcodes of one (magic, version). Adding a server release is a row here.
/// Sources: rdb.h of Redis 2.2-7.4 and Valkey 7.2-8.0; numbers above RDB 12 and under `VALKEY` from
/// the projects' pull requests.
package struct RDBDialect: Sendable {
  package let magic: RDBMagic
  package let version: Int

  /// The release that introduced the version, for messages.
  package let release: StaticString
  /// False for a version of which only some records are known to this build: it is read as far as
  /// they reach, and refused by name where they end.
  package let isComplete: Bool

  /// Bytes of the magic and the version digits.
  package static let headerLength = 9

  /// The dialect of a version, or nil for one this build does not know.
  package init?(magic: RDBMagic, version: Int) {
    let row =
      magic == .redis
      ? RDBDialect.redisVersions[version] : RDBDialect.valkeyVersions[version]
    guard let row else { return nil }
    self.magic = magic
    self.version = version
    release = row.release
    isComplete = row.complete
    for type in UInt8.min...UInt8.max {
      if case .layout(let layout, let since) = meaning(ofType: type) {
        layouts[Int(type)] = layout.rawValue | (since > version ? 0x80 : 0)
      }
    }
  }

  private typealias Version = (release: StaticString, complete: Bool)

  private static let redisVersions: [Int: Version] = [
    1: ("Redis 2.2", true), 2: ("Redis 2.4", true), 3: ("Redis 2.5", true),
    4: ("Redis 2.5", true), 5: ("Redis 2.5", true), 6: ("Redis 2.6", true),
    7: ("Redis 3.2", true), 8: ("Redis 4.0", true), 9: ("Redis 5.0", true),
    10: ("Redis 7.0", true), 11: ("Redis 7.2", true), 12: ("Redis 7.4", true),
    13: ("Redis 8.6", false), 14: ("Redis 8.8", false), 15: ("Redis 8.10", false),
  ]

  private static let valkeyVersions: [Int: Version] = [
    80: ("Valkey 9.0", true), 81: ("Valkey 9.2", false),
  ]

  /// Every version that this build knows, those of Redis first, older before newer.
  package static let all: [RDBDialect] =
    redisVersions.keys.sorted().compactMap { RDBDialect(magic: .redis, version: $0) }
    + valkeyVersions.keys.sorted().compactMap { RDBDialect(magic: .valkey, version: $0) }

  /// The first nine bytes of a file.
  package var header: [UInt8] {
    let digits = String(version)
    let zeros = RDBDialect.headerLength - magic.rawValue.utf8.count - digits.utf8.count
    return Array((magic.rawValue + String(repeating: "0", count: zeros) + digits).utf8)
  }

  /// From version 5 on a CRC64 of everything before it follows the EOF opcode.
  package var hasChecksum: Bool { version >= 5 }

  /// The meaning of a type byte.
  package func meaning(ofType type: UInt8) -> TypeMeaning {
    if type < RDBDialect.sharedTypes.count { return RDBDialect.sharedTypes[Int(type)] }
    let rest = magic == .redis ? RDBDialect.redisTypes : RDBDialect.valkeyTypes
    return rest[type] ?? .unassigned
  }

  /// Types 0-21 mean the same under both magics.
  private static let sharedTypes: [TypeMeaning] = [
    .layout(.string, since: 1), .layout(.list, since: 1), .layout(.set, since: 1),
    .layout(.zset, since: 1), .layout(.hash, since: 1), .layout(.zset2, since: 8),
    .layout(.modulePreRelease, since: 8), .layout(.module2, since: 8), .unassigned,
    .layout(.hashZipmap, since: 2), .layout(.listZiplist, since: 2), .layout(.setIntset, since: 2),
    .layout(.zsetZiplist, since: 2), .layout(.hashZiplist, since: 4),
    .layout(.listQuicklist, since: 7), .layout(.stream, since: 9),
    .layout(.hashListpack, since: 10), .layout(.zsetListpack, since: 10),
    .layout(.listQuicklist2, since: 10), .layout(.stream2, since: 10),
    .layout(.setListpack, since: 11), .layout(.stream3, since: 11),
  ]

  private static let redisTypes: [UInt8: TypeMeaning] = [
    22: .layout(.hashMetadataPreGA, since: 12), 23: .layout(.hashListpackExPreGA, since: 12),
    24: .layout(.hashMetadata, since: 12), 25: .layout(.hashListpackEx, since: 12),
    26: .known("type 26 (stream with idempotent producers, Redis 8.6)"),
    27: .known("type 27 (stream with negative acknowledgements, Redis 8.8)"),
    28: .known("type 28 (array, Redis 8.8)"),
    29: .known("type 29 (template hash in a DUMP payload, Redis 8.10)"),
    30: .known("type 30 (template hash in a listpack, Redis 8.10)"),
    31: .known("type 31 (template hash in a DUMP payload, Redis 8.10)"),
    32: .known("type 32 (template hash, Redis 8.10)"),
    33: .known("type 33 (GCRA rate limiter, Redis)"),
  ]

  private static let valkeyTypes: [UInt8: TypeMeaning] = [
    22: .layout(.valkeyHash2, since: 80),
    23: .known("type 23 (path hash, Valkey 9.2)"),
  ]

  /// The type byte of values that are laid out so, wherever they exist.
  static func type(of layout: ValueLayout) -> UInt8 { typeBytes[Int(layout.rawValue)] }

  /// Type bytes by the raw values of layouts.
  private static let typeBytes: [UInt8] = {
    var bytes = [UInt8](repeating: 0xFF, count: ValueLayout.allCases.count)
    func note(_ type: UInt8, _ meaning: TypeMeaning) {
      if case .layout(let layout, _) = meaning { bytes[Int(layout.rawValue)] = type }
    }
    for (type, meaning) in sharedTypes.enumerated() { note(UInt8(type), meaning) }
    for (type, meaning) in redisTypes { note(type, meaning) }
    for (type, meaning) in valkeyTypes { note(type, meaning) }
    return bytes
  }()

  /// The meaning of a byte as an opcode.
  package func meaning(ofOpcode byte: UInt8) -> OpcodeMeaning {
    switch byte {
    case 107: return .known("opcode 107 (RAM_LRU, Redis Enterprise)")
    case 121: return .known("opcode 121 (SLOT_NUM, Redis Enterprise)")
    case 242:
      return magic == .redis
        ? .known("opcode 242 (HASH_TEMPLATE, Redis 8.10)")
        : .known("opcode 242 (UPDATE, Valkey 9.2)")
    case 243:
      return magic == .redis
        ? .known("opcode 243 (KEY_META, Redis 8.6)") : .opcode(.slotImport, since: 80)
    case 244: return .opcode(.slotInfo, since: 12)
    case 245: return .opcode(.function2, since: 10)
    case 246: return .opcode(.functionPreGA, since: 10)
    case 247: return .opcode(.moduleAux, since: 9)
    case 248: return .opcode(.idle, since: 9)
    case 249: return .opcode(.freq, since: 9)
    case 250: return .opcode(.aux, since: 7)
    case 251: return .opcode(.resizeDB, since: 7)
    case 252: return .opcode(.expireTimeMs, since: 3)
    case 253: return .opcode(.expireTime, since: 1)
    case 254: return .opcode(.selectDB, since: 1)
    case 255: return .opcode(.eof, since: 1)
    default: return .unassigned
    }
  }

  /// A table by type byte for hot loops: the layout's raw value, with bit 7 set when the type is newer
  /// than the file's version, or 0xFF for anything else.
  package private(set) var layouts = InlineArray<256, UInt8>(repeating: 0xFF)
}
