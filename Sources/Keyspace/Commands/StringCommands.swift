internal import Persistence

// Strings. Source: t_string.c of Redis 7.0, and of Valkey 9 for what only that has.
extension Keyspace {
  static let stringCommands: [(String, CommandHandler)] = [
    ("set", { (k, a, r) throws(CommandError) in try k.setCommand(a, &r) }),
    ("setnx", { (k, a, r) throws(CommandError) in try k.setnx(a, &r) }),
    ("setex", { (k, a, r) throws(CommandError) in try k.setex(a, &r, .seconds, "setex") }),
    ("psetex", { (k, a, r) throws(CommandError) in try k.setex(a, &r, .milliseconds, "psetex") }),
    ("get", { (k, a, r) throws(CommandError) in try k.get(a, &r) }),
    ("getset", { (k, a, r) throws(CommandError) in try k.getset(a, &r) }),
    ("getdel", { (k, a, r) throws(CommandError) in try k.getdel(a, &r) }),
    ("getex", { (k, a, r) throws(CommandError) in try k.getex(a, &r) }),
    ("mget", { (k, a, r) throws(CommandError) in k.mget(a, &r) }),
    ("mset", { (k, a, r) throws(CommandError) in try k.mset(a, &r) }),
    ("msetnx", { (k, a, r) throws(CommandError) in try k.msetnx(a, &r) }),
    ("msetex", { (k, a, r) throws(CommandError) in try k.msetex(a, &r) }),
    ("strlen", { (k, a, r) throws(CommandError) in try k.strlen(a, &r) }),
    ("append", { (k, a, r) throws(CommandError) in try k.append(a, &r) }),
    ("setrange", { (k, a, r) throws(CommandError) in try k.setrange(a, &r) }),
    ("getrange", { (k, a, r) throws(CommandError) in try k.getrange(a, &r) }),
    ("substr", { (k, a, r) throws(CommandError) in try k.getrange(a, &r) }),
    ("incr", { (k, a, r) throws(CommandError) in try k.increment(a, by: 1, &r) }),
    ("decr", { (k, a, r) throws(CommandError) in try k.increment(a, by: -1, &r) }),
    ("incrby", { (k, a, r) throws(CommandError) in try k.increment(a, by: a.integer(at: 2), &r) }),
    ("decrby", { (k, a, r) throws(CommandError) in try k.decrby(a, &r) }),
    ("incrbyfloat", { (k, a, r) throws(CommandError) in try k.incrbyfloat(a, &r) }),
    ("delifeq", { (k, a, r) throws(CommandError) in try k.delifeq(a, &r) }),
    ("lcs", { (k, a, r) throws(CommandError) in try k.lcs(a, &r) }),
  ]

  // MARK: SET and its relatives

  private mutating func setCommand(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    if arguments.count == 3 {
      set(arguments[1], string: arguments[2])
      changes += 1
      return reply.ok()
    }
    let options = try StringOptions.set(arguments, from: 3)
    var expiry: Int64?
    if case .at(let index, let unit, let isRelative) = options.expiry {
      expiry = try self.expiry(
        arguments, at: index, unit, isRelative: isRelative, command: "set")
    }
    let place = find(arguments[1])
    if options.wantsOld { try replyString(place, &reply) }
    let isRefused =
      (options.onlyIfAbsent && place != nil) || (options.onlyIfPresent && place == nil)
    var differs = false
    if let index = options.onlyIfEqual {
      differs =
        try place.map { (place) throws(CommandError) in
          try database[place].withString { !$0.isEqual(to: arguments[index]) }
        } ?? true
    }
    if isRefused || differs {
      if !options.wantsOld { reply.null() }
      return
    }
    let entry = Keyspace.entry(arguments[1], string: arguments[2])
    if case .keep = options.expiry, let place { entry.expiresAt = database[place].expiresAt }
    if let expiry { entry.expiresAt = expiry }
    databases[selected].set(entry)
    changes += 1
    if !options.wantsOld { reply.ok() }
  }

  private mutating func setnx(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard find(arguments[1]) == nil else { return reply.integer(0) }
    set(arguments[1], string: arguments[2])
    changes += 1
    reply.integer(1)
  }

  private mutating func setex(
    _ arguments: Arguments, _ reply: inout ReplyWriter, _ unit: TimeUnit, _ command: String
  ) throws(CommandError) {
    let entry = Keyspace.entry(arguments[1], string: arguments[3])
    entry.expiresAt = try expiry(arguments, at: 2, unit, isRelative: true, command: command)
    databases[selected].set(entry)
    changes += 1
    reply.ok()
  }

  private mutating func mset(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count % 2 == 1 else { throw .wrongArity("mset") }
    setAll(arguments)
    reply.ok()
  }

  private mutating func msetnx(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count % 2 == 1 else { throw .wrongArity("msetnx") }
    for index in stride(from: 1, to: arguments.count, by: 2)
    where find(arguments[index]) != nil { return reply.integer(0) }
    setAll(arguments)
    reply.integer(1)
  }

  /// Source: t_string.c of Valkey 9.1.
  private mutating func msetex(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let count = try arguments.integer(at: 1, or: .text("invalid numkeys value"))
    guard count > 0, count <= Int64(Int32.max) else { throw .text("invalid numkeys value") }
    let end = 2 + 2 * Int(count)
    guard end <= arguments.count else { throw .wrongArity("msetex") }
    let options = try StringOptions.set(arguments, from: end)
    guard !options.wantsOld, options.onlyIfEqual == nil else { throw .syntax }
    var expiry: Int64?
    if case .at(let index, let unit, let isRelative) = options.expiry {
      expiry = try self.expiry(
        arguments, at: index, unit, isRelative: isRelative, command: "msetex")
    }
    for index in stride(from: 2, to: end, by: 2) {
      let isThere = find(arguments[index]) != nil
      guard !(options.onlyIfAbsent && isThere), !(options.onlyIfPresent && !isThere) else {
        return reply.integer(0)
      }
    }
    for index in stride(from: 2, to: end, by: 2) {
      let entry = Keyspace.entry(arguments[index], string: arguments[index + 1])
      if case .keep = options.expiry, let place = find(arguments[index]) {
        entry.expiresAt = database[place].expiresAt
      }
      if let expiry { entry.expiresAt = expiry }
      databases[selected].set(entry)
      changes += 1
    }
    reply.integer(1)
  }

  private mutating func setAll(_ arguments: Arguments) {
    for index in stride(from: 1, to: arguments.count, by: 2) {
      set(arguments[index], string: arguments[index + 1])
      changes += 1
    }
  }

  // MARK: Reading

  /// Replies with a string, or with null where there is none. Throws `wrongType`.
  func replyString(
    _ place: Database.Place?, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place else { return reply.null() }
    let entry = databases[selected][place]
    guard entry.value.isString else { throw .wrongType }
    if reply.isSilent { return }
    switch entry.value {
    case .text: reply.bulk(entry.text)
    case .integer(let number): reply.bulk(number)
    case .buffer(let bytes): reply.bulk(bytes)
    default: break
    }
  }

  private mutating func get(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    try replyString(find(arguments[1]), &reply)
  }

  private mutating func getset(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    try replyString(find(arguments[1]), &reply)
    set(arguments[1], string: arguments[2])
    changes += 1
  }

  private mutating func getdel(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let place = find(arguments[1])
    try replyString(place, &reply)
    guard let place else { return }
    databases[selected].remove(at: place)
    changes += 1
  }

  private mutating func getex(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try StringOptions.getex(arguments)
    let place = find(arguments[1])
    guard let place else { return reply.null() }
    guard database[place].value.isString else { throw .wrongType }
    switch options.expiry {
    case .at(let index, let unit, let isRelative):
      let time = try expiry(arguments, at: index, unit, isRelative: isRelative, command: "getex")
      try replyString(place, &reply)
      if options.isAbsolute, hasPassed(time) {
        databases[selected].remove(at: place)
      } else {
        databases[selected].setExpiry(time, at: place)
      }
      changes += 1
    case .persist:
      try replyString(place, &reply)
      if database[place].hasExpiry {
        databases[selected].setExpiry(Entry.never, at: place)
        changes += 1
      }
    case .none, .keep: try replyString(place, &reply)
    }
  }

  private mutating func mget(_ arguments: Arguments, _ reply: inout ReplyWriter) {
    reply.array(arguments.count - 1)
    for index in 1..<arguments.count {
      let place = find(arguments[index])
      do throws(CommandError) { try replyString(place, &reply) } catch { reply.null() }
    }
  }

  private mutating func strlen(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let entry = entry(arguments[1])
    reply.integer(try entry?.withString { $0.byteCount } ?? 0)
  }

  private mutating func getrange(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    var start = try arguments.integer(at: 2)
    var end = try arguments.integer(at: 3)
    guard let entry = entry(arguments[1]) else { return reply.bulk([]) }
    try entry.withString { (bytes) throws(CommandError) in
      let count = Int64(bytes.byteCount)
      if start < 0, end < 0, start > end { return reply.bulk([]) }
      start = max(start < 0 ? count + start : start, 0)
      end = min(max(end < 0 ? count + end : end, 0), count - 1)
      guard start <= end, count > 0 else { return reply.bulk([]) }
      reply.bulk(bytes.extracting(Int(start)..<Int(end + 1)))
    }
  }

  // MARK: Changing

  private mutating func append(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let added = arguments[2]
    guard let place = find(arguments[1]) else {
      set(arguments[1], string: added)
      changes += 1
      return reply.integer(added.byteCount)
    }
    let old = try database[place].withString { $0.byteCount }
    try checkStringSize(Int64(old), added.byteCount)
    var bytes = try takeString(place)
    unsafe added.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    let count = bytes.count
    put(bytes, at: place)
    reply.integer(count)
  }

  private mutating func setrange(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let offset = try arguments.integer(at: 2)
    guard offset >= 0 else { throw .text("offset is out of range") }
    let added = arguments[3]
    let place = find(arguments[1])
    guard added.byteCount > 0 else {
      let count = try place.map { (place) throws(CommandError) in
        try database[place].withString { $0.byteCount }
      }
      return reply.integer(count ?? 0)
    }
    if let place { try database[place].withString { _ in } }
    try checkStringSize(offset, added.byteCount)
    var bytes: [UInt8] = []
    if let place { bytes = try takeString(place) }
    let end = Int(offset) + added.byteCount
    if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
    unsafe added.withUnsafeBytes { source in
      unsafe bytes.withUnsafeMutableBytes { target in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[Int(offset)..<end])
          .copyMemory(from: source)
      }
    }
    let count = bytes.count
    if let place {
      put(bytes, at: place)
    } else {
      insert(arguments[1], .buffer(bytes))
      changes += 1
    }
    reply.integer(count)
  }

  private mutating func delifeq(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = find(arguments[1]) else { return reply.integer(0) }
    let isEqual = try database[place].withString { $0.isEqual(to: arguments[2]) }
    if isEqual {
      databases[selected].remove(at: place)
      changes += 1
    }
    reply.integer(isEqual ? 1 : 0)
  }
}

extension RawSpan {
  /// Whether the bytes are those of another span.
  func isEqual(to other: RawSpan) -> Bool {
    byteCount == other.byteCount && isEqual(at: 0, other)
  }
}
