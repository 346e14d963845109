internal import Persistence

// The events of each command. Source: the calls of `notifyKeyspaceEvent` in Redis 7.0.
extension Keyspace {
  /// Commands with one event of one key, each line the commands, the class and the event. The key is the first
  /// argument, behind a subcommand the second; `@N` says another. `+del` stands for a `del` that follows when the key is
  /// gone, `/del` for one in the place of the event.
  private static let plainRows = """
    append $ append
    setrange $ setrange
    incr,decr,incrby,decrby $ incrby
    incrbyfloat $ incrbyfloat
    setbit $ setbit
    setnx,getset $ set
    pfadd,pfmerge $ pfadd
    bitop@2 $ set/del
    getdel g del
    persist g persist
    expire,pexpire,expireat,pexpireat g expire/del
    restore,restore-asking g restore/del
    lpush,lpushx l lpush
    rpush,rpushx l rpush
    linsert l linsert
    lset l lset
    lrem l lrem+del
    lpop l lpop+del
    rpop l rpop+del
    sadd s sadd
    srem s srem+del
    spop s spop+del
    sinterstore s sinterstore/del
    sunionstore s sunionstore/del
    sdiffstore s sdiffstore/del
    hset,hmset,hsetnx h hset
    hincrby h hincrby
    hincrbyfloat h hincrbyfloat
    hdel h hdel+del
    geoadd z zadd
    zincrby z zincr
    zrem z zrem+del
    zremrangebyrank z zremrangebyrank+del
    zremrangebyscore z zremrangebyscore+del
    zremrangebylex z zremrangebylex+del
    zpopmin z zpopmin+del
    zpopmax z zpopmax+del
    zunionstore z zunionstore/del
    zinterstore z zinterstore/del
    zdiffstore z zdiffstore/del
    zrangestore z zrangestore/del
    geosearchstore z geosearchstore/del
    xdel t xdel
    xtrim t xtrim
    xsetid t xsetid
    xgroup|create@2 t xgroup-create
    xgroup|setid@2 t xgroup-setid
    xgroup|destroy@2 t xgroup-destroy
    xgroup|createconsumer@2 t xgroup-createconsumer
    xgroup|delconsumer@2 t xgroup-delconsumer
    """

  static let plainEvents: [(String, EventHandler)] = plainRows.split(separator: "\n").flatMap {
    row in
    let columns = row.split(separator: " ")
    guard columns.count == 3, let classes = EventClasses(ByteString(String(columns[1]))) else {
      preconditionFailure("a row of events: \(row)")
    }
    let event = columns[2].split(whereSeparator: { "+/".contains($0) }).map(String.init)[0]
    let (empties, stores) = (columns[2].hasSuffix("+del"), columns[2].hasSuffix("/del"))
    return columns[0].split(separator: ",").map { command -> (String, EventHandler) in
      let parts = command.split(separator: "@")
      let key = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
      return (
        String(parts[0]),
        { (k, a, _) in
          if empties { return k.events(classes, event, emptying: a[key]) }
          if stores { return k.events(classes, event, storing: a[key]) }
          return [k.event(classes, event, a[key])]
        }
      )
    }
  }

  static let otherEvents: [(String, EventHandler)] = [
    ("set", { (k, a, _) in k.setEvents(a, expires: a.count > 3) }),
    ("setex", { (k, a, _) in k.setEvents(a, expires: true) }),
    ("psetex", { (k, a, _) in k.setEvents(a, expires: true) }),
    ("mset", { (k, a, _) in k.setAllEvents(a) }),
    ("msetnx", { (k, a, _) in k.setAllEvents(a) }),
    ("getex", { (k, a, _) in k.lifetimeEvents(a) }),
    ("bitfield", { (k, a, reply) in k.bitfieldEvents(a, reply) }),
    ("rename", { (k, a, _) in k.renameEvents(a) }),
    ("renamenx", { (k, a, _) in k.renameEvents(a) }),
    ("copy", { (k, a, _) in k.copyEvents(a) }),
    ("move", { (k, a, _) in k.moveEvents(a) }),
    ("sort", { (k, a, _) in k.storeEvents(a, ["STORE"], .list, "sortstore") }),
    (
      "georadius",
      { (k, a, _) in k.storeEvents(a, ["STORE", "STOREDIST"], .sortedSet, "georadiusstore") }
    ),
    (
      "georadiusbymember",
      { (k, a, _) in k.storeEvents(a, ["STORE", "STOREDIST"], .sortedSet, "georadiusstore") }
    ),
    ("rpoplpush", { (k, a, _) in k.shiftEvents(a, takesLast: true, putsFirst: true) }),
    ("brpoplpush", { (k, a, _) in k.shiftEvents(a, takesLast: true, putsFirst: true) }),
    ("lmove", { (k, a, _) in k.moveElementEvents(a) }),
    ("blmove", { (k, a, _) in k.moveElementEvents(a) }),
    ("blpop", { (k, _, reply) in k.popEvents(reply, .list, "lpop") }),
    ("brpop", { (k, _, reply) in k.popEvents(reply, .list, "rpop") }),
    ("bzpopmin", { (k, _, reply) in k.popEvents(reply, .sortedSet, "zpopmin") }),
    ("bzpopmax", { (k, _, reply) in k.popEvents(reply, .sortedSet, "zpopmax") }),
    ("lmpop", { (k, a, reply) in k.popEvents(a, from: 1, reply, .list, ("LEFT", "lpop", "rpop")) }),
    (
      "blmpop",
      { (k, a, reply) in k.popEvents(a, from: 2, reply, .list, ("LEFT", "lpop", "rpop")) }
    ),
    (
      "zmpop",
      { (k, a, reply) in k.popEvents(a, from: 1, reply, .sortedSet, ("MIN", "zpopmin", "zpopmax")) }
    ),
    (
      "bzmpop",
      { (k, a, reply) in k.popEvents(a, from: 2, reply, .sortedSet, ("MIN", "zpopmin", "zpopmax")) }
    ),
    ("zadd", { (k, a, _) in k.zaddEvents(a) }),
  ]

  // MARK: Strings and lifetimes

  private func setEvents(_ arguments: Arguments, expires: Bool) -> [KeyspaceEvent] {
    let set = event(.string, "set", arguments[1])
    guard expires, isToldToExpire(arguments) else { return [set] }
    return [set, event(.generic, "expire", arguments[1])]
  }

  /// Whether a SET, SETEX or PSETEX tells when the key expires, and not only that it still does.
  private func isToldToExpire(_ arguments: Arguments) -> Bool {
    // The number that SETEX has in the place of the value is no word of SET's.
    guard arguments[0].byteCount == "SET".utf8.count else { return true }
    return (3..<arguments.count).contains { index in
      arguments.isWord("EX", at: index) || arguments.isWord("PX", at: index)
        || arguments.isWord("EXAT", at: index) || arguments.isWord("PXAT", at: index)
    }
  }

  private func setAllEvents(_ arguments: Arguments) -> [KeyspaceEvent] {
    stride(from: 1, to: arguments.count, by: 2).map { event(.string, "set", arguments[$0]) }
  }

  private func lifetimeEvents(_ arguments: Arguments) -> [KeyspaceEvent] {
    guard let entry = storedEntry(arguments[1]) else {
      return [event(.generic, "del", arguments[1])]
    }
    return [event(.generic, entry.hasExpiry ? "expire" : "persist", arguments[1])]
  }

  /// An operation that would overflow may write nothing, and is answered with null then; the key may be new or larger
  /// all the same, of which nothing is told.
  private func bitfieldEvents(_ arguments: Arguments, _ reply: RawSpan) -> [KeyspaceEvent] {
    var answers = ReplyNode(reply).elements[...]
    var index = 2
    while index < arguments.count, let answer = answers.first {
      if arguments.isWord("OVERFLOW", at: index) {
        index += 2
        continue
      }
      let reads = arguments.isWord("GET", at: index)
      if !reads, answer != .null { return [event(.string, "setbit", arguments[1])] }
      index += reads ? 3 : 4
      answers = answers.dropFirst()
    }
    return []
  }

  // MARK: Keys

  private func renameEvents(_ arguments: Arguments) -> [KeyspaceEvent] {
    [
      event(.generic, "rename_from", arguments[1]), event(.generic, "rename_to", arguments[2]),
    ]
  }

  private func copyEvents(_ arguments: Arguments) -> [KeyspaceEvent] {
    var target: Int?
    for index in stride(from: 3, to: arguments.count - 1, by: 1)
    where arguments.isWord("DB", at: index) {
      target = try? arguments.int32(at: index + 1)
    }
    return [event(.generic, "copy_to", arguments[2], database: target)]
  }

  private func moveEvents(_ arguments: Arguments) -> [KeyspaceEvent] {
    [
      event(.generic, "move_from", arguments[1]),
      event(.generic, "move_to", arguments[1], database: try? arguments.int32(at: 2)),
    ]
  }

  /// Of the key behind the last of some words.
  private func storeEvents(
    _ arguments: Arguments, _ words: [StaticString], _ classes: EventClasses, _ name: String
  ) -> [KeyspaceEvent] {
    let places = stride(from: 2, to: arguments.count - 1, by: 1)
    guard
      let place = places.reversed().first(where: { index in
        words.contains { arguments.isWord($0, at: index) }
      })
    else { return [] }
    return events(classes, name, storing: arguments[place + 1])
  }

  // MARK: Lists and sorted sets

  private func shiftEvents(
    _ arguments: Arguments, takesLast: Bool, putsFirst: Bool
  ) -> [KeyspaceEvent] {
    [event(.list, putsFirst ? "lpush" : "rpush", arguments[2])]
      + events(.list, takesLast ? "rpop" : "lpop", emptying: arguments[1])
  }

  private func moveElementEvents(_ arguments: Arguments) -> [KeyspaceEvent] {
    shiftEvents(
      arguments, takesLast: arguments.isWord("RIGHT", at: 3),
      putsFirst: arguments.isWord("LEFT", at: 4))
  }

  /// An element was taken from the key that the reply tells first.
  private func popEvents(
    _ reply: RawSpan, _ classes: EventClasses, _ name: String
  ) -> [KeyspaceEvent] {
    guard let key = ReplyNode(reply).elements.first?.bytes else { return [] }
    return unsafe events(classes, name, emptying: key.bytes.span.bytes)
  }

  /// Elements were taken from the key that the reply tells first.
  ///
  /// - `countAt`: the argument that is the number of keys.
  /// - `ends`: the word for the first end, and the events for both.
  private func popEvents(
    _ arguments: Arguments, from countAt: Int, _ reply: RawSpan, _ classes: EventClasses,
    _ ends: (word: StaticString, first: String, last: String)
  ) -> [KeyspaceEvent] {
    guard let keys = NumberText.unsigned(arguments[countAt]) else { return [] }
    let place = countAt + 1 + Int(clamping: keys)
    guard place < arguments.count else { return [] }
    let isFirst = arguments.isWord(ends.word, at: place)
    return popEvents(reply, classes, isFirst ? ends.first : ends.last)
  }

  private func zaddEvents(_ arguments: Arguments) -> [KeyspaceEvent] {
    // Options stand before the first score, and no option is a number.
    var index = 2
    var increments = false
    while index < arguments.count, isZaddOption(arguments, at: index) {
      if arguments.isWord("INCR", at: index) { increments = true }
      index += 1
    }
    return [event(.sortedSet, increments ? "zincr" : "zadd", arguments[1])]
  }

  private func isZaddOption(_ arguments: Arguments, at index: Int) -> Bool {
    let options: [StaticString] = ["NX", "XX", "GT", "LT", "CH", "INCR"]
    return options.contains { arguments.isWord($0, at: index) }
  }
}
