package import Persistence

/// The structures of a server release, as far as they take memory. Adding a release is adding a row.
///
/// Sizes are bytes of a 64-bit server, as its source declares them; what the allocator makes of them is
/// added where they are used. Sources: object.c, server.h, dict.h, sds.h, quicklist.h, rax.h, stream.h of
/// Redis 2.4 to 8.0 and Valkey 7.2 to 9.1. Verified means: compared with `MEMORY USAGE key SAMPLES 0` for
/// every key of the files in `fixtures/rdb` that a server of the release has loaded.
package struct ServerModel: Sendable, BitwiseCopyable {
  /// Where the name of a key lies.
  enum KeyForm: Sendable, BitwiseCopyable {
    /// In a string of its own, which a table entry points to, beside the object.
    case separate
    /// In the table entry (Valkey 8.0): 16 bytes, a byte for the size of the header, the string.
    case inEntry
    /// In the object (Valkey from 8.1 on, Redis from 8.2 on): its head, a lifetime, a byte for the size of the
    /// header, the string, and a short value, too, as long as the whole is not larger than this.
    case inObject(largestEmbedded: UInt64)
  }

  /// How strings begin.
  enum StringForm: Sendable, BitwiseCopyable {
    /// 8 bytes (up to Redis 3.0).
    case fixed
    /// 1 to 17 bytes, by the length; `smallest`: whether keys have the header of 1 byte.
    case byLength(smallest: Bool)
  }

  /// Entries in the tables of sets.
  enum SetEntryForm: Sendable, BitwiseCopyable {
    /// As those of hashes.
    case whole
    /// Members hang in the buckets themselves; only where several share a bucket there are entries, of 16
    /// bytes. `isCounted`: `MEMORY USAGE` says so; else it counts 24 for each member.
    case forCollisions(isCounted: Bool)
    /// The table holds the members.
    case none
  }

  enum ListForm: Sendable, BitwiseCopyable {
    /// A ziplist, or linked nodes (up to Redis 3.0).
    case ziplistOrLinked
    case quicklist
    /// A listpack for what fits into one node, else a quicklist (from Redis 7.2 on).
    case listpackOrQuicklist
  }

  /// `redis-7.0`: one of the names of `RDBTarget`.
  package var name: String { title.description }
  private let title: StaticString
  package var isVerified = true
  var keyForm = KeyForm.separate
  var stringForm = StringForm.byLength(smallest: true)
  var listForm = ListForm.listpackOrQuicklist
  package var compactForm = CompactForm.listpack
  /// Longest string that lies in one allocation with its object; 0 for none.
  var longestEmbedded: UInt64 = 44
  var hasSetListpacks = true
  /// A hash table is buckets of 7 entries (Valkey from 8.1 on), not a chain for each bucket.
  var hasWideBuckets = false
  /// Elements of collections are objects with a string behind them (up to Redis 3.0).
  var hasElementObjects = false

  /// What `MEMORY USAGE` counts as the allocator gives it, and not as it was asked for.
  var countsStringClasses = true
  var countsBlobClasses = true
  /// `MEMORY USAGE` counts a sorted set's structures, and not its elements alone.
  var countsSortedSetHeads = true
  /// `MEMORY USAGE` counts the structure of a stream.
  var countsStreamHead = true
  /// `MEMORY USAGE` counts the nodes of a stream's entries as allocated.
  var countsStreamClasses = true
  /// `MEMORY USAGE` knows the size of radix trees, and does not guess it.
  var countsTrees = false
  /// A node that is added to a stream has room for 4 KiB until the next one is added; when it is loaded,
  /// it has none to spare. Source: STREAM_LISTPACK_MAX_PRE_ALLOCATE of t_stream.c since Redis 6.2, compared
  /// with Redis 6.2 and 7.0 and Valkey 9.1.
  var reservesNodes = true
  /// Tables of hashes and sorted sets are not made in their final size when they are loaded, but doubled
  /// again and again.
  var growsTables = false

  var dict: UInt64 = 56
  var setEntries = SetEntryForm.forCollisions(isCounted: false)
  var quicklistNode: UInt64 = 40
  /// The levels of the node at the head of a skiplist.
  var skiplistLevels: UInt64 = 32
  /// The structure of a sorted set, and that of its skiplist.
  var sortedSet: (UInt64, UInt64) = (16, 32)
  var stream: UInt64 = 80
  var consumerGroup: UInt64 = 40
  var consumer: UInt64 = 32
  /// Bytes that a lifetime adds to a field of a hash.
  var fieldLifetime: UInt64 = 18

  static let object: UInt64 = 16
  static let dictEntry: UInt64 = 24
  static let quicklist: UInt64 = 40
  static let pendingEntry: UInt64 = 24

  private init(_ title: StaticString, _ change: (inout ServerModel) -> Void = { _ in }) {
    self.title = title
    change(&self)
  }

  /// The model of a release; nil when there is none of that name.
  package init?(named name: String) {
    guard let model = Self.all.first(where: { $0.name == name }) else { return nil }
    self = model
  }

  /// The one that is taken where nothing tells the release.
  package static let standard: ServerModel = {
    guard let model = ServerModel(named: "redis-7.0") else {
      preconditionFailure("the table has Redis 7.0")
    }
    return model
  }()

  /// All releases, older before newer.
  package static let all: [ServerModel] = [
    ServerModel("redis-2.2") { $0.makeOldest(longestEmbedded: 0) },
    ServerModel("redis-2.4") { $0.makeOldest(longestEmbedded: 0) },
    ServerModel("redis-2.6") { $0.makeOldest(longestEmbedded: 0) },
    ServerModel("redis-2.8") { $0.makeOldest(longestEmbedded: 0) },
    ServerModel("redis-3.0") { $0.makeOldest(longestEmbedded: 39) },
    ServerModel("redis-3.2") { model in
      model.makeOld()
      model.isVerified = false
      model.stringForm = .byLength(smallest: false)
      model.countsSortedSetHeads = false
      model.growsTables = true
    },
    ServerModel("redis-4.0") { model in
      model.makeOld()
      model.stringForm = .byLength(smallest: false)
      model.countsSortedSetHeads = false
      model.growsTables = true
    },
    ServerModel("redis-5.0") { model in
      model.makeOld()
      model.reservesNodes = false
      model.skiplistLevels = 64
      model.countsStreamHead = false
      model.countsStreamClasses = false
    },
    ServerModel("redis-6.0") { model in
      model.makeOld()
      model.reservesNodes = false
      model.isVerified = false
      model.countsStringClasses = true
    },
    ServerModel("redis-6.2") { model in
      model.makeOld()
      model.countsStringClasses = true
    },
    ServerModel("redis-7.0") { model in
      model.listForm = .quicklist
      model.hasSetListpacks = false
      model.setEntries = .whole
      model.consumer = 24
    },
    ServerModel("redis-7.2"),
    ServerModel("redis-7.4"), ServerModel("redis-8.0"),
    ServerModel("redis-8.2") { $0.makeObjectsOfKeys() },
    ServerModel("redis-8.4") { $0.makeObjectsOfKeys() },
    ServerModel("valkey-7.2") { $0.isVerified = false },
    ServerModel("valkey-8.0") { model in
      model.keyForm = .inEntry
      model.setEntries = .forCollisions(isCounted: true)
    },
    ServerModel("valkey-8.1") { model in
      model.makeWide(largestEmbedded: 64)
      model.isVerified = false
    },
    ServerModel("valkey-9.0") { model in
      model.makeWide(largestEmbedded: 64)
      model.isVerified = false
    },
    ServerModel("valkey-9.1") { $0.makeWide(largestEmbedded: 128) },
  ]

  /// What releases before Redis 3.2 have in common.
  private mutating func makeOldest(longestEmbedded: UInt64) {
    makeOld()
    isVerified = false
    stringForm = .fixed
    listForm = .ziplistOrLinked
    self.longestEmbedded = longestEmbedded
    hasElementObjects = true
    growsTables = true
  }

  /// What releases before Redis 7.0 have in common.
  private mutating func makeOld() {
    dict = 96
    listForm = .quicklist
    compactForm = .ziplist
    hasSetListpacks = false
    setEntries = .whole
    countsStringClasses = false
    countsBlobClasses = false
    quicklistNode = 32
    stream = 40
    consumerGroup = 32
    consumer = 24
  }

  /// What Redis from 8.2 on has in common.
  private mutating func makeObjectsOfKeys() {
    isVerified = false
    keyForm = .inObject(largestEmbedded: 64)
  }

  /// What Valkey from 8.1 on has in common.
  private mutating func makeWide(largestEmbedded: UInt64) {
    keyForm = .inObject(largestEmbedded: largestEmbedded)
    hasWideBuckets = true
    setEntries = .none
    dict = 80
    countsTrees = true
    sortedSet = (16, 529)
    fieldLifetime = 8
  }
}
