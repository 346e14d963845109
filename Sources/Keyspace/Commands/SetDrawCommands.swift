internal import Persistence

// Members drawn at random. Source: t_set.c of Redis 7.0.
extension Keyspace {
  static let setDrawCommands: [(String, CommandHandler)] = [
    ("spop", { (k, a, r) throws(CommandError) in try k.spop(a, &r) }),
    ("srandmember", { (k, a, r) throws(CommandError) in try k.srandmember(a, &r) }),
  ]

  private mutating func spop(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count > 2 else {
      guard let place = find(arguments[1]) else { return reply.null() }
      try modifySet(place) { set in
        if let member = set.removeRandom() { reply.bulk(member) }
      }
      changes += 1
      return
    }
    guard arguments.count == 3 else { throw .syntax }
    let negative = CommandError.text("value is out of range, must be positive")
    let count = try arguments.integer(at: 2, or: negative)
    guard count >= 0 else { throw negative }
    guard let place = find(arguments[1]) else { return reply.set(0) }
    let popped = try modifySet(place) { set in
      guard count < Int64(set.count) else {
        reply.set(set.count)
        if !reply.isSilent { set.forEach { reply.bulk($0) } }
        set = .intset(EditableIntset())
        return UInt64(1)
      }
      reply.set(Int(count))
      for _ in 0..<count {
        if let member = set.removeRandom() { reply.bulk(member) }
      }
      return UInt64(count)
    }
    changes += popped
  }

  private mutating func srandmember(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count > 2 else {
      guard let set = try set(arguments[1]) else { return reply.null() }
      if !reply.isSilent { set.forRandomMembers(1) { reply.bulk($0) } }
      return
    }
    guard arguments.count == 3 else { throw .syntax }
    let count = try arguments.drawCount(at: 2)
    guard let set = try set(arguments[1]), count != 0 else { return reply.array(0) }
    if reply.isSilent { return }
    let number = try Self.checkedDraws(count, among: set.count)
    reply.array(number)
    if count > 0 {
      set.forRandomMembers(number) { reply.bulk($0) }
    } else {
      for _ in 0..<number { set.forRandomMembers(1) { reply.bulk($0) } }
    }
  }
}

extension SetValue {
  /// Removes some member and tells it; nil in an empty set.
  fileprivate mutating func removeRandom() -> [UInt8]? {
    var member: ByteString?
    forRandomMembers(1) { member = ByteString($0) }
    guard let member else { return nil }
    _ = remove(unsafe member.bytes.span.bytes)
    return member.bytes
  }

  /// Calls `body` with so many different members, at most all of them.
  fileprivate func forRandomMembers(_ most: Int, _ body: (RawSpan) -> Void) {
    switch self {
    case .intset(let set) where most == 1 && !set.isEmpty:
      NumberText.withBytes(of: set[Int.random(in: 0..<set.count)], body)
    case .listpack(let pack) where most == 1:
      guard let place = pack.randomOffset() else { return }
      pack.element(at: place).withBytes(in: unsafe pack.bytes.span.bytes, body)
    case .table(let box):
      let table = box.content
      let bytes = table.bytes
      if most == 1 {
        if let record = table.randomRecord() { body(bytes.extracting(record.key)) }
        return
      }
      for record in table.randomRecords(most) { body(bytes.extracting(record.key)) }
    case .intset, .listpack:
      var sample = Sample(of: most, among: count)
      all { member in
        if sample.takesNext() { body(member) }
        return !sample.isDone
      }
    }
  }
}
