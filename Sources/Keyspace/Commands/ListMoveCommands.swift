internal import Persistence

// Lists: elements from one to another, and commands on several. Those that would wait for an element do
// not: they do as inside MULTI. Source: t_list.c and blocked.c of Redis 7.0.
extension Keyspace {
  mutating func lmove(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let source = try ListEnd(arguments, at: 3)
    let target = try ListEnd(arguments, at: 4)
    try moveElement(arguments, source, target, &reply)
  }

  /// Moves an element from an end of the list of the first key to one of that of the second.
  mutating func moveElement(
    _ arguments: Arguments, _ source: ListEnd, _ target: ListEnd, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let element = try edgeElement(find(arguments[1]), source) else { return reply.null() }
    _ = try list(find(arguments[2]))
    try pushAndRemove(element, from: arguments[1], source, to: arguments[2], target)
    reply.bulk(element)
  }

  /// A copy of an element. (A copy of the list itself would be in the way of a change.)
  private func edgeElement(
    _ place: Database.Place?, _ end: ListEnd
  ) throws(CommandError) -> [UInt8]? {
    guard let list = try list(place) else { return nil }
    return list.copy(end == .head ? 0 : list.count - 1)
  }

  private mutating func pushAndRemove(
    _ element: [UInt8], from source: RawSpan, _ sourceEnd: ListEnd, to target: RawSpan,
    _ targetEnd: ListEnd
  ) throws(CommandError) {
    let limit = limits.listNodeSize
    // First the removal: of one list, the other order would make it longer for a moment. A key that goes with
    // it is put back by the second part.
    if let place = find(source) {
      if source.isEqual(to: target) {
        try modifyList(place) { list in
          list.remove(from: sourceEnd == .head ? 0 : list.count - 1, count: 1, limit: limit)
          list.prepare(adding: element.count, limit: limit)
          list.push(unsafe element.span.bytes, atHead: targetEnd == .head, limit: limit)
        }
        changes += 1
        return
      }
      try shrinkList(place) { list in
        list.remove(from: sourceEnd == .head ? 0 : list.count - 1, count: 1, limit: limit)
      }
    }
    try push(unsafe element.span.bytes, to: target, at: targetEnd)
    changes += 1
  }

  /// - `countAt`: the argument that is the number of keys. BLMPOP has a timeout before it.
  mutating func lmpop(
    _ arguments: Arguments, countAt: Int, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try MultiplePop(arguments, countAt: countAt)
    if countAt == 2 { try arguments.checkTimeout(at: 1) }
    for index in options.keys {
      guard let place = find(arguments[index]) else { continue }
      _ = try list(place)
      reply.array(2)
      reply.bulk(arguments[index])
      return try pop(place, Int(options.count), at: options.end, &reply)
    }
    reply.nullArray()
  }

  // MARK: Waiting

  mutating func blockingPop(
    _ arguments: Arguments, at end: ListEnd, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let last = arguments.count - 1
    try arguments.checkTimeout(at: last)
    for index in 1..<last {
      guard let place = find(arguments[index]) else { continue }
      _ = try list(place)
      reply.array(2)
      reply.bulk(arguments[index])
      return try popOne(place, at: end, &reply)
    }
    reply.nullArray()
  }

  mutating func brpoplpush(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    try arguments.checkTimeout(at: 3)
    try moveElement(arguments, .tail, .head, &reply)
  }

  mutating func blmove(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let source = try ListEnd(arguments, at: 3)
    let target = try ListEnd(arguments, at: 4)
    try arguments.checkTimeout(at: 5)
    try moveElement(arguments, source, target, &reply)
  }
}

extension Keyspace.ListEnd {
  /// LEFT or RIGHT. Throws `syntax`.
  init(_ arguments: Arguments, at index: Int) throws(CommandError) {
    if arguments.isWord("LEFT", at: index) {
      self = .head
    } else if arguments.isWord("RIGHT", at: index) {
      self = .tail
    } else {
      throw .syntax
    }
  }
}

/// What LMPOP and BLMPOP ask for.
private struct MultiplePop {
  var keys: Range<Int>
  var end: Keyspace.ListEnd
  var count: Int64 = 1

  /// - `countAt`: the argument that is the number of keys.
  init(_ arguments: Arguments, countAt: Int) throws(CommandError) {
    let wrong = CommandError.text("numkeys should be greater than 0")
    let number = try arguments.integer(at: countAt, or: wrong)
    guard number > 0 else { throw wrong }
    // Behind the keys stands the end.
    guard number < Int64(arguments.count - countAt - 1) else { throw .syntax }
    let first = countAt + 1
    keys = first..<(first + Int(number))
    end = try Keyspace.ListEnd(arguments, at: keys.upperBound)
    var index = keys.upperBound + 1
    guard index < arguments.count else { return }
    guard arguments.isWord("COUNT", at: index), index + 1 < arguments.count else { throw .syntax }
    index += 1
    let wrongCount = CommandError.text("count should be greater than 0")
    count = try arguments.integer(at: index, or: wrongCount)
    guard count > 0 else { throw wrongCount }
    guard index + 1 == arguments.count else { throw .syntax }
  }
}

extension Arguments {
  /// Checks how many seconds a command may wait.
  func checkTimeout(at index: Int) throws(CommandError) {
    guard let seconds = try? LongDouble(self[index]) else {
      throw .text("timeout is not a float or out of range")
    }
    let milliseconds = seconds.number * 1000
    // What is above -1 is rounded up to 0; what is too large wraps.
    guard milliseconds > -1, milliseconds < 0x1p63 else { throw .text("timeout is negative") }
  }
}
