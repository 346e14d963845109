internal import Persistence

// Sets. Source: t_set.c of Redis 7.0.
extension Keyspace {
  static let setCommands: [(String, CommandHandler)] =
    setMemberCommands + setDrawCommands + setAlgebraCommands

  private static let setMemberCommands: [(String, CommandHandler)] = [
    ("sadd", { (k, a, r) throws(CommandError) in try k.sadd(a, &r) }),
    ("srem", { (k, a, r) throws(CommandError) in try k.srem(a, &r) }),
    ("sismember", { (k, a, r) throws(CommandError) in try k.sismember(a, &r) }),
    ("smismember", { (k, a, r) throws(CommandError) in try k.smismember(a, &r) }),
    ("scard", { (k, a, r) throws(CommandError) in r.integer(try k.set(a[1])?.count ?? 0) }),
    ("smembers", { (k, a, r) throws(CommandError) in try k.smembers(a, &r) }),
    ("smove", { (k, a, r) throws(CommandError) in try k.smove(a, &r) }),
    ("sscan", { (k, a, r) throws(CommandError) in try k.sscan(a, &r) }),
  ]

  private mutating func sadd(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let limits = limits
    let members = arguments.count - 2
    func add(to set: inout SetValue) -> Int {
      var added = 0
      for index in 2..<arguments.count where set.insert(arguments[index], limits) { added += 1 }
      return added
    }
    let added: Int
    if let place = find(arguments[1]) {
      added = try modifySet(place) { set in
        if members > 1 {
          set.prepare(adding: members, bytes: arguments.size(from: 2), limits)
        }
        return add(to: &set)
      }
    } else {
      var set = SetValue(
        first: arguments[2], members: members, bytes: arguments.size(from: 2), limits)
      added = add(to: &set)
      insert(arguments[1], .set(set))
    }
    changes += UInt64(added)
    reply.integer(added)
  }

  private mutating func srem(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = find(arguments[1]) else { return reply.integer(0) }
    let removed = try modifySet(place) { set in
      var removed = 0
      for index in 2..<arguments.count where set.remove(arguments[index]) { removed += 1 }
      return removed
    }
    changes += UInt64(removed)
    reply.integer(removed)
  }

  private mutating func sismember(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let set = try set(arguments[1])
    if reply.isSilent { return }
    reply.integer(set?.contains(arguments[2]) == true ? 1 : 0)
  }

  private mutating func smismember(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let set = try set(arguments[1])
    if reply.isSilent { return }
    reply.array(arguments.count - 2)
    for index in 2..<arguments.count {
      reply.integer(set?.contains(arguments[index]) == true ? 1 : 0)
    }
  }

  private mutating func smembers(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let set = try set(arguments[1])
    if reply.isSilent { return }
    reply.set(set?.count ?? 0)
    set?.forEach { reply.bulk($0) }
  }

  private mutating func smove(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let member = arguments[3]
    guard let source = find(arguments[1]) else { return reply.integer(0) }
    try checkSet(source)
    if let target = find(arguments[2]) { try checkSet(target) }
    if arguments[1].isEqual(to: arguments[2]) {
      let isThere = try set(arguments[1])?.contains(member) == true
      return reply.integer(isThere ? 1 : 0)
    }
    // A search may have removed a key and moved others.
    guard let place = find(arguments[1]), try modifySet(place, { $0.remove(member) }) else {
      return reply.integer(0)
    }
    changes += 1
    note(.set, "srem", arguments[1])
    noteIfGone(arguments[1])
    let limits = limits
    if let target = find(arguments[2]) {
      if try modifySet(target, { $0.insert(member, limits) }) {
        changes += 1
        note(.set, "sadd", arguments[2])
      }
    } else {
      var set = SetValue(first: member, limits)
      _ = set.insert(member, limits)
      insert(arguments[2], .set(set))
      changes += 1
      note(.set, "sadd", arguments[2])
    }
    reply.integer(1)
  }

  private mutating func sscan(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let cursor = try ScanOptions.cursor(arguments[2])
    guard let set = try set(arguments[1]) else { return reply.emptyScan() }
    let options = try ScanOptions(arguments, from: 3)
    if reply.isSilent { return }
    guard case .table(let box) = set else {
      reply.array(2)
      reply.bulk("0")
      reply.beginArray()
      var told = 0
      set.forEach { member in
        if options.matches(member) {
          reply.bulk(member)
          told += 1
        }
      }
      return reply.endArray(told)
    }
    let table = box.content
    let (next, found) = table.matches(options, from: cursor)
    reply.array(2)
    reply.bulk(String(next))
    reply.array(found.count)
    let bytes = table.bytes
    for record in found { reply.bulk(bytes.extracting(record.key)) }
  }
}
