internal import Persistence

// Lists: adding and removing at the ends. Source: t_list.c of Redis 7.0.
extension Keyspace {
  static let listCommands: [(String, CommandHandler)] = [
    ("lpush", { (k, a, r) throws(CommandError) in try k.push(a, at: .head, &r) }),
    ("rpush", { (k, a, r) throws(CommandError) in try k.push(a, at: .tail, &r) }),
    (
      "lpushx",
      { (k, a, r) throws(CommandError) in try k.push(a, at: .head, onlyIfPresent: true, &r) }
    ),
    (
      "rpushx",
      { (k, a, r) throws(CommandError) in try k.push(a, at: .tail, onlyIfPresent: true, &r) }
    ),
    ("lpop", { (k, a, r) throws(CommandError) in try k.pop(a, at: .head, "lpop", &r) }),
    ("rpop", { (k, a, r) throws(CommandError) in try k.pop(a, at: .tail, "rpop", &r) }),
    ("llen", { (k, a, r) throws(CommandError) in try k.llen(a, &r) }),
    ("lindex", { (k, a, r) throws(CommandError) in try k.lindex(a, &r) }),
    ("lset", { (k, a, r) throws(CommandError) in try k.lset(a, &r) }),
    ("linsert", { (k, a, r) throws(CommandError) in try k.linsert(a, &r) }),
    ("lrange", { (k, a, r) throws(CommandError) in try k.lrange(a, &r) }),
    ("ltrim", { (k, a, r) throws(CommandError) in try k.ltrim(a, &r) }),
    ("lrem", { (k, a, r) throws(CommandError) in try k.lrem(a, &r) }),
    ("lpos", { (k, a, r) throws(CommandError) in try k.lpos(a, &r) }),
    ("rpoplpush", { (k, a, r) throws(CommandError) in try k.moveElement(a, .tail, .head, &r) }),
    ("lmove", { (k, a, r) throws(CommandError) in try k.lmove(a, &r) }),
    ("lmpop", { (k, a, r) throws(CommandError) in try k.lmpop(a, countAt: 1, &r) }),
    ("blpop", { (k, a, r) throws(CommandError) in try k.blockingPop(a, at: .head, &r) }),
    ("brpop", { (k, a, r) throws(CommandError) in try k.blockingPop(a, at: .tail, &r) }),
    ("brpoplpush", { (k, a, r) throws(CommandError) in try k.brpoplpush(a, &r) }),
    ("blmove", { (k, a, r) throws(CommandError) in try k.blmove(a, &r) }),
    ("blmpop", { (k, a, r) throws(CommandError) in try k.lmpop(a, countAt: 2, &r) }),
  ]

  /// An end of a list.
  enum ListEnd {
    case head
    case tail
  }

  // MARK: Access

  /// The list at a place; nil where there is no key. Throws `wrongType`.
  @inline(__always)
  func list(_ place: Database.Place?) throws(CommandError) -> ListValue? {
    guard let place else { return nil }
    guard case .list(let list) = databases[selected][place].value else { throw .wrongType }
    return list
  }

  /// Changes a list where it lies. Throws `wrongType`.
  @inline(__always)
  mutating func modifyList<R>(
    _ place: Database.Place, _ body: (inout ListValue) -> R
  ) throws(CommandError) -> R {
    try databases[selected].modify(place) { (value) throws(CommandError) in
      guard case .list(var list) = value else { throw .wrongType }
      value = .integer(0)
      defer { value = .list(list) }
      return body(&list)
    }
  }

  /// Changes a list by removing elements, and removes the key with the last one. Throws `wrongType`.
  mutating func shrinkList<R>(
    _ place: Database.Place, _ body: (inout ListValue) -> R
  ) throws(CommandError) -> R {
    let (result, isEmpty) = try modifyList(place) { list in (body(&list), list.isEmpty) }
    if isEmpty { databases[selected].remove(at: place) }
    return result
  }

  // MARK: Adding

  private mutating func push(
    _ arguments: Arguments, at end: ListEnd, onlyIfPresent: Bool = false,
    _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let limit = limits.listNodeSize
    let size = arguments.size(from: 2)
    let length: Int
    if let place = find(arguments[1]) {
      length = try modifyList(place) { list in
        list.prepare(adding: size, limit: limit)
        for index in 2..<arguments.count {
          list.push(arguments[index], atHead: end == .head, limit: limit)
        }
        return list.count
      }
    } else if onlyIfPresent {
      length = 0
    } else {
      length = arguments.count - 2
      var list = ListValue(reserving: size, count: length, limit: limit)
      list.prepare(adding: size, limit: limit)
      for index in 2..<arguments.count {
        list.push(arguments[index], atHead: end == .head, limit: limit)
      }
      insert(arguments[1], .list(list))
    }
    if length > 0 { changes += UInt64(arguments.count - 2) }
    reply.integer(length)
  }

  /// Adds one element to a list, which is made when there is none. Throws `wrongType`.
  mutating func push(
    _ entry: RawSpan, to key: RawSpan, at end: ListEnd
  ) throws(CommandError) {
    let limit = limits.listNodeSize
    if let place = find(key) {
      try modifyList(place) { list in
        list.prepare(adding: entry.byteCount, limit: limit)
        list.push(entry, atHead: end == .head, limit: limit)
      }
    } else {
      var list = ListValue(reserving: entry.byteCount, count: 1, limit: limit)
      list.prepare(adding: entry.byteCount, limit: limit)
      list.push(entry, atHead: end == .head, limit: limit)
      insert(key, .list(list))
    }
  }

  // MARK: Removing

  private mutating func pop(
    _ arguments: Arguments, at end: ListEnd, _ command: String, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count <= 3 else { throw .wrongArity(command) }
    guard arguments.count == 3 else {
      guard let place = find(arguments[1]) else { return reply.null() }
      return try popOne(place, at: end, &reply)
    }
    let number = try arguments.natural(at: 2, or: .notPositive)
    guard let place = find(arguments[1]) else { return reply.nullArray() }
    try pop(place, Int(number), at: end, &reply)
  }

  /// Removes an element of a list and replies with it. Throws `wrongType`.
  mutating func popOne(
    _ place: Database.Place, at end: ListEnd, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let limit = limits.listNodeSize
    try shrinkList(place) { list in
      let index = end == .head ? 0 : list.count - 1
      reply.elements(of: list, from: index, 1)
      list.remove(from: index, count: 1, limit: limit)
    }
    changes += 1
  }

  /// Removes up to so many elements of a list and replies with them as an array. Throws `wrongType`.
  mutating func pop(
    _ place: Database.Place, _ count: Int, at end: ListEnd, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let limit = limits.listNodeSize
    let removed = try shrinkList(place) { list in
      let removed = min(count, list.count)
      reply.array(removed)
      let isHead = end == .head
      reply.elements(
        of: list, from: isHead ? 0 : list.count - 1, removed, backwards: !isHead)
      list.remove(from: isHead ? 0 : list.count - removed, count: removed, limit: limit)
      return removed
    }
    changes += UInt64(removed)
  }
}

extension ReplyWriter {
  /// Elements of a list from the one of a number on; there are so many.
  mutating func elements(
    of list: ListValue, from index: Int, _ count: Int, backwards: Bool = false
  ) {
    guard count > 0, !isSilent else { return }
    var left = count
    list.scan(from: index, backwards: backwards) { element, blob, _ in
      bulk(element, in: blob)
      left -= 1
      return left > 0
    }
  }
}
