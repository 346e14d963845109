/// Commands that are too large to hold.
extension CommandTally {
  /// Adds a command too large to hold, by what is known of its arguments.
  ///
  /// Of its keys those count that are among the first arguments. What its unknown arguments do is taken
  /// from their number and their bytes in all.
  package mutating func add(_ large: LargeCommand, _ entry: CommandEntry?) {
    let known = large.firstArguments
    var framed: [UInt8] = []
    var writer = AOFWriter { (piece: RawSpan) in
      unsafe piece.withUnsafeBytes { unsafe framed.append(contentsOf: $0) }
    }
    if !known.isEmpty { writer.append(known) }
    writer.finish()
    let shown = unsafe framed.span.bytes
    var arguments = ArgumentTable()
    var parser = CommandParser(shown, inputEnd: UInt64(framed.count))
    // What was just written can be read.
    var head = known.isEmpty ? nil : try? parser.next(&arguments)
    if known.count == large.argumentCount, var whole = head.take() {
      // With the bytes that it takes in the file, where its numbers may be written otherwise.
      whole.end = whole.start + Int(clamping: large.count)
      return add(whole, entry, arguments, in: shown, at: large.fileOffset, state: large.state)
    }
    bytes &+= large.count
    let name = (head?.name ?? CommandArgument(offset: 0, count: 0)).bytes(in: shown)
    transactions.add(nil, isOpen: large.state.transactionStart != nil)
    count(entry, name, large.count, large.state)

    let shownSize = CommandSize.count(UInt64(large.argumentCount)) + arguments.framedSize(from: 0)
    let missing = UInt64(max(0, large.argumentCount - known.count))
    // The framing of a missing argument takes six bytes at least.
    let missingSize = large.count > shownSize ? large.count - shownSize : 0
    let mean = Self.mean(missing, missingSize)
    var keys: [Int] = []
    entry?.keys.forEachKey(in: arguments.span, of: shown) { keys.append($0) }
    findLargest(large, keys.first.map { known[$0] }, mean, arguments)
    guard let entry else { return }
    if !entry.flags.contains(.write) { scripts.add(entry, arguments, in: shown, large.count) }
    guard entry.isLogged else { return }
    guard !keys.isEmpty else { return rewrite.countKept(large.count) }
    let share = large.count / UInt64(keys.count)
    rewrite.countKeyed(share * UInt64(keys.count))
    for index in keys {
      let key = arguments[index].bytes(in: shown)
      let hash = StableHash.hash(key)
      countKey(key, hash, large.state.database, share)
      guard rewrite.wants(hash) else { continue }
      let event = Self.event(key, hash, large.state.database, logged: share)
      rewrite.append(Self.event(event, effects[entry.index], large, keys.count, missing, mean))
    }
  }

  /// The bytes of an argument, of so many with so many bytes in all.
  private static func mean(_ count: UInt64, _ size: UInt64) -> UInt64 {
    guard count > 0 else { return 0 }
    let framed = size / count
    var length = framed > 6 ? framed - 6 : 0
    while length > 0, CommandSize.argument(length) > framed { length -= 1 }
    return length
  }

  private mutating func findLargest(
    _ large: LargeCommand, _ key: ByteString?, _ mean: UInt64,
    _ arguments: borrowing ArgumentTable
  ) {
    var most = mean
    for index in 0..<arguments.count { most = max(most, UInt64(arguments[index].count)) }
    guard most > largest?.bytes ?? 0 else { return }
    largest = Argument(
      bytes: most, offset: large.fileOffset, database: large.state.database,
      key: key.map { ByteString(Array($0.bytes.prefix(Self.mostKeptOfKey))) },
      keyLength: UInt64(key?.count ?? 0))
  }

  /// What a large command does to one of its `keys` keys.
  private static func event(
    _ event: KeyEvent, _ effect: RewriteEffect, _ large: LargeCommand, _ keys: Int,
    _ missing: UInt64, _ mean: UInt64
  ) -> KeyEvent {
    var event = event
    let words = UInt64(large.argumentCount)
    switch effect {
    case .set, .setUntil, .setValue, .setMany:
      return event.of(.string, size: Int64(clamping: mean))
    case .append: return event.of(.appended, size: Int64(clamping: mean))
    case .overwrite: return event.of(.atLeast, size: Int64(clamping: mean))
    case .restore, .store, .copy: return event.of(.value, size: Int64(clamping: mean))
    case .delete: return event.of(.deleted)
    case .push, .insert: event.type = .list
    case .hash, .setFields, .hashCounter: event.type = .hash
    case .member: event.type = .set
    case .score, .place: event.type = .sortedSet
    case .entry: event.type = .stream
    case .kept, .pending: return event.of(.beside, size: Int64(clamping: event.logged))
    default: return event.of(.touched)
    }
    let count = event.type == .stream ? 1 : words / UInt64(max(1, event.type.words))
    return event.of(
      .added, number: Int64(clamping: count), size: Int64(clamping: large.count))
  }
}
