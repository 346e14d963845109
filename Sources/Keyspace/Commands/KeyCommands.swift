internal import Persistence

// Commands on keys of any type. Source: db.c and expire.c of Redis 7.0.
extension Keyspace {
  static let keyCommands: [(String, CommandHandler)] = [
    ("del", { (k, a, r) throws(CommandError) in k.del(a, &r) }),
    ("unlink", { (k, a, r) throws(CommandError) in k.del(a, &r) }),
    ("exists", { (k, a, r) throws(CommandError) in k.exists(a, &r) }),
    ("touch", { (k, a, r) throws(CommandError) in k.exists(a, &r) }),
    ("type", { (k, a, r) throws(CommandError) in k.type(a, &r) }),
    ("rename", { (k, a, r) throws(CommandError) in try k.rename(a, onlyIfAbsent: false, &r) }),
    ("renamenx", { (k, a, r) throws(CommandError) in try k.rename(a, onlyIfAbsent: true, &r) }),
    ("copy", { (k, a, r) throws(CommandError) in try k.copy(a, &r) }),
    ("move", { (k, a, r) throws(CommandError) in try k.move(a, &r) }),
    ("persist", { (k, a, r) throws(CommandError) in k.persist(a, &r) }),
    (
      "expire",
      { (k, a, r) throws(CommandError) in
        try k.expire(a, .seconds, isRelative: true, "expire", &r)
      }
    ),
    (
      "pexpire",
      { (k, a, r) throws(CommandError) in
        try k.expire(a, .milliseconds, isRelative: true, "pexpire", &r)
      }
    ),
    (
      "expireat",
      { (k, a, r) throws(CommandError) in
        try k.expire(a, .seconds, isRelative: false, "expireat", &r)
      }
    ),
    (
      "pexpireat",
      { (k, a, r) throws(CommandError) in
        try k.expire(a, .milliseconds, isRelative: false, "pexpireat", &r)
      }
    ),
    ("ttl", { (k, a, r) throws(CommandError) in k.ttl(a, .seconds, isRelative: true, &r) }),
    ("pttl", { (k, a, r) throws(CommandError) in k.ttl(a, .milliseconds, isRelative: true, &r) }),
    (
      "expiretime",
      { (k, a, r) throws(CommandError) in
        k.ttl(a, .seconds, isRelative: false, &r)
      }
    ),
    (
      "pexpiretime",
      { (k, a, r) throws(CommandError) in
        k.ttl(a, .milliseconds, isRelative: false, &r)
      }
    ),
  ]

  private mutating func del(_ arguments: Arguments, _ reply: inout ReplyWriter) {
    var removed = 0
    for index in 1..<arguments.count where remove(arguments[index]) {
      removed += 1
      note(.generic, "del", arguments[index])
    }
    changes += UInt64(removed)
    reply.integer(removed)
  }

  private mutating func exists(_ arguments: Arguments, _ reply: inout ReplyWriter) {
    var found = 0
    for index in 1..<arguments.count where find(arguments[index]) != nil { found += 1 }
    reply.integer(found)
  }

  private mutating func type(_ arguments: Arguments, _ reply: inout ReplyWriter) {
    switch entry(arguments[1])?.value.type {
    case nil: reply.simple("none")
    case .string: reply.simple("string")
    case .list: reply.simple("list")
    case .set: reply.simple("set")
    case .zset: reply.simple("zset")
    case .hash: reply.simple("hash")
    case .stream: reply.simple("stream")
    case .module: reply.simple("module")
    }
  }

  // MARK: Other names and places

  private mutating func rename(
    _ arguments: Arguments, onlyIfAbsent: Bool, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = find(arguments[1]) else { throw .noSuchKey }
    if arguments[1].isEqual(to: arguments[2]) {
      return onlyIfAbsent ? reply.integer(0) : reply.ok()
    }
    if onlyIfAbsent, find(arguments[2]) != nil { return reply.integer(0) }
    let entry = databases[selected].remove(at: place).renamed(arguments[2])
    databases[selected].set(entry)
    changes += 1
    if onlyIfAbsent { reply.integer(1) } else { reply.ok() }
  }

  private mutating func copy(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var target = selected
    var replaces = false
    var index = 3
    while index < arguments.count {
      if arguments.isWord("REPLACE", at: index) {
        replaces = true
      } else if arguments.isWord("DB", at: index), index + 1 < arguments.count {
        target = try databaseNumber(arguments, at: index + 1)
        index += 1
      } else {
        throw .syntax
      }
      index += 1
    }
    if target == selected, arguments[1].isEqual(to: arguments[2]) {
      throw .text("source and destination objects are the same")
    }
    guard let place = find(arguments[1]) else { return reply.integer(0) }
    let entry = database[place].renamed(arguments[2])
    let isTaken = inDatabase(target) { $0.find(arguments[2]) != nil }
    guard replaces || !isTaken else { return reply.integer(0) }
    databases[target].set(entry)
    changes += 1
    reply.integer(1)
  }

  private mutating func move(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let target = try databaseNumber(arguments, at: 2)
    guard target != selected else { throw .text("source and destination objects are the same") }
    guard let place = find(arguments[1]) else { return reply.integer(0) }
    let isTaken = inDatabase(target) { $0.find(arguments[1]) != nil }
    guard !isTaken else { return reply.integer(0) }
    let entry = databases[selected].remove(at: place)
    databases[target].insert(entry)
    changes += 1
    reply.integer(1)
  }

  /// The number of a database that there may be; it is made.
  private mutating func databaseNumber(
    _ arguments: Arguments, at index: Int
  ) throws(CommandError) -> Int {
    let number = try arguments.int32(at: index)
    let before = selected
    defer { selected = before }
    guard select(number) else { throw .text("DB index is out of range") }
    return number
  }

  /// Looks into another database.
  mutating func inDatabase<R>(_ number: Int, _ body: (inout Keyspace) -> R) -> R {
    let before = selected
    selected = number
    defer { selected = before }
    return body(&self)
  }

  // MARK: Lifetimes

  /// When EXPIRE and its relatives are to do nothing.
  struct ExpiryConditions {
    var isNew = false
    var isThere = false
    var isLater = false
    var isEarlier = false

    init(_ arguments: Arguments, at places: Range<Int>) throws(CommandError) {
      for index in places {
        if arguments.isWord("NX", at: index) {
          isNew = true
        } else if arguments.isWord("XX", at: index) {
          isThere = true
        } else if arguments.isWord("GT", at: index) {
          isLater = true
        } else if arguments.isWord("LT", at: index) {
          isEarlier = true
        } else {
          throw .text("Unsupported option \(ByteString(arguments[index]))")
        }
      }
      if isNew, isThere || isLater || isEarlier {
        throw .text("NX and XX, GT or LT options at the same time are not compatible")
      }
      if isLater, isEarlier {
        throw .text("GT and LT options at the same time are not compatible")
      }
    }

    func allow(_ time: Int64, after old: Int64) -> Bool {
      let has = old != Entry.never
      if isNew, has { return false }
      if isThere, !has { return false }
      if isLater, !has || time <= old { return false }
      return !(isEarlier && has && time >= old)
    }
  }

  private mutating func expire(
    _ arguments: Arguments, _ unit: TimeUnit, isRelative: Bool, _ command: String,
    _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let conditions = try ExpiryConditions(arguments, at: 3..<arguments.count)
    let time = try expiry(
      arguments, at: 2, unit, isRelative: isRelative, command: command, allowsPast: true)
    guard let place = find(arguments[1]),
      conditions.allow(time, after: database[place].expiresAt)
    else { return reply.integer(0) }
    if hasPassed(time) {
      databases[selected].remove(at: place)
    } else {
      databases[selected].setExpiry(time, at: place)
    }
    changes += 1
    reply.integer(1)
  }

  private mutating func ttl(
    _ arguments: Arguments, _ unit: TimeUnit, isRelative: Bool, _ reply: inout ReplyWriter
  ) {
    guard let entry = entry(arguments[1]) else { return reply.integer(-2) }
    guard entry.hasExpiry else { return reply.integer(-1) }
    let time = isRelative ? max(entry.expiresAt - clock.now, 0) : entry.expiresAt
    // Rounded, without the sum that could overflow.
    let seconds = time / 1000 + (time % 1000 >= 500 ? 1 : 0)
    reply.integer(unit == .seconds ? seconds : time)
  }

  private mutating func persist(_ arguments: Arguments, _ reply: inout ReplyWriter) {
    guard let place = find(arguments[1]), database[place].hasExpiry else {
      return reply.integer(0)
    }
    databases[selected].setExpiry(Entry.never, at: place)
    changes += 1
    reply.integer(1)
  }
}
