internal import Persistence

// Lists: reading, and changing inside. Source: t_list.c of Redis 7.0.
extension Keyspace {
  mutating func llen(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    reply.integer(try list(find(arguments[1]))?.count ?? 0)
  }

  mutating func lindex(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let list = try list(find(arguments[1])) else { return reply.null() }
    guard let index = Self.index(try arguments.integer(at: 2), count: list.count) else {
      return reply.null()
    }
    reply.elements(of: list, from: index, 1)
  }

  /// The number of an element that an index names, which counts from the end when it is negative; nil when
  /// there is none.
  private static func index(_ index: Int64, count: Int) -> Int? {
    let number = index < 0 ? index + Int64(count) : index
    return number >= 0 && number < Int64(count) ? Int(number) : nil
  }

  /// The elements that the indexes of a first and a last one name.
  private static func range(_ first: Int64, _ last: Int64, count: Int) -> Range<Int> {
    let length = Int64(count)
    let start = max(first < 0 ? first + length : first, 0)
    let end = min(last < 0 ? last + length : last, length - 1)
    return start <= end ? Int(start)..<Int(end + 1) : 0..<0
  }

  mutating func lset(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    guard let place = find(arguments[1]) else { throw .noSuchKey }
    let count = try list(place)?.count ?? 0
    var wanted = try arguments.integer(at: 2)
    if semantics.truncatesIndexes { wanted = Int64(Int32(truncatingIfNeeded: wanted)) }
    guard let index = Self.index(wanted, count: count) else { throw .indexOutOfRange }
    let limit = limits.listNodeSize
    try modifyList(place) { list in
      list.replace(at: list.place(of: index), with: arguments[3], limit: limit)
    }
    changes += 1
    reply.ok()
  }

  mutating func linsert(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let isAfter = arguments.isWord("AFTER", at: 2)
    guard isAfter || arguments.isWord("BEFORE", at: 2) else { throw .syntax }
    guard let place = find(arguments[1]) else { return reply.integer(0) }
    let limit = limits.listNodeSize
    let length = try modifyList(place) { list -> Int in
      let pattern = ElementPattern(arguments[3])
      guard var target = list.find(pattern, at: list.place(of: 0)) else { return -1 }
      if isAfter { target.offset = list.node(target.node).next(after: target.offset) }
      list.insert(arguments[4], at: target, limit: limit)
      return list.count
    }
    if length > 0 { changes += 1 }
    reply.integer(length)
  }

  mutating func lrange(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let first = try arguments.integer(at: 2)
    let last = try arguments.integer(at: 3)
    guard let list = try list(find(arguments[1])) else { return reply.array(0) }
    let range = Self.range(first, last, count: list.count)
    reply.array(range.count)
    reply.elements(of: list, from: range.lowerBound, range.count)
  }

  mutating func ltrim(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let first = try arguments.integer(at: 2)
    let last = try arguments.integer(at: 3)
    guard let place = find(arguments[1]) else { return reply.ok() }
    let limit = limits.listNodeSize
    let removed = try shrinkList(place) { list in
      let count = list.count
      let kept = Self.range(first, last, count: count)
      if kept.isEmpty {
        list = ListValue()
      } else {
        list.remove(from: kept.upperBound, count: count - kept.upperBound, limit: limit)
        list.remove(from: 0, count: kept.lowerBound, limit: limit)
      }
      return count - kept.count
    }
    changes += UInt64(removed)
    // It is told even when nothing was removed.
    note(.list, "ltrim", arguments[1])
    noteIfGone(arguments[1])
    reply.ok()
  }

  mutating func lrem(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let count = try arguments.integer(at: 2)
    guard let place = find(arguments[1]) else { return reply.integer(0) }
    let limit = limits.listNodeSize
    let removed = try shrinkList(place) { list in
      list.removeAll(
        arguments[3], most: UInt(count.magnitude), backwards: count < 0, limit: limit)
    }
    changes += UInt64(removed)
    reply.integer(removed)
  }

  mutating func lpos(
    _ arguments: Arguments, _ reply: inout ReplyWriter
  ) throws(CommandError) {
    let options = try PositionOptions(arguments)
    guard let list = try list(find(arguments[1])) else {
      return options.count == nil ? reply.null() : reply.array(0)
    }
    if reply.isSilent { return }
    let length = list.count
    let pattern = ElementPattern(arguments[2])
    let backwards = options.rank < 0
    var compared: Int64 = 0
    var matches: UInt64 = 0
    var found: [Int] = []
    list.scan(from: backwards ? length - 1 : 0, backwards: backwards) { element, blob, _ in
      guard options.most == 0 || compared < options.most else { return false }
      if pattern.matches(element, in: blob) {
        matches += 1
        if matches >= options.rank.magnitude {
          found.append(backwards ? length - 1 - Int(compared) : Int(compared))
          let wanted = options.count ?? 1
          if wanted > 0, found.count >= wanted { return false }
        }
      }
      compared += 1
      return true
    }
    if options.count != nil {
      reply.array(found.count)
      for index in found { reply.integer(index) }
    } else if let index = found.first {
      reply.integer(index)
    } else {
      reply.null()
    }
  }
}

/// The options of LPOS.
private struct PositionOptions {
  /// Which match is the first to tell; negative from the end.
  var rank: Int64 = 1
  /// How many matches to tell, 0 for all; nil for one that is no array.
  var count: Int64?
  /// How many elements to compare; 0 for all.
  var most: Int64 = 0

  init(_ arguments: Arguments) throws(CommandError) {
    var index = 3
    while index < arguments.count {
      guard index + 1 < arguments.count else { throw .syntax }
      if arguments.isWord("RANK", at: index) {
        // The lowest number has no magnitude, and a server comes to take it for the last match.
        let number = try arguments.integer(at: index + 1)
        rank = number == .min ? -1 : number
        guard rank != 0 else {
          throw .text(
            "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use "
              + "negative to start from the end of the list")
        }
      } else if arguments.isWord("COUNT", at: index) {
        count = try arguments.natural(at: index + 1, or: .text("COUNT can't be negative"))
      } else if arguments.isWord("MAXLEN", at: index) {
        most = try arguments.natural(at: index + 1, or: .text("MAXLEN can't be negative"))
      } else {
        throw .syntax
      }
      index += 2
    }
  }
}

extension Arguments {
  /// An integer that is not negative. Throws an error for any other argument.
  func natural(at index: Int, or error: CommandError) throws(CommandError) -> Int64 {
    let number = try integer(at: index, or: error)
    guard number >= 0 else { throw error }
    return number
  }
}
