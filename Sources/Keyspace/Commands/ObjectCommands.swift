internal import Persistence

// OBJECT. Source: object.c of Redis 7.0 and 7.2.
extension Keyspace {
  static let objectCommands: [(String, CommandHandler)] = [
    ("object|encoding", { (k, a, r) throws(CommandError) in k.objectEncoding(a, &r) }),
    ("object|refcount", { (k, a, r) throws(CommandError) in k.objectRefcount(a, &r) }),
    ("object|idletime", { (k, a, r) throws(CommandError) in k.objectIdletime(a, &r) }),
    ("object|freq", { (k, a, r) throws(CommandError) in try k.objectFreq(a, &r) }),
  ]

  /// Bytes of the longest string that lies in one block with its header.
  private static var longestEmbedded: Int { 44 }

  private mutating func unnoticedEntry(_ key: RawSpan) -> Entry? {
    findUnnoticed(key).map { databases[selected][$0] }
  }

  private mutating func objectEncoding(_ arguments: Arguments, _ reply: inout ReplyWriter) {
    guard let entry = unnoticedEntry(arguments[2]) else { return reply.null() }
    reply.bulk(encoding(of: entry).rawValue)
  }

  /// The encoding as a server of the release names it that came to the value by the same commands.
  func encoding(of entry: Entry) -> ObjectEncoding {
    // From Redis 7.2 on, small lists and sets of texts are listpacks.
    let hasSmallListpacks = release.version >= 11
    switch entry.value {
    case .text: return entry.text.byteCount <= Self.longestEmbedded ? .embstr : .raw
    case .integer: return .int
    case .buffer: return .raw
    case .list(.listpack): return hasSmallListpacks ? .listpack : .quicklist
    case .list(.quicklist): return .quicklist
    case .set(.intset): return .intset
    case .set(.listpack): return hasSmallListpacks ? .listpack : .hashtable
    case .set(.table): return .hashtable
    case .hash(let hash):
      guard case .listpack = hash.content else { return .hashtable }
      return hash.lifetimes != nil && release.magic == .redis ? .listpackex : .listpack
    case .sortedSet(let sortedSet): return sortedSet.isSmall ? .listpack : .skiplist
    case .stream: return .stream
    case .module: return .module
    }
  }

  /// Objects are not shared here. In a server small numbers are, and say so.
  private mutating func objectRefcount(_ arguments: Arguments, _ reply: inout ReplyWriter) {
    guard let entry = unnoticedEntry(arguments[2]) else { return reply.null() }
    if case .integer(let number) = entry.value, (0..<10_000).contains(number) {
      return reply.integer(Int64(Int32.max))
    }
    reply.integer(1)
  }

  private mutating func objectIdletime(_ arguments: Arguments, _ reply: inout ReplyWriter) {
    guard let entry = unnoticedEntry(arguments[2]) else { return reply.null() }
    reply.integer(Int64(clamping: entry.eviction.idle ?? 0))
  }

  private mutating func objectFreq(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard findUnnoticed(arguments[2]) != nil else { return reply.null() }
    throw .text(
      "An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when "
        + "switching between policies at runtime LRU and LFU data will take some time to adjust.")
  }
}
