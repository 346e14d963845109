/// From the arguments of a command to events.
extension RewriteLog {
  /// A key among the arguments of a command, and what is known of the command beside them.
  struct Role: BitwiseCopyable {
    var effect: RewriteEffect
    /// The number of the argument that is the key.
    var index: Int
    /// Whether it is the first key of the command.
    var isFirst: Bool
    /// Whether the word STORE stands before it.
    var isBehindStore: Bool
    /// Bytes of the command.
    var size: Int64
    /// Unix time in seconds of the command, when the file tells.
    var time: Int64?
  }

  /// Bytes that servers hold in a string at most.
  private static var longestString: Int64 { 512 << 20 }
  /// Bytes of the command by which a rewrite writes an entry that waits to be acknowledged, about.
  private static var pendingSize: Int64 { 150 }

  /// Adds what a command does to one of its keys. `event` names the key and has no kind yet.
  mutating func add(
    _ role: Role, _ event: KeyEvent, _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) {
    switch role.effect {
    case .set: addSet(role, event, arguments, in: bytes)
    case .setUntil:
      append(event.of(.string, size: arguments.length(3)))
      let unit: Int64 = arguments.isWord("PSETEX", 0, in: bytes) ? 1 : 1000
      let end = Self.end(arguments.integer(2, in: bytes), unit, after: role.time)
      append(event.following(.expires, number: end))
    case .setValue: append(event.of(.string, size: arguments.length(2)))
    case .setMany: append(event.of(.string, size: arguments.length(role.index + 1)))
    case .restore: addRestored(role, event, arguments, in: bytes)
    case .store:
      append(
        role.isFirst || role.isBehindStore ? event.of(.value, size: role.size) : event.of(.touched))
    case .copy: append(role.isFirst ? event.of(.touched) : event.of(.value, size: role.size))
    case .delete: append(event.of(.deleted))
    case .rename: append(event.of(role.isFirst ? .givenAway : .deleted))
    case .move: append(event.of(.givenAway))

    case .count: append(event.of(.counted, number: arguments.integer(2, in: bytes) ?? 1))
    case .append: append(event.of(.appended, size: arguments.length(2)))
    case .overwrite:
      let offset = min(max(arguments.integer(2, in: bytes) ?? 0, 0), Self.longestString)
      append(event.of(.atLeast, size: offset + arguments.length(3)))
    case .setBit:
      let byte = max(arguments.integer(2, in: bytes) ?? 0, 0) / 8
      append(event.of(.atLeast, size: min(byte + 1, Self.longestString)))
    case .bitfield: append(event.of(.atLeast, size: 8))
    case .hyperLogLog: append(event.of(role.isFirst ? .hyperLogLog : .touched))

    case .push, .insert, .moveElement, .pop, .popOne, .removeEqual, .trim:
      addElements(role, event, arguments, in: bytes)
    case .setFields, .hash, .hashCounter, .hashRemove, .member, .memberRemove, .memberMove, .score,
      .scoreCounter, .place:
      addFields(role, event, arguments, in: bytes)
    case .rankRemove:
      let (start, stop) = (arguments.integer(2, in: bytes), arguments.integer(3, in: bytes))
      append(event.of(.cut, number: start ?? 0, size: stop ?? 0))
    case .rangeRemove: append(event.of(.removed, number: 1))

    case .entry: addEntry(event, arguments, in: bytes)
    case .entryRemove: append(event.of(.removed, number: Int64(max(1, arguments.count - 2))))
    case .entryTrim:
      append(event.of(.touched))
      addLimit(event, from: 2, arguments, in: bytes)
    case .pending, .kept: append(event.of(.beside, size: Int64(clamping: event.logged)))
    case .acknowledge:
      append(event.of(.beside, size: Int64(max(0, arguments.count - 3)) * -Self.pendingSize))

    case .expireAtMilliseconds: addExpiry(event, arguments, in: bytes, 1, after: 0)
    case .expireAtSeconds: addExpiry(event, arguments, in: bytes, 1000, after: 0)
    case .expireMilliseconds: addExpiry(event, arguments, in: bytes, 1, after: role.time)
    case .expireSeconds: addExpiry(event, arguments, in: bytes, 1000, after: role.time)
    case .persist: append(event.of(.persists))
    case .none, .flushAll, .flushDatabase, .swapDatabases: append(event.of(.touched))
    }
  }

  // MARK: Strings

  private mutating func addSet(
    _ role: Role, _ event: KeyEvent, _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) {
    var string = event.of(.string, size: arguments.length(2))
    var end: Int64?
    for index in stride(from: 3, to: arguments.count, by: 1) {
      let number = arguments.integer(index + 1, in: bytes)
      if arguments.isWord("KEEPTTL", index, in: bytes) { string.kind = .stringKeepingLifetime }
      if arguments.isWord("PXAT", index, in: bytes) { end = Self.end(number, 1, after: 0) }
      if arguments.isWord("EXAT", index, in: bytes) { end = Self.end(number, 1000, after: 0) }
      if arguments.isWord("PX", index, in: bytes) { end = Self.end(number, 1, after: role.time) }
      if arguments.isWord("EX", index, in: bytes) { end = Self.end(number, 1000, after: role.time) }
    }
    append(string)
    if let end { append(event.following(.expires, number: end)) }
  }

  private mutating func addRestored(
    _ role: Role, _ event: KeyEvent, _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) {
    let size = CommandSize.argument(UInt64(arguments.length(3)))
    append(event.of(.value, size: Int64(clamping: size)))
    let lifetime = arguments.integer(2, in: bytes)
    guard lifetime != 0 else { return }
    var isAbsolute = false
    for index in stride(from: 4, to: arguments.count, by: 1)
    where arguments.isWord("ABSTTL", index, in: bytes) { isAbsolute = true }
    let end = Self.end(lifetime, 1, after: isAbsolute ? 0 : role.time)
    append(event.following(.expires, number: end))
  }

  // MARK: Lifetimes

  private mutating func addExpiry(
    _ event: KeyEvent, _ arguments: borrowing ArgumentTable, in bytes: RawSpan, _ unit: Int64,
    after time: Int64?
  ) {
    let end = Self.end(arguments.integer(2, in: bytes), unit, after: time)
    append(event.of(.expires, number: end))
  }

  /// The Unix time in milliseconds that is `count` units of `unit` milliseconds after a moment in seconds;
  /// far away when one of them is not known, or no 64-bit number tells it.
  private static func end(_ count: Int64?, _ unit: Int64, after time: Int64?) -> Int64 {
    guard let count, let time else { return .max }
    let (span, overflow1) = count.multipliedReportingOverflow(by: unit)
    let (start, overflow2) = time.multipliedReportingOverflow(by: 1000)
    let (end, overflow3) = start.addingReportingOverflow(span)
    return overflow1 || overflow2 || overflow3 ? .max : end
  }
}

extension KeyEvent {
  /// The same event, of a kind.
  func of(_ kind: Kind, number: Int64 = 0, size: Int64 = 0) -> KeyEvent {
    var event = self
    event.kind = kind
    event.number = number
    event.size = size
    return event
  }

  /// An event that follows this one, of the same command and key.
  func following(_ kind: Kind, number: Int64 = 0) -> KeyEvent {
    var event = of(kind, number: number)
    event.logged = 0
    return event
  }
}

extension ArgumentTable {
  /// Bytes of an argument; 0 where there is none.
  func length(_ index: Int) -> Int64 { index < count ? Int64(self[index].count) : 0 }

  /// The number that an argument is.
  func integer(_ index: Int, in bytes: RawSpan) -> Int64? {
    index < count ? NumberText.canonicalInteger(self[index].bytes(in: bytes)) : nil
  }

  /// Whether an argument is a word, which is given in upper case.
  func isWord(_ word: StaticString, _ index: Int, in bytes: RawSpan) -> Bool {
    index < count && self[index].bytes(in: bytes).equalsFolded(word)
  }

  /// Bytes of the arguments from one on, with their framing.
  func framedSize(from start: Int, to end: Int? = nil) -> UInt64 {
    var size: UInt64 = 0
    for index in stride(from: start, to: end ?? count, by: 1) {
      size &+= CommandSize.argument(UInt64(self[index].count))
    }
    return size
  }
}
