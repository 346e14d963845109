internal import Persistence

// Hashes. Source: t_hash.c of Redis 7.0.
extension Keyspace {
  static let hashCommands: [(String, CommandHandler)] =
    hashWriteCommands + hashReadCommands + fieldLifetimeCommands + fieldOptionCommands

  private static let hashWriteCommands: [(String, CommandHandler)] = [
    ("hset", { (k, a, r) throws(CommandError) in try k.hset(a, isOld: false, &r) }),
    ("hmset", { (k, a, r) throws(CommandError) in try k.hset(a, isOld: true, &r) }),
    ("hsetnx", { (k, a, r) throws(CommandError) in try k.hsetnx(a, &r) }),
    ("hdel", { (k, a, r) throws(CommandError) in try k.hdel(a, &r) }),
    ("hincrby", { (k, a, r) throws(CommandError) in try k.hincrby(a, &r) }),
    ("hincrbyfloat", { (k, a, r) throws(CommandError) in try k.hincrbyfloat(a, &r) }),
  ]

  private mutating func hset(
    _ arguments: Arguments, isOld: Bool, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count % 2 == 0 else { throw .wrongArity(isOld ? "hmset" : "hset") }
    let added = try setFields(arguments)
    changes += UInt64((arguments.count - 2) / 2)
    if isOld { reply.ok() } else { reply.integer(added) }
  }

  /// Sets the fields of a hash to values, of which pairs follow the key. Tells how many fields are new.
  private mutating func setFields(_ arguments: Arguments) throws(CommandError) -> Int {
    let limits = limits
    guard let place = try findHash(arguments[1]) else {
      var hash = HashValue(
        HashFields(
          fields: (arguments.count - 2) / 2, bytes: arguments.size(from: 2), limits: limits))
      let added = hash.set(arguments, limits)
      insert(arguments[1], .hash(hash))
      return added
    }
    return try modifyHash(place) { $0.set(arguments, limits) }
  }

  private mutating func hsetnx(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    if try hash(arguments[1])?.content.contains(arguments[2]) == true { return reply.integer(0) }
    _ = try setFields(arguments)
    changes += 1
    reply.integer(1)
  }

  private mutating func hdel(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = try findHash(arguments[1]) else { return reply.integer(0) }
    let removed = try modifyHash(place) { hash in
      var removed = 0
      for index in 2..<arguments.count where hash.remove(arguments[index]) { removed += 1 }
      return removed
    }
    changes += UInt64(removed)
    reply.integer(removed)
  }

  // MARK: Numbers

  private mutating func hincrby(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let step = try arguments.integer(at: 3)
    let place = try findHash(arguments[1])
    let old = try hash(at: place)?.content.withValue(of: arguments[2]) {
      (value) throws(CommandError) in
      guard let number = NumberText.canonicalInteger(value) else {
        throw .text("hash value is not an integer")
      }
      return number
    }
    let (sum, overflow) = (old ?? 0).addingReportingOverflow(step)
    guard !overflow else { throw .text("increment or decrement would overflow") }
    try NumberText.withBytes(of: sum) { (text) throws(CommandError) in
      try setNumber(arguments, at: place, text)
    }
    reply.integer(sum)
  }

  private mutating func hincrbyfloat(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let step = try LongDouble(arguments[3])
    guard step.isFinite else { throw .text("value is NaN or Infinity") }
    let place = try findHash(arguments[1])
    let old = try hash(at: place)?.content.withValue(of: arguments[2]) {
      (value) throws(CommandError) -> LongDouble in
      do throws(CommandError) {
        return try LongDouble(value)
      } catch {
        throw .text("hash value is not a float")
      }
    }
    let sum = try (old ?? LongDouble.zero).adding(step).text
    try setNumber(arguments, at: place, unsafe sum.span.bytes)
    reply.bulk(sum)
  }

  /// Gives a field what it has been counted up to. Its lifetime goes on.
  private mutating func setNumber(
    _ arguments: Arguments, at place: Database.Place?, _ text: RawSpan
  ) throws(CommandError) {
    let limits = limits
    if let place {
      _ = try modifyHash(place) { $0.set(arguments[2], text, limits, keepsLifetime: true) }
    } else {
      var content = HashFields(
        fields: 1, bytes: arguments[2].byteCount + text.byteCount, limits: limits)
      _ = content.set(arguments[2], text, limits)
      insert(arguments[1], .hash(HashValue(content)))
    }
    changes += 1
  }
}

extension HashValue {
  /// Sets fields to values, of which pairs follow the key. Tells how many fields are new.
  fileprivate mutating func set(_ arguments: Arguments, _ limits: EncodingLimits) -> Int {
    guard hasLifetimes else { return content.set(arguments, limits) }
    var added = 0
    for index in stride(from: 2, to: arguments.count - 1, by: 2)
    where set(arguments[index], arguments[index + 1], limits) { added += 1 }
    return added
  }
}

extension HashFields {
  fileprivate mutating func set(_ arguments: Arguments, _ limits: EncodingLimits) -> Int {
    var added = 0
    for index in stride(from: 2, to: arguments.count - 1, by: 2)
    where set(arguments[index], arguments[index + 1], limits) { added += 1 }
    return added
  }
}
