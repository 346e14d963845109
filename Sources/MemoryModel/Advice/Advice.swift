package import Persistence

/// Something that would take memory back.
package struct Advice: Sendable, Equatable {
  /// What it is about: a word that does not change.
  package enum Code: String, Sendable, CaseIterable {
    case stuckEncoding = "stuck-encoding"
    case encodingLimit = "encoding-limit"
    case shardHashes = "shard-hashes"
    case shardSets = "shard-sets"
    case stringsInHashes = "strings-in-hashes"
    case packedStrings = "packed-strings"
    case longNames = "long-names"
    case integersAsText = "integers-as-text"
    case missingLifetimes = "missing-lifetimes"
    case expiredKeys = "expired-keys"
    case compressibleValues = "compressible-values"
    case duplicateValues = "duplicate-values"
    case jsonValues = "json-values"
  }

  package var code: Code
  /// One line.
  package var title: String
  /// Keys that it is about.
  package var keys: UInt64
  /// Bytes that would be saved, as an estimate; 0 where that cannot be told.
  package var savedBytes: UInt64
  /// Prefixes with most of it.
  package var prefixes: [ByteString] = []
  /// What to do.
  package var how: String
  /// Commands to do it with, when it is that simple.
  package var commands: [String] = []
  /// What it costs, and when it does not hold.
  package var cost: String
}

/// A pattern of keys with its sums.
struct KeyGroup {
  /// The pattern, with a star for what differs.
  var pattern: [UInt8]
  /// Parts of the pattern.
  var segments: Int
  var sums: GroupSums

  private static let star = UInt8(ascii: "*")

  /// Bytes of the pattern that are the same in every key.
  var literalBytes: UInt64 { UInt64(pattern.count { $0 != Self.star }) }
  /// Bytes before the first that differs.
  var beginning: UInt64 { UInt64(pattern.prefix { $0 != Self.star }.count) }
  var isFolded: Bool { pattern.contains(Self.star) }
  /// Bytes of a name, on average.
  var averageName: UInt64 { sums.names / max(sums.sums.keys, 1) }
  /// All keys are strings without a lifetime.
  var isLastingText: Bool { sums.texts.keys == sums.sums.keys && sums.sums.expires == 0 }
}

extension MemoryEstimate {
  /// Advice, what saves most first.
  package var advice: [Advice] {
    var advisor = Advisor(self)
    return advisor.all()
  }
}
