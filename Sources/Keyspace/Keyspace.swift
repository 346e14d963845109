package import Persistence

/// A dataset and the commands that read and change it, with the semantics of a server.
///
/// A database is made of a table for each of the 16,384 cluster slots, and values are shared with a
/// ``snapshot()`` until one of both changes.
public struct Keyspace: ~Copyable, Sendable {
  /// Databases by their numbers, up to the highest that was used.
  var databases: [Database] = [Database()]
  /// The database that commands work on.
  package var selected = 0
  /// The number of databases that there may be; a SELECT of others is an error.
  package var databaseLimit = 16
  /// Libraries of functions, by their names.
  package var functions: [ByteString: ByteString] = [:]
  /// Limits up to which collections have compact encodings.
  package var limits = EncodingLimits() {
    didSet { limits.keepsNegativeZeros = semantics.keepsNegativeZeros }
  }
  /// Bytes of the longest string that APPEND and SETRANGE make (`proto-max-bulk-len`).
  package var longestString = Keyspace.largestString
  /// The release whose encodings and payloads replies tell of.
  package var release = Keyspace.referenceRelease
  /// What commands mean.
  package var semantics = LogSemantics() {
    didSet { limits.keepsNegativeZeros = semantics.keepsNegativeZeros }
  }
  /// What time it is.
  package var clock = Clock.loading(now: 0)
  /// How often commands have changed something.
  package internal(set) var changes: UInt64 = 0
  /// Keys that commands have looked for.
  package internal(set) var lookups = Lookups()
  /// Whether keys and fields that are removed because their time is over are noted in ``expired``, and do not count
  /// as changes.
  package var notesExpired = false
  /// What has been removed so since somebody last emptied this.
  package var expired: [ExpiredKey] = []
  /// The events that somebody wants to be told of.
  package var tells: EventClasses = []
  /// Events that commands have noted since ``takeEvents(of:_:hasChanged:reply:)``.
  package internal(set) var notes: [KeyspaceEvent] = []
  /// Keys of the command that runs that were not there before it, when somebody wants to be told.
  var absent: [ByteString] = []

  /// How many keys that were looked for were there, and how many were not.
  package struct Lookups: Sendable {
    package var found: UInt64 = 0
    package var missed: UInt64 = 0
  }

  /// What time it is for commands.
  package enum Clock: Sendable {
    /// A file is being loaded: no key expires, and one that is told to expire in the past is kept until a
    /// server would remove it. Commands that count from now take Unix milliseconds from here.
    case loading(now: Int64)
    /// Unix milliseconds: keys whose time is before it are removed when a command meets them.
    case running(now: Int64)

    package var now: Int64 {
      switch self {
      case .loading(let now), .running(let now): now
      }
    }

    /// Whether a key has expired; none has while a file is loaded.
    func isOver(_ entry: Entry) -> Bool { entry.hasExpiry && isOver(entry.expiresAt) }

    /// Whether a time in Unix milliseconds has passed for keys.
    func isOver(_ time: Int64) -> Bool {
      guard case .running(let now) = self else { return false }
      return time < now
    }

    var isLoading: Bool {
      if case .loading = self { true } else { false }
    }
  }

  package init() {}

  /// Redis 7.0, whose replies are the measure.
  private static let referenceRelease: RDBTarget = {
    guard let target = RDBTarget(named: "redis-7.0") else {
      preconditionFailure("the table of targets has Redis 7.0")
    }
    return target
  }()

  // MARK: Keys

  /// The database that commands work on.
  var database: Database {
    @inline(__always) _read { yield databases[selected] }
    @inline(__always) _modify { yield &databases[selected] }
  }

  /// Where a key is; nil when it is not there. One that has expired is removed first.
  @inline(__always)
  mutating func find(_ key: RawSpan) -> Database.Place? {
    guard let (place, expiresAt) = databases.span[selected].findWithExpiry(key) else {
      lookups.missed &+= 1
      note(.missed, "keymiss", key)
      return nil
    }
    if expiresAt != Entry.never, clock.isOver(expiresAt) {
      removeExpired(at: place)
      lookups.missed &+= 1
      note(.missed, "keymiss", key)
      return nil
    }
    lookups.found &+= 1
    return place
  }

  @inline(never)
  mutating func removeExpired(at place: Database.Place) {
    let entry = databases[selected].remove(at: place)
    // The command that met it has not changed anything by that.
    guard notesExpired else { return changes += 1 }
    expired.append(ExpiredKey(database: selected, key: ByteString(entry.key)))
  }

  /// Whether a key that is still there has expired.
  func isOver(_ entry: Entry) -> Bool { clock.isOver(entry) }

  /// The entry of a key; nil when it is not there.
  mutating func entry(_ key: RawSpan) -> Entry? {
    find(key).map { databases[selected][$0] }
  }

  /// Puts a value under a key, in the place of what was there. It does not expire.
  mutating func set(_ key: RawSpan, _ value: Value) {
    databases[selected].set(Entry.make(key: key, value: value))
  }

  /// Adds a value under a key that is not there.
  mutating func insert(_ key: RawSpan, _ value: Value) {
    databases[selected].insert(Entry.make(key: key, value: value))
  }

  /// Puts a string under a key, in the place of what was there. It does not expire.
  mutating func set(_ key: RawSpan, string: RawSpan) {
    databases[selected].set(Keyspace.entry(key, string: string))
  }

  /// A key with a string as SET stores it: a number where it is the text of one.
  static func entry(_ key: RawSpan, string: RawSpan) -> Entry {
    if let number = NumberText.canonicalInteger(string) {
      return Entry.make(key: key, value: .integer(number))
    }
    guard string.byteCount <= Entry.largestKey else {
      let bytes = unsafe string.withUnsafeBytes { unsafe Array($0) }
      return Entry.make(key: key, value: .buffer(bytes))
    }
    return Entry.make(key: key, text: string)
  }

  /// Removes a key; false when it is not there.
  @discardableResult
  mutating func remove(_ key: RawSpan) -> Bool {
    guard let place = find(key) else { return false }
    databases[selected].remove(at: place)
    return true
  }

  /// Makes a database the one that commands work on; false when there can be none of this number.
  package mutating func select(_ number: Int) -> Bool {
    guard number >= 0, number < databaseLimit else { return false }
    while databases.count <= number { databases.append(Database()) }
    selected = number
    return true
  }

  /// Has commands of a log count from the time that an annotation tells, in Unix seconds.
  mutating func setTime(seconds: Int64) {
    let (now, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    if !overflow { clock = .loading(now: now) }
  }

  /// Removes all keys whose time is over, in all databases.
  package mutating func removeExpired() {
    let clock = clock
    for number in databases.indices where databases[number].expires > 0 {
      databases[number].removeAll { entry in
        guard clock.isOver(entry) else { return false }
        if notesExpired { expired.append(ExpiredKey(database: number, key: ByteString(entry.key))) }
        return true
      }
    }
  }

  /// Removes keys whose time is over, group of slots by group, from a place on, for as long as `goesOn` says.
  /// Returns when all groups have been looked at, at the latest.
  package mutating func removeExpired(from cursor: inout ExpiryCursor, while goesOn: () -> Bool) {
    let clock = clock
    for _ in 0..<(databases.count * SlotGroup.count) where goesOn() {
      if cursor.database >= databases.count { cursor = ExpiryCursor() }
      let number = cursor.database
      if databases[number].expires == 0 {
        cursor = ExpiryCursor(database: number + 1)
        continue
      }
      let keys = databases[number].expiredKeys(inGroup: cursor.group) { clock.isOver($0) }
      for key in keys {
        guard let place = unsafe databases[number].find(key.bytes.span.bytes) else { continue }
        databases[number].remove(at: place)
        if notesExpired { expired.append(ExpiredKey(database: number, key: key)) }
      }
      cursor.group += 1
      if cursor.group == SlotGroup.count { cursor = ExpiryCursor(database: number + 1) }
    }
  }

  /// Keys in all databases.
  package var keyCount: Int { databases.reduce(0) { $0 + $1.count } }
}

/// How far a search for keys whose time is over has come.
package struct ExpiryCursor: Sendable {
  var database = 0
  var group = 0

  package init() {}

  init(database: Int) { self.database = database }
}

/// Elements and bytes up to which values have compact encodings, with the defaults of Redis 7.0
/// (redis.conf).
package struct EncodingLimits: Sendable {
  package var hashEntries = 512
  package var hashValue = 64
  package var setIntsetEntries = 512
  package var setListpackEntries = 128
  package var setListpackValue = 64
  package var sortedSetEntries = 128
  package var sortedSetValue = 64
  /// Bytes of a node of a list (`list-max-listpack-size -2`).
  package var listNodeSize = 8192
  /// Bytes and entries of a node of a stream.
  package var streamNodeSize = 4096
  package var streamNodeEntries = 100
  /// Whether the compact encoding of sorted sets holds a score of -0 as it is, and not as 0.
  var keepsNegativeZeros = false
  /// Bytes that HyperLogLogs of the sparse form may take.
  package var sparseHyperLogLog = 3000

  package init() {}

  /// A score as commands put it into the compact encoding of sorted sets.
  @inline(__always)
  func packed(_ score: Double) -> Double { keepsNegativeZeros ? score : score + 0 }
}
