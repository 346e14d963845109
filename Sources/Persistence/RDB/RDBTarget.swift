/// A server release to write for: which records it reads, and which encodings it picks with its default
/// limits.
///
///     let target = RDBTarget(named: "redis-7.2")
///
/// What follows from the RDB version alone is told from it; the table holds the rest.
public struct RDBTarget: Sendable, Hashable {
  /// The server and its release: `redis-7.2`, `valkey-9.0`.
  public let name: String
  /// The letters before the version digits of the header.
  public let magic: RDBMagic
  /// The version in the header, and at the end of a `RESTORE` payload.
  public private(set) var version: Int

  /// Which elements of a list are nodes by themselves, outside any listpack.
  enum PlainNodes: Sendable, Hashable {
    /// Those of 1 GiB and more.
    case huge
    /// Those that are larger than a node should be.
    case largerThanNode
  }

  let plainNodes: PlainNodes

  private init(
    _ name: String, _ version: Int, _ magic: RDBMagic = .redis, plain: PlainNodes = .huge
  ) {
    self.name = name
    self.version = version
    self.magic = magic
    plainNodes = plain
  }

  /// Every release that can be written for, Redis before Valkey and older before newer. Adding one is
  /// adding a row. Sources: the encodings in the files of `fixtures/rdb`, and for releases that are not
  /// among them the version that they write.
  public static let all = [
    RDBTarget("redis-2.2", 1),
    RDBTarget("redis-2.4", 2),
    RDBTarget("redis-2.6", 6),
    RDBTarget("redis-2.8", 6),
    RDBTarget("redis-3.0", 6),
    RDBTarget("redis-3.2", 7),
    RDBTarget("redis-4.0", 8),
    RDBTarget("redis-5.0", 9),
    RDBTarget("redis-6.0", 9),
    RDBTarget("redis-6.2", 9),
    RDBTarget("redis-7.0", 10),
    RDBTarget("redis-7.2", 11),
    RDBTarget("redis-7.4", 12, plain: .largerThanNode),
    RDBTarget("redis-8.0", 12, plain: .largerThanNode),
    RDBTarget("redis-8.2", 12, plain: .largerThanNode),
    RDBTarget("redis-8.4", 12, plain: .largerThanNode),
    RDBTarget("valkey-7.2", 11),
    RDBTarget("valkey-8.0", 11, plain: .largerThanNode),
    RDBTarget("valkey-8.1", 11, plain: .largerThanNode),
    RDBTarget("valkey-9.0", 80, .valkey, plain: .largerThanNode),
    RDBTarget("valkey-9.1", 80, .valkey, plain: .largerThanNode),
  ]

  /// The release of this name (`redis-2.4`, `valkey-9.0`); of a name without a second number (`valkey-9`), the
  /// first one.
  public init?(named name: String) {
    let named = RDBTarget.all.first { $0.name == name }
    guard let target = named ?? RDBTarget.all.first(where: { $0.name.hasPrefix(name + ".") }) else {
      return nil
    }
    self = target
  }

  /// The release that introduced a version. For a version that no release wrote (3-5), or of which only
  /// some records are known (`REDIS` 13-15, `VALKEY` 81), it is the one before, which writes nothing
  /// that a reader of the version does not know; its `version` is then the one asked for. Nil for what
  /// this build does not read.
  public init?(magic: RDBMagic, version: Int) {
    guard RDBDialect(magic: magic, version: version) != nil else { return nil }
    let older = RDBTarget.all.filter { $0.magic == magic && $0.version <= version }
    guard let newest = older.map(\.version).max(),
      let first = older.first(where: { $0.version == newest })
    else { return nil }
    self = first
    self.version = version
  }

  /// The release that an aux field tells (`redis-ver`, `valkey-ver`). Candidates count as what they became: 7.3 as
  /// Redis 7.4, 7.9 as 8.0. Nil for another field, and for a release that is not in the table.
  package init?(aux name: ByteString, _ value: ByteString) {
    let server: String
    switch name {
    case "redis-ver": server = "redis"
    case "valkey-ver": server = "valkey"
    default: return nil
    }
    let numbers = String(decoding: value.bytes, as: UTF8.self).split(separator: ".").prefix(2)
    let release = numbers.joined(separator: ".")
    switch (server, release) {
    case ("redis", "7.3"): self.init(named: "redis-7.4")
    case ("redis", "7.9"): self.init(named: "redis-8.0")
    default: self.init(named: "\(server)-\(release)")
    }
  }

  /// Whether the files of this release are of a version.
  package func writes(_ dialect: RDBDialect) -> Bool {
    magic == dialect.magic && version == dialect.version
  }

  /// The newest release of Redis that can be written for.
  public static let newestRedis: RDBTarget = {
    guard let newest = all.last(where: { $0.name.hasPrefix("redis") }) else {
      preconditionFailure("the table has releases of Redis")
    }
    return newest
  }()

  var dialect: RDBDialect {
    guard let dialect = RDBDialect(magic: magic, version: version) else {
      preconditionFailure("every target has a dialect")
    }
    return dialect
  }
}

extension RDBTarget: CustomStringConvertible {
  /// The name.
  public var description: String { name }
}

// Elements and bytes up to which a value has its compact encoding, in the defaults of every release
// (`FORMATS.md`, D.5).
extension RDBTarget {
  private static let longestElement = 64
  private static let intsetMembers = 512
  private static let listElements = 512
  private static let listpackSetMembers = 128
  private static let hashFields = 512
  private static let sortedSetMembers = 128

  /// Bytes that a node of a list may take (list-max-listpack-size -2).
  static let nodeSize = 8192
  /// Bytes and entries that a node of a stream may take.
  static let streamNodeSize = 4096
  static let streamNodeEntries = 100

  /// LZF is that of LibLZF 3.6, which is bolder than the editions before at the end of its input.
  var hasBoldLZF: Bool { version >= 7 }
  /// Scores are written as the shortest text that reads back equal, not with 17 digits.
  var hasShortestScores: Bool { version >= 11 }
  /// How scores are written as text.
  package var scoreStyle: ScoreText.Style {
    hasShortestScores ? .shortest : version >= 10 ? .wideIntegers : .seventeenDigits
  }
  /// Lists of one small node are kept as a listpack outside any quicklist, which lets them grow a bit
  /// further.
  var hasListpackLists: Bool { version >= 11 }
  /// The fields of a hash can have lifetimes.
  package var hasFieldLifetimes: Bool { magic == .valkey ? version >= 80 : version >= 12 }

  /// When a field expires, in Unix milliseconds; nil for never, and for what the release cannot hold. 0
  /// stands for never, but under `VALKEY`, where -1 does.
  package func lifetime(of field: RDBField) -> UInt64? {
    guard let expiry = field.expiresAt, hasFieldLifetimes, expiry <= FieldExpiry.largest,
      expiry > 0 || magic == .valkey
    else { return nil }
    return expiry
  }

  /// How the release lays out a value that it can hold.
  package func layout(for value: RDBValue) -> ValueLayout {
    switch value {
    case .string: .string
    case .list(let elements): listLayout(elements)
    case .set(let members): setLayout(members)
    case .hash(let fields): hashLayout(fields)
    case .sortedSet(let members): sortedSetLayout(members)
    case .stream: version >= 11 ? .stream3 : version >= 10 ? .stream2 : .stream
    case .module: .module2
    }
  }

  private func isShort(_ string: ByteString) -> Bool { string.count <= Self.longestElement }

  private func listLayout(_ elements: [ByteString]) -> ValueLayout {
    if version >= 10 { return .listQuicklist2 }
    if version >= 7 { return .listQuicklist }
    let isCompact =
      version >= 2 && elements.count <= Self.listElements && elements.allSatisfy(isShort)
    return isCompact ? .listZiplist : .list
  }

  private func setLayout(_ members: [ByteString]) -> ValueLayout {
    if version >= 2, members.count <= Self.intsetMembers, members.allSatisfy({ $0.integer != nil })
    {
      return .setIntset
    }
    let isCompact =
      version >= 11 && members.count <= Self.listpackSetMembers && members.allSatisfy(isShort)
    return isCompact ? .setListpack : .set
  }

  private func hashLayout(_ fields: [RDBField]) -> ValueLayout {
    let isCompact =
      version >= 2 && fields.count <= Self.hashFields
      && fields.allSatisfy { isShort($0.name) && isShort($0.value) }
    if fields.contains(where: { lifetime(of: $0) != nil }) {
      if magic == .valkey { return .valkeyHash2 }
      return isCompact ? .hashListpackEx : .hashMetadata
    }
    guard isCompact else { return .hash }
    return version >= 10 ? .hashListpack : version >= 4 ? .hashZiplist : .hashZipmap
  }

  private func sortedSetLayout(_ members: [RDBScoredMember]) -> ValueLayout {
    let isCompact =
      version >= 2 && members.count <= Self.sortedSetMembers
      && members.allSatisfy { isShort($0.member) }
    if isCompact { return version >= 10 ? .zsetListpack : .zsetZiplist }
    return version >= 8 ? .zset2 : .zset
  }
}

extension ByteString {
  /// The number of which these bytes are the canonical text.
  var integer: Int64? { NumberText.canonicalInteger(unsafe bytes.span.bytes) }
}
