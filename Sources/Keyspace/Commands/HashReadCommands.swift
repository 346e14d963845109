internal import Persistence

// What reads hashes. Source: t_hash.c of Redis 7.0.
extension Keyspace {
  static let hashReadCommands: [(String, CommandHandler)] = [
    ("hget", { (k, a, r) throws(CommandError) in try k.hget(a, &r) }),
    ("hmget", { (k, a, r) throws(CommandError) in try k.hmget(a, &r) }),
    ("hgetall", { (k, a, r) throws(CommandError) in try k.hgetall(a, &r) }),
    ("hkeys", { (k, a, r) throws(CommandError) in try k.hkeys(a, wantsValues: false, &r) }),
    ("hvals", { (k, a, r) throws(CommandError) in try k.hkeys(a, wantsValues: true, &r) }),
    ("hlen", { (k, a, r) throws(CommandError) in r.integer(try k.hash(a[1])?.count ?? 0) }),
    ("hexists", { (k, a, r) throws(CommandError) in try k.hexists(a, &r) }),
    ("hstrlen", { (k, a, r) throws(CommandError) in try k.hstrlen(a, &r) }),
    ("hrandfield", { (k, a, r) throws(CommandError) in try k.hrandfield(a, &r) }),
    ("hscan", { (k, a, r) throws(CommandError) in try k.hscan(a, &r) }),
  ]

  private mutating func hget(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    reply.value(of: arguments[2], in: try hash(arguments[1]))
  }

  private mutating func hmget(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let hash = try hash(arguments[1])
    if reply.isSilent { return }
    reply.array(arguments.count - 2)
    for index in 2..<arguments.count { reply.value(of: arguments[index], in: hash) }
  }

  private mutating func hgetall(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let hash = try hash(arguments[1])
    if reply.isSilent { return }
    reply.map(hash?.count ?? 0)
    hash?.content.all { field, value in
      reply.bulk(field)
      reply.bulk(value)
      return true
    }
  }

  private mutating func hkeys(
    _ arguments: Arguments, wantsValues: Bool, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let hash = try hash(arguments[1])
    if reply.isSilent { return }
    reply.array(hash?.count ?? 0)
    hash?.content.all { field, value in
      reply.bulk(wantsValues ? value : field)
      return true
    }
  }

  private mutating func hexists(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let isThere = try hash(arguments[1])?.content.contains(arguments[2]) ?? false
    reply.integer(isThere ? 1 : 0)
  }

  private mutating func hstrlen(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    reply.integer(
      try hash(arguments[1])?.content.withValue(of: arguments[2]) { $0.byteCount } ?? 0)
  }

  // MARK: Random fields

  private mutating func hrandfield(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count > 2 else {
      guard let content = try hash(arguments[1])?.content else { return reply.null() }
      return content.forRandomFields(1) { field, _ in reply.bulk(field) }
    }
    let count = try arguments.drawCount(at: 2)
    let wantsValues = arguments.count == 4 && arguments.isWord("WITHVALUES", at: 3)
    guard arguments.count == 3 || wantsValues else { throw .syntax }
    if wantsValues, count < -Int64.max / 2 || count > Int64.max / 2 {
      throw .text("value is out of range")
    }
    guard let content = try hash(arguments[1])?.content, count != 0 else { return reply.array(0) }
    if reply.isSilent { return }
    let number = try Self.checkedDraws(count, among: content.count)
    let isFlat = wantsValues && reply.form != .resp3
    reply.array(isFlat ? 2 * number : number)
    func write(_ field: RawSpan, _ value: RawSpan) {
      if wantsValues, !isFlat { reply.array(2) }
      reply.bulk(field)
      if wantsValues { reply.bulk(value) }
    }
    if count > 0 {
      content.forRandomFields(number, write)
    } else {
      for _ in 0..<number { content.forRandomFields(1, write) }
    }
  }

  /// How many elements a command tells that draws so many: with a sign, some of them perhaps more than once.
  /// Throws for more than anyone can want to be told.
  static func checkedDraws(_ count: Int64, among elements: Int) throws(CommandError) -> Int {
    if count >= 0 { return Int(min(count, Int64(elements))) }
    guard count >= -10_000_000 else { throw .text("value is out of range") }
    return Int(-count)
  }

  // MARK: HSCAN

  private mutating func hscan(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let cursor = try ScanOptions.cursor(arguments[2])
    guard let content = try hash(arguments[1])?.content else { return reply.emptyScan() }
    let options = try ScanOptions(arguments, from: 3, allowsNoValues: true)
    if reply.isSilent { return }
    switch content {
    case .listpack:
      reply.array(2)
      reply.bulk("0")
      reply.beginArray()
      var told = 0
      content.all { field, value in
        if options.matches(field) {
          reply.bulk(field)
          if options.wantsValues { reply.bulk(value) }
          told += options.wantsValues ? 2 : 1
        }
        return true
      }
      reply.endArray(told)
    case .table(let box):
      let table = box.content
      let bytes = table.bytes
      let (next, found) = table.matches(options, from: cursor)
      reply.array(2)
      reply.bulk(String(next))
      reply.array(options.wantsValues ? 2 * found.count : found.count)
      for record in found {
        reply.bulk(bytes.extracting(record.key))
        if options.wantsValues { reply.bulk(bytes.extracting(record.value)) }
      }
    }
  }
}

extension HashFields {
  /// Calls `body` with so many different fields and their values, at most all of them.
  fileprivate func forRandomFields(_ most: Int, _ body: (RawSpan, RawSpan) -> Void) {
    switch self {
    case .listpack(let pack) where most == 1:
      guard let place = pack.randomOffset(step: 2) else { return }
      let blob = unsafe pack.bytes.span.bytes
      let (field, next) = pack.elementAndNext(at: place)
      field.withBytes(in: blob) { field in
        pack.element(at: next).withBytes(in: blob) { body(field, $0) }
      }
    case .listpack:
      var sample = Sample(of: most, among: count)
      all { field, value in
        if sample.takesNext() { body(field, value) }
        return !sample.isDone
      }
    case .table(let box):
      let table = box.content
      let bytes = table.bytes
      for record in table.randomRecords(most) {
        body(bytes.extracting(record.key), bytes.extracting(record.value))
      }
    }
  }
}

extension PackedTable {
  /// A part of the table, as ``scan(from:count:_:)`` tells it, and the next cursor.
  func matches(_ options: Keyspace.ScanOptions, from cursor: UInt64) -> (UInt64, [Record]) {
    var found: [Record] = []
    let next = scan(from: cursor, count: options.count) { record in
      if options.matches(bytes.extracting(record.key)) { found.append(record) }
    }
    return (next, found)
  }
}

extension Arguments {
  /// How many elements are to be drawn: any number but the lowest.
  func drawCount(at index: Int) throws(CommandError) -> Int64 {
    let count = try integer(at: index)
    guard count != .min else {
      throw .text("value is out of range, value must between \(-Int64.max) and \(Int64.max)")
    }
    return count
  }
}

extension ReplyWriter {
  /// The value of a field; null where it is not there.
  mutating func value(of field: RawSpan, in hash: HashValue?) {
    if isSilent { return }
    if hash?.content.withValue(of: field, { bulk($0) }) == nil { null() }
  }

  /// The reply to a scan of what is not there.
  mutating func emptyScan() {
    array(2)
    bulk("0")
    array(0)
  }
}
