/// What a run of commands adds to the statistics of an AOF.
///
/// A worker makes one for each batch; whoever merges them does so in the order of the file. Memory is in
/// proportion to the bytes of the run, and does not depend on how long the file is.
package struct CommandTally: Sendable {
  /// How often something came, and the bytes of its commands with all framing.
  package struct Count: BitwiseCopyable, Sendable, Equatable {
    package var count: UInt64 = 0
    package var bytes: UInt64 = 0

    package init(count: UInt64 = 0, bytes: UInt64 = 0) {
      self.count = count
      self.bytes = bytes
    }

    /// Counts once more.
    @inline(__always)
    mutating func add(_ size: UInt64) {
      count &+= 1
      bytes &+= size
    }
  }

  /// Write commands that follow an annotation of a second.
  package struct Second: BitwiseCopyable, Sendable, Equatable {
    /// Unix time.
    package var second: Int64
    package var writes: UInt64

    package init(second: Int64, writes: UInt64) {
      self.second = second
      self.writes = writes
    }
  }

  /// The longest argument.
  package struct Argument: Sendable, Equatable {
    /// Bytes. Of a command too large to hold, of which several arguments are not known, this is their mean:
    /// one of them has at least so many.
    package var bytes: UInt64
    /// Offset of its command in the file.
    package var offset: UInt64
    package var database: UInt64
    /// The first bytes of the first key of its command, if that has one.
    package var key: ByteString?
    /// Bytes of that key.
    package var keyLength: UInt64 = 0
  }

  /// Bytes of commands and annotations.
  package internal(set) var bytes: UInt64 = 0
  /// Commands.
  package internal(set) var commands: UInt64 = 0
  /// Commands by the number of their entry in the command table.
  package internal(set) var known: [Count]
  /// Commands that no server has, by their name as it stands there.
  package internal(set) var unknown = ItemTable(mostKept: 64)
  /// Write commands by seconds, as far as annotations tell them, in the order of the file.
  package internal(set) var seconds: [Second] = []
  package internal(set) var largest: Argument?
  package internal(set) var transactions = TransactionTally()
  package internal(set) var scripts = ScriptTally()
  /// The keys that were written, with their databases. The note of one is the number of its prefix.
  package internal(set) var keys = ItemTable(
    mostKept: CommandTally.mostKeptOfKey, room: CommandTally.usualKeys)
  /// The prefixes of those keys, not counted; those of all databases together.
  package internal(set) var prefixes = ItemTable(mostKept: CommandTally.mostKeptOfKey, room: 64)
  package internal(set) var rewrite: RewriteLog

  /// Bytes of a key that are kept.
  package static var mostKeptOfKey: Int { 1024 }
  /// Keys of a batch for which there is room at once: those of commands of 43 bytes.
  private static var usualKeys: Int { 12_288 }

  let effects = RewriteEffect.byCommand
  /// Bytes of the longest argument.
  private var longest: Int { largest.map { Int(clamping: $0.bytes) } ?? -1 }
  /// Numbers of the keys of one command.
  private var indices: [Int] = []

  /// An empty tally, which tells of rewrites what concerns the sample within `bounds`.
  package init(_ bounds: SampleBounds = SampleBounds()) {
    known = Array(repeating: Count(), count: effects.count)
    rewrite = RewriteLog(bounds)
  }

  /// Empties the tally, and keeps its memory, unless that is unusually much.
  mutating func removeAll(_ bounds: SampleBounds) {
    (bytes, commands) = (0, 0)
    for index in known.indices { known[index] = Count() }
    unknown.removeAll()
    seconds.removeAll()
    largest = nil
    transactions = TransactionTally()
    scripts = ScriptTally()
    keys.removeAll()
    prefixes.removeAll()
    rewrite.removeAll(bounds)
  }

  /// Adds a command or an annotation that was parsed out of `bytes`, which begin at `fileOffset`.
  ///
  /// - `entry`: the command by the table; nil when no server has it.
  /// - `state`: what holds before it.
  package mutating func add(
    _ head: CommandHead, _ entry: CommandEntry?, _ arguments: borrowing ArgumentTable,
    in bytes: RawSpan, at fileOffset: UInt64, state: LogState
  ) {
    let size = UInt64(truncatingIfNeeded: head.end &- head.start)
    self.bytes &+= size
    guard head.kind == .command else {
      if let second = head.timestamp { addSecond(second, writes: 0) }
      return
    }
    transactions.add(entry?.mark, isOpen: state.transactionStart != nil)
    // No argument behind the name is longer than what the framing of all of them leaves.
    let framing = 10 &+ head.name.count &+ 6 &* (head.argumentCount &- 1)
    if max(head.name.count, head.end &- head.start &- framing) > longest {
      findLargest(entry, arguments, in: bytes, at: fileOffset &+ UInt64(head.start), state)
    }
    count(entry, head.name.bytes(in: bytes), size, state)
    guard let entry else { return }
    if !entry.flags.contains(.write) { scripts.add(entry, arguments, in: bytes, size) }
    guard entry.isLogged else { return }
    let place = Place(size: size, database: state.database, time: state.timestamp)
    let rule = entry.keys
    if rule.first > 0, rule.last == rule.first, rule.movable == .none, rule.first < arguments.count
    {
      rewrite.countKeyed(size)
      let role = RewriteLog.Role(
        effect: effects[entry.index], index: rule.first, isFirst: true, isBehindStore: false,
        size: Int64(truncatingIfNeeded: size), time: state.timestamp)
      addKey(role, place, share: size, arguments, in: bytes)
    } else {
      addKeys(entry, place, arguments, in: bytes)
    }
  }

  // MARK: Commands

  /// Counts a command by its name.
  @inline(__always)
  mutating func count(_ entry: CommandEntry?, _ name: RawSpan, _ size: UInt64, _ state: LogState) {
    commands &+= 1
    guard let entry else {
      unknown.add(name, hash: StableHash.hash(name), bytes: size)
      return rewrite.countKept(size)
    }
    known[entry.index].add(size)
    if entry.flags.contains(.write), let second = state.timestamp { addSecond(second, writes: 1) }
  }

  private mutating func addSecond(_ second: Int64, writes: UInt64) {
    if let last = seconds.last, last.second == second {
      seconds[seconds.count &- 1].writes &+= writes
    } else {
      seconds.append(Second(second: second, writes: writes))
    }
  }

  /// Looks for an argument longer than all before it.
  @inline(never)
  private mutating func findLargest(
    _ entry: CommandEntry?, _ arguments: borrowing ArgumentTable, in bytes: RawSpan,
    at offset: UInt64, _ state: LogState
  ) {
    var most = longest
    for index in 0..<arguments.count { most = max(most, arguments[index].count) }
    guard most > longest else { return }
    var found = Argument(
      bytes: UInt64(most), offset: offset, database: state.database, key: nil)
    if let key = entry.flatMap({ firstKey($0, arguments, in: bytes) }) {
      found.keyLength = UInt64(key.count)
      let kept = CommandArgument(offset: key.offset, count: min(key.count, Self.mostKeptOfKey))
      found.key = kept.copy(from: bytes)
    }
    largest = found
  }

  private func firstKey(
    _ entry: CommandEntry, _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) -> CommandArgument? {
    var first: Int?
    entry.keys.forEachKey(in: arguments.span, of: bytes) { if first == nil { first = $0 } }
    return first.map { arguments[$0] }
  }

  // MARK: Keys

  /// What the keys of a command share.
  struct Place: BitwiseCopyable {
    /// Bytes of the command.
    var size: UInt64
    var database: UInt64
    /// Unix time in seconds, when the file tells.
    var time: Int64?
  }

  /// Adds a command of any number of keys, none among them.
  @inline(never)
  private mutating func addKeys(
    _ entry: CommandEntry, _ place: Place, _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) {
    var keys = indices
    indices = []
    defer {
      keys.removeAll(keepingCapacity: keys.count <= 1024)
      indices = keys
    }
    entry.keys.forEachKey(in: arguments.span, of: bytes) { keys.append($0) }
    let effect = effects[entry.index]
    guard !keys.isEmpty else { return addWithoutKeys(effect, place, arguments, in: bytes) }
    rewrite.countKeyed(place.size)
    let share = place.size / UInt64(keys.count)
    for (number, index) in keys.enumerated() {
      let role = RewriteLog.Role(
        effect: effect, index: index, isFirst: number == 0,
        isBehindStore: entry.keys.movable == .store && index != entry.keys.first,
        size: Int64(truncatingIfNeeded: place.size), time: place.time)
      let rest = number == 0 ? place.size % UInt64(keys.count) : 0
      addKey(role, place, share: share + rest, arguments, in: bytes)
    }
  }

  /// Adds a key of a command, with its share of the command's bytes.
  @inline(__always)
  private mutating func addKey(
    _ role: RewriteLog.Role, _ place: Place, share: UInt64, _ arguments: borrowing ArgumentTable,
    in bytes: RawSpan
  ) {
    let key = arguments[role.index].bytes(in: bytes)
    let hash = StableHash.hash(key)
    countKey(key, hash, place.database, share)
    guard rewrite.wants(hash) else { return }
    let event = Self.event(key, hash, place.database, logged: share)
    rewrite.add(role, event, arguments, in: bytes)
  }

  /// Counts a key among those that were written.
  @inline(__always)
  mutating func countKey(
    _ key: RawSpan, _ hash: UInt64, _ database: UInt64, _ share: UInt64
  ) {
    let before = keys.items.count
    let item = keys.add(
      key, hash: StableHash.key(hash, database: database),
      database: UInt32(clamping: database), bytes: share)
    if item == before { notePrefix(of: key, item) }
  }

  private mutating func notePrefix(of key: RawSpan, _ item: Int) {
    let kept = key.extracting(0..<min(key.byteCount, Self.mostKeptOfKey))
    let prefix = kept.extracting(0..<KeyPrefix.length(kept))
    let number = prefixes.add(prefix, hash: StableHash.hash(prefix), count: 0, bytes: 0)
    keys.note(UInt32(number), of: item)
  }

  static func event(
    _ key: RawSpan, _ hash: UInt64, _ database: UInt64, logged: UInt64
  ) -> KeyEvent {
    var event = KeyEvent(.touched)
    event.key = hash
    event.keyLength = UInt32(clamping: key.byteCount)
    event.database = UInt32(clamping: database)
    event.logged = logged
    return event
  }

  private mutating func addWithoutKeys(
    _ effect: RewriteEffect, _ place: Place, _ arguments: borrowing ArgumentTable,
    in bytes: RawSpan
  ) {
    switch effect {
    case .flushAll: rewrite.append(KeyEvent(.flushAll))
    case .flushDatabase:
      var event = KeyEvent(.flushDatabase)
      event.database = UInt32(clamping: place.database)
      rewrite.append(event)
    case .swapDatabases:
      guard let one = arguments.integer(1, in: bytes), let other = arguments.integer(2, in: bytes)
      else { return }
      var event = KeyEvent(.swapDatabases)
      event.database = UInt32(clamping: one)
      event.number = Int64(UInt32(clamping: other))
      rewrite.append(event)
    case .none: break
    default: rewrite.countKept(place.size)
    }
  }
}
