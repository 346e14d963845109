internal import Persistence

// Lifetimes of the fields of hashes, which came with Redis 7.4 and Valkey 9. Source: t_hash.c of Valkey 9,
// and of Redis 7.4, whose commands do the same.
extension Keyspace {
  static let fieldLifetimeCommands: [(String, CommandHandler)] = [
    (
      "hexpire",
      { (k, a, r) throws(CommandError) in
        try k.hexpire(a, .seconds, isRelative: true, "hexpire", &r)
      }
    ),
    (
      "hpexpire",
      { (k, a, r) throws(CommandError) in
        try k.hexpire(a, .milliseconds, isRelative: true, "hpexpire", &r)
      }
    ),
    (
      "hexpireat",
      { (k, a, r) throws(CommandError) in
        try k.hexpire(a, .seconds, isRelative: false, "hexpireat", &r)
      }
    ),
    (
      "hpexpireat",
      { (k, a, r) throws(CommandError) in
        try k.hexpire(a, .milliseconds, isRelative: false, "hpexpireat", &r)
      }
    ),
    ("hpersist", { (k, a, r) throws(CommandError) in try k.hpersist(a, &r) }),
    ("httl", { (k, a, r) throws(CommandError) in try k.httl(a, .seconds, isRelative: true, &r) }),
    (
      "hpttl",
      { (k, a, r) throws(CommandError) in try k.httl(a, .milliseconds, isRelative: true, &r) }
    ),
    (
      "hexpiretime",
      { (k, a, r) throws(CommandError) in try k.httl(a, .seconds, isRelative: false, &r) }
    ),
    (
      "hpexpiretime",
      { (k, a, r) throws(CommandError) in try k.httl(a, .milliseconds, isRelative: false, &r) }
    ),
  ]

  /// What a server says of a number of fields that is not that of the arguments behind it.
  static let wrongFieldCount = CommandError.text(
    "numfields should be greater than 0 and match the provided number of fields")

  /// The place of the first field, behind `FIELDS` at `index` and the number of fields.
  static func firstField(
    _ arguments: Arguments, behind index: Int, words: Int = 1,
    or error: CommandError = wrongFieldCount
  ) throws(CommandError) -> Int {
    guard index + 1 < arguments.count else { throw error }
    let count = try arguments.integer(at: index + 1)
    let first = index + 2
    // No multiplication: the number may be anything.
    let there = arguments.count - first
    guard count > 0, there % words == 0, count == Int64(there / words) else { throw error }
    return first
  }

  /// The Unix milliseconds that an argument stands for: 0 and above, or what counts from now.
  func fieldExpiry(
    _ arguments: Arguments, at index: Int, _ unit: TimeUnit, isRelative: Bool, command: String
  ) throws(CommandError) -> Int64 {
    guard try arguments.integer(at: index) >= 0 else { throw .invalidExpiry(command) }
    return try expiry(
      arguments, at: index, unit, isRelative: isRelative, command: command, allowsPast: true)
  }

  private mutating func hexpire(
    _ arguments: Arguments, _ unit: TimeUnit, isRelative: Bool, _ command: String,
    _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var word = 3
    while word < arguments.count, !arguments.isWord("FIELDS", at: word) { word += 1 }
    guard word < arguments.count else { throw Self.wrongFieldCount }
    let conditions = try ExpiryConditions(arguments, at: 3..<word)
    let first = try Self.firstField(arguments, behind: word)
    let time = try fieldExpiry(
      arguments, at: 2, unit, isRelative: isRelative, command: command)
    let place = try findHash(arguments[1])
    reply.array(arguments.count - first)
    guard let place else {
      for _ in first..<arguments.count { reply.integer(-2) }
      return
    }
    let isOver = hasPassed(time)
    let changed = try modifyHash(place) { hash in
      var changed = 0
      for index in first..<arguments.count {
        let field = arguments[index]
        guard hash.content.contains(field) else {
          reply.integer(-2)
          continue
        }
        guard conditions.allow(time, after: hash.expiry(of: field) ?? Entry.never) else {
          reply.integer(0)
          continue
        }
        if isOver { _ = hash.remove(field) } else { hash.setExpiry(of: field, time) }
        reply.integer(isOver ? 2 : 1)
        changed += 1
      }
      return changed
    }
    changes += UInt64(changed)
  }

  private mutating func hpersist(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.isWord("FIELDS", at: 2) else { throw .syntax }
    let first = try Self.firstField(arguments, behind: 2)
    let place = try findHash(arguments[1])
    reply.array(arguments.count - first)
    guard let place else {
      for _ in first..<arguments.count { reply.integer(-2) }
      return
    }
    let changed = try modifyHash(place) { hash in
      var changed = 0
      for index in first..<arguments.count {
        let field = arguments[index]
        if !hash.content.contains(field) {
          reply.integer(-2)
        } else if hash.removeLifetime(of: field) {
          reply.integer(1)
          changed += 1
        } else {
          reply.integer(-1)
        }
      }
      return changed
    }
    changes += UInt64(changed)
  }

  private mutating func httl(
    _ arguments: Arguments, _ unit: TimeUnit, isRelative: Bool, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.isWord("FIELDS", at: 2) else { throw .syntax }
    let first = try Self.firstField(arguments, behind: 2, or: .syntax)
    let hash = try hash(arguments[1])
    if reply.isSilent { return }
    reply.array(arguments.count - first)
    for index in first..<arguments.count {
      guard let hash, hash.content.contains(arguments[index]) else {
        reply.integer(-2)
        continue
      }
      guard let expiry = hash.expiry(of: arguments[index]) else {
        reply.integer(-1)
        continue
      }
      var time = expiry
      if isRelative {
        let (left, overflow) = expiry.subtractingReportingOverflow(clock.now)
        time = overflow ? .max : max(left, 0)
      }
      reply.integer(unit == .seconds ? time / 1000 + (time % 1000 >= 500 ? 1 : 0) : time)
    }
  }
}
