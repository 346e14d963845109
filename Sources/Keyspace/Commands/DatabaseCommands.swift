internal import Persistence

// Commands on databases and the keys in them. Source: db.c of Redis 7.0.
extension Keyspace {
  static let databaseCommands: [(String, CommandHandler)] = [
    ("select", { (k, a, r) throws(CommandError) in try k.selectCommand(a, &r) }),
    ("swapdb", { (k, a, r) throws(CommandError) in try k.swapdb(a, &r) }),
    ("flushdb", { (k, a, r) throws(CommandError) in try k.flush(a, all: false, &r) }),
    ("flushall", { (k, a, r) throws(CommandError) in try k.flush(a, all: true, &r) }),
    ("dbsize", { (k, _, r) throws(CommandError) in r.integer(k.database.count) }),
    ("keys", { (k, a, r) throws(CommandError) in k.keys(a, &r) }),
    ("scan", { (k, a, r) throws(CommandError) in try k.scan(a, &r) }),
    ("randomkey", { (k, _, r) throws(CommandError) in k.randomkey(&r) }),
  ]

  private mutating func selectCommand(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard select(try arguments.int32(at: 1)) else { throw .text("DB index is out of range") }
    reply.ok()
  }

  private mutating func swapdb(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let first = try arguments.int32(at: 1, or: .text("invalid first DB index"))
    let second = try arguments.int32(at: 2, or: .text("invalid second DB index"))
    let all = 0..<databaseLimit
    guard all.contains(first), all.contains(second) else {
      throw .text("DB index is out of range")
    }
    while databases.count <= max(first, second) { databases.append(Database()) }
    databases.swapAt(first, second)
    changes += 1
    reply.ok()
  }

  private mutating func flush(
    _ arguments: Arguments, all: Bool, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let isPlain =
      arguments.count == 1
      || (arguments.count == 2
        && (arguments.isWord("SYNC", at: 1) || arguments.isWord("ASYNC", at: 1)))
    guard isPlain else { throw .syntax }
    if all {
      for index in databases.indices { databases[index].removeAll() }
    } else {
      databases[selected].removeAll()
    }
    changes += 1
    reply.ok()
  }

  private mutating func keys(_ arguments: Arguments, _ reply: inout ReplyWriter) {
    let glob = Glob(arguments[1])
    var count = 0
    reply.beginArray()
    database.forEach { entry in
      if glob.matches(entry.key), !isOver(entry) {
        reply.bulk(entry.key)
        count += 1
      }
    }
    reply.endArray(count)
  }

  /// What a SCAN over keys or elements asks for.
  struct ScanOptions {
    var glob: Glob?
    var count = 10
    var type: [UInt8]?
    /// Whether HSCAN is to tell values, too.
    var wantsValues = true

    init(
      _ arguments: Arguments, from start: Int, allowsType: Bool = false,
      allowsNoValues: Bool = false
    ) throws(CommandError) {
      var index = start
      while index < arguments.count {
        if allowsNoValues, arguments.isWord("NOVALUES", at: index) {
          wantsValues = false
          index += 1
          continue
        }
        guard index + 1 < arguments.count else { throw .syntax }
        if arguments.isWord("COUNT", at: index) {
          let number = try arguments.integer(at: index + 1)
          guard number >= 1 else { throw .syntax }
          count = Int(number)
        } else if arguments.isWord("MATCH", at: index) {
          glob = Glob(arguments[index + 1])
        } else if allowsType, arguments.isWord("TYPE", at: index) {
          type = arguments.copy(index + 1)
        } else {
          throw .syntax
        }
        index += 2
      }
    }

    func matches(_ bytes: RawSpan) -> Bool { glob?.matches(bytes) ?? true }

    /// The cursor that a text is, as C's `strtoul` reads it. Throws for what it does not read to the end.
    static func cursor(_ text: RawSpan) throws(CommandError) -> UInt64 {
      var offset = 0
      var isNegative = false
      if text.byteCount > 0 {
        isNegative = text.byte(at: 0) == UInt8(ascii: "-")
        if isNegative || text.byte(at: 0) == UInt8(ascii: "+") { offset = 1 }
      }
      let first = offset
      var value: UInt64 = 0
      while offset < text.byteCount, text.byte(at: offset) &- UInt8(ascii: "0") <= 9 {
        let (product, overflow1) = value.multipliedReportingOverflow(by: 10)
        let digit = UInt64(text.byte(at: offset) &- UInt8(ascii: "0"))
        let (sum, overflow2) = product.addingReportingOverflow(digit)
        guard !overflow1, !overflow2 else { throw .text("invalid cursor") }
        value = sum
        offset += 1
      }
      let isWhole = offset == text.byteCount || text.byte(at: offset) == 0
      guard isWhole, offset > first || first == 0 else { throw .text("invalid cursor") }
      return isNegative ? 0 &- value : value
    }
  }

  /// The cursor is the number of the next slot to look at: a slot is told as a whole.
  private mutating func scan(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let cursor = try ScanOptions.cursor(arguments[1])
    let options = try ScanOptions(arguments, from: 2, allowsType: true)
    var slot = Int(clamping: cursor)
    var looked = 0
    var found: [Entry] = []
    let end = database.slots.upperBound
    while slot < end, looked < options.count {
      for place in database.table(of: slot).slots {
        guard let entry = place.entry else { continue }
        looked += 1
        if options.matches(entry.key), !isOver(entry),
          options.type.map({ $0 == Array(entry.value.type.rawValue.utf8) }) ?? true
        {
          found.append(entry)
        }
      }
      slot += 1
    }
    reply.array(2)
    reply.bulk(Int64(slot < end ? slot : 0))
    reply.array(found.count)
    for entry in found { reply.bulk(entry.key) }
  }

  private mutating func randomkey(_ reply: inout ReplyWriter) {
    // A key that has expired is no answer; a dataset of nothing else ends the search.
    for _ in 0..<100 where !database.isEmpty {
      guard let entry = database.randomEntry() else { break }
      if !isOver(entry) { return reply.bulk(entry.key) }
    }
    reply.null()
  }
}

extension Database {
  /// Some entry; nil without any.
  func randomEntry() -> Entry? {
    guard !isEmpty else { return nil }
    while true {
      let table = table(of: Int.random(in: 0..<HashSlot.count))
      guard table.count > 0 else { continue }
      while true {
        if let entry = table.slots.randomElement()?.entry { return entry }
      }
    }
  }
}
