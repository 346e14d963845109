internal import Persistence

// Sorted sets from which members are taken, at random or from an end. Source: t_zset.c of Redis 7.0.
extension Keyspace {
  static let sortedSetPopCommands: [(String, CommandHandler)] = [
    ("zpopmin", { (k, a, r) throws(CommandError) in try k.zpop(a, .min, &r) }),
    ("zpopmax", { (k, a, r) throws(CommandError) in try k.zpop(a, .max, &r) }),
    ("zmpop", { (k, a, r) throws(CommandError) in try k.zmpop(a, from: 1, timeout: nil, &r) }),
    ("bzpopmin", { (k, a, r) throws(CommandError) in try k.bzpop(a, .min, &r) }),
    ("bzpopmax", { (k, a, r) throws(CommandError) in try k.bzpop(a, .max, &r) }),
    ("bzmpop", { (k, a, r) throws(CommandError) in try k.zmpop(a, from: 2, timeout: 1, &r) }),
  ]

  /// The end from which members are taken.
  private enum PopEnd {
    case min
    case max
  }

  /// How members that were taken are told in RESP 2.
  private enum PopReply {
    /// Members and scores in turn; in RESP 3, pairs if the flag is set.
    case flat(pairs: Bool)
    /// The same behind the key.
    case keyFirst
    /// The key, and an array of pairs.
    case keyAndPairs
  }

  /// Takes members from the first of some keys that is there.
  ///
  /// - `keys`: the arguments that they are.
  /// - Returns: false when none of them is there.
  private mutating func pop(
    _ arguments: Arguments, _ keys: Range<Int>, _ end: PopEnd, count: Int64, _ form: PopReply,
    _ reply: inout ReplyWriter
  ) throws(CommandError) -> Bool {
    for key in keys {
      guard let place = find(arguments[key]) else { continue }
      let size = try sortedSet(at: place).count
      let number = Int(Swift.min(Int64(size), count))
      let ranks = end == .min ? 0..<number : (size - number)..<size
      var isNested = reply.form == .resp3
      switch form {
      case .flat(let pairs):
        isNested = isNested && pairs
        reply.array(isNested ? number : 2 * number)
      case .keyFirst:
        isNested = false
        reply.array(2 * number + 1)
        reply.bulk(arguments[key])
      case .keyAndPairs:
        isNested = true
        reply.array(2)
        reply.bulk(arguments[key])
        reply.array(number)
      }
      if !reply.isSilent {
        try sortedSet(at: place).forEach(ranks, reversed: end == .max) { member, score in
          if isNested { reply.array(2) }
          reply.bulk(member)
          reply.double(score)
        }
      }
      try modifySortedSet(place) { (set) throws(CommandError) in set.remove(ranks) }
      changes += UInt64(number)
      return true
    }
    return false
  }

  private mutating func zpop(
    _ arguments: Arguments, _ end: PopEnd, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count <= 3 else { throw .syntax }
    var count: Int64 = 1
    if arguments.count == 3 {
      let negative = CommandError.text("value is out of range, must be positive")
      count = try arguments.integer(at: 2, or: negative)
      guard count >= 0 else { throw negative }
    }
    let form = PopReply.flat(pairs: arguments.count == 3)
    if !(try pop(arguments, 1..<2, end, count: count, form, &reply)) { reply.array(0) }
  }

  private mutating func zmpop(
    _ arguments: Arguments, from first: Int, timeout: Int?, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let keys = try arguments.integer(at: first, or: .text("numkeys should be greater than 0"))
    guard keys > 0 else { throw .text("numkeys should be greater than 0") }
    guard keys < arguments.count - first - 1 else { throw .syntax }
    var index = first + 1 + Int(keys)
    let end: PopEnd
    if arguments.isWord("MIN", at: index) {
      end = .min
    } else if arguments.isWord("MAX", at: index) {
      end = .max
    } else {
      throw .syntax
    }
    var count: Int64?
    index += 1
    while index < arguments.count {
      guard count == nil, arguments.isWord("COUNT", at: index), index + 1 < arguments.count else {
        throw .syntax
      }
      let number = try arguments.integer(
        at: index + 1, or: .text("count should be greater than 0"))
      guard number > 0 else { throw .text("count should be greater than 0") }
      count = number
      index += 2
    }
    if let timeout { try arguments.checkTimeout(at: timeout) }
    let range = (first + 1)..<(first + 1 + Int(keys))
    if !(try pop(arguments, range, end, count: count ?? 1, .keyAndPairs, &reply)) {
      reply.nullArray()
    }
  }

  // MARK: Those that would wait

  private mutating func bzpop(
    _ arguments: Arguments, _ end: PopEnd, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    try arguments.checkTimeout(at: arguments.count - 1)
    if !(try pop(arguments, 1..<(arguments.count - 1), end, count: 1, .keyFirst, &reply)) {
      reply.nullArray()
    }
  }

  // MARK: At random

  /// More members than this are not drawn at once: a negative count may ask for any number of them.
  private static var mostDrawn: Int64 { 1 << 24 }

  mutating func zrandmember(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard arguments.count > 2 else {
      guard let set = try sortedSet(arguments[1]), !set.isEmpty else { return reply.null() }
      let rank = Int.random(in: 0..<set.count)
      set.forEach(rank..<(rank + 1)) { member, _ in reply.bulk(member) }
      return
    }
    let count = try arguments.integer(at: 2)
    guard count > -Int64.max else { throw Self.outOfRange }
    let wantsScores = arguments.count > 3
    if arguments.count > 4 || (wantsScores && !arguments.isWord("WITHSCORES", at: 3)) {
      throw .syntax
    }
    if wantsScores, abs(count) > Int64.max / 2 { throw Self.outOfRange }
    guard let set = try sortedSet(arguments[1]), count != 0 else { return reply.array(0) }
    if reply.isSilent { return }
    guard count >= -Self.mostDrawn else { throw Self.outOfRange }
    let number = count < 0 ? Int(-count) : Int(min(count, Int64(set.count)))
    let isNested = wantsScores && reply.form == .resp3
    reply.array(wantsScores && !isNested ? 2 * number : number)
    let tell = { (member: RawSpan, score: Double, reply: inout ReplyWriter) in
      if isNested { reply.array(2) }
      reply.bulk(member)
      if wantsScores { reply.double(score) }
    }
    guard count > 0 else {
      for _ in 0..<number {
        let rank = Int.random(in: 0..<set.count)
        set.forEach(rank..<(rank + 1)) { tell($0, $1, &reply) }
      }
      return
    }
    // Each of them once: of those that are left, one in so many that are still wanted.
    var wanted = number
    var left = set.count
    set.walk(0..<set.count) { member, score in
      if Int.random(in: 0..<left) < wanted {
        tell(member, score, &reply)
        wanted -= 1
      }
      left -= 1
      return wanted > 0
    }
  }

  private static var outOfRange: CommandError { .text("value is out of range") }

  mutating func zscan(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let cursor = try ScanOptions.cursor(arguments[2])
    guard let set = try sortedSet(arguments[1]) else {
      reply.array(2)
      reply.bulk("0")
      return reply.array(0)
    }
    let options = try ScanOptions(arguments, from: 3)
    if reply.isSilent { return }
    var found = 0
    let isSmall = set.isSmall
    var members = ReplyWriter(reply.form)
    var next = cursor
    var looked = 0
    repeat {
      next = set.scan(next) { member, score in
        looked += 1
        guard options.matches(member) else { return }
        found += 1
        members.bulk(member)
        members.bulk(isSmall ? ScoreText.element(score) : ScoreText.reply(score))
      }
    } while next != 0 && looked < options.count
    reply.array(2)
    reply.bulk(String(next))
    reply.array(2 * found)
    reply.buffer.append(members.buffer)
  }
}
