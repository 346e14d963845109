import Keyspace
import Persistence

extension Setting {
  /// What is held, and how.
  ///
  /// A server takes limits of encodings up to 2⁶³ - 1. Above 2³¹ - 1 they are the same to any dataset, and
  /// the keyspace multiplies them, so that is the most here.
  static let datasetSettings: [Setting] = [
    .integer("databases", \.databases, 1...intMax, change: .never),
    maxMemory,
    maxMemoryPolicy,
    .integer(
      "hash-max-listpack-entries", alias: "hash-max-ziplist-entries", \.limits.hashEntries,
      0...intMax),
    .memory(
      "hash-max-listpack-value", alias: "hash-max-ziplist-value", \.limits.hashValue, 0...intMax),
    listNodeSize,
    .integer("set-max-intset-entries", \.limits.setIntsetEntries, 0...intMax),
    .integer(
      "zset-max-listpack-entries", alias: "zset-max-ziplist-entries", \.limits.sortedSetEntries,
      0...intMax),
    .memory(
      "zset-max-listpack-value", alias: "zset-max-ziplist-value", \.limits.sortedSetValue,
      0...intMax),
    streamNodeSize,
    .integer("stream-node-max-entries", \.limits.streamNodeEntries, 0...intMax),
    .memory("hll-sparse-max-bytes", \.limits.sparseHyperLogLog, 0...intMax),
  ]

  private static let maxMemory = Setting(
    name: "maxmemory",
    read: { ByteString("\($0.maxMemory)") },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      settings.maxMemory = try SettingText.memory(words[0], in: 0...UInt64.max)
    },
    lines: { [[SettingText.memoryText($0.maxMemory)]] })

  private static let maxMemoryPolicy = Setting.text("maxmemory-policy", \.maxMemoryPolicy) {
    word throws(ValueError) in
    let policy = try SettingText.choice(
      word,
      of: [
        "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru",
        "allkeys-lfu", "allkeys-random", "noeviction",
      ])
    guard policy == "noeviction" else {
      throw ValueError("this server evicts no keys: argument must be noeviction")
    }
    return policy
  }

  /// -1 to -5 stand for nodes of 4 KiB, doubled with each step. A server also counts elements, with numbers
  /// above 0; the lists here do not.
  private static let listNodeSize = Setting(
    name: "list-max-listpack-size", alias: "list-max-ziplist-size",
    read: { settings in
      let size = (1...5).first { 2048 << $0 >= settings.limits.listNodeSize } ?? 5
      return ByteString("-\(size)")
    },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      let size = try SettingText.integer(words[0], in: Int(Int32.min)...intMax)
      guard size < 0 else {
        throw ValueError("only sizes are supported: argument must be between -5 and -1 inclusive")
      }
      // A server takes what is below -5 for it.
      settings.limits.listNodeSize = 2048 << min(-size, 5)
    })

  /// What a server takes 0, for no limit, and larger numbers for.
  private static let largestStreamNode = 1 << 30

  private static let streamNodeSize = Setting(
    name: "stream-node-max-bytes",
    read: { settings in
      let size = settings.limits.streamNodeSize
      return ByteString("\(size == largestStreamNode ? 0 : size)")
    },
    write: { (settings: inout ServerSettings, words) throws(ValueError) in
      let size = try SettingText.memory(words[0], in: 0...UInt64(largestStreamNode))
      settings.limits.streamNodeSize = size == 0 ? largestStreamNode : Int(size)
    })
}
