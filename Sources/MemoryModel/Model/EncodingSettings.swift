/// The settings of a server that decide which encoding a collection has once it is loaded.
package struct EncodingSettings: Sendable, Hashable, BitwiseCopyable {
  package var hashEntries: Int64 = 512
  package var hashLongest: Int64 = 64
  package var setIntsetEntries: Int64 = 512
  package var setEntries: Int64 = 128
  package var setLongest: Int64 = 64
  package var sortedSetEntries: Int64 = 128
  package var sortedSetLongest: Int64 = 64
  /// Negative: -1 to -5 for nodes of at most 4 to 64 KiB; else elements of a node.
  package var listSize: Int64 = -2
  /// Entries and bytes of an element of the lists of Redis up to 3.0.
  package var listEntries: Int64 = 512
  package var listLongest: Int64 = 64
  /// Nodes at each end of a list that are not compressed; 0 when none is.
  package var compressDepth: Int64 = 0

  package init() {}

  /// The settings by their names in redis.conf, those of today first and then the older ones.
  package static let names:
    [(name: String, setting: any WritableKeyPath<EncodingSettings, Int64> & Sendable)] = [
      ("hash-max-listpack-entries", \.hashEntries), ("hash-max-listpack-value", \.hashLongest),
      ("set-max-intset-entries", \.setIntsetEntries), ("set-max-listpack-entries", \.setEntries),
      ("set-max-listpack-value", \.setLongest), ("zset-max-listpack-entries", \.sortedSetEntries),
      ("zset-max-listpack-value", \.sortedSetLongest), ("list-max-listpack-size", \.listSize),
      ("list-compress-depth", \.compressDepth),
      ("list-max-ziplist-entries", \.listEntries), ("list-max-ziplist-value", \.listLongest),
      ("hash-max-ziplist-entries", \.hashEntries), ("hash-max-ziplist-value", \.hashLongest),
      ("hash-max-zipmap-entries", \.hashEntries), ("hash-max-zipmap-value", \.hashLongest),
      ("zset-max-ziplist-entries", \.sortedSetEntries),
      ("zset-max-ziplist-value", \.sortedSetLongest), ("list-max-ziplist-size", \.listSize),
    ]

  /// The settings at the beginning of ``names``: each of them once.
  static let settingCount = 11

  /// Sets a setting by its name; false when there is none of that name.
  package mutating func set(_ name: String, to value: Int64) -> Bool {
    guard let row = Self.names.first(where: { $0.name == name }) else { return false }
    self[keyPath: row.setting] = value
    return true
  }

  /// The values that servers take for a setting.
  package static func range(of name: String) -> ClosedRange<Int64> {
    switch name {
    case "list-compress-depth": 0...65_535
    case "list-max-listpack-size", "list-max-ziplist-size": -5...65_535
    default: 0...Int64(Int32.max)
    }
  }

  /// Whether a list of one node of so many bytes and elements is within `listSize`. Source:
  /// listpack limits of quicklist.c since Redis 3.2.
  func holdsList(bytes: UInt64, elements: UInt64) -> Bool {
    if listSize < 0 {
      return bytes <= 2048 << UInt64(min(-listSize, 5))
    }
    return elements <= UInt64(max(listSize, 1))
  }
}
