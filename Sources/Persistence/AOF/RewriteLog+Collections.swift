/// From the arguments of commands on collections to events.
extension RewriteLog {
  // MARK: Lists, and elements by number

  mutating func addElements(
    _ role: Role, _ event: KeyEvent, _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) {
    var event = event
    event.type = .list
    switch role.effect {
    case .push:
      let size = Int64(clamping: arguments.framedSize(from: 2))
      append(event.of(.added, number: Int64(max(0, arguments.count - 2)), size: size))
    case .insert:
      append(event.of(.added, number: 1, size: Int64(clamping: arguments.framedSize(from: 4))))
    case .moveElement:
      append(
        role.isFirst ? event.of(.removed, number: 1) : event.of(.added, number: 1, size: -1))
    case .pop: append(event.of(.removed, number: max(0, arguments.integer(2, in: bytes) ?? 1)))
    case .removeEqual:
      let count = arguments.integer(2, in: bytes)?.magnitude ?? 1
      append(event.of(.removed, number: Int64(clamping: max(1, count))))
    case .trim:
      let (start, stop) = (arguments.integer(2, in: bytes), arguments.integer(3, in: bytes))
      append(event.of(.kept, number: start ?? 0, size: stop ?? -1))
    default: append(event.of(.removed, number: 1))
    }
  }

  // MARK: Hashes, sets and sorted sets

  mutating func addFields(
    _ role: Role, _ event: KeyEvent, _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) {
    var event = event.of(.fields)
    event.type =
      switch role.effect {
      case .member, .memberRemove, .memberMove: .set
      case .score, .scoreCounter, .place: .sortedSet
      default: .hash
      }
    append(event)
    /// Bytes of a number that counts, about.
    let counter = CommandSize.argument(4)
    switch role.effect {
    case .setFields:
      var start = 2
      while start < arguments.count, !arguments.isWord("FIELDS", start, in: bytes) { start += 1 }
      addGroups(of: 2, name: 0, event, arguments, from: start + 2, in: bytes)
    case .hash: addGroups(of: 2, name: 0, event, arguments, from: 2, in: bytes)
    case .hashCounter, .scoreCounter:
      let index = role.effect == .hashCounter ? 2 : 3
      guard index < arguments.count else { return }
      appendField(
        arguments[index].bytes(in: bytes), of: event, .field,
        size: arguments.framedSize(from: index, to: index + 1) + counter)
    case .hashRemove, .memberRemove:
      for index in stride(from: 2, to: arguments.count, by: 1) {
        appendField(arguments[index].bytes(in: bytes), of: event, .fieldRemoved)
      }
    case .member: addGroups(of: 1, name: 0, event, arguments, from: 2, in: bytes)
    case .memberMove:
      guard arguments.count > 3 else { return }
      appendField(
        arguments[3].bytes(in: bytes), of: event, role.isFirst ? .fieldRemoved : .field,
        size: arguments.framedSize(from: 3, to: 4))
    case .score:
      let start = options(arguments, in: bytes)
      addGroups(of: 2, name: 1, event, arguments, from: start, in: bytes)
    default:
      let start = options(arguments, in: bytes)
      addGroups(of: 3, name: 2, event, arguments, from: start, in: bytes)
    }
  }

  /// Where the elements of ZADD or GEOADD begin.
  private func options(_ arguments: borrowing ArgumentTable, in bytes: RawSpan) -> Int {
    var index = 2
    while arguments.isWord("NX", index, in: bytes) || arguments.isWord("XX", index, in: bytes)
      || arguments.isWord("GT", index, in: bytes) || arguments.isWord("LT", index, in: bytes)
      || arguments.isWord("CH", index, in: bytes) || arguments.isWord("INCR", index, in: bytes)
    {
      index += 1
    }
    return index
  }

  /// Adds fields of which each takes `count` arguments, its name at `name` among them.
  private mutating func addGroups(
    of count: Int, name: Int, _ event: KeyEvent, _ arguments: borrowing ArgumentTable,
    from start: Int, in bytes: RawSpan
  ) {
    for index in stride(from: start, through: arguments.count - count, by: count) {
      // Two coordinates become one score of 16 digits.
      let size =
        count == 3
        ? CommandSize.argument(16) + arguments.framedSize(from: index + 2, to: index + 3)
        : arguments.framedSize(from: index, to: index + count)
      appendField(arguments[index + name].bytes(in: bytes), of: event, .field, size: size)
    }
  }

  // MARK: Streams

  /// XADD: an entry is a command of its own in a rewrite, without the options.
  mutating func addEntry(
    _ event: KeyEvent, _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) {
    var event = event
    event.type = .stream
    var index = 2
    while index < arguments.count, !isEntryID(arguments[index].bytes(in: bytes)) {
      // The bound behind MINID is an ID, too.
      if arguments.isWord("MINID", index, in: bytes) {
        let isSign = arguments.isWord("=", index + 1, in: bytes)
        index += isSign || arguments.isWord("~", index + 1, in: bytes) ? 2 : 1
      }
      index += 1
    }
    index = min(index, arguments.count)
    let size =
      CommandSize.count(UInt64(max(0, arguments.count - index) + 2)) + CommandSize.argument(4)
      + arguments.framedSize(from: 1, to: 2) + arguments.framedSize(from: index)
    append(event.of(.added, number: 1, size: Int64(clamping: size)))
    addLimit(event, from: 2, arguments, in: bytes)
  }

  /// Whether an argument of XADD is the ID, as servers log it: two numbers with a hyphen.
  private func isEntryID(_ text: RawSpan) -> Bool {
    guard text.byteCount >= 3, text.byte(at: 0) &- UInt8(ascii: "0") <= 9 else { return false }
    for offset in 1..<text.byteCount where text.byte(at: offset) == UInt8(ascii: "-") {
      return true
    }
    return false
  }

  /// Adds the limit that MAXLEN sets, of XADD or XTRIM.
  mutating func addLimit(
    _ event: KeyEvent, from start: Int, _ arguments: borrowing ArgumentTable, in bytes: RawSpan
  ) {
    // NOMKSTREAM may stand before it, and nothing that is not an option.
    for index in start..<(start + 2) where arguments.isWord("MAXLEN", index, in: bytes) {
      let count =
        arguments.integer(index + 1, in: bytes) ?? arguments.integer(index + 2, in: bytes)
      if let count, count >= 0 { append(event.following(.limited, number: count)) }
    }
  }
}
