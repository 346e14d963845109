import Persistence

/// How a dataset lies in files.
enum FileLayout: String, CaseIterable, Sendable {
  /// A dump.
  case rdb
  /// A log of one file, of commands alone.
  case aof
  /// A log of one file that begins with a dump (`aof-use-rdb-preamble` of Redis 4.0 to 6.2).
  case preamble
  /// A folder with a manifest, a base and commands behind it, as since Redis 7.0.
  case multiPart = "multi-part"

  /// Why files of a release are not laid out so; nil when they are.
  func objection(of target: RDBTarget) -> String? {
    switch self {
    case .rdb, .aof: nil
    case .preamble where target.version < Self.firstPreamble:
      "\(target) has no log that begins with an RDB: AS preamble goes with redis-4.0 to redis-6.2"
    case .preamble where target.version >= Self.firstMultiPart:
      "\(target) keeps its log in several files: AS preamble goes with redis-4.0 to redis-6.2"
    case .multiPart where target.version < Self.firstMultiPart:
      "\(target) keeps its log in one file: AS multi-part goes with redis-7.0 and later"
    case .preamble, .multiPart: nil
    }
  }

  /// The RDB versions of Redis 4.0 and 7.0.
  private static let firstPreamble = 8
  private static let firstMultiPart = 10
}
