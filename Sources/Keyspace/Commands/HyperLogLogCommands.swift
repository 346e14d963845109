internal import Persistence

// HyperLogLogs. Source: hyperloglog.c of Redis 7.0.
extension Keyspace {
  static let hyperLogLogCommands: [(String, CommandHandler)] = [
    ("pfadd", { (k, a, r) throws(CommandError) in try k.pfadd(a, &r) }),
    ("pfcount", { (k, a, r) throws(CommandError) in try k.pfcount(a, &r) }),
    ("pfmerge", { (k, a, r) throws(CommandError) in try k.pfmerge(a, &r) }),
    ("pfdebug", { (k, a, r) throws(CommandError) in try k.pfdebug(a, &r) }),
  ]

  /// Where a HyperLogLog is; nil when there is no such key. Throws for a key of another type or content.
  private mutating func findHyperLogLog(
    _ key: RawSpan
  ) throws(CommandError) -> Database.Place? {
    guard let place = find(key) else { return nil }
    try databases[selected][place].withString { (bytes) throws(CommandError) in
      try HyperLogLog.check(bytes)
    }
    return place
  }

  /// Changes a HyperLogLog where it lies. What was changed before an error stays.
  private mutating func modifyHyperLogLog<R>(
    _ place: Database.Place, _ body: (inout HyperLogLog) throws(CommandError) -> R
  ) throws(CommandError) -> R {
    var sketch = try HyperLogLog(try takeString(place))
    defer { tryModify(place) { $0 = .buffer(sketch.bytes) } }
    return try body(&sketch)
  }

  private mutating func pfadd(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let limit = limits.sparseHyperLogLog
    func add(to sketch: inout HyperLogLog) throws(CommandError) -> Int {
      var changed = 0
      for index in 2..<max(2, arguments.count)
      where try sketch.add(arguments[index], limit: limit) { changed += 1 }
      return changed
    }
    let changed: Int
    if let place = try findHyperLogLog(arguments[1]) {
      changed = try modifyHyperLogLog(place) { (sketch) throws(CommandError) in
        let changed = try add(to: &sketch)
        if changed > 0 { sketch.invalidateCache() }
        return changed
      }
    } else {
      var sketch = HyperLogLog()
      changed = try add(to: &sketch) + 1
      sketch.invalidateCache()
      insert(arguments[1], .buffer(sketch.bytes))
    }
    changes += UInt64(changed)
    reply.integer(changed > 0 ? 1 : 0)
  }

  private mutating func pfcount(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count == 2 else {
      let (registers, _) = try merged(arguments, 1..<arguments.count)
      return reply.integer(HyperLogLog.estimate(registers))
    }
    guard let place = try findHyperLogLog(arguments[1]) else { return reply.integer(0) }
    let sketch = try HyperLogLog(try databases[selected][place].string())
    if let cached = sketch.cached { return reply.integer(cached) }
    let cardinality = try sketch.estimate()
    try modifyHyperLogLog(place) { $0.cache(cardinality) }
    changes += 1
    reply.integer(cardinality)
  }

  private mutating func pfmerge(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let limit = limits.sparseHyperLogLog
    let (registers, hasDense) = try merged(arguments, 1..<arguments.count)
    func merge(into sketch: inout HyperLogLog) throws(CommandError) {
      if hasDense { try sketch.makeDense() }
      for register in registers.indices where registers[register] > 0 {
        _ = try sketch.raise(register, to: registers[register], limit: limit)
      }
      sketch.invalidateCache()
    }
    // All of them have been looked for, and are HyperLogLogs.
    if let place = findUnnoticed(arguments[1]) {
      try modifyHyperLogLog(place) { (sketch) throws(CommandError) in try merge(into: &sketch) }
    } else {
      var sketch = HyperLogLog()
      try merge(into: &sketch)
      insert(arguments[1], .buffer(sketch.bytes))
    }
    changes += 1
    reply.ok()
  }

  /// The highest of each register of some keys, and whether one of them is dense.
  private mutating func merged(
    _ arguments: Arguments, _ places: Range<Int>
  ) throws(CommandError) -> (registers: [UInt8], hasDense: Bool) {
    var highest = [UInt8](repeating: 0, count: HyperLogLog.registers)
    var hasDense = false
    for index in places {
      guard let place = try findHyperLogLog(arguments[index]) else { continue }
      let sketch = try HyperLogLog(try databases[selected][place].string())
      if !sketch.isSparse { hasDense = true }
      try sketch.raise(&highest)
    }
    return (highest, hasDense)
  }

  private mutating func pfdebug(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = try findHyperLogLog(arguments[2]) else {
      throw .text("The specified key does not exist")
    }
    let sketch = try HyperLogLog(try databases[selected][place].string())
    if arguments.isWord("ENCODING", at: 1) {
      if sketch.isSparse { reply.simple("sparse") } else { reply.simple("dense") }
    } else if arguments.isWord("TODENSE", at: 1) {
      if sketch.isSparse { try modifyHyperLogLog(place, Self.makeDense) }
      changes += sketch.isSparse ? 1 : 0
      reply.integer(sketch.isSparse ? 1 : 0)
    } else if arguments.isWord("GETREG", at: 1) {
      var registers = [UInt8](repeating: 0, count: HyperLogLog.registers)
      try sketch.raise(&registers)
      if sketch.isSparse {
        try modifyHyperLogLog(place, Self.makeDense)
        changes += 1
      }
      reply.array(registers.count)
      for value in registers { reply.integer(Int(value)) }
    } else if arguments.isWord("DECODE", at: 1) {
      guard sketch.isSparse else { throw .text("HLL encoding is not sparse") }
      reply.bulk(sketch.runText)
    } else {
      throw .text("Unknown PFDEBUG subcommand '\(ByteString(arguments[1]))'")
    }
  }

  private static func makeDense(_ sketch: inout HyperLogLog) throws(CommandError) {
    try sketch.makeDense()
  }
}

extension HyperLogLog {
  /// The runs of the sparse form in words, as PFDEBUG DECODE tells them.
  fileprivate var runText: String {
    var words: [String] = []
    var place = Self.headerSize
    while let run = run(at: place) {
      if run.value > 0 {
        words.append("v:\(run.value),\(run.count)")
      } else {
        words.append(run.size == 1 ? "z:\(run.count)" : "Z:\(run.count)")
      }
      place += run.size
    }
    return words.joined(separator: " ")
  }
}
