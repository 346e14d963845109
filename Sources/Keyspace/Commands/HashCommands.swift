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
    let added = try setFields(arguments, from: 2)
    changes += UInt64((arguments.count - 2) / 2)
    if isOld { reply.ok() } else { reply.integer(added) }
  }

  /// Sets fields to values, of which pairs follow from an argument on. Tells how many fields are new.
  private mutating func setFields(
    _ arguments: Arguments, from start: Int
  ) throws(CommandError) -> Int {
    let limits = limits
    guard let place = try findHash(arguments[1]) else {
      var content = HashFields(
        fields: (arguments.count - start) / 2, bytes: arguments.size(from: start), limits: limits)
      let added = content.set(arguments, from: start, limits)
      insert(arguments[1], .hash(HashValue(content)))
      return added
    }
    return try modifyHash(place) { hash in
      guard hash.lifetimes == nil else {
        var added = 0
        for index in stride(from: start, to: arguments.count - 1, by: 2)
        where hash.set(arguments[index], arguments[index + 1], limits) { added += 1 }
        return added
      }
      return hash.content.set(arguments, from: start, limits)
    }
  }

  private mutating func hsetnx(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    if try hash(arguments[1])?.content.contains(arguments[2]) == true { return reply.integer(0) }
    _ = try setFields(arguments, from: 2)
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
    let old = try hash(arguments[1])?.content.withValue(of: arguments[2]) {
      (value) throws(CommandError) in
      guard let number = NumberText.canonicalInteger(value) else {
        throw .text("hash value is not an integer")
      }
      return number
    }
    let (sum, overflow) = (old ?? 0).addingReportingOverflow(step)
    guard !overflow else { throw .text("increment or decrement would overflow") }
    try NumberText.withBytes(of: sum) { (text) throws(CommandError) in
      try setNumber(arguments, text)
    }
    reply.integer(sum)
  }

  private mutating func hincrbyfloat(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let step = try LongDouble(arguments[3])
    guard step.isFinite else { throw .text("value is NaN or Infinity") }
    let old = try hash(arguments[1])?.content.withValue(of: arguments[2]) {
      (value) throws(CommandError) -> LongDouble in
      do throws(CommandError) {
        return try LongDouble(value)
      } catch {
        throw .text("hash value is not a float")
      }
    }
    let sum = try (old ?? LongDouble.zero).adding(step).text
    try setNumber(arguments, unsafe sum.span.bytes)
    reply.bulk(sum)
  }

  /// Gives a field what it has been counted up to. Its lifetime goes on.
  private mutating func setNumber(
    _ arguments: Arguments, _ text: RawSpan
  ) throws(CommandError) {
    let limits = limits
    if let place = try findHash(arguments[1]) {
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

extension HashFields {
  /// Sets fields to values, of which pairs follow from an argument on. Tells how many fields are new.
  fileprivate mutating func set(
    _ arguments: Arguments, from start: Int, _ limits: EncodingLimits
  ) -> Int {
    var added = 0
    for index in stride(from: start, to: arguments.count - 1, by: 2)
    where set(arguments[index], arguments[index + 1], limits) { added += 1 }
    return added
  }
}
