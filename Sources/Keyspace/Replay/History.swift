package import Persistence

/// Which keys somebody wants to know the history of, and whom to tell.
package struct HistoryRequest: Sendable {
  /// A key of interest matches one of these.
  package var globs: [Glob]
  /// Called for every write that touched such a key, in the order of the log.
  package var report: @Sendable (HistoryEvent) -> Void

  package init(globs: [Glob], report: @escaping @Sendable (HistoryEvent) -> Void) {
    self.globs = globs
    self.report = report
  }

  func matches(_ key: RawSpan) -> Bool { globs.contains { $0.matches(key) } }
}

/// A write that touched a key.
package struct HistoryEvent: Sendable, Equatable {
  /// What a key held.
  package struct State: Sendable, Equatable {
    package var type: ValueType
    /// Bytes of a string; elements of a collection; entries of a stream.
    package var size: UInt64
    /// Unix milliseconds; nil for never.
    package var expiresAt: Int64?
    /// As `DEBUG DIGEST-VALUE` of Redis 7.0 shows it; nil where a value is so large that the digest of each
    /// of its many states would take too long.
    package var digest: DatasetDigest?

    /// Whether two states are one; nil where a digest is missing that would tell.
    static func isSame(_ a: State?, _ b: State?) -> Bool? {
      guard let a, let b else { return a == b }
      guard a.type == b.type, a.size == b.size, a.expiresAt == b.expiresAt else { return false }
      guard let digest = a.digest, let other = b.digest else { return nil }
      return digest == other
    }
  }

  /// The file of the log.
  package var file: String
  /// Offset of the command in the (decompressed) file.
  package var offset: UInt64
  /// The number of the command in the file, from 1.
  package var number: UInt64
  /// Unix seconds, as the last annotation told; nil before the first.
  package var timestamp: Int64?
  /// Whether the command stands between MULTI and EXEC.
  package var isInTransaction: Bool
  /// The command: its first arguments, each at most 64 bytes.
  package var command: [ByteString]
  /// How many arguments it has, the name included.
  package var argumentCount: Int
  /// The database of the key.
  package var database: Int
  package var key: ByteString
  /// What the key held before and after; nil for no such key.
  package var before: State?
  package var after: State?
  /// Whether the key holds what it held.
  package var isUnchanged: Bool
}

/// Makes the digests of the states of keys, of large values not more often than in proportion to the events.
///
/// A digest takes a value as a whole; a log may hold a million pushes to a list of a million elements. So
/// each event of a large key pays for some elements, and there is a reserve that pays for the first ones.
private struct HistoryDigests {
  private struct Name: Hashable {
    var database: Int
    var key: ByteString
  }

  private struct Large {
    /// Elements that events of the key have paid for.
    var credit: UInt64 = 0
    /// The digest behind the last event, if there is one.
    var digest: DatasetDigest?
  }

  /// Elements, or parts of a string, of a value whose digest is always made; and what an event pays for.
  private static let alwaysMade: UInt64 = 1024
  /// Bytes of a string that count as an element.
  private static let part: UInt64 = 64

  private var reserve: UInt64 = 1 << 22
  /// Keys whose value was large behind their last event.
  private var large: [Name: Large] = [:]

  /// The digest in front of an event.
  mutating func before(_ entry: Entry, in database: Int) -> DatasetDigest? {
    let cost = Self.cost(entry)
    guard cost > Self.alwaysMade else { return entry.valueDigest(.redis7) }
    let name = Name(database: database, key: ByteString(entry.key))
    return large[name].map(\.digest) ?? make(entry, cost, name)
  }

  /// The digest behind an event.
  mutating func after(_ entry: Entry, in database: Int) -> DatasetDigest? {
    let cost = Self.cost(entry)
    guard cost > Self.alwaysMade else {
      // Most histories are of small values only.
      if !large.isEmpty { large[Name(database: database, key: ByteString(entry.key))] = nil }
      return entry.valueDigest(.redis7)
    }
    return make(entry, cost, Name(database: database, key: ByteString(entry.key)))
  }

  private mutating func make(_ entry: Entry, _ cost: UInt64, _ name: Name) -> DatasetDigest? {
    var known = large[name] ?? Large()
    known.credit += Self.alwaysMade
    known.digest = nil
    if known.credit >= cost {
      known.credit -= cost
      known.digest = entry.valueDigest(.redis7)
    } else if reserve >= cost {
      reserve -= cost
      known.digest = entry.valueDigest(.redis7)
    }
    large[name] = known
    return known.digest
  }

  private static func cost(_ entry: Entry) -> UInt64 {
    entry.value.type == .string ? entry.elementCount / part : entry.elementCount
  }
}

/// Watches the keys that commands touch.
struct HistoryRecorder {
  private struct Touched {
    var database: Int
    var key: ByteString
    var before: HistoryEvent.State?
  }

  private let request: HistoryRequest
  private let file: String
  private var touched: [Touched] = []
  private var digests = HistoryDigests()
  /// How often the dataset had changed before the command.
  private var changes: UInt64 = 0

  init(_ request: HistoryRequest, file: String) {
    self.request = request
    self.file = file
  }

  /// Looks at what a command is going to touch.
  mutating func before(
    _ entry: CommandEntry, _ arguments: Arguments, _ keyspace: inout Keyspace
  ) {
    touched.removeAll(keepingCapacity: true)
    guard entry.flags.contains(.write) else { return }
    switch CommandTable.shared.name(entry) {
    case "flushall": addAll(in: Array(keyspace.databases.indices), keyspace)
    case "flushdb": addAll(in: [keyspace.selected], keyspace)
    case "swapdb": addAll(swappedBy: arguments, keyspace)
    case "move": addKeys(entry, arguments, and: arguments.count > 2 ? 2 : nil, keyspace)
    case "copy":
      let place = (3..<max(3, arguments.count)).first { arguments.isWord("DB", at: $0) }
      addKeys(entry, arguments, and: place.map { $0 + 1 }, keyspace)
    default: addKeys(entry, arguments, and: nil, keyspace)
    }
    for index in touched.indices {
      let (key, database) = (touched[index].key, touched[index].database)
      touched[index].before = keyspace.state(of: key, in: database) { entry in
        digests.before(entry, in: database)
      }
    }
    changes = keyspace.changes
  }

  /// Tells what a command has done.
  mutating func after(
    _ arguments: Arguments, _ keyspace: inout Keyspace, offset: UInt64, number: UInt64,
    timestamp: Int64?, isInTransaction: Bool
  ) {
    for touch in touched {
      let database = touch.database
      let after = keyspace.state(of: touch.key, in: database) { entry in
        digests.after(entry, in: database)
      }
      guard touch.before != nil || after != nil else { continue }
      let isUnchanged =
        HistoryEvent.State.isSame(touch.before, after) ?? (keyspace.changes == changes)
      let shown = (0..<min(arguments.count, 8)).map { ByteString(arguments[$0]).beginning(64) }
      request.report(
        HistoryEvent(
          file: file, offset: offset, number: number, timestamp: timestamp,
          isInTransaction: isInTransaction, command: shown, argumentCount: arguments.count,
          database: touch.database, key: touch.key, before: touch.before, after: after,
          isUnchanged: isUnchanged))
    }
  }

  /// The keys that the table names, in the selected database, and also in the one whose number is an
  /// argument.
  private mutating func addKeys(
    _ entry: CommandEntry, _ arguments: Arguments, and other: Int?, _ keyspace: borrowing Keyspace
  ) {
    var databases = [keyspace.selected]
    if let other, other < arguments.count,
      let number = NumberText.canonicalInteger(arguments[other]), number != keyspace.selected,
      keyspace.databases.indices.contains(Int(clamping: number))
    {
      databases.append(Int(number))
    }
    var keys: [ByteString] = []
    entry.keys.forEachKey(in: arguments.table, of: arguments.bytes) { index in
      let key = arguments.table[index].bytes(in: arguments.bytes)
      if request.matches(key) { keys.append(ByteString(key)) }
    }
    for key in keys {
      for database in databases
      where !touched.contains(where: { $0.key == key && $0.database == database }) {
        touched.append(Touched(database: database, key: key))
      }
    }
  }

  private mutating func addAll(in databases: [Int], _ keyspace: borrowing Keyspace) {
    for number in databases where keyspace.databases.indices.contains(number) {
      var found: [ByteString] = []
      keyspace.databases[number].forEach { entry in
        if request.matches(entry.key) { found.append(ByteString(entry.key)) }
      }
      touched += found.sorted().map { Touched(database: number, key: $0) }
    }
  }

  private mutating func addAll(swappedBy arguments: Arguments, _ keyspace: borrowing Keyspace) {
    let numbers = (1..<max(1, arguments.count)).compactMap {
      NumberText.canonicalInteger(arguments[$0]).map { Int(clamping: $0) }
    }
    guard numbers.count == 2, numbers[0] != numbers[1] else { return }
    addAll(in: numbers, keyspace)
    for touch in touched {
      let other = touch.database == numbers[0] ? numbers[1] : numbers[0]
      if !touched.contains(where: { $0.key == touch.key && $0.database == other }) {
        touched.append(Touched(database: other, key: touch.key))
      }
    }
  }
}

extension Keyspace {
  /// What a key holds; nil for no such key.
  mutating func state(
    of key: ByteString, in database: Int, digest: (Entry) -> DatasetDigest?
  ) -> HistoryEvent.State? {
    guard databases.indices.contains(database) else { return nil }
    return inDatabase(database) { keyspace in
      guard let entry = keyspace.entry(unsafe key.bytes.span.bytes) else { return nil }
      return HistoryEvent.State(
        type: entry.value.type, size: entry.elementCount,
        expiresAt: entry.hasExpiry ? entry.expiresAt : nil, digest: digest(entry))
    }
  }
}

extension Entry {
  /// Bytes of a string; elements of a collection; entries of a stream; operands of a module's value.
  var elementCount: UInt64 {
    switch value {
    case .text: UInt64(text.byteCount)
    case .integer(let number): UInt64(NumberText.digits(number))
    case .buffer(let bytes): UInt64(bytes.count)
    case .list(let list): UInt64(list.count)
    case .set(let set): UInt64(set.count)
    case .hash(let hash): UInt64(hash.count)
    case .sortedSet(let sortedSet): UInt64(sortedSet.count)
    case .stream(let stream): stream.content.length
    case .module(let module): UInt64(module.content.operands.count)
    }
  }
}
